"""Figures by group, worked out by hand; intervals and gaps as the textbook has them."""

import cv2
import numpy as np
import pytest

from train.evaluation.intervals import bootstrap_mean, wilson
from train.studies.fairness import study
from train.studies.fairness.estimated_groups import Trial, in_fer2013_form, mean_recall
from train.studies.fairness.groups import AGE_BANDS, Group, age_bands, groups_by, largest_gap
from train.studies.fairness.plot import draw_groups


class TestIntervals:
    @pytest.mark.parametrize(
        ("right", "count", "low", "high"),
        [
            (5, 10, 0.2366, 0.7634),  # Wilson's own formula, on paper
            (0, 10, 0.0, 0.2775),  # never an empty interval at the ends
            (10, 10, 0.7225, 1.0),
            (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
        ],
    )
    def test_wilson(self, right, count, low, high):
        found = wilson(right, count)
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)
        assert (found.value, found.count) == (right / count, count)

    def test_a_bootstrap_is_the_same_each_time_and_narrows_with_more(self):
        values = np.random.default_rng(0).exponential(5, 400)
        found = bootstrap_mean(values, seed=1)
        assert found == bootstrap_mean(values, seed=1)
        assert found.low < found.value < found.high
        # As the normal approximation has it for so many.
        assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.15)
        assert bootstrap_mean(values[:40], seed=1).high - bootstrap_mean(values[:40], seed=1).low > 2 * (
            found.high - found.low
        )

    def test_nobody_has_no_figure(self):
        for empty in (lambda: wilson(0, 0), lambda: bootstrap_mean(np.array([]), 1)):
            with pytest.raises(ValueError, match="no images"):
                empty()


class TestGroups:
    def test_age_bands(self):
        ages = np.array([1, 9, 10, 19, 20, 39, 40, 59, 60, 79, 80, 116])
        assert [AGE_BANDS[band] for band in age_bands(ages)] == [band for band in AGE_BANDS for _ in range(2)]

    def test_intersections_are_disjoint_and_whole(self):
        first, second = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 0, 0])
        groups = groups_by({"one": (("a", "b"), first), "two": (("x", "y"), second)})
        assert [group.name for group in groups] == ["a, x", "a, y", "b, x"]  # nobody is b and y
        assert np.sum([group.members for group in groups], axis=0).tolist() == [1] * 5

    def test_the_largest_gap_leaves_small_groups_out(self):
        places = np.repeat([0, 1, 2], [100, 100, 3])
        groups = [Group(name, places == index) for index, name in enumerate("abc")]
        values = np.where(places == 0, 0.2, np.where(places == 1, 0.7, 9.0))
        gap = largest_gap(groups, values, least_images=30, seed=1)
        assert gap is not None
        assert gap.size == pytest.approx(0.5)
        assert (gap.greatest, gap.least, gap.groups) == ("b", "a", 2)
        assert gap.chance < 0.2, "this gap is no chance"
        assert largest_gap(groups, values, least_images=101, seed=1) is None

    def test_a_gap_of_chance_is_told_as_such(self):
        generator = np.random.default_rng(3)
        places = generator.integers(0, 5, 400)
        gap = largest_gap([Group(str(i), places == i) for i in range(5)], generator.random(400), 30, seed=1)
        assert gap is not None
        assert gap.size < gap.chance

    def test_images_that_a_figure_does_not_concern_are_left_out(self):
        values = np.array([1.0, np.nan, 0.0, np.nan] * 20)
        places = np.array([0, 0, 1, 1] * 20)
        groups = [Group("a", places == 0), Group("b", places == 1)]
        gap = largest_gap(groups, values, least_images=20, seed=1)
        assert gap is not None
        assert gap.size == 1
        assert largest_gap(groups, values, least_images=21, seed=1) is None


def outcome(seed: int, women_wrong: float) -> study.Outcome:
    """400 made-up people; a model that errs on men in 1 of 20 cases, on women as often as told."""
    generator = np.random.default_rng(0)
    gender, race = generator.integers(0, 2, 400), generator.integers(0, 5, 400)
    age = generator.integers(1, 100, 400)
    generator = np.random.default_rng(seed)
    wrong = generator.random(400) < np.where(gender == 1, women_wrong, 0.05)
    years = np.clip(age + generator.integers(-5, 6, 400), 0, 100)

    class Labels:
        labels = {"gender": gender, "race": race, "age": age}  # noqa: RUF012

    return study.Outcome.of(Labels, np.eye(2, dtype=np.float32)[gender ^ wrong], np.eye(101, dtype=np.float32)[years])  # type: ignore[arg-type]


class TestStudy:
    def test_false_rates_are_by_direction(self):
        figures = study.measure(outcome(1, women_wrong=0.4), least_images=30)
        women, men = figures["groups"]["gender"]["female"], figures["groups"]["gender"]["male"]
        assert women["women_taken_for_men"]["value"] == pytest.approx(1 - women["gender_accuracy"]["value"])
        assert "men_taken_for_women" not in women
        assert men["men_taken_for_women"]["value"] < 0.12 < 0.3 < women["women_taken_for_men"]["value"]
        assert women["images"] + men["images"] == figures["images"] == 400
        gap = figures["gaps"]["gender"]["gender_accuracy"]
        assert (gap["least"], gap["greatest"]) == ("female", "male")
        assert gap["size"] > gap["chance_95"]

    def test_every_image_is_in_one_group_of_each_grouping(self):
        figures = study.measure(outcome(1, 0.1), least_images=30)
        for grouping in study.GROUPINGS:
            assert sum(one["images"] for one in figures["groups"][grouping].values()) == 400
            for one in figures["groups"][grouping].values():
                assert one["age_mae"]["low"] <= one["age_mae"]["value"] <= one["age_mae"]["high"]
                assert abs(one["age_bias"]["value"]) <= one["age_mae"]["value"]

    def test_a_gap_that_narrowed_is_told_with_whom_it_served(self):
        older, newer = outcome(1, women_wrong=0.4), outcome(2, women_wrong=0.05)
        before, now = (study.measure(one, 30) for one in (older, newer))
        entries = study.narrowed(older, newer, before["gaps"], now["gaps"])
        one = next(e for e in entries if (e["grouping"], e["metric"]) == ("gender", "gender_accuracy"))
        assert one["worst_before"] == "female"
        assert one["now"] < one["before"]
        assert one["its_change"]["low"] > 0.2

    def test_the_plot_is_drawn_with_and_without_older_models(self, tmp_path):
        figures = study.measure(outcome(1, 0.1), 30)
        for before in (None, study.measure(outcome(2, 0.2), 30)):
            draw_groups(figures, before, tmp_path / "fairness.png")
            assert (tmp_path / "fairness.png").stat().st_size > 20_000


class TestEstimates:
    def test_a_trial_must_hold_for_every_group(self):
        assert Trial(("a", "b"), [0.99, 0.96], 0.5, 100).is_trusted
        assert not Trial(("a", "b"), [0.99, 0.94], 0.5, 100).is_trusted

    def test_mean_recall_counts_every_expression_alike(self):
        right = np.array([True] * 90 + [True, False] * 5)  # of expression 3 all, of expression 0 half
        found = mean_recall(right, np.repeat([3, 0], [90, 10]), seed=1)
        assert found.value == 0.75
        assert found.low < 0.75 < found.high

    def test_fer2013_s_form_is_grey_small_and_tighter(self):
        image = np.zeros((200, 200, 3), np.uint8)
        # Between the eyes and the mouth of UTKFace's framing: must stay in the picture, at FER2013's place.
        cv2.circle(image, (round(0.691 * 200), round(0.305 * 200)), 8, (255, 255, 255), -1)
        made = in_fer2013_form(image)
        assert made.shape == (48, 48, 1)
        assert made.dtype == np.uint8
        y, x = np.argwhere(made[:, :, 0] > 128).mean(axis=0) / 48
        assert (x, y) == pytest.approx((0.662, 0.390), abs=0.03)

"""Calibration error and temperature are the textbook's; an export carries the temperature into what ships."""

import json

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.export.calibration import (  # noqa: E402
    HOTTEST,
    at_temperature,
    calibrate,
    calibrate_head,
    calibration_error,
    expected_calibration_error,
    fit_temperature,
    fit_temperature_and_biases,
    log_scores,
    negative_log_likelihood,
    reliability,
    without_calibration,
)
from train.export.model_card import model_card  # noqa: E402
from train.networks.residual import keras_logits, keras_scores, residual_network, single_output  # noqa: E402  # noqa: E402
from train.studies import calibration as study  # noqa: E402
from vision.classifiers import softmax  # noqa: E402
from vision.tasks import AGE, EXPRESSION, GENDER, MODELS_DIR  # noqa: E402


def labelled(temperature: float, count: int = 20_000, outputs: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Logits `temperature` times as large as those that the labels were drawn from."""
    generator = np.random.default_rng(5)
    honest = generator.normal(0, 1.5, (count, outputs))
    scores = softmax(honest.astype(np.float32))
    labels = (scores.cumsum(axis=1) > generator.random((count, 1))).argmax(axis=1)
    return (temperature * honest).astype(np.float32), labels


class TestError:
    def test_by_hand(self):
        """Three at 0.9 of which two are right, two at 0.5 of which none is: worked out on paper."""
        confidences = np.array([0.9, 0.9, 0.9, 0.5, 0.5])
        right = np.array([True, True, False, False, False])
        bins = reliability(confidences, right, bins=10)
        assert calibration_error(bins) == pytest.approx((3 * abs(0.9 - 2 / 3) + 2 * 0.5) / 5)
        assert [one.count for one in bins] == [0, 0, 0, 0, 2, 0, 0, 0, 3, 0]  # a bound belongs to the bin below
        assert (bins[8].confidence, bins[8].accuracy) == pytest.approx((0.9, 2 / 3))

    def test_the_ends_of_the_scale_count(self):
        bins = reliability(np.array([0.0, 1.0]), np.array([False, True]))
        assert (bins[0].count, bins[-1].count, calibration_error(bins)) == (1, 1, 0)

    def test_adaptive_bins_hold_as_many_images_each(self):
        confidences = np.random.default_rng(0).beta(8, 2, 1500)
        bins = reliability(confidences, confidences > 0.5, adaptive=True)
        assert {one.count for one in bins} == {100}
        assert all(one.lower <= one.confidence <= one.upper for one in bins)

    def test_an_age_is_judged_by_its_decade(self):
        scores = np.zeros((2, 101), np.float32)
        scores[:, 21] = scores[:, 28] = 0.5  # 100 % sure of the twenties
        assert expected_calibration_error(AGE, scores, np.array([25, 41])) == pytest.approx(0.5)

    def test_no_images_have_no_error(self):
        assert calibration_error([]) == 0


class TestTemperature:
    @pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
    def test_finds_what_the_logits_were_multiplied_by(self, temperature):
        logits, labels = labelled(temperature)
        fitted = fit_temperature(logits, labels)
        assert fitted == pytest.approx(temperature, rel=0.05)
        here = negative_log_likelihood(logits / fitted, labels)
        for other in (0.9 * fitted, 1.1 * fitted):
            assert here < negative_log_likelihood(logits / other, labels)

    def test_scaling_mends_the_error_and_keeps_every_verdict(self):
        logits, labels = labelled(2.5)
        before = expected_calibration_error(EXPRESSION, at_temperature(logits, 1.0), labels)
        scaled = at_temperature(logits, fit_temperature(logits, labels))
        assert before > 0.1
        assert expected_calibration_error(EXPRESSION, scaled, labels) < 0.02
        assert (scaled.argmax(axis=1) == logits.argmax(axis=1)).all()
        assert np.allclose(scaled.sum(axis=1), 1, atol=1e-5)

    def test_logits_that_say_nothing_stay_within_bounds(self):
        generator = np.random.default_rng(0)
        found = fit_temperature(generator.normal(0, 9, (500, 7)), generator.integers(0, 7, 500))
        assert 5 < found <= HOTTEST * 1.01

    def test_scores_serve_as_logits(self):
        logits, labels = labelled(2.5, count=2000)
        assert fit_temperature(log_scores(softmax(logits)), labels) == pytest.approx(
            fit_temperature(logits, labels), rel=1e-3
        )

    def test_it_is_used_for_classes_even_where_the_noisy_error_does_not_fall(self):
        logits, labels = labelled(1.0, count=300)
        found = calibrate(EXPRESSION, logits, labels)
        assert found.temperature != 1
        assert [found.temperature, found.fitted] == pytest.approx([1, 1], abs=0.15)
        assert negative_log_likelihood(logits / found.fitted, labels) <= negative_log_likelihood(logits, labels)

    def test_a_likelier_one_whose_best_scores_claim_too_much_is_not_used(self):
        # The best score is right; all the rest is the second class. Each class in turn, so that no bias helps.
        scores = np.array([0.6, 0.2, *[0.04] * 5])
        turns = np.arange(7).repeat(1000)
        logits = np.log(np.stack([np.roll(scores, turn) for turn in turns]))
        labels = (np.tile(np.repeat([0, 1], [600, 400]), 7) + turns) % 7
        found = calibrate(EXPRESSION, logits, labels)
        assert found.fitted < 0.9
        assert found.temperature == 1
        assert found.ece_before == found.ece_after == pytest.approx(0, abs=1e-6)

    def test_an_age_temperature_that_gains_nothing_is_not_used(self):
        ages = np.random.default_rng(2).integers(20, 70, 3000)
        years = np.arange(101)
        means = ages + np.random.default_rng(3).normal(0, 4, 3000)
        logits = -0.5 * ((years - means[:, None]) / 4.0) ** 2
        found = calibrate(AGE, logits, ages)
        assert found.fitted == pytest.approx(1, abs=0.05)
        assert found.temperature == 1.0

    def test_an_age_temperature_that_costs_years_is_not_used(self):
        generator = np.random.default_rng(1)
        ages = generator.integers(20, 70, 400)
        years, labels = np.arange(101), np.clip(ages + generator.normal(0, 4, 400).round(), 0, 100).astype(int)
        peak = np.exp(-0.5 * ((years - ages[:, None]) / 4.0) ** 2)
        found = calibrate(AGE, np.log(peak + 1e-12) * 5, labels)  # too sure, but right on average
        assert found.temperature == found.fitted > 2
        assert found.ece_after < found.ece_before
        # A false second peak at 95 years, which softening feeds: likelier labels, but a median that is off.
        second = 0.4 * np.exp(-0.5 * ((years - 95) / 2.0) ** 2)
        worse = calibrate(AGE, np.log(peak + second + 1e-12) * 5, labels)
        assert worse.fitted > 2
        errors = worse.to_dict()
        assert errors["mae_after"] > errors["mae_before"] + 0.02
        assert worse.temperature == 1.0
        assert worse.ece_after == worse.ece_before

    def test_everyone_over_100_is_100(self):
        logits = np.zeros((1, 101), np.float32)
        logits[0, 100] = 9
        assert negative_log_likelihood(logits, np.array([116])) < 0.1


class TestBiases:
    BIASES = np.array([0.6, -0.4, 0.0, 0.3, -0.3, -0.5, 0.3])

    def named_too_seldom(self, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
        """Logits that are twice too sure, and lack a bias for each class."""
        logits, labels = labelled(1.0, count)
        return 2 * (logits - self.BIASES), labels

    def test_they_and_the_temperature_are_found(self):
        logits, labels = self.named_too_seldom()
        temperature, biases = fit_temperature_and_biases(logits, labels)
        assert temperature == pytest.approx(2, rel=0.03)
        assert np.allclose(biases, self.BIASES - self.BIASES.mean(), atol=0.06)
        assert np.mean(biases) == pytest.approx(0, abs=1e-9)

    def test_no_step_away_from_them_is_likelier(self):
        logits, labels = self.named_too_seldom()
        temperature, biases = fit_temperature_and_biases(logits, labels)

        def cost(inverse, moved):
            return negative_log_likelihood(logits * inverse + moved, labels)

        here = cost(1 / temperature, np.array(biases))
        assert here < cost(1.05 / temperature, np.array(biases))
        assert here < cost(0.95 / temperature, np.array(biases))
        for step in 0.05 * np.eye(7):
            assert here < cost(1 / temperature, np.array(biases) + step)
            assert here < cost(1 / temperature, np.array(biases) - step)

    def test_what_is_shipped_has_them_where_they_help(self):
        logits, labels = self.named_too_seldom()
        found = calibrate(EXPRESSION, logits, labels)
        assert len(found.biases) == 7
        assert found.ece_after < 0.02 < found.ece_before
        scores = at_temperature(logits, found.temperature, found.biases)
        assert (scores.argmax(axis=1) == labels).mean() > (logits.argmax(axis=1) == labels).mean() + 0.01
        assert found.to_dict()["biases"] == pytest.approx(found.biases, abs=1e-5)

    def test_not_where_fewer_are_right_with_them(self):
        # Nine in ten of class 0 are barely told; the rest, all of class 1, the network takes for class 0 by far.
        logits = np.zeros((1000, 3))
        logits[:, 0] = 0.05
        logits[900:, 0] = 6.0
        logits[900:, 2] = -6.0
        labels = np.repeat([0, 1], [900, 100])
        labels[:420] = 1
        found = calibrate(EXPRESSION, logits, labels)
        both = at_temperature(logits, *fit_temperature_and_biases(logits, labels))
        assert (both.argmax(axis=1) == labels).sum() < (logits.argmax(axis=1) == labels).sum()
        assert found.biases == ()

    def test_nor_where_they_gain_no_more_than_chance_would(self):
        """Labels drawn from the scores themselves: what biases find there is noise."""
        used = 0
        for seed in range(20):
            generator = np.random.default_rng(seed)
            logits = generator.normal(0, 1.5, (900, 2))
            labels = (generator.random(900) < softmax(logits.astype(np.float32))[:, 1]).astype(int)
            used += bool(calibrate(GENDER, 2 * logits, labels).biases)
        assert used <= 6

    def test_an_age_has_none(self):
        logits, labels = labelled(2.0, count=500, outputs=101)
        assert calibrate(AGE, logits, labels).biases == ()
        assert "biases" not in calibrate(AGE, logits, labels).to_dict()

    def test_a_class_without_images_keeps_about_its_own(self):
        logits, labels = labelled(1.0, count=400)
        few = labels != 1
        _, biases = fit_temperature_and_biases(logits[few], labels[few])
        assert -2 < biases[1] < -0.2
        assert np.isfinite(biases).all()

    def test_they_are_taken_out_of_scores_again(self):
        logits, _ = self.named_too_seldom(50)
        scores = at_temperature(logits, 1.7, tuple(self.BIASES))
        assert np.allclose(at_temperature(without_calibration(scores, 1.7, tuple(self.BIASES)), 1.0),
                           softmax(logits), atol=1e-5)  # fmt: skip


def test_a_head_can_be_calibrated():
    network = single_output(residual_network(32, 1, (4, 8), {"gender": 2, "age": 101}), "gender")
    images = np.random.default_rng(0).integers(0, 255, (5, 32, 32, 1), np.uint8)
    before = keras_logits(network, images)
    calibrate_head(network, "gender", 2.0)
    assert np.allclose(keras_logits(network, images), before / 2, atol=1e-6)
    calibrate_head(network, "gender", 1.0, (0.4, -0.4))
    assert np.allclose(keras_logits(network, images), before / 2 + (0.4, -0.4), atol=1e-6)
    assert np.allclose(keras_scores(network, images), at_temperature(before, 2.0, (0.4, -0.4)), atol=1e-6)


class TestCard:
    METRICS = json.loads((MODELS_DIR / "gender" / "metrics.json").read_text())
    FITTED = {  # noqa: RUF012
        "temperature": 1.3, "fitted": 1.3, "images": 900, "ece_before": 0.06, "ece_after": 0.02,
        "test": {"ece_before": 0.061, "ece_after": 0.021, "images": 4728},
    }  # fmt: skip

    def test_says_what_was_built_in(self):
        card = model_card(self.METRICS | {"calibration": self.FITTED})
        assert "temperature 1.30 is built into the head; 2.1 points off, 6.1 points without it" in card
        assert "the temperature was fitted on 900 validation images" in card

    def test_says_that_biases_were(self):
        card = model_card(self.METRICS | {"calibration": self.FITTED | {"biases": [0.1, -0.1]}})
        assert (
            "temperature 1.30 and a bias for each class are built into the head; 2.1 points off, 6.1 points without them"
            in card
        )
        assert "they were fitted on 900 validation images" in card

    def test_says_why_none_was(self):
        card = model_card(self.METRICS | {"calibration": self.FITTED | {"temperature": 1.0, "fitted": 0.97}})
        assert "no temperature is built in (0.97 would not have helped)" in card


class TestStudy:
    def test_a_built_in_temperature_is_taken_out_again(self):
        logits, labels = labelled(2.0, count=4000)
        without = study.measure(EXPRESSION, (softmax(logits), labels), (softmax(logits), labels))
        shipped = at_temperature(logits, 2.0)
        built_in = study.measure(EXPRESSION, (shipped, labels), (shipped, labels), built_in=(2.0, ()))
        assert built_in["temperature_fitted"] == pytest.approx(without["temperature_fitted"], rel=1e-3)
        assert built_in["without"]["ece"] == pytest.approx(without["without"]["ece"], abs=1e-3)
        assert built_in["shipped"]["ece"] < 0.03 < without["shipped"]["ece"]
        assert sum(one["count"] for one in built_in["shipped"]["reliability"]) == 4000

    def test_biases_built_in_are_taken_out_again(self):
        logits, labels = labelled(2.0, count=4000)
        biases = (0.5, -0.5, 0.2, -0.2, 0.0, 0.0, 0.0)
        shipped = at_temperature(logits, 2.0, biases)
        one = study.measure(EXPRESSION, (shipped, labels), (shipped, labels), built_in=(2.0, biases))
        plain = expected_calibration_error(EXPRESSION, softmax(logits), labels)
        assert one["without"]["ece"] == pytest.approx(plain, abs=1e-3)
        assert one["shipped"]["ece"] == pytest.approx(expected_calibration_error(EXPRESSION, shipped, labels), abs=1e-3)
        assert one["biases_built_in"] == list(biases)
        assert one["fitted"]["nll"] < one["shipped"]["nll"]

    def test_what_is_built_in_is_read_from_the_metrics(self, tmp_path):
        assert study.built_in_calibration(tmp_path) == (1.0, ())
        (tmp_path / "metrics.json").write_text(json.dumps({"calibration": {"temperature": 1.4}}))
        assert study.built_in_calibration(tmp_path) == (1.4, ())
        (tmp_path / "metrics.json").write_text(json.dumps({"calibration": {"temperature": 1.4, "biases": [0.1, -0.1]}}))
        assert study.built_in_calibration(tmp_path) == (1.4, (0.1, -0.1))

    def test_the_diagrams_are_drawn(self, tmp_path):
        logits, labels = labelled(2.0, count=1000)
        one = study.measure(EXPRESSION, (softmax(logits), labels), (softmax(logits), labels))
        study.draw_reliability({"expression": one}, tmp_path / "calibration.png")
        assert (tmp_path / "calibration.png").stat().st_size > 10_000

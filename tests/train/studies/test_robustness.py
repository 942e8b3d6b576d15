"""The robustness study: it measures what it says, on the pictures it says, and tells it as JSON and PNG."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from tests.command_line import raut  # noqa: E402
from train.data.datasets import load_fer2013, load_utkface  # noqa: E402
from train.data.loaders import load_test, source_of  # noqa: E402
from train.evaluation.evaluate import evaluate_int8  # noqa: E402
from train.networks.residual import residual_network, single_output  # noqa: E402
from train.studies.robustness.candidates import others, picture_scores, shipped  # noqa: E402
from train.studies.robustness.study import Outcome, choose, measure_crop, measure_sweeps, outcomes  # noqa: E402
from train.studies.robustness.sweeps import CROP_SETTINGS, SWEEPS  # noqa: E402
from vision.classifiers import Classifier  # noqa: E402
from vision.tasks import (  # noqa: E402
    AGE,
    EXPRESSION,
    GENDER,
    MODELS_DIR,
    TASKS,
    CropGeometry,
    Task,
    fer2013_geometry,
    utkface_geometry,
)

# TensorFlow's own tensors do not know NumPy 2's `copy` yet; nothing of ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.fixture(scope="module")
def data_folder(fer2013_folder, utkface_folder, tmp_path_factory):
    """Both made-up datasets in one folder, as --data wants them."""
    folder = tmp_path_factory.mktemp("both")
    (folder / "fer2013").symlink_to(fer2013_folder)
    (folder / "utkface").symlink_to(utkface_folder)
    return folder


@pytest.fixture(scope="module")
def utkface(utkface_folder):
    return load_utkface(utkface_folder, utkface_geometry(200))


@dataclass(frozen=True)
class MadeUp:
    """A `Scorer` by a plain rule."""

    task: Task
    geometry: CropGeometry
    scores_of: Callable[[np.ndarray], np.ndarray]


def by_redness(crops):
    """A rule for gender whose answers anybody can foretell: reddish is female."""
    female = (crops[..., 0].mean(axis=(1, 2)) > 128).astype(np.float32)
    return np.stack([1 - female, female], axis=1)


@pytest.fixture(scope="module")
def told_by_redness(utkface):
    """The made-up pictures, gender told by their redness, and a candidate that judges by it."""
    data = utkface.where(np.arange(len(utkface)) % 4 == 0)
    data.labels["gender"][:] = data.images[:, :, :, 0].mean(axis=(1, 2)) > 128
    return MadeUp(GENDER, utkface_geometry(32), by_redness), data


class TestMeasuring:
    def test_a_candidate_sees_the_crop_that_evaluate_sees(self, data_folder):
        for task in (EXPRESSION, GENDER):
            own = load_test(task, data_folder, source_of(task).own_geometry)
            candidate = shipped(MODELS_DIR)[task.name]
            classifier = Classifier.shipped(task)
            direct = load_test(task, data_folder, classifier.geometry)
            scores = classifier.scores_of(direct.images)
            assert np.array_equal(picture_scores(candidate, own.images), scores)

    @pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
    def test_pictures_as_they_are_are_judged_as_by_evaluate(self, task, data_folder):
        path = task.model()
        _, figures = evaluate_int8(task, path, load_test(task, data_folder, Classifier(task, path).geometry))
        own = load_test(task, data_folder, source_of(task).own_geometry)
        (outcome,) = outcomes([shipped(MODELS_DIR)[task.name]], own)
        row = outcome.row(outcome)
        assert row["accuracy"] == figures["accuracy"]
        assert row.get("mae") == figures.get("mae")
        assert row["loss_points"] == 0

    def test_what_is_lost_is_what_the_corruption_takes(self, told_by_redness):
        """In the dark all but the very reddest look like men."""
        candidate, data = told_by_redness
        (rows,) = measure_sweeps([candidate], data)
        dark, *_ = rows["brightness"]
        redness = data.images[:, :, :, 0].mean(axis=(1, 2))
        lost = float(((redness > 128) & (redness < 128 + 0.45 * 255)).mean())
        assert lost > 0.3
        assert dark["strength"] == -0.45
        assert dark["accuracy"] == pytest.approx(1 - lost, abs=1e-4)
        assert dark["loss_points"] == pytest.approx(100 * lost, abs=0.01)
        assert [row["accuracy"] for row in rows["rotation"]] == [1.0] * 9  # a plain colour has no angle
        for name, sweep in SWEEPS.items():
            told = [row["strength"] for row in rows[name]]
            assert set(told) == {*sweep.strengths} | ({sweep.neutral} - {None})
            assert told == (list(sweep.strengths) if sweep.neutral is None else sorted(told))

    def test_several_candidates_do_not_mix(self, told_by_redness):
        candidate, data = told_by_redness
        contrary = MadeUp(GENDER, candidate.geometry, lambda crops: by_redness(crops)[:, ::-1])
        one, other = outcomes([candidate, contrary], data, "noise", 10)
        assert one.right.all()
        assert not other.right.any()

    def test_ages_are_judged_by_decade_and_by_years(self):
        scores = np.eye(101, dtype=np.float32)[[25, 39, 100]]
        outcome = Outcome.of(AGE, scores, np.array([21, 41, 116]))
        assert outcome.right.tolist() == [True, False, True]
        assert outcome.years_off is not None
        assert outcome.years_off.tolist() == pytest.approx([4, 2, 16], abs=1e-4)

    def test_points_lost_and_their_interval_by_hand(self):
        own = Outcome(np.array([True, True, True, False]), None)
        other = Outcome(np.array([True, False, False, True]), None)
        lost, within = own.loss(own), other.loss(own)
        assert lost == (0, 0)
        # 0, +100, +100, -100 points: mean 25, standard deviation 82.9, of four
        assert within == pytest.approx((25, 1.96 * 82.92 / 2), rel=1e-3)

    def test_the_subset_is_fixed(self, utkface):
        few = choose(utkface, 20)
        assert len(few) == 20
        assert few.names == choose(utkface, 20).names
        assert few.names != utkface.names[:20]
        assert choose(utkface, 0) is choose(utkface, 10**6) is utkface


class TestCrop:
    def test_a_judge_of_colours_does_not_mind_the_crop(self, told_by_redness):
        (found,) = measure_crop(*([told_by_redness[0]], told_by_redness[1]))
        assert found["images"] == len(told_by_redness[1])
        assert [(row["corruption"], row["strength"]) for row in found["settings"]] == list(CROP_SETTINGS)
        assert found["worst"]["loss_points"] == 0
        assert found["within_floor"] and found["within_goal"]

    def test_a_judge_of_one_pixel_does(self, told_by_redness):
        """It looks for a mark 5 % from the left border, which a box shifted right no longer holds."""
        _, data = told_by_redness
        marked = data.where(np.ones(len(data), np.bool_))
        marked.images[:] = 0
        marked.images[data.labels["gender"] == 1, :, 10:14] = 255

        def by_mark(crops):
            female = (crops[:, :, 0:10, 0].max(axis=(1, 2)) > 60).astype(np.float32)
            return np.stack([1 - female, female], axis=1)

        (found,) = measure_crop([MadeUp(GENDER, utkface_geometry(50), by_mark)], marked)
        lost = {(row["corruption"], row["strength"]): row["loss_points"] for row in found["settings"]}
        assert found["worst"]["corruption"] == "crop_across"
        assert found["worst"]["strength"] == 0.08
        assert lost["crop_across", 0.08] == pytest.approx(100 * data.labels["gender"].mean(), abs=0.01)
        assert lost["crop_across", -0.08] == lost["crop_down", 0.08] == 0
        assert not found["within_floor"] and not found["within_goal"]


class TestOthers:
    def test_a_training_run_gives_every_head_that_is_a_task(self, tmp_path, utkface):
        network = residual_network(32, 3, (4, 8), {"age": 101, "gender": 2, "race": 5})
        network.save(tmp_path / "network.keras")
        found = others(tmp_path)
        assert set(found) == {"age", "gender"}
        assert found["age"].geometry == utkface_geometry(32)
        scores = picture_scores(found["gender"], utkface.images[:3])
        assert scores.shape == (3, 2)
        assert np.allclose(scores.sum(axis=1), 1, atol=1e-5)
        assert picture_scores(found["age"], utkface.images[:3]).shape == (3, 101)

    def test_a_models_folder_may_lack_tasks(self, tmp_path, fer2013_folder):
        (tmp_path / "expression").mkdir()
        network = residual_network(32, 1, (4, 8), {"expression": 7, "gender": 2})
        single_output(network, "expression").save(tmp_path / "expression" / "model.keras")
        (found,) = others(tmp_path).values()
        images = load_fer2013(fer2013_folder, fer2013_geometry(48)).images[:2]
        assert found.task == EXPRESSION
        assert picture_scores(found, images).shape == (2, 7)
        assert set(others(MODELS_DIR)) == set(TASKS)
        assert others(tmp_path / "expression" / "model.keras").keys() == {"expression"}

    def test_what_is_no_model_is_said(self, tmp_path):
        with pytest.raises(ValueError, match="no model to compare with"):
            others(tmp_path)
        residual_network(32, 3, (4, 8), {"race": 5}).save(tmp_path / "network.keras")
        with pytest.raises(ValueError, match="is not a model for expression, age, gender"):
            others(tmp_path)


class TestCommand:
    def test_json_table_and_figure(self, data_folder, tmp_path, capsys):
        before = tmp_path / "before" / "expression"
        before.mkdir(parents=True)
        (before / "model.tflite").symlink_to(MODELS_DIR / "expression" / "model.tflite")
        path = tmp_path / "results" / "robustness.json"
        arguments = ["robustness", "--data", str(data_folder), "--images", "4", "--json", str(path)]
        arguments += ["--figures", str(tmp_path), "--examples", str(tmp_path), "--compare", str(before.parent)]
        assert raut("study", *arguments) == 0
        figures = json.loads(path.read_text())
        assert figures["study"] == "robustness"
        assert figures["images_in_sweeps"] == dict.fromkeys(TASKS, 4)
        for task in TASKS:
            assert set(figures[task]) == set(SWEEPS)
            for row in figures[task]["jpeg"]:
                assert set(row) == {"strength", "accuracy", "loss_points"} | (
                    {"mae"} if TASKS[task].has_years else set()
                )
            assert figures["crop"][task]["images"] > 4
        assert set(figures["compared"]) == {"with", "expression", "crop"}
        assert figures["compared"]["with"].endswith("/before")
        assert figures["compared"]["expression"] == figures["expression"]  # it is the same model
        assert (tmp_path / "robustness.png").stat().st_size > 50_000
        assert (tmp_path / "FER2013.png").stat().st_size > 50_000
        assert (tmp_path / "UTKFace.png").stat().st_size > 50_000
        printed = capsys.readouterr().out
        for word in ("sunglasses", f"expression, {figures['compared']['with']}", "floor: at most 2", "goal: at most 1"):
            assert word in printed

    def test_the_crop_alone(self, data_folder, tmp_path, capsys):
        path = tmp_path / "crop.json"
        assert raut("study", "robustness", "--data", data_folder, "--crop-only", "--json", path) == 0
        figures = json.loads(path.read_text())
        assert set(figures["crop"]) == set(TASKS)
        assert "expression" not in figures
        assert "sunglasses" not in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--compare", "nowhere"], "raut: no model to compare with at nowhere"),
            (["--models", "nowhere"], "raut: no model at nowhere"),
        ],
    )
    def test_errors_are_one_sentence(self, data_folder, arguments, sentence, capsys):
        assert raut("study", "robustness", "--data", data_folder, *arguments) == 1
        assert capsys.readouterr().err.startswith(sentence)

"""Features see what they should, classifiers learn what there is, and the study tells both."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

keras = pytest.importorskip("keras")

from tests.command_line import raut  # noqa: E402
from train.data.datasets import FaceDataset  # noqa: E402
from train.studies.conventional.methods import LBP_GRID, METHODS, features_of, fit, grey, hog_features, lbp_features  # noqa: E402
from vision.tasks import GENDER, TASKS  # noqa: E402

SIDE = 48


def stripes(upright: bool, seed: int, noise: int = 40):
    """Bars, shifted a little, under any light."""
    generator = np.random.default_rng(seed)
    bars = (np.arange(SIDE) + generator.integers(2)) // 4 % 2 * 80 + generator.integers(20, 100)
    image = np.tile(bars, (SIDE, 1)) if upright else np.tile(bars, (SIDE, 1)).T
    return (image + generator.integers(0, noise, image.shape)).astype(np.uint8)[:, :, np.newaxis]


def dataset(count, first_seed):
    """Upright bars are female and about 20, lying ones male and about 60."""
    upright = np.arange(count) % 2
    return FaceDataset(
        images=np.stack([stripes(bool(one), first_seed + number) for number, one in enumerate(upright)]),
        labels={"gender": upright.astype(np.int64), "age": np.where(upright, 22, 63) + np.arange(count) % 5},
        split=np.array(["train"] * count),
        duplicate=np.zeros(count, np.bool_),
        names=tuple(map(str, range(count))),
        skipped=(),
        sha256="",
    )


TRAINING, VALIDATION, TEST = dataset(80, 0), dataset(20, 1000), dataset(40, 2000)


def fitted(name, task):
    method = METHODS[name]
    return fit(
        method,
        TASKS[task],
        (features_of(method, TRAINING.images), TRAINING),
        (features_of(method, VALIDATION.images), VALIDATION),
    )


class TestFeatures:
    def test_hog_knows_directions_and_no_light(self):
        upright, lying = stripes(True, 1, noise=1)[:, :, 0], stripes(False, 1, noise=1)[:, :, 0]
        directions = [hog_features(one).reshape(-1, 9).sum(axis=0).argmax() for one in (upright, lying)]
        assert directions[0] != directions[1]
        assert np.allclose(hog_features(upright), hog_features(upright + 20), atol=1e-6)
        assert hog_features(upright).dtype == np.float32

    def test_lbp_counts_each_region(self):
        image = stripes(True, 1)[:, :, 0]
        histograms = lbp_features(image).reshape(LBP_GRID**2, -1) ** 2
        assert np.allclose(histograms.sum(axis=1), 1)
        assert np.array_equal(lbp_features(image), lbp_features(image + 20))  # order counts, not light

    def test_lbp_tells_the_regions_apart(self):
        image = np.full((SIDE, SIDE), 100, np.uint8)
        image[:8, 40:] = np.random.default_rng(0).integers(0, 255, (8, 8))  # the first row's last region
        flat = lbp_features(np.full((SIDE, SIDE), 100, np.uint8))
        unlike = np.argwhere((lbp_features(image) != flat).reshape(LBP_GRID, LBP_GRID, -1).any(axis=2))
        assert [0, 5] in unlike.tolist()
        assert (unlike <= [1, 5]).all() and (unlike >= [0, 4]).all()  # neighbours see its border

    def test_grey_is_light(self):
        green = np.zeros((2, 2, 3), np.uint8)
        green[..., 1] = 200
        assert grey(green).tolist() == [[117, 117], [117, 117]]
        assert grey(green[..., 1:2]).tolist() == [[200, 200], [200, 200]]

    @pytest.mark.parametrize("side", [48, 64, 80])
    @pytest.mark.parametrize("name", METHODS)
    def test_any_size_of_crop_will_do(self, name, side):
        images = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), np.uint8)
        features = features_of(METHODS[name], images)
        assert features.shape[0] == 2
        assert features.dtype == np.float32
        assert np.isfinite(features).all()


class TestMethods:
    @pytest.mark.parametrize("name", METHODS)
    def test_learns_what_there_is_to_learn(self, name):
        gender = fitted(name, "gender")
        features = features_of(METHODS[name], TEST.images)
        assert (gender.classes(features) == TEST.labels["gender"]).mean() >= 0.95
        assert gender.regressor is None
        age = fitted(name, "age")
        assert (age.classes(features) == TEST.labels["age"] // 10).mean() >= 0.95
        assert np.abs(age.years(features) - TEST.labels["age"]).mean() < 10

    @pytest.mark.parametrize("name", METHODS)
    def test_one_face_gets_the_same_answer_as_many(self, name):
        age = fitted(name, "age")
        features = features_of(METHODS[name], TEST.images[:5])
        for image, decade, years in zip(TEST.images, age.classes(features), age.years(features), strict=False):
            one_decade, one_years = age.answer(image)
            assert one_decade.tolist() == [decade]
            assert one_years == pytest.approx([years], rel=1e-3)

    @pytest.mark.parametrize("right", [0, 1])
    def test_validation_images_decide(self, right):
        def always(gender):
            return DummyClassifier(strategy="constant", constant=int(gender))

        method = replace(METHODS["hog_svm"], classifier=always, grid=(0.0, 1.0))
        learnt, watched = (features_of(method, part.images) for part in (TRAINING, VALIDATION))
        held_out = replace(VALIDATION, labels={"gender": np.full(len(VALIDATION), right)})
        chosen = fit(method, GENDER, (learnt, TRAINING), (watched, held_out)).chosen
        assert chosen["C"] == right
        assert chosen["validation_accuracy"] == {"0": 1 - right, "1": right}

    def test_a_method_fits_on_no_more_than_it_bears(self):
        method = replace(METHODS["hog_svm"], most_images=30)
        learnt, watched = (features_of(method, part.images) for part in (TRAINING, VALIDATION))
        assert fit(method, GENDER, (learnt, TRAINING), (watched, VALIDATION)).chosen["images_fitted"] == 30


class TestStudy:
    def test_expression(self, fer2013_folder, tmp_path, capsys):
        path = tmp_path / "figures" / "conventional.json"
        options = ["--data", str(fer2013_folder), "--task", "expression", "--rounds", "3", "--json", str(path)]
        assert raut("study", "conventional", *options, "--figures", tmp_path) == 0
        written = json.loads(path.read_text())
        assert written["study"] == "conventional"
        figures = written["tasks"]["expression"]
        assert set(figures) == {*METHODS, "cnn"}
        for one in figures.values():
            assert (one["images"], one["private_test"]["images"], one["without_twins"]["images"]) == (28, 14, 27)
            assert 0 <= one["macro_f1"] <= 1
            assert one["ms_per_face"] > 0
        assert figures["hog_svm"]["images_fitted"] == 42  # 43 readable ones without the duplicate
        assert "CNN, int8 (ships)" in capsys.readouterr().out
        assert (tmp_path / "conventional.png").stat().st_size > 5000

    def test_age_and_gender_and_one_method_alone(self, utkface_folder, tmp_path):
        path = tmp_path / "some.json"
        options = ["--task", "gender", "--task", "age", "--method", "hog_svm", "--training-images", "50"]
        assert raut("study", "conventional", "--data", utkface_folder, *options, "--rounds", 3, "--json", path) == 0
        tasks = json.loads(path.read_text())["tasks"]
        assert list(tasks) == ["age", "gender"]
        assert all(set(figures) == {"hog_svm", "cnn"} for figures in tasks.values())
        assert tasks["age"]["hog_svm"]["images_fitted"] == 50
        assert 0 < tasks["age"]["hog_svm"]["mae"] < 116
        assert tasks["age"]["hog_svm"]["validation_mae"]
        assert "mae" not in tasks["gender"]["hog_svm"]

    def test_no_data_is_one_clear_sentence(self, tmp_path, capsys):
        assert raut("study", "conventional", "--data", tmp_path, "--task", "gender") == 1
        assert capsys.readouterr().err.startswith("raut: no UTKFace at")

"""The other dataset's faces: framed as the task's own, drawn as often as asked, labelled by teachers alone."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data.augmentation import Augmentation  # noqa: E402
from train.data.datasets import load_fer2013, load_utkface  # noqa: E402
from train.data.unlabelled import unlabelled_images  # noqa: E402
from train.fit import prerequisites  # noqa: E402
from train.fit.batches import TrainingBatches  # noqa: E402
from train.fit.prerequisites import starting_weights, train_recipe  # noqa: E402
from train.fit.run_folder import read_history  # noqa: E402
from train.networks.residual import residual_network  # noqa: E402
from train.recipe import Recipe  # noqa: E402
from vision.tasks import fer2013_geometry, utkface_geometry  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

FIRST = Recipe("gender", 32, (4, 8), blocks=1, epochs=1, batch_size=32, augmentation=Augmentation.none())
SECOND = replace(FIRST, teachers=("first",), unlabelled=0.25)


@pytest.fixture
def source(fer2013_folder, utkface_folder, tmp_path):
    shutil.copytree(fer2013_folder, tmp_path / "fer2013")
    shutil.copytree(utkface_folder, tmp_path / "UTKFace")
    return tmp_path


@pytest.fixture(scope="module")
def data(utkface_folder):
    return load_utkface(utkface_folder, utkface_geometry(32))


def test_they_are_the_other_datasets_training_images_without_duplicates(source):
    for geometry, others in (
        (fer2013_geometry(48), load_utkface(source, utkface_geometry(100))),
        (utkface_geometry(32), load_fer2013(source, fer2013_geometry(48))),
    ):
        images = unlabelled_images(source, geometry)
        assert images.shape == (len(others.for_training()), geometry.size, geometry.size, geometry.channels)
        assert images.dtype == np.uint8


def test_a_recipe_that_draws_them_trains(source, data, monkeypatch):
    monkeypatch.setattr(prerequisites, "load_recipe", {"first": FIRST}.__getitem__)
    train_recipe(SECOND, data, source, source, source / "second")
    assert len(read_history(source / "second")) == 1


def test_as_many_as_asked_are_drawn_others_each_epoch(data):
    training = data.for_training()
    unlabelled = np.full((60, 32, 32, 3), np.arange(60, dtype=np.uint8)[:, None, None, None])
    batches = TrainingBatches(training, replace(SECOND, batch_size=1), unlabelled=unlabelled)
    own, wanted = len(training), round(0.25 * len(training))
    assert 0 < wanted < 60
    drawn = []
    for _ in range(2):
        assert len(batches) == own + wanted
        strangers = batches.order[batches.order >= own] - own
        assert len(strangers) == len(set(strangers)) == wanted
        assert sorted(batches.order[batches.order < own]) == list(range(own))
        drawn.append(set(strangers))
        batches.on_epoch_end()
    assert drawn[0] != drawn[1]
    place = int(np.flatnonzero(batches.order >= own)[0])
    inputs, targets, judged = batches[place]
    assert (inputs["images"] == batches.order[place] - own).all()
    assert not targets["gender"].any(), "nobody labelled it"
    assert judged["gender"] == 0
    weights = [float(batches[step][2]["gender"][0]) for step in range(len(batches))]
    assert weights == [float(index < own) for index in batches.order], "who has a label is judged"


def test_teachers_alone_can_tell_what_they_show(data):
    with pytest.raises(ValueError, match="needs teachers"):
        TrainingBatches(data.for_training(), replace(SECOND, teachers=()), unlabelled=data.images)


def test_what_is_pruned_already_is_pruned_to_the_share_that_the_recipe_names(data, monkeypatch):
    pruned = replace(FIRST, widths=(16, 32), prune=0.5)
    monkeypatch.setattr(prerequisites, "load_recipe", {"pruned": pruned}.__getitem__)
    start = residual_network(32, 3, (16, 32), {"gender": 2}, prune=0.5)
    smaller = starting_weights(replace(pruned, start="pruned", prune=0.625), start)
    assert smaller.get_layer("stage1_block1_a_conv").filters == 6
    assert smaller.get_layer("stage2_block2_a_conv").filters == 12
    assert starting_weights(replace(pruned, start="pruned"), start) is start

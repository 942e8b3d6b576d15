"""Training images as the live path shows them, and how they are drawn."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data import live_views as module  # noqa: E402
from train.data.augmentation import Augmentation  # noqa: E402
from train.data.datasets import load_utkface  # noqa: E402
from train.data.live_views import LiveViews, live_views, seen_live  # noqa: E402
from train.fit.batches import TrainingBatches  # noqa: E402
from train.fit.prerequisites import train_recipe  # noqa: E402
from train.fit.run_folder import read_history  # noqa: E402
from train.recipe import Recipe  # noqa: E402
from vision.tasks import GENDER, fer2013_geometry, utkface_geometry  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

RECIPE = Recipe("gender", 32, (4, 8), epochs=1, batch_size=8, live=0.5, augmentation=Augmentation.none())


@pytest.fixture(scope="module")
def picture(portrait):
    """The astronaut's head as UTKFace would frame it: 200 pixels of RGB."""
    head = portrait[52:212, 146:306]
    return cv2.cvtColor(cv2.resize(head, (200, 200), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="module")
def folder(picture, tmp_path_factory):
    """40 pictures, every second one with a face in it, each a little darker than the one before."""
    path = tmp_path_factory.mktemp("data") / "UTKFace"
    path.mkdir()
    for number in range(40):
        shown = picture if number % 2 else np.full_like(picture, 90)
        name = f"{20 + number}_{number % 2}_0_20170101{number:09d}.jpg.chip.jpg"
        cv2.imwrite(str(path / name), cv2.cvtColor((shown * (1 - number / 80)).astype(np.uint8), cv2.COLOR_RGB2BGR))
    return path


@pytest.fixture(scope="module")
def data(folder):
    return load_utkface(folder, utkface_geometry(32))


@pytest.mark.parametrize("geometry", [utkface_geometry(64), fer2013_geometry()], ids=["colour", "grey"])
def test_a_face_is_seen_as_a_network_wants_it_and_nothing_where_there_is_none(picture, geometry):
    own = picture if geometry.channels == 3 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., np.newaxis]
    views = seen_live(np.stack([own, np.full_like(own, 90)]), geometry, enlarge=1.2)
    assert views.images.shape == (2, geometry.size, geometry.size, geometry.channels)
    assert views.found.tolist() == [True, False]
    assert views.images[0].std() > 20 and not views.images[1].any()


def test_it_is_the_training_images_in_their_order(folder, data, tmp_path):
    views = live_views(GENDER, folder.parent, 32, tmp_path)
    training = data.for_training()
    assert views.images.shape == training.images.shape
    assert views.found.tolist() == (training.labels["gender"] == 1).tolist(), "the faces are the odd ones"
    brightness = views.images[views.found].mean(axis=(1, 2, 3))
    own = training.images[views.found].mean(axis=(1, 2, 3))
    assert np.corrcoef(brightness, own)[0, 1] > 0.99


def test_the_views_are_kept(folder, tmp_path, monkeypatch):
    views = live_views(GENDER, folder.parent, 32, tmp_path)
    looked = []
    monkeypatch.setattr(module, "seen_live", lambda *arguments: looked.append(1) or views)
    again = live_views(GENDER, folder.parent, 32, tmp_path)
    assert np.array_equal(again.images, views.images) and np.array_equal(again.found, views.found)
    assert not looked
    (kept,) = tmp_path.glob("live_*.npz")
    live_views(GENDER, folder.parent, 40, tmp_path)
    assert len(looked) == 1, "another size is another view"
    kept.write_bytes(kept.read_bytes()[:500])  # an interruption
    live_views(GENDER, folder.parent, 32, tmp_path)
    assert len(looked) == 2


@pytest.fixture
def views(data):
    """White, and found in the second half only."""
    images = np.full_like(data.for_training().images, 255)
    return LiveViews(images, np.arange(len(images)) >= len(images) // 2)


class TestDrawn:
    @staticmethod
    def whites(batches):
        """Of each image drawn, whether it is the white view; and which image it is."""
        drawn = np.concatenate([batches[step][0]["images"] for step in range(len(batches))])
        return drawn.min(axis=(1, 2, 3)) == 255, batches.order[: len(drawn)]

    def test_where_a_face_was_found(self, data, views):
        white, chosen = self.whites(TrainingBatches(data.for_training(), replace(RECIPE, live=1.0), views=views))
        assert white.tolist() == views.found[chosen].tolist()

    def test_a_share_of_them_and_others_the_next_time(self, data, views):
        everywhere = replace(views, found=np.ones(len(views.found), bool))
        drawn = []
        for epoch in range(20):
            white, chosen = self.whites(TrainingBatches(data.for_training(), RECIPE, epoch, views=everywhere))
            drawn.append(white[np.argsort(chosen, kind="stable")])
        assert np.mean(drawn) == pytest.approx(0.5, abs=0.08)
        assert (drawn[0] != drawn[1]).any()

    def test_a_resumed_run_draws_the_same(self, data, views):
        batches = TrainingBatches(data.for_training(), RECIPE, views=views)
        batches.on_epoch_end()
        resumed = TrainingBatches(data.for_training(), RECIPE, first_epoch=1, views=views)
        assert np.array_equal(batches[0][0]["images"], resumed[0][0]["images"])

    def test_without_a_share_none(self, data, views):
        white, _ = self.whites(TrainingBatches(data.for_training(), replace(RECIPE, live=0.0), views=views))
        assert not white.any()

    def test_unlabelled_images_have_no_views(self, data, views):
        black = np.zeros((30, 32, 32, 3), np.uint8)
        recipe = replace(RECIPE, live=1.0, unlabelled=1.0, teachers=("somebody",))
        batches = TrainingBatches(data.for_training(), recipe, unlabelled=black, views=views)
        drawn = np.concatenate([batches[step][0]["images"] for step in range(len(batches))])
        unlabelled = batches.order[: len(drawn)] >= len(views.found)
        assert unlabelled.any() and not drawn[unlabelled].any()

    def test_views_of_other_images_are_refused(self, data, views):
        with pytest.raises(ValueError, match="the live views are"):
            TrainingBatches(data.for_training(), RECIPE, views=replace(views, images=views.images[1:]))


@pytest.mark.usefixtures("uncompiled")
def test_a_recipe_that_looks_at_them_trains(folder, data, tmp_path):
    train_recipe(RECIPE, data, folder.parent, tmp_path, tmp_path / "run")
    assert len(read_history(tmp_path / "run")) == 1
    assert len(list(tmp_path.glob("live_*.npz"))) == 1

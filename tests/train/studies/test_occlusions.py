"""Sunglasses lie on the eyes and masks on the mouth, in either dataset's framing."""

import numpy as np
import pytest

from train.studies.robustness.occlusions import mask, mask_coverage, sunglasses, sunglasses_coverage
from vision.tasks import fer2013_geometry, utkface_geometry

FRAMINGS = pytest.mark.parametrize(
    "geometry", [fer2013_geometry(48), utkface_geometry(200)], ids=["FER2013", "UTKFace"]
)


def at(coverage, place):
    """The value under a place given as fractions of the picture."""
    x, y = place
    return coverage[int(y * coverage.shape[0]), int(x * coverage.shape[1])]


def between(one, other, share):
    return tuple(np.array(one) + share * (np.array(other) - one))


def middle_of_eyes(geometry):
    return between(geometry.left_eye, geometry.right_eye, 0.5)


@FRAMINGS
class TestSunglasses:
    def test_they_cover_the_eyes_and_nothing_below(self, geometry):
        covered = sunglasses_coverage((geometry.size, geometry.size), geometry)
        assert at(covered, geometry.left_eye) == at(covered, geometry.right_eye) == 1
        assert at(covered, geometry.mouth) == 0
        assert at(covered, between(middle_of_eyes(geometry), geometry.mouth, 0.5)) == 0  # the nose
        below = int(geometry.size * between(middle_of_eyes(geometry), geometry.mouth, 0.5)[1])
        assert covered[below:].max() == 0
        assert 0.05 < covered.mean() < 0.25

    def test_they_take_as_much_light_as_asked(self, geometry):
        white = np.full((2, geometry.size, geometry.size, geometry.channels), 255, np.uint8)
        half, black = sunglasses(white, 0.5, geometry), sunglasses(white, 1, geometry)
        assert at(black[0], geometry.left_eye).max() < 20
        assert float(at(half[1], geometry.right_eye).min()) == pytest.approx(133, abs=3)
        assert at(black[0], geometry.mouth).min() == 255


@FRAMINGS
class TestMask:
    def test_it_covers_nose_and_mouth_and_leaves_the_eyes(self, geometry):
        covered, pleats = mask_coverage((geometry.size, geometry.size), geometry, 1)
        assert at(covered, geometry.mouth) == 1
        assert at(covered, between(middle_of_eyes(geometry), geometry.mouth, 0.6)) == 1  # the tip of the nose
        assert at(covered, geometry.left_eye) == at(covered, geometry.right_eye) == 0
        assert (pleats <= covered).all()
        assert pleats.max() > 0.3

    def test_worn_under_the_nose(self, geometry):
        covered, _ = mask_coverage((geometry.size, geometry.size), geometry, 0.7)
        assert at(covered, geometry.mouth) == 1
        assert at(covered, between(middle_of_eyes(geometry), geometry.mouth, 0.6)) == 0

    def test_the_higher_it_is_pulled_the_more_it_covers(self, geometry):
        sums = [
            mask_coverage((geometry.size, geometry.size), geometry, height)[0].sum()
            for height in (0, 0.25, 0.5, 0.75, 1)
        ]
        assert sums[0] == 0
        assert sums == sorted(set(sums))

    def test_people_wear_several_colours(self, geometry):
        pictures = np.full((30, geometry.size, geometry.size, geometry.channels), 128, np.uint8)
        worn = mask(pictures, 1, geometry, seed=1)
        x, y = (np.array(between(geometry.mouth, middle_of_eyes(geometry), 0.25)) * geometry.size).astype(int)
        assert len(np.unique(worn[:, y, x], axis=0)) == 3
        assert np.array_equal(worn, mask(pictures, 1, geometry, seed=1))
        assert not np.array_equal(worn, mask(pictures, 1, geometry, seed=2))

"""Each corruption does what it says: nothing at its neutral strength, more with more, the same for the same seed."""

import cv2
import numpy as np
import pytest

from train.studies.robustness.corruptions import (
    brightness,
    contrast,
    gamma,
    gaussian_blur,
    jpeg,
    misframe,
    misframe_at_random,
    motion_blur,
    motion_kernel,
    noise,
    resolution,
)
from train.studies.robustness.sweeps import CROP_AT_RANDOM, CROP_SETTINGS, SWEEPS
from vision.tasks import AGE, EXPRESSION

SIDE = 64

# name of the sweep, a strength that changes nothing (or next to nothing), a little, much
STRENGTHS = [
    ("brightness", 0, 0.15, 0.45),
    ("brightness", 0, -0.15, -0.45),
    ("gamma", 1, 0.7, 0.33),
    ("gamma", 1, 1.5, 3),
    ("contrast", 1, 0.5, 0.15),
    ("contrast", 1, 1.5, 2),
    ("gaussian_blur", 0, 0.01, 0.06),
    ("motion_blur", 0, 0.04, 0.24),
    ("noise", 0, 5, 45),
    ("jpeg", 100, 50, 5),
    ("resolution", SIDE, 32, 8),
    ("rotation", 0, 10, 45),
    ("rotation", 0, -10, -45),
    ("sunglasses", 0, 0.25, 1),
    ("mask", 0, 0.5, 1),
    ("crop_scale", 1, 0.95, 0.8),
    ("crop_scale", 1, 1.05, 1.3),
    ("crop_across", 0, 0.08, 0.16),
    ("crop_down", 0, -0.08, -0.16),
    ("crop_all", 0, 0.5, 1.5),
]
SEEDED = ("motion_blur", "noise", "mask", "crop_all")


@pytest.fixture(scope="module", params=[1, 3], ids=["grey", "RGB"])
def pictures(request, portrait):
    """Four views of a portrait's head, (4, 64, 64, C)."""
    views = [portrait[top : top + 200, 130:330, ::-1] for top in (0, 10, 20, 30)]
    small = [cv2.resize(view, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for view in views]
    if request.param == 1:
        return np.stack([cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)[:, :, np.newaxis] for view in small])
    return np.stack(small)


def apply(name, pictures, strength, seed=0):
    task = EXPRESSION if pictures.shape[-1] == 1 else AGE
    return SWEEPS[name].apply(pictures, strength, task.geometry(SIDE), seed)


def distance(one, other):
    return np.abs(one.astype(float) - other).mean()


def dot(x, y, side=41):
    """A bright dot on grey."""
    picture = np.full((1, side, side, 1), 50, np.uint8)
    picture[0, y, x] = 250
    return picture


def place_of_dot(pictures):
    y, x = np.unravel_index(pictures[0, :, :, 0].argmax(), pictures.shape[1:3])
    return int(x), int(y)


def test_every_sweep_is_tried_here():
    assert {name for name, *_ in STRENGTHS} == set(SWEEPS)
    assert {name for name, _ in (*CROP_SETTINGS, CROP_AT_RANDOM)} <= set(SWEEPS)


@pytest.mark.parametrize(("name", "neutral", "little", "much"), STRENGTHS)
def test_more_of_it_is_further_away(pictures, name, neutral, little, much):
    still, changed, far = (apply(name, pictures, strength) for strength in (neutral, little, much))
    assert distance(still, pictures) < 1.5  # JPEG of quality 100 rounds; the others change nothing
    assert (name == "jpeg") or np.array_equal(still, pictures)
    assert distance(still, pictures) < distance(changed, pictures) < distance(far, pictures)


@pytest.mark.parametrize(("name", "neutral", "little", "much"), STRENGTHS)
def test_pixels_stay_pixels_and_the_originals_stay(pictures, name, neutral, little, much):
    before = pictures.copy()
    for strength in (neutral, little, much):
        changed = apply(name, pictures, strength)
        assert changed.dtype == np.uint8
        assert changed.shape == pictures.shape
        assert not np.shares_memory(changed, pictures)
    assert np.array_equal(pictures, before)


@pytest.mark.parametrize("name", SWEEPS)
def test_chance_is_the_seed_s_alone(pictures, name):
    strength = SWEEPS[name].strengths[-1]
    first = apply(name, pictures, strength, seed=1)
    assert np.array_equal(apply(name, pictures, strength, seed=1), first)
    others = [apply(name, pictures, strength, seed=seed) for seed in range(2, 8)]
    assert any(not np.array_equal(other, first) for other in others) == (name in SEEDED)


class TestLight:
    def test_brightness_is_added_and_cut_off(self):
        levels = np.array([0, 100, 250], np.uint8).reshape(1, 1, 3, 1)
        assert brightness(levels, 0.2).ravel().tolist() == [51, 151, 255]
        assert brightness(levels, -0.2).ravel().tolist() == [0, 49, 199]

    def test_gamma_keeps_black_and_white(self):
        levels = np.array([0, 64, 255], np.uint8).reshape(1, 1, 3, 1)
        assert gamma(levels, 0.5).ravel().tolist() == [0, 128, 255]  # 255 * sqrt(64 / 255) = 127.7
        assert gamma(levels, 2).ravel().tolist() == [0, 16, 255]

    def test_contrast_turns_about_each_picture_s_own_mean(self):
        dark, light = np.array([[20, 40], [200, 220]], np.uint8).reshape(2, 1, 2, 1)
        assert contrast(np.stack([dark, light]), 0.5).ravel().tolist() == [25, 35, 205, 215]
        assert contrast(np.stack([dark, light]), 2).ravel().tolist() == [10, 50, 190, 230]


class TestLens:
    def test_a_blur_keeps_the_light_and_takes_the_detail(self, pictures):
        for blurred in (gaussian_blur(pictures, 0.03), motion_blur(pictures, 0.12, seed=0)):
            assert blurred.mean() == pytest.approx(pictures.mean(), abs=1.5)
            assert np.diff(blurred.astype(float), axis=1).std() < 0.8 * np.diff(pictures.astype(float), axis=1).std()

    @pytest.mark.parametrize("size", [48, 200])
    def test_a_blur_goes_with_the_picture_s_size(self, size):
        """A dot spreads over the same share of a small and of a large picture."""
        picture = np.zeros((1, size, size, 1), np.uint8)
        picture[0, size // 2 - size // 8 : size // 2 + size // 8, size // 2 - size // 8 : size // 2 + size // 8] = 255
        blurred = gaussian_blur(picture, 0.04)[0, :, :, 0].astype(float)
        columns = np.arange(size) / size
        middle = (blurred.sum(axis=0) * columns).sum() / blurred.sum()
        spread = np.sqrt((blurred.sum(axis=0) * (columns - middle) ** 2).sum() / blurred.sum())
        assert spread == pytest.approx(np.hypot(0.25 / np.sqrt(12), 0.04), rel=0.03)

    def test_the_smear_is_a_line(self):
        across, down = motion_kernel(4, 0), motion_kernel(4, np.pi / 2)
        assert across.shape == (5, 5)
        assert across[2].sum() == pytest.approx(1)
        assert np.allclose(across, down.T, atol=1e-6)
        assert np.count_nonzero(across > 0.1) == 5
        slanting = motion_kernel(7.3, 0.7)
        assert slanting.sum() == pytest.approx(1)
        assert np.allclose(slanting, slanting[::-1, ::-1], atol=1e-6)  # the picture stays where it is
        assert motion_kernel(0, 1.0).tolist() == [[1]]

    def test_noise_has_its_sigma(self):
        grey = np.full((2, 100, 100, 3), 128, np.uint8)
        grain = noise(grey, 20, seed=3).astype(float) - 128
        assert grain.std() == pytest.approx(20, rel=0.03)
        assert grain.mean() == pytest.approx(0, abs=0.5)
        assert abs(np.corrcoef(grain[..., 0].ravel(), grain[..., 1].ravel())[0, 1]) < 0.05


class TestLink:
    def test_jpeg_keeps_the_colours_in_order(self):
        red = np.zeros((1, 32, 32, 3), np.uint8)
        red[...] = (220, 30, 60)
        assert np.abs(jpeg(red, 80)[0, 16, 16].astype(int) - (220, 30, 60)).max() <= 4

    def test_a_lower_resolution_loses_what_is_finer(self):
        stripes = np.zeros((1, 48, 48, 1), np.uint8)
        stripes[:, :, ::2] = 255
        assert resolution(stripes, 24).std() < 1
        halves = np.zeros((1, 48, 48, 1), np.uint8)
        halves[:, :, 24:] = 255
        assert np.array_equal(resolution(halves, 12)[:, :, [0, 47]], halves[:, :, [0, 47]])


class TestCrop:
    # what is off, where a dot in the middle of the upper half, (20, 10) of 41 pixels, then shows
    @pytest.mark.parametrize(
        ("off", "expected"),
        [
            ({"across": 4 / 41}, (16, 10)),  # the box moves right, so the face moves left
            ({"across": -4 / 41}, (24, 10)),
            ({"down": 4 / 41}, (20, 6)),
            ({"scale": 2.0}, (20, 15)),  # a box twice as large shows the face half as large
            ({"scale": 0.5}, (20, 0)),
            ({"turn": 90}, (30, 20)),  # what was above is right of the middle: clockwise
            ({"turn": -90}, (10, 20)),
        ],
    )
    def test_where_things_go(self, off, expected):
        assert place_of_dot(misframe(dot(20, 10), **off)) == expected

    def test_beyond_the_border_it_is_repeated(self):
        picture = np.full((1, 40, 40, 3), 90, np.uint8)
        picture[:, :, -1] = 200
        shifted = misframe(picture, across=0.25)
        assert (shifted[:, :, 30:] == 200).all()
        assert misframe(picture, scale=1.3, turn=30, down=-0.2).min() == 90

    def test_each_picture_is_off_in_its_own_way_and_within_the_ranges(self):
        pictures = np.concatenate([dot(20, 20)] * 60)
        changed = misframe_at_random(pictures, 1, seed=5)
        places = [place_of_dot(one[np.newaxis]) for one in changed]
        assert len(set(places)) > 20
        # The middle moves by the shift alone, 8 % of 41 pixels, over a scale of 0.9 at least.
        assert max(max(abs(x - 20), abs(y - 20)) for x, y in places) in (3, 4)

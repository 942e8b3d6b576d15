"""What light, lenses, links and a poor crop do to a face picture: pure functions with a strength.

Each takes pictures (N, H, W, C) uint8, grey or RGB, and gives as many of the same shape. Lengths are shares of
the picture's side, so that a strength means the same for FER2013's 48 pixels and UTKFace's 200; what depends on
chance depends on the seed alone. The kinds follow Hendrycks & Dietterich 2019 ("Benchmarking Neural Network
Robustness to Common Corruptions"), with those that a webcam has.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]
"""(N, H, W, C) uint8, C = 1 (grey) or 3 (RGB)."""


def brightness(pictures: Pictures, added: float) -> Pictures:
    """Add a share of the full range to every pixel, -1 (black) to 1 (white), cut off as a camera does."""
    return _by_level(pictures, np.arange(256) + 255 * added)


def gamma(pictures: Pictures, exponent: float) -> Pictures:
    """Raise every level, as a share of white, to a power: below 1 lifts the shadows, above 1 deepens them."""
    return _by_level(pictures, 255 * (np.arange(256) / 255) ** exponent)


def contrast(pictures: Pictures, factor: float) -> Pictures:
    """Stretch each picture's levels about its own mean: 0 leaves a plain grey, above 1 cuts lights and shadows off."""
    mean = pictures.mean(axis=(1, 2, 3), keepdims=True, dtype=np.float32)
    return _as_pixels((pictures - mean) * np.float32(factor) + mean)


def gaussian_blur(pictures: Pictures, sigma: float) -> Pictures:
    """A lens out of focus: Gaussian blur, its standard deviation as a share of the side."""
    pixels = sigma * pictures.shape[1]
    if pixels <= 0:
        return pictures.copy()
    return _each(pictures, lambda picture: cv2.GaussianBlur(picture, (0, 0), pixels, borderType=cv2.BORDER_REPLICATE))


def motion_blur(pictures: Pictures, length: float, seed: int) -> Pictures:
    """A head that moves while the shutter is open: a straight smear, its length as a share of the side.

    Each picture's goes in a direction of its own.
    """
    angles = iter(np.random.default_rng(seed).uniform(0, np.pi, len(pictures)))

    def smear(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        kernel = motion_kernel(length * picture.shape[0], next(angles))
        return np.asarray(cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)

    return _each(pictures, smear)


def motion_kernel(length: float, angle: float) -> NDArray[np.float32]:
    """The kernel that smears over `length` pixels along `angle` (radians): a thin line, its sum 1."""
    reach = int(np.ceil(length / 2))
    kernel = np.zeros((2 * reach + 2, 2 * reach + 2), np.float32)  # one more than needed: splats reach to the right
    for along in np.linspace(-length / 2, length / 2, 8 * reach + 1):
        x, y = reach + along * np.cos(angle), reach + along * np.sin(angle)
        left, top = int(x), int(y)
        # Each point of the line is shared between its four neighbours, so that a slanting one has no stairs.
        kernel[top : top + 2, left : left + 2] += np.outer([1 - (y - top), y - top], [1 - (x - left), x - left])
    kernel = kernel[:-1, :-1]
    return kernel / kernel.sum()


def noise(pictures: Pictures, sigma: float, seed: int) -> Pictures:
    """A sensor in the dark: Gaussian noise on every pixel and channel, its standard deviation in levels of 255."""
    grain = np.random.default_rng(seed).standard_normal(pictures.shape, dtype=np.float32)
    return _as_pixels(pictures + np.float32(sigma) * grain)


def jpeg(pictures: Pictures, quality: float) -> Pictures:
    """Each picture as a JPEG of this quality, 1 to 100, at its own size (its blocks are 8 pixels wide)."""
    parameters = [cv2.IMWRITE_JPEG_QUALITY, round(quality)]

    def through_jpeg(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        is_grey = picture.shape[-1] == 1
        encoded = cv2.imencode(".jpg", picture if is_grey else picture[:, :, ::-1], parameters)
        decoded = np.asarray(cv2.imdecode(encoded[1], cv2.IMREAD_GRAYSCALE if is_grey else cv2.IMREAD_COLOR), np.uint8)
        return decoded if is_grey else decoded[:, :, ::-1]

    return _each(pictures, through_jpeg)


def resolution(pictures: Pictures, side: float) -> Pictures:
    """A face far off: averaged down to `side` pixels and enlarged again, as `crop_face` enlarges (bilinear)."""
    small, own = int(side), pictures.shape[1]
    if small >= own:
        return pictures.copy()

    def down_and_up(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        shrunk = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(shrunk, (own, own), interpolation=cv2.INTER_LINEAR), np.uint8)

    return _each(pictures, down_and_up)


def misframe(
    pictures: Pictures, scale: float = 1.0, across: float = 0.0, down: float = 0.0, turn: float = 0.0
) -> Pictures:
    """The crop that is off: what a box scaled about its middle, shifted and turned would have cut out.

    The datasets' pictures end where their crops end, so what a larger or shifted box would show beyond is not known;
    the nearest pixel is repeated, as `vision.alignment.crop_face` does beyond a frame's border.

    Args:
        pictures: (N, S, S, C) uint8, square.
        scale: side of the box as a multiple of the right one: above 1 the face looks smaller.
        across: shift of the box to the right, as a share of the right side.
        down: likewise, downwards.
        turn: by how many degrees the face then looks turned clockwise.
    """
    side = pictures.shape[1]
    middle = (side - 1) / 2
    angle = np.radians(-turn)
    matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    offset = middle + side * np.array([across, down]) - matrix @ (middle, middle)
    to_picture = np.column_stack([matrix, offset])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return _each(
        pictures,
        lambda picture: cv2.warpAffine(picture, to_picture, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE),
    )


def misframe_at_random(pictures: Pictures, share: float, seed: int) -> Pictures:
    """All that can be off at once, each picture in its own way.

    Args:
        pictures: (N, S, S, C) uint8, square.
        share: of these ranges, drawn from evenly: scale 0.9-1.15, 8 % across and down, 10 degrees, either way.
        seed: of what is drawn.
    """
    drawn = np.random.default_rng(seed).uniform(-1, 1, (len(pictures), 4)) * share
    changed = np.empty_like(pictures)
    for index, (size, across, down, turn) in enumerate(drawn):
        scale = 1.15**size if size > 0 else 0.9**-size
        changed[index] = misframe(pictures[index : index + 1], scale, 0.08 * across, 0.08 * down, 10 * turn)[0]
    return changed


def _each(pictures: Pictures, change: Callable[[NDArray[np.uint8]], cv2.typing.MatLike]) -> Pictures:
    """Change one picture after the other; OpenCV drops a single channel's axis."""
    changed = np.empty_like(pictures)
    for index, picture in enumerate(pictures):
        changed[index] = np.reshape(change(picture), picture.shape)
    return changed


def _by_level(pictures: Pictures, levels: NDArray) -> Pictures:
    return _as_pixels(levels)[pictures]


def _as_pixels(values: NDArray) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)

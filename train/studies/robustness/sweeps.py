"""The robustness study's sweeps: which corruption at which strengths, and the crop that is off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from train.studies.robustness.corruptions import (
    Pictures,
    brightness,
    contrast,
    gamma,
    gaussian_blur,
    jpeg,
    misframe,
    misframe_at_random,
    motion_blur,
    noise,
    resolution,
)
from train.studies.robustness.occlusions import mask, sunglasses
from vision.tasks import CropGeometry

Corrupt = Callable[[Pictures, float, CropGeometry, int], Pictures]
"""(pictures, strength, the geometry of the pictures, seed) -> pictures."""


@dataclass(frozen=True)
class Sweep:
    """One corruption over its strengths.

    Attributes:
        title: what it is, for people.
        unit: what a strength is, for people.
        strengths: those that are measured, in the order of the curve.
        apply: the corruption.
        neutral: the strength that changes nothing, if there is one; it is not measured again.
    """

    title: str
    unit: str
    strengths: tuple[float, ...]
    apply: Corrupt
    neutral: float | None = None


SWEEPS = {
    "brightness": Sweep(
        "brightness",
        "share of white added",
        (-0.45, -0.3, -0.15, 0.15, 0.3, 0.45),
        lambda pictures, added, _geometry, _seed: brightness(pictures, added),
        neutral=0,
    ),
    "gamma": Sweep(
        "gamma",
        "exponent",
        (0.33, 0.5, 0.7, 1.5, 2, 3),
        lambda pictures, exponent, _geometry, _seed: gamma(pictures, exponent),
        neutral=1,
    ),
    "contrast": Sweep(
        "contrast",
        "factor about the mean",
        (0.15, 0.3, 0.5, 1.5, 2),
        lambda pictures, factor, _geometry, _seed: contrast(pictures, factor),
        neutral=1,
    ),
    "gaussian_blur": Sweep(
        "out of focus",
        "sigma, share of the side",
        (0.01, 0.02, 0.03, 0.04, 0.06),
        lambda pictures, sigma, _geometry, _seed: gaussian_blur(pictures, sigma),
        neutral=0,
    ),
    "motion_blur": Sweep(
        "motion blur",
        "length, share of the side",
        (0.04, 0.08, 0.12, 0.16, 0.24),
        lambda pictures, length, _geometry, seed: motion_blur(pictures, length, seed),
        neutral=0,
    ),
    "noise": Sweep(
        "noise",
        "sigma, levels of 255",
        (5, 10, 20, 30, 45),
        lambda pictures, sigma, _geometry, seed: noise(pictures, sigma, seed),
        neutral=0,
    ),
    "jpeg": Sweep(
        "JPEG",
        "quality",
        (90, 70, 50, 30, 20, 10, 5),
        lambda pictures, quality, _geometry, _seed: jpeg(pictures, quality),
    ),
    "resolution": Sweep(
        "resolution",
        "pixels a side",
        (48, 32, 24, 16, 12, 8),
        lambda pictures, side, _geometry, _seed: resolution(pictures, side),
    ),
    "rotation": Sweep(
        "turned in the plane",
        "degrees clockwise",
        (-45, -30, -20, -10, 10, 20, 30, 45),
        lambda pictures, degrees, _geometry, _seed: misframe(pictures, turn=degrees),
        neutral=0,
    ),
    "sunglasses": Sweep(
        "sunglasses",
        "share of light taken",
        (0.25, 0.5, 0.75, 1),
        lambda pictures, darkness, geometry, _seed: sunglasses(pictures, darkness, geometry),
        neutral=0,
    ),
    "mask": Sweep(
        "face mask",
        "height: 1 = up to the eyes",
        (0.25, 0.5, 0.75, 1),
        lambda pictures, height, geometry, seed: mask(pictures, height, geometry, seed),
        neutral=0,
    ),
    "crop_scale": Sweep(
        "crop scaled",
        "side, times the right one",
        (0.8, 0.9, 0.95, 1.05, 1.15, 1.3),
        lambda pictures, scale, _geometry, _seed: misframe(pictures, scale=scale),
        neutral=1,
    ),
    "crop_across": Sweep(
        "crop shifted across",
        "share of the side, to the right",
        (-0.16, -0.08, 0.08, 0.16),
        lambda pictures, across, _geometry, _seed: misframe(pictures, across=across),
        neutral=0,
    ),
    "crop_down": Sweep(
        "crop shifted down",
        "share of the side",
        (-0.16, -0.08, 0.08, 0.16),
        lambda pictures, down, _geometry, _seed: misframe(pictures, down=down),
        neutral=0,
    ),
    "crop_all": Sweep(
        "crop off in every way",
        "share of 0.9-1.15, 8 %, 10 degrees",
        (0.5, 1, 1.5),
        lambda pictures, share, _geometry, seed: misframe_at_random(pictures, share, seed),
        neutral=0,
    ),
}

CROP_SETTINGS = (
    ("crop_scale", 0.9),
    ("crop_scale", 1.15),
    ("crop_across", -0.08),
    ("crop_across", 0.08),
    ("crop_down", -0.08),
    ("crop_down", 0.08),
    ("rotation", -10),
    ("rotation", 10),
)
"""The ends of the ranges in which a crop may be off: nothing between them costs more than the ends do."""

CROP_AT_RANDOM = ("crop_all", 1)
"""All of them at once, each picture in its own way, as a detector errs: shown as well, but not part of the target."""

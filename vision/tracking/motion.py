"""Where a face will be on the next frame: a Kalman filter with constant velocity, as in SORT (Bewley et al. 2016)."""

from __future__ import annotations

import math
from typing import Final

from vision.boxes import Box

# All are in the face's own size, so that near and far faces are treated alike.
_JITTER: Final = 0.05
"""Standard deviation of the detector's boxes."""

_ACCELERATION: Final = 20.0
"""Spectral density of the acceleration, in sizes²/s³: in a third of a second a head changes its speed by 2.5 sizes a second."""

_SPEED_AT_FIRST: Final = 1.5
"""Standard deviation of a new face's speed, in sizes a second."""

_COASTING_S: Final = 0.25
"""A face out of sight keeps half its speed for so long: it has turned or stopped as often as it has gone on."""


class Motion:
    """Centre of one face with its velocity, and its width and height without one.

    A small face's box may be a third larger on one frame than on the next, and would grow for ever. Both coordinates have the same noise, so one covariance (of value and velocity) does for them.
    """

    def __init__(self, box: Box):
        """Start at a box, at rest."""
        self._values = _centred(box)
        self._speeds = [0.0, 0.0, 0.0, 0.0]
        size = self.size
        self._variance = (_JITTER * size) ** 2
        self._covariance = 0.0
        self._speed_variance = (_SPEED_AT_FIRST * size) ** 2

    @property
    def size(self) -> float:
        """Geometric mean of width and height, in pixels."""
        return math.sqrt(max(self._values[2] * self._values[3], 1.0))

    @property
    def box(self) -> Box:
        """Where it is, by all that is known."""
        x, y, width, height = self._values
        width, height = max(width, 1.0), max(height, 1.0)
        return x - width / 2, y - height / 2, width, height

    def predict(self, seconds: float, coasting: bool = False) -> None:
        """Go on by some seconds.

        Args:
            seconds: since the last step.
            coasting: whether the face is out of sight.
        """
        dt, noise = seconds, _ACCELERATION * self.size**2
        if coasting:
            # The way gone while the speed falls by half every `_COASTING_S`.
            fall = 0.5 ** (dt / _COASTING_S)
            way = (1 - fall) * _COASTING_S / math.log(2)
        else:
            fall, way = 1.0, dt
        self._values = [value + speed * way for value, speed in zip(self._values, self._speeds, strict=True)]
        self._speeds = [speed * fall for speed in self._speeds]
        self._variance += 2 * dt * self._covariance + dt**2 * self._speed_variance + noise * dt**3 / 3
        self._covariance += dt * self._speed_variance + noise * dt**2 / 2
        self._speed_variance += noise * dt

    def correct(self, box: Box) -> None:
        """Take in where it was seen."""
        seen = _centred(box)
        total = self._variance + (_JITTER * self.size) ** 2
        gain, speed_gain = self._variance / total, self._covariance / total
        off = [value - predicted for value, predicted in zip(seen, self._values, strict=True)]
        self._values = [value + gain * by for value, by in zip(self._values, off, strict=True)]
        self._speeds = [speed + speed_gain * by for speed, by in zip(self._speeds[:2], off, strict=False)] + [0.0, 0.0]
        self._speed_variance -= speed_gain * self._covariance
        self._covariance *= 1 - gain
        self._variance *= 1 - gain

    def rescale(self, across: float, down: float) -> None:
        """The frame has another size now: everything lies elsewhere."""
        factors = (across, down, across, down)
        self._values = [value * factor for value, factor in zip(self._values, factors, strict=True)]
        self._speeds = [speed * factor for speed, factor in zip(self._speeds, factors, strict=True)]
        for name in ("_variance", "_covariance", "_speed_variance"):
            setattr(self, name, getattr(self, name) * across * down)


def _centred(box: Box) -> list[float]:
    x, y, width, height = box
    return [x + width / 2, y + height / 2, width, height]

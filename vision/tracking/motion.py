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

    A small face's box may be a third larger on one frame than on the next, and would grow for ever. Both coordinates have
    the same noise, so one covariance (of value and velocity) does for them. All are plain numbers: for one face, and still
    for ten, these are cheaper than arrays of four.
    """

    __slots__ = (
        "_covariance", "_height", "_speed_variance", "_speed_x", "_speed_y", "_variance", "_width", "_x", "_y", "size",
    )  # fmt: skip

    def __init__(self, box: Box):
        """Start at a box, at rest."""
        x, y, self._width, self._height = box
        self._x, self._y = x + self._width / 2, y + self._height / 2
        self._speed_x = self._speed_y = 0.0
        self.size = _size(self._width, self._height)
        """Geometric mean of width and height, in pixels."""
        self._variance = (_JITTER * self.size) ** 2
        self._covariance = 0.0
        self._speed_variance = (_SPEED_AT_FIRST * self.size) ** 2

    @property
    def box(self) -> Box:
        """Where it is, by all that is known."""
        width, height = max(self._width, 1.0), max(self._height, 1.0)
        return self._x - width / 2, self._y - height / 2, width, height

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle, by all that is known."""
        return self._x, self._y

    def predict(self, seconds: float, coasting: bool = False) -> None:
        """Go on by some seconds.

        Args:
            seconds: since the last step.
            coasting: whether the face is out of sight.
        """
        dt, noise = seconds, _ACCELERATION * self.size**2
        way = dt
        if coasting:
            # The way gone while the speed falls by half every `_COASTING_S`.
            fall = 0.5 ** (dt / _COASTING_S)
            way = (1 - fall) * _COASTING_S / math.log(2)
        self._x += self._speed_x * way
        self._y += self._speed_y * way
        if coasting:
            self._speed_x *= fall
            self._speed_y *= fall
        self._variance += 2 * dt * self._covariance + dt**2 * self._speed_variance + noise * dt**3 / 3
        self._covariance += dt * self._speed_variance + noise * dt**2 / 2
        self._speed_variance += noise * dt

    def correct(self, box: Box) -> None:
        """Take in where it was seen."""
        x, y, width, height = box
        total = self._variance + (_JITTER * self.size) ** 2
        gain, speed_gain = self._variance / total, self._covariance / total
        off_x, off_y = x + width / 2 - self._x, y + height / 2 - self._y
        self._x += gain * off_x
        self._y += gain * off_y
        self._speed_x += speed_gain * off_x
        self._speed_y += speed_gain * off_y
        self._width += gain * (width - self._width)
        self._height += gain * (height - self._height)
        self.size = _size(self._width, self._height)
        self._speed_variance -= speed_gain * self._covariance
        self._covariance *= 1 - gain
        self._variance *= 1 - gain

    def rescale(self, across: float, down: float) -> None:
        """The frame has another size now: everything lies elsewhere."""
        self._x, self._width, self._speed_x = self._x * across, self._width * across, self._speed_x * across
        self._y, self._height, self._speed_y = self._y * down, self._height * down, self._speed_y * down
        self.size = _size(self._width, self._height)
        area = across * down
        self._variance, self._covariance = self._variance * area, self._covariance * area
        self._speed_variance *= area


def _size(width: float, height: float) -> float:
    return math.sqrt(max(width * height, 1.0))

"""The same face cropped at slightly other places: one look at each errs a little differently, and their mean errs less."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

from vision.tasks import CropGeometry, Task

SHIFT: Final = 0.04
"""By how much of the crop's side a view is moved."""


@cache
def views_of(task: Task, geometry: CropGeometry) -> tuple[CropGeometry, ...]:
    """The crops at which a network looks at a face of a picture by itself, its own first.

    A camera's face is seen at many places as it is, and its ages would swing with the view. An expression is told as well by one (PublicTest).

    Args:
        task: what the network tells.
        geometry: the crop that it wants.

    Returns:
        For age and gender the crop, and the same moved to the right, left, down and up.
    """
    if task.is_fleeting:
        return (geometry,)
    return tuple(_moved(geometry, across, down) for across, down in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)))


def _moved(geometry: CropGeometry, across: int, down: int) -> CropGeometry:
    def moved(point: tuple[float, float]) -> tuple[float, float]:
        return point[0] + across * SHIFT, point[1] + down * SHIFT

    return replace(
        geometry, left_eye=moved(geometry.left_eye), right_eye=moved(geometry.right_eye), mouth=moved(geometry.mouth)
    )

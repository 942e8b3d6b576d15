"""The tasks: what each CNN tells of a face. All that sets one task apart from another stands here, once.

The web process knows the tasks by their names and labels alone. So this module needs neither OpenCV nor LiteRT nor
TensorFlow, and it imports NumPy only in functions that are given an array (16 MB of memory otherwise).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODELS_DIR: Final = Path(__file__).resolve().parent.parent / "models"

EXPRESSIONS: Final = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
"""FER2013's seven classes, in the order of the Kaggle folders (alphabetical)."""

GENDERS: Final = ("male", "female")
"""UTKFace's two classes: the file name's gender field is 0 for male, 1 for female."""

OLDEST_YEAR: Final = 100
"""The last year that the age CNN tells apart; everyone older counts as this old."""

DECADES: Final = (*(f"{tens}-{tens + 9}" for tens in range(0, 100, 10)), "100+")
"""The paper's eleven age classes: `min(age // 10, 10)`."""


CENTRAL_SHARE: Final = 0.8
"""An age's range holds this share of its distribution."""


@dataclass(frozen=True)
class CropGeometry:
    """What one CNN sees of a face.

    Attributes:
        size: side of the square crop, in pixels.
        channels: 1 for grey, 3 for RGB.
        left_eye: where the eye on the image's left lies, (x, y) as fractions of the crop.
        right_eye: the eye on the image's right, likewise.
        mouth: the middle of the mouth, likewise.
    """

    size: int
    channels: int
    left_eye: tuple[float, float]
    right_eye: tuple[float, float]
    mouth: tuple[float, float]

    @property
    def anchors(self) -> NDArray[np.float64]:
        """The three points as fractions of the crop, (3, 2) float64: left eye, right eye, mouth."""
        import numpy as np

        return np.array([self.left_eye, self.right_eye, self.mouth])


def fer2013_geometry(size: int = 48) -> CropGeometry:
    """FER2013's framing: grey, from just above the eyebrows to the chin (3,000 training images)."""
    return CropGeometry(size, 1, (0.314, 0.393), (0.662, 0.390), (0.489, 0.762))


def utkface_geometry(size: int = 64) -> CropGeometry:
    """UTKFace's framing of its aligned and cropped images: RGB (931 images outside TEST)."""
    return CropGeometry(size, 3, (0.305, 0.299), (0.691, 0.305), (0.487, 0.718))


@dataclass(frozen=True)
class Task:
    """What one CNN tells of a face.

    Attributes:
        name: what it is called in `models/<name>/`, in JSON and on the command line.
        labels: its classes: `labels[i]` is the name of class `i`.
        outputs: the number of logits of its network.
        dataset: name of the dataset that it is trained and tested on, and whose framing its crops have.
        geometry: side of the crop in pixels -> the crop, framed as that dataset's images are.
        has_years: the outputs are the years 0 to `OLDEST_YEAR`, labels are ages in years, and the classes are decades.
            Otherwise outputs and classes are the same.
        is_fleeting: it may change while we look, as an expression does and an age does not.
    """

    name: str
    labels: tuple[str, ...]
    outputs: int
    dataset: str
    geometry: Callable[[int], CropGeometry]
    has_years: bool = False
    is_fleeting: bool = False

    def class_of(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        """The classes of a dataset's labels.

        Args:
            labels: (...) int64, class indices; for an age years of 0 and more.

        Returns:
            (...) int64, indices into `labels` of this task.
        """
        return (labels // 10).clip(max=len(DECADES) - 1) if self.has_years else labels

    def classes(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """A distribution over the outputs as one over the classes.

        Args:
            scores: (..., outputs) float32, 0 to 1, each row's sum 1.

        Returns:
            (..., classes) float32, likewise.
        """
        return scores @ decade_of_year() if self.has_years else scores

    def predicted(self, scores: NDArray[np.float32]) -> NDArray[np.int64]:
        """The class (...) int64 that is shown for distributions (..., outputs): the likeliest, or the decade of the years."""
        return self.class_of(self.years(scores)) if self.has_years else scores.argmax(axis=-1)

    def years(self, scores: NDArray[np.floating]) -> NDArray[np.int64]:
        """The ages that are shown: the medians, in completed years as people say their age.

        Args:
            scores: as of `quantile`.

        Returns:
            (...) int64, 0 to 100; of one distribution a scalar.

        Raises:
            ValueError: the task has no years.
        """
        return self.quantile(scores, 0.5).astype("int64")

    def years_range(self, scores: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """From and to which age the middle 80 % of a distribution reach; arguments and errors as of `years`."""
        tail = (1 - CENTRAL_SHARE) / 2
        return self.quantile(scores, tail).astype("int64"), self.quantile(scores, 1 - tail).astype("int64")

    def quantile(self, scores: NDArray[np.floating], share: float) -> NDArray[np.float64]:
        """The age that a share of a distribution over years lies below; at 0.5 its median.

        The median minimizes the mean absolute error. The expected value, which label distribution learning usually
        takes, is drawn to the middle of a wide distribution: the youngest come out older by it, and the oldest younger.

        Args:
            scores: (..., 101) float, 0 to 1, each row's sum 1. Year `i` reaches from `i - 0.5` to `i + 0.5`.
            share: 0 to 1.

        Returns:
            (...) float64, 0 to 100; of one distribution a scalar.

        Raises:
            ValueError: the task has no years.
        """
        import numpy as np

        if not self.has_years:
            raise ValueError(f"{self.name} has no years")
        reached = np.cumsum(scores, axis=-1, dtype=np.float64)
        wanted = reached[..., -1:] * share
        year = (reached < wanted).sum(axis=-1, keepdims=True)
        within = np.take_along_axis(scores, year, axis=-1)
        before = np.take_along_axis(reached, year, axis=-1) - within
        return np.clip(year - 0.5 + (wanted - before) / within, 0, OLDEST_YEAR)[..., 0]

    def ages(self, scores: NDArray[np.floating]) -> tuple[int, int, int]:
        """`years` and `years_range` of one distribution (101,), ten times as fast: a live frame needs them for each face."""
        import numpy as np

        reached = np.cumsum(scores, dtype=np.float64).tolist()
        tail = (1 - CENTRAL_SHARE) / 2
        years, low, high = (self._reaches(scores, reached, share) for share in (0.5, tail, 1 - tail))
        return years, low, high

    @staticmethod
    def _reaches(scores: NDArray[np.floating], reached: list[float], share: float) -> int:
        """In completed years, the age that a share of a distribution lies below; `reached` are its sums up to each year."""
        wanted = reached[-1] * share
        year = bisect_left(reached, wanted)
        within = float(scores[year])
        age = year - 0.5 + (wanted - (reached[year] - within)) / within
        return int(min(max(age, 0.0), OLDEST_YEAR))

    def folder(self, models: Path = MODELS_DIR) -> Path:
        """Where a models folder has what belongs to this task: its model, figures, card and pictures."""
        return models / self.name

    def model(self, models: Path = MODELS_DIR) -> Path:
        """The int8 file that ships: `<models>/<task>/model.tflite`."""
        return self.folder(models) / "model.tflite"


@cache
def decade_of_year() -> NDArray[np.float32]:
    """(101, 11) float32, 0 or 1: sums a distribution over the years into one over the decades."""
    import numpy as np

    decades = [min(year // 10, len(DECADES) - 1) for year in range(OLDEST_YEAR + 1)]
    return np.eye(len(DECADES), dtype=np.float32)[decades]


EXPRESSION: Final = Task("expression", EXPRESSIONS, len(EXPRESSIONS), "FER2013", fer2013_geometry, is_fleeting=True)
AGE: Final = Task("age", DECADES, OLDEST_YEAR + 1, "UTKFace", utkface_geometry, has_years=True)
GENDER: Final = Task("gender", GENDERS, len(GENDERS), "UTKFace", utkface_geometry)

TASKS: Final = {task.name: task for task in (EXPRESSION, AGE, GENDER)}
"""Name -> task, in the order in which they run on a face."""

STAGES: Final = ("decode", "detect", "align", *TASKS)
"""What is timed of a frame, in the order in which it happens."""

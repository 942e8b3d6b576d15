"""Whether a score of 80 % is right in 80 % of cases, and what makes it so.

Expected calibration error and temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural
Networks"): one number T, fitted on validation images, divides the logits. The order of the scores and
with it the accuracy stay as they are; only their confidence changes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from train.targets import class_labels
from vision.classifiers import decades_of, softmax, years_of
from vision.labels import OLDEST_YEAR

Floats = NDArray[np.floating]

BINS = 15
"""As in the paper."""

COLDEST, HOTTEST = 0.1, 10.0
"""Temperatures are looked for in between: beyond, the validation images are too few or too easy to tell."""

MIN_GAIN = 0.005
"""A calibration error that changes by less has not changed: that is noise."""

MAX_MAE_RISE = 0.02
"""Years of mean error that calibrating the age network may cost on the validation images."""

_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Bin:
    """The images whose confidence falls between two bounds.

    Attributes:
        lower: the least confidence, exclusive but for the first bin.
        upper: the greatest, inclusive.
        count: how many images.
        confidence: their mean confidence; 0 where there are none.
        accuracy: the share of them that is right; likewise.
    """

    lower: float
    upper: float
    count: int
    confidence: float
    accuracy: float


def top_scores(task: str, scores: Floats, labels: NDArray[np.int64]) -> tuple[Floats, NDArray[np.bool_]]:
    """How sure the model is of what it says, and whether that is right.

    Args:
        task: `expression`, `age` or `gender`; an age is judged by its decade.
        scores: (N, outputs), rows sum to 1.
        labels: (N,) class indices, or years.

    Returns:
        The confidences (N,) and (N,) bool.
    """
    classes = decades_of(np.asarray(scores, np.float32)) if task == "age" else scores
    return classes.max(axis=1), classes.argmax(axis=1) == class_labels(task, labels)


def reliability(confidences: Floats, right: NDArray[np.bool_], bins: int = BINS, adaptive: bool = False) -> list[Bin]:
    """The bins of a reliability diagram.

    Args:
        confidences: (N,) between 0 and 1.
        right: (N,) bool.
        bins: how many.
        adaptive: bins of as many images each (Nguyen & O'Connor 2015) instead of equal width.
    """
    if adaptive:
        edges = np.quantile(confidences, np.linspace(0, 1, bins + 1))
        parts = np.array_split(np.argsort(confidences, kind="stable"), bins)
    else:
        edges = np.linspace(0, 1, bins + 1)
        place = np.clip(np.searchsorted(edges, confidences, side="left") - 1, 0, bins - 1)
        parts = [np.flatnonzero(place == number) for number in range(bins)]
    return [
        Bin(
            lower=float(edges[number]),
            upper=float(edges[number + 1]),
            count=len(part),
            confidence=float(confidences[part].mean()) if len(part) else 0.0,
            accuracy=float(right[part].mean()) if len(part) else 0.0,
        )
        for number, part in enumerate(parts)
    ]


def calibration_error(bins: list[Bin]) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy, each image alike, 0 to 1."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in bins) / total if total else 0.0


def expected_calibration_error(
    task: str, scores: Floats, labels: NDArray[np.int64], bins: int = BINS, adaptive: bool = False
) -> float:
    """The expected calibration error of a model's scores; arguments as of `top_scores` and `reliability`."""
    return calibration_error(reliability(*top_scores(task, scores, labels), bins, adaptive))


def log_scores(scores: Floats) -> NDArray[np.float64]:
    """Scores as logits again, up to a constant a row that the softmax takes out."""
    return np.log(np.maximum(np.asarray(scores, np.float64), 1e-30))


def at_temperature(logits: Floats, temperature: float) -> NDArray[np.float32]:
    """The scores of logits (N, outputs) divided by a temperature."""
    return softmax(np.asarray(logits / temperature, np.float32))


def negative_log_likelihood(logits: Floats, labels: NDArray[np.int64]) -> float:
    """The mean of -log score of the right output; everyone over 100 years is 100."""
    shifted = np.asarray(logits, np.float64) - np.max(logits, axis=1, keepdims=True)
    chosen = shifted[np.arange(len(labels)), np.minimum(labels, OLDEST_YEAR)]
    return float((np.log(np.exp(shifted).sum(axis=1)) - chosen).mean())


def fit_temperature(logits: Floats, labels: NDArray[np.int64]) -> float:
    """The temperature at which the labels are likeliest.

    The likelihood is convex in 1/T, so a golden section search finds its one minimum.

    Args:
        logits: (N, outputs) of validation images.
        labels: (N,) indices of outputs: classes, or years.

    Returns:
        T, within `COLDEST` and `HOTTEST`; above 1 for a network that is too sure of itself.
    """

    def cost(inverse: float) -> float:
        return negative_log_likelihood(np.asarray(logits, np.float64) * inverse, labels)

    low, high = 1 / HOTTEST, 1 / COLDEST
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = cost(left), cost(right)
    while high - low > 1e-4:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = cost(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = cost(right)
    return 2 / (low + high)


@dataclass(frozen=True)
class Calibration:
    """What was fitted on the validation images, and what for.

    Attributes:
        temperature: what the head's kernel and bias were divided by; 1 leaves them as they were.
        fitted: the temperature at which the validation labels are likeliest, used or not.
        images: how many validation images it was fitted on.
        ece_before: expected calibration error of the network as trained, on these images.
        ece_after: of the network divided by `temperature`.
        mae_before: for age, the mean error in years of the network as trained, on these images; else None.
        mae_after: with `fitted`; else None.
    """

    temperature: float
    fitted: float
    images: int
    ece_before: float
    ece_after: float
    mae_before: float | None = None
    mae_after: float | None = None

    def to_dict(self) -> dict:
        """As JSON, rounded."""
        rounded = {name: value if value is None else round(value, 5) for name, value in asdict(self).items()}
        return {name: value for name, value in rounded.items() if value is not None}


def calibrate(task: str, logits: Floats, labels: NDArray[np.int64]) -> Calibration:
    """Fit the temperature on validation images, and decide whether to use it.

    It makes the validation labels likelier and, for expression and gender, cannot change a verdict; but a
    network taught by soft labels can be likelier so and yet further from what its best score claims. It is
    not used where the calibration error rises by more than `MIN_GAIN`. (On few images that error is too noisy
    to ask for more.) For age more is asked: the temperature is fitted on years, but people read decades and
    the median, which moves with it. So it must lower the decades' calibration error by `MIN_GAIN` and may not
    raise the mean error by more than `MAX_MAE_RISE`.

    Args:
        task: `expression`, `age` or `gender`.
        logits: (N, outputs) of the float network on the validation images.
        labels: (N,) class indices, or years.
    """
    fitted = fit_temperature(logits, labels)
    plain, scaled = at_temperature(logits, 1.0), at_temperature(logits, fitted)
    before, after = (expected_calibration_error(task, scores, labels) for scores in (plain, scaled))
    is_used = before - after >= (MIN_GAIN if task == "age" else -MIN_GAIN)
    mae_before: float | None = None
    mae_after: float | None = None
    if task == "age":
        mae_before, mae_after = mean_error(plain, labels), mean_error(scaled, labels)
        is_used = is_used and mae_after - mae_before <= MAX_MAE_RISE
    return Calibration(
        temperature=fitted if is_used else 1.0,
        fitted=fitted,
        images=len(labels),
        ece_before=before,
        ece_after=after if is_used else before,
        mae_before=mae_before,
        mae_after=mae_after,
    )


def mean_error(scores: Floats, labels: NDArray[np.int64]) -> float:
    """Mean absolute error in years of the ages that distributions (N, 101) stand for."""
    return float(np.abs(years_of(scores) - labels).mean())


def cool_head(network: keras.Model, head: str, temperature: float) -> None:
    """Divide a head's kernel and bias by a temperature, in place: its softmax is calibrated at no cost in time."""
    layer = network.get_layer(head)
    layer.set_weights([weight / temperature for weight in layer.get_weights()])

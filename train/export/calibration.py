"""Calibration: how far scores are from how often they are right, and how to make a score of 80 % right in 80 % of cases.

Expected calibration error and temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural
Networks"): one number T, fitted on validation images, divides the logits. The order of the scores and
with it the accuracy stay as they are; only their confidence changes. For classes, a bias for each is fitted as well
(bias-corrected temperature scaling, Alexandari et al. 2020): a class that a network names less often than it
occurs is then named more often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from vision.classifiers import softmax
from vision.tasks import AGE, OLDEST_YEAR, Task

Floats = NDArray[np.floating]

BINS = 15
"""As in the paper."""

COLDEST, HOTTEST = 0.1, 10.0
"""Temperatures are looked for in between: beyond, the validation images are too few or too easy to tell."""

MIN_GAIN = 0.005
"""A calibration error that changes by less has not changed: that is noise."""

MAX_MAE_RISE = 0.02
"""Years of mean error that calibrating the age network may cost on the validation images."""

BIAS_SPREAD = 0.5
"""Standard deviation of the normal distribution that biases are expected to come from: so a class of which there are few
validation images, or none, keeps about the bias that it has."""


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


def top_scores(task: Task, scores: Floats, labels: NDArray[np.int64]) -> tuple[Floats, NDArray[np.bool_]]:
    """How sure the model is of what it says, and whether that is right.

    Args:
        task: what the model tells; of an age, the decade counts.
        scores: (N, outputs), rows sum to 1.
        labels: (N,) class indices, or years.

    Returns:
        The confidences (N,) and (N,) bool.
    """
    classes = task.classes(np.asarray(scores, np.float32) if task.has_years else scores)
    return classes.max(axis=1), classes.argmax(axis=1) == task.class_of(labels)


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
    task: Task, scores: Floats, labels: NDArray[np.int64], bins: int = BINS, adaptive: bool = False
) -> float:
    """The expected calibration error, 0 to 1, of scores (N, outputs); arguments as of `top_scores` and `reliability`."""
    return calibration_error(reliability(*top_scores(task, scores, labels), bins, adaptive))


def log_scores(scores: Floats) -> NDArray[np.float64]:
    """Scores (N, outputs), 0 to 1, as logits (N, outputs) float64 again, up to a constant a row, which softmax ignores."""
    return np.log(np.maximum(np.asarray(scores, np.float64), 1e-30))


def at_temperature(logits: Floats, temperature: float, biases: Sequence[float] = ()) -> NDArray[np.float32]:
    """Scores (N, outputs) float32 of logits of that shape, divided by a temperature and moved by biases (outputs,), if any."""
    return softmax(np.asarray(logits / temperature + np.asarray(biases or 0.0), np.float32))


def without_calibration(scores: Floats, temperature: float, biases: Sequence[float] = ()) -> NDArray[np.float64]:
    """The uncalibrated logits (N, outputs) float64, up to a constant a row, of scores that have a calibration built in."""
    return (log_scores(scores) - np.asarray(biases or 0.0)) * temperature


def negative_log_likelihood(logits: Floats, labels: NDArray[np.int64]) -> float:
    """The mean of -log score of the right output: logits (N, outputs) float, labels (N,) int64, years over 100 as 100."""
    log_likelihoods = log_softmax(np.asarray(logits, np.float64), axis=1)
    return -float(log_likelihoods[np.arange(len(labels)), np.minimum(labels, OLDEST_YEAR)].mean())


def fit_temperature(logits: Floats, labels: NDArray[np.int64]) -> float:
    """The temperature at which the labels are likeliest.

    Args:
        logits: (N, outputs) float, of validation images.
        labels: (N,) int64 indices of outputs: classes, or years.

    Returns:
        T, within `COLDEST` and `HOTTEST`; above 1 for a network that is too sure of itself.
    """
    return _fit(logits, labels, biased=False)[0]


def fit_temperature_and_biases(logits: Floats, labels: NDArray[np.int64]) -> tuple[float, tuple[float, ...]]:
    """The temperature and the classes' biases at which the labels are likeliest, given that biases are small.

    Args:
        logits: (N, outputs) float, of validation images.
        labels: (N,) int64 class indices.

    Returns:
        T as of `fit_temperature`, and what is to be added to the divided logits; the biases' mean is 0.
    """
    return _fit(logits, labels, biased=True)


def _fit(logits: Floats, labels: NDArray[np.int64], biased: bool) -> tuple[float, tuple[float, ...]]:
    """Maximum a posteriori, biases normally distributed; the cost is convex in 1/T and them, so it has one minimum."""
    logits = np.asarray(logits, np.float64)
    count, outputs = logits.shape
    right = np.eye(outputs)[np.minimum(labels, OLDEST_YEAR)]
    weight = 1 / (BIAS_SPREAD**2 * count)

    def cost(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        inverse, biases = parameters[0], parameters[1:]
        moved = inverse * logits + biases
        excess = (softmax(moved) - right) / count
        value = negative_log_likelihood(moved, labels) + float(weight * (biases**2).sum() / 2)
        return value, np.concatenate([[(excess * logits).sum()], excess.sum(axis=0) + weight * biases])

    bounds = [(1 / HOTTEST, 1 / COLDEST)] + [(None, None) if biased else (0.0, 0.0)] * outputs
    found = minimize(cost, np.array([1.0] + [0.0] * outputs), jac=True, bounds=bounds, method="L-BFGS-B").x
    return float(1 / found[0]), tuple(float(bias - found[1:].mean()) for bias in found[1:])


@dataclass(frozen=True)
class Calibration:
    """What was fitted on the validation images, and what for.

    Attributes:
        temperature: what the head's kernel and bias were divided by; 1 leaves them as they were.
        fitted: the temperature at which the validation labels are likeliest, used or not.
        images: how many validation images it was fitted on.
        ece_before: expected calibration error of the network as trained, on these images.
        ece_after: of the network as calibrated.
        biases: what was added to the outputs of the divided head; empty for none.
        mae_before: for age, the mean error in years of the network as trained, on these images; else None.
        mae_after: with `fitted`; else None.
    """

    temperature: float
    fitted: float
    images: int
    ece_before: float
    ece_after: float
    biases: tuple[float, ...] = ()
    mae_before: float | None = None
    mae_after: float | None = None

    def to_dict(self) -> dict:
        """As JSON, rounded."""
        figures = {name: value for name, value in asdict(self).items() if value is not None and name != "biases"}
        rounded = {name: round(value, 5) for name, value in figures.items()}
        return rounded | ({"biases": [round(bias, 5) for bias in self.biases]} if self.biases else {})


def calibrate(task: Task, logits: Floats, labels: NDArray[np.int64]) -> Calibration:
    """Fit the calibration on validation images, and decide whether to use it.

    It makes the validation labels likelier; but a network taught by soft labels can be likelier so and yet further
    from what its best score claims. It is not used where the calibration error rises by more than `MIN_GAIN`. (On few
    images that error is too noisy to ask for more.) Classes get biases, which change verdicts, where no fewer of these
    are right on the validation images and where the labels' likelihood gains more than as many numbers would by chance
    (Akaike's information criterion), and the temperature alone otherwise. An age gets no biases, and more is asked:
    the temperature is fitted on years, but people read decades and the median, which moves with it. So it must lower
    the decades' calibration error by `MIN_GAIN` and may not raise the mean error by more than `MAX_MAE_RISE`.

    Args:
        task: whose network it is.
        logits: (N, outputs) of the float network on the validation images.
        labels: (N,) class indices, or years.
    """
    plain = at_temperature(logits, 1.0)
    before = expected_calibration_error(task, plain, labels)
    fitted = fit_temperature(logits, labels)
    candidates: list[tuple[float, tuple[float, ...]]] = [(fitted, ())]
    mae: tuple[float | None, float | None] = (None, None)
    if task.has_years:
        mae = as_it_is, calibrated = mean_error(plain, labels), mean_error(at_temperature(logits, fitted), labels)
        if calibrated - as_it_is > MAX_MAE_RISE:
            candidates = []
    else:
        both = fit_temperature_and_biases(logits, labels)
        biased, unbiased = at_temperature(logits, *both), at_temperature(logits, fitted)
        gain = negative_log_likelihood(log_scores(unbiased), labels) - negative_log_likelihood(
            log_scores(biased), labels
        )
        if gain * len(labels) > logits.shape[1] - 1 and _right(biased, labels) >= _right(plain, labels):
            candidates.insert(0, both)
    for temperature, biases in candidates:
        after = expected_calibration_error(task, at_temperature(logits, temperature, biases), labels)
        if before - after >= (MIN_GAIN if task.has_years else -MIN_GAIN):
            return Calibration(temperature, fitted, len(labels), before, after, biases, *mae)
    return Calibration(1.0, fitted, len(labels), before, before, (), *mae)


def _right(scores: Floats, labels: NDArray[np.int64]) -> int:
    return int((scores.argmax(axis=1) == labels).sum())


def mean_error(scores: Floats, labels: NDArray[np.int64]) -> float:
    """Mean absolute error in years of distributions (N, 101) float over the years, against ages (N,) int64.

    Of the medians as they are: whole years, as they are shown, would hide what a temperature costs.
    """
    return float(np.abs(AGE.quantile(scores, 0.5) - labels).mean())


def calibrate_head(network: keras.Model, head: str, temperature: float, biases: Sequence[float] = ()) -> None:
    """Divide a head's kernel and bias by a temperature and add biases, in place: calibrated at no cost in time.

    Args:
        network: its head's softmax gives the scores.
        head: the name of that layer.
        temperature: as of `Calibration`.
        biases: likewise, one an output; empty for none.
    """
    layer = network.get_layer(head)
    kernel, bias = (weight / temperature for weight in layer.get_weights())
    layer.set_weights([kernel, bias + np.asarray(biases or 0.0, bias.dtype)])

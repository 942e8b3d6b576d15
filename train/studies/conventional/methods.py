"""Conventional methods: features made by hand (HOG, LBP, eigenfaces), and a classifier of scikit-learn's on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.feature import hog, local_binary_pattern
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVC, LinearSVC

from train.data.datasets import FaceDataset
from vision.tasks import Task

Vector = NDArray[np.float32]
"""(features,), or (N, features) for many images."""

LBP_CODES = 59
"""Values of a local binary pattern of 8 neighbours: 58 uniform ones, and one for all others."""

LBP_GRID = 6

EIGENFACES = 150

OLDEST = 116
"""The highest age of UTKFace; a straight line through the ages must not leave 0 to this."""

RIDGE_GRID = (1.0, 10.0, 100.0, 1000.0, 10000.0)


@dataclass(frozen=True)
class Method:
    """One conventional method.

    Attributes:
        title: its name, for people.
        features: grey (side, side) uint8 -> (features,) float32.
        reduction: makes an untrained scikit-learn transformer for so many training images; None: the features as
            they are.
        classifier: makes an untrained scikit-learn classifier of a strength C.
        grid: the values of C to choose from; the smaller, the stronger the regularization.
        most_images: the most training images that the classifier is fitted on; None for all.
    """

    title: str
    features: Callable[[NDArray[np.uint8]], Vector]
    reduction: Callable[[int], Any] | None
    classifier: Callable[[float], Any]
    grid: tuple[float, ...]
    most_images: int | None = None


@dataclass(frozen=True)
class Fitted:
    """A method that has learnt one task.

    Attributes:
        method: which one.
        reduction: its transformer, fitted, or None.
        classifier: its classifier, fitted.
        regressor: for age, what gives years from the same features; None for the other tasks.
        chosen: what was chosen on the validation images, and how each candidate did there.
    """

    method: Method
    reduction: Any | None
    classifier: Any
    regressor: Any | None
    chosen: dict[str, Any]

    def classes(self, features: Vector) -> NDArray[np.int64]:
        """Class indices (N,) int64 of the features (N, features) float32 of N images."""
        return self.classifier.predict(self._reduced(features))

    def years(self, features: Vector) -> NDArray[np.float64]:
        """Ages in years (N,) float64 of the features (N, features) float32 of N images."""
        assert self.regressor is not None  # noqa: S101 - asked for age alone
        return np.clip(self.regressor.predict(self._reduced(features)), 0, OLDEST)

    def answer(self, crop: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
        """The whole way for one face (side, side, channels) uint8: grey, features, class (1,) and, for age, years (1,)."""
        features = self.method.features(grey(crop))[np.newaxis]
        return self.classes(features), self.years(features) if self.regressor is not None else None

    def _reduced(self, features: Vector) -> Vector:
        return features if self.reduction is None else self.reduction.transform(features)


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(side, side, 1 or 3) uint8 -> (side, side) uint8: all three methods use brightness alone."""
    return image[:, :, 0] if image.shape[-1] == 1 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def hog_features(image: NDArray[np.uint8]) -> Vector:
    """Histograms of oriented gradients (Dalal & Triggs 2005): 9 directions, cells of 8 pixels, blocks of 2 × 2 cells.

    (side, side) uint8 grey -> (features,) float32.
    """
    return hog(image, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2)).astype(np.float32)


def lbp_features(image: NDArray[np.uint8]) -> Vector:
    """Histograms of local binary patterns (Ahonen et al. 2006): uniform ones of radius 1, in 6 × 6 regions.

    (side, side) uint8 grey -> (features,) float32. Each histogram sums to 1; the square roots of its values are taken, so
    that distances between them are Hellinger's, which suit histograms.
    """
    codes = local_binary_pattern(image, 8, 1, "nri_uniform").astype(np.int64)
    rows, columns = (np.arange(side) * LBP_GRID // side for side in image.shape)
    regions = rows[:, np.newaxis] * LBP_GRID + columns
    counts = np.bincount((regions * LBP_CODES + codes).ravel(), minlength=LBP_GRID**2 * LBP_CODES)
    histograms = counts.reshape(LBP_GRID**2, LBP_CODES)
    shares = (histograms / histograms.sum(axis=1, keepdims=True)).astype(np.float32)
    return np.sqrt(shares).ravel()


def pixel_features(image: NDArray[np.uint8]) -> Vector:
    """The pixels (side, side) uint8 as (features,) float32, 0 to 1, histogram equalized against differences of light."""
    return np.divide(cv2.equalizeHist(image).ravel(), 255, dtype=np.float32)


METHODS = {
    "hog_svm": Method(
        "HOG + linear SVM",
        hog_features,
        None,
        # More images than features: the primal problem is the faster one.
        lambda strength: LinearSVC(C=strength, dual=False, tol=1e-3),
        grid=(0.001, 0.01, 0.1),
    ),
    "lbp_logistic": Method(
        "LBP + logistic regression",
        lbp_features,
        None,
        lambda strength: LogisticRegression(C=strength, tol=1e-3, max_iter=500),
        grid=(0.01, 0.03, 0.1, 0.3),
    ),
    "eigenfaces_svm": Method(
        "eigenfaces + RBF SVM",
        pixel_features,
        # Turk & Pentland 1991. Whitening blows up directions that too few images speak for: ten for each.
        lambda images: PCA(max(1, min(EIGENFACES, images // 10)), whiten=True, svd_solver="randomized", random_state=0),
        lambda strength: SVC(C=strength),
        grid=(1.0, 3.0, 10.0),
        # A kernel SVM's fitting grows with the square of the images, its answering with the images that it keeps.
        most_images=8000,
    ),
}


def features_of(method: Method, images: NDArray[np.uint8]) -> Vector:
    """The features (N, features) float32 of images (N, side, side, channels) uint8."""
    return np.stack([method.features(grey(image)) for image in images])


def fit(
    method: Method, task: Task, training: tuple[Vector, FaceDataset], validation: tuple[Vector, FaceDataset]
) -> Fitted:
    """Fit a method to a task; its strength is chosen on the validation images.

    Args:
        method: one of `METHODS`.
        task: what to tell; for an age the classes are decades, and a ridge regression gives the years.
        training: features (N, features) float32 and labels to fit to.
        validation: features and labels by which C and the ridge's alpha are chosen.
    """
    (learnt, taught), (watched, held_out) = training, validation
    reduction = None
    if method.reduction is not None:
        reduction = method.reduction(len(learnt)).fit(learnt)
        learnt, watched = reduction.transform(learnt), reduction.transform(watched)
    some = _some(len(learnt), method.most_images)
    classes = task.class_of(taught.labels[task.name])
    right = task.class_of(held_out.labels[task.name])
    candidates = [method.classifier(strength).fit(learnt[some], classes[some]) for strength in method.grid]
    accuracies = [float((one.predict(watched) == right).mean()) for one in candidates]
    best = int(np.argmax(accuracies))
    chosen = {
        "C": method.grid[best],
        "validation_accuracy": _by_value(method.grid, accuracies),
        "images_fitted": len(some),
    }
    regressor = None
    if task.has_years:
        regressor, errors = _fit_years(learnt, taught.labels[task.name], watched, held_out.labels[task.name])
        chosen |= {"alpha": regressor.alpha, "validation_mae": errors}
    return Fitted(method, reduction, candidates[best], regressor, chosen)


def _some(count: int, most: int | None) -> NDArray[np.int64]:
    """All images, or as many of them as the method bears, drawn evenly."""
    order = np.arange(count)
    return order if most is None or count <= most else np.random.default_rng(0).permutation(order)[:most]


def _fit_years(learnt: Vector, ages: NDArray, watched: Vector, held_out: NDArray) -> tuple[Any, dict[str, float]]:
    candidates = [Ridge(alpha=alpha).fit(learnt, ages) for alpha in RIDGE_GRID]
    errors = [float(np.abs(np.clip(one.predict(watched), 0, OLDEST) - held_out).mean()) for one in candidates]
    return candidates[int(np.argmin(errors))], _by_value(RIDGE_GRID, errors)


def _by_value(grid: Sequence[float], figures: Sequence[float]) -> dict[str, float]:
    return {f"{value:g}": round(figure, 5) for value, figure in zip(grid, figures, strict=True)}

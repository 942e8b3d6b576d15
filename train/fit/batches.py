"""A dataset as batches for `keras.Model.fit`, drawn anew each epoch."""

from __future__ import annotations

import math

import keras
import numpy as np
from numpy.typing import NDArray

from train.data.augmentation import draw_shares, mix_targets
from train.data.datasets import FaceDataset
from train.data.fairface import GROUPS, groups_of
from train.data.live_views import LiveViews
from train.data.targets import HEADS, interval_targets, soft_targets
from train.recipe import Recipe
from vision.tasks import TASKS


class TrainingBatches(keras.utils.PyDataset):
    """Shuffled, optionally class-balanced, optionally mixed batches.

    The order depends on the recipe's seed and on the epoch alone, so that a resumed run goes on as
    the interrupted one would have.
    """

    def __init__(
        self,
        data: FaceDataset,
        recipe: Recipe,
        first_epoch: int = 0,
        unlabelled: NDArray[np.uint8] | None = None,
        views: LiveViews | None = None,
    ):
        """Draw the first epoch.

        Args:
            data: the training images.
            recipe: how they are drawn.
            first_epoch: of a resumed run, the number of epochs done.
            unlabelled: the images that `recipe.unlabelled` speaks of.
            views: the training images as the live path shows them, for `recipe.live`.

        Raises:
            ValueError: there are unlabelled images but no teachers for them, or the views are of other images.
        """
        super().__init__(workers=1, use_multiprocessing=False)
        self.recipe, self.images, self.epoch = recipe, data.images, first_epoch
        self.targets = targets_of(data, recipe)
        if recipe.augmentation.mixup and "age_bin" in data.labels:
            raise ValueError("mixed faces have no interval of ages: a recipe with FairFace must not use MixUp")
        self.repeats = repeats_for_balance(TASKS[recipe.task].class_of(data.labels[recipe.task]), recipe.balance)
        # Without bins of ages FairFace is not there, and UTKFace numbers races otherwise.
        if recipe.repeated and "age_bin" in data.labels:
            self.repeats *= repeats_of_groups(groups_of(data.labels), recipe.repeated)
        self.own, self.unlabelled_draws = len(data), 0
        if unlabelled is not None:
            self._add(unlabelled, len(data))
        self.views = views
        self.has_view = np.zeros(len(self.images), np.bool_)
        if views is not None:
            if views.images.shape != data.images.shape:
                raise ValueError(f"the live views are {views.images.shape}, the training images {data.images.shape}")
            self.has_view[: len(views.found)] = views.found
        self.steps = max(1, (int(self.repeats.sum()) + self.unlabelled_draws) // recipe.batch_size)
        self._draw()

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> tuple[dict[str, NDArray], ...]:
        start = step * self.recipe.batch_size
        chosen = self.order[start : start + self.recipe.batch_size]
        inputs: dict[str, NDArray] = {"images": self._seen(chosen, step)}
        targets = {name: values[chosen] for name, values in self.targets.items()}
        if self.recipe.augmentation.mixup:
            generator = np.random.default_rng((self.recipe.seed, self.epoch, step))
            inputs["share"] = draw_shares(len(chosen), self.recipe.augmentation.mixup, generator)
            targets = mix_targets(targets, inputs["share"])
        if self.unlabelled_draws:  # the metrics leave out images without labels
            return inputs, targets, {head: (chosen < self.own).astype(np.float32) for head in targets}
        return inputs, targets

    def on_epoch_end(self) -> None:
        """Draw the next epoch; Keras calls this."""
        self.epoch += 1
        self._draw()

    def _seen(self, chosen: NDArray[np.int64], step: int) -> NDArray[np.uint8]:
        """The chosen images, a share of them as the live path shows them."""
        images = self.images[chosen]
        if self.views is not None and self.recipe.live:
            generator = np.random.default_rng((self.recipe.seed, self.epoch, step, 1))
            live = generator.random(len(chosen)) < self.recipe.live
            live &= self.has_view[chosen]
            images[live] = self.views.images[chosen[live]]
        return images

    def _add(self, unlabelled: NDArray[np.uint8], own: int) -> None:
        if not self.recipe.teachers:
            raise ValueError("unlabelled images have no labels: a recipe that draws them needs teachers")
        self.unlabelled_draws = min(round(self.recipe.unlabelled * own), len(unlabelled))
        self.images = np.concatenate([self.images, unlabelled])
        for head, targets in self.targets.items():
            unknown = np.zeros((len(unlabelled), targets.shape[1]), np.float32)
            self.targets[head] = np.concatenate([targets, unknown])

    def _draw(self) -> None:
        generator = np.random.default_rng((self.recipe.seed, self.epoch))
        whole = np.floor(self.repeats).astype(int)
        extra = generator.random(len(whole)) < self.repeats - whole
        order = np.repeat(np.arange(len(whole)), whole + extra)
        if self.unlabelled_draws:
            others = generator.permutation(len(self.images) - len(whole))[: self.unlabelled_draws]
            order = np.concatenate([order, len(whole) + others])
        generator.shuffle(order)
        # The number of extras varies a little from epoch to epoch; the number of steps must not.
        self.order = np.resize(order, math.ceil(self.steps * self.recipe.batch_size))


def repeats_for_balance(classes: NDArray[np.int64], balance: float) -> NDArray[np.float64]:
    """How often each image is drawn an epoch: classes (N,) int64 -> `(largest class / its class) ** balance`, (N,) float64, at least 1."""
    counts = np.bincount(classes)
    return (counts.max() / counts[classes]) ** balance


def repeats_of_groups(groups: NDArray[np.str_], repeated: dict[str, float]) -> NDArray[np.float64]:
    """How often each image is drawn an epoch: names of groups (N,) -> what `repeated` says of them, (N,) float64, 1 for the others.

    Raises:
        ValueError: a group is named that is not one of `train.data.fairface.GROUPS`.
    """
    if unknown := set(repeated) - set(GROUPS):
        raise ValueError(f"no group {', '.join(map(repr, sorted(unknown)))} in FairFace: there are {', '.join(GROUPS)}")
    return np.array([repeated.get(group, 1.0) for group in groups.tolist()])


def inputs_of(data: FaceDataset, recipe: Recipe) -> dict[str, NDArray]:
    """The images (N, size, size, channels) uint8 as they are, as inputs of a model that trains on `TrainingBatches`."""
    mixed = {"share": np.ones((len(data), 1), np.float32)} if recipe.augmentation.mixup else {}
    return {"images": data.images} | mixed


def targets_of(data: FaceDataset, recipe: Recipe) -> dict[str, NDArray[np.float32]]:
    """The soft targets (N, outputs) float32, 0 to 1, of the task and of its auxiliary tasks, by name.

    An age of which only the bin is known has an interval's (`train.data.targets.AgeLoss`).
    """
    targets = {name: soft_targets(HEADS[name], data.labels[name], recipe.age_spread) for name in recipe.heads}
    if "age" in targets and "age_bin" in data.labels:
        bins = data.labels["age_bin"]
        targets["age"][bins >= 0] = interval_targets(bins[bins >= 0])
    return targets

"""A recipe: everything that decides what a training run produces, in one commented value."""

from __future__ import annotations

import importlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from train.data.augmentation import Augmentation


@dataclass(frozen=True)
class Recipe:
    """What is trained on what, and how.

    Attributes:
        task: name of the task in `vision.tasks.TASKS`: the head that ships.
        size: side of the square crop, in pixels.
        widths: channels of the residual network's stages; empty means the paper's plain CNN.
        auxiliary: other labels of the same images learnt beside the task, name -> weight of its loss.
            Their heads are cut off before export.
        start: name of the recipe whose trained network lends its weights, as far as layers agree in
            name and shape; empty means random weights.
        start_share: the share of `start` in the weighted mean of its weights and of the trained ones, which is the result
            (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
        prune: share of each block's inner channels that the network lacks, one for all stages or one for each;
            if it starts from a network that has them, the weakest are removed (`train.networks.pruning`).
        symmetric: whether the network sees a face and its mirror image alike (`train.networks.symmetric`); it is saved as an
            ordinary network of the same function.
        blocks: residual blocks a stage.
        fine: channels of a convolution at full size before the one that halves the picture; 0 means none.
        teachers: names of recipes whose trained networks, of the same input size, take the place of the labels for all heads:
            each sees every image as the network sees it (`train.fit.distillation`). Empty means training on the labels.
        taught: head -> share of its loss that comes from the teachers; the rest comes from the labels. Empty means that the
            teachers, if there are any, teach all heads alone.
        fairface: whether FairFace is trained on beside UTKFace, if it is there.
        unlabelled: images of the other dataset (`train.data.unlabelled`) drawn an epoch, as a share of the task's own; they have no
            labels, so there must be teachers.
        live: share of the draws in which an image is the live path's crop (`train.data.live_views`) instead of the dataset's
            own, if the live path found a face in it.
        epochs: passes over the training images.
        batch_size: images a step.
        learning_rate: its peak; it warms up over the first epoch and falls to 0 along a cosine.
        weight_decay: AdamW's; 0 means plain Adam at a constant rate.
        label_smoothing: share of each one-hot label spread over all classes.
        age_spread: standard deviation in years of the normal distribution that stands for an age
            (label distribution learning, Gao et al. 2017).
        prior_share: of age learnt with FairFace: how far the export moves what ages are expected from those of all images towards
            UTKFace's own, 0 to 1; see `train.export.age_prior`.
        balance: 0 draws every image once an epoch, 1 draws every class equally often.
        repeated: group of FairFace, as `Black female` -> how often its images are drawn an epoch. All other images are drawn once.
        dropout: share of the pooled features dropped.
        augmentation: see there.
        seed: of the weights, the order and the augmentation.
        backbone: a trunk of `train.networks.published.BACKBONES` in place of `widths`; empty means none.
        weights: what the backbone begins with: `none` for random weights, `imagenet` or `faces` for what it was published with, or a file's path.
        enlarged: side in pixels to which a backbone's pictures are enlarged before it sees them; 0 leaves them as they are.
        frozen: so many of the first blocks of an EfficientNet-Lite0 keep the weights that they begin with.
        head_epochs: epochs before the others in which the heads learn alone, the trunk frozen.
        head_learning_rate: the peak of the learning rate in those epochs.
    """

    task: str
    size: int
    widths: tuple[int, ...]
    auxiliary: dict[str, float] = field(default_factory=dict)
    start: str = ""
    start_share: float = 0.0
    prune: float | tuple[float, ...] = 0.0
    symmetric: bool = False
    blocks: int = 2
    fine: int = 0
    teachers: tuple[str, ...] = ()
    taught: dict[str, float] = field(default_factory=dict)
    fairface: bool = False
    unlabelled: float = 0.0
    live: float = 0.0
    epochs: int = 30
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.0
    age_spread: float = 2.0
    prior_share: float = 0.0
    balance: float = 0.0
    repeated: dict[str, float] = field(default_factory=dict)
    dropout: float = 0.2
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 2026
    backbone: str = ""
    weights: str = "none"
    enlarged: int = 0
    frozen: int = 0
    head_epochs: int = 0
    head_learning_rate: float = 1e-3

    @property
    def heads(self) -> tuple[str, ...]:
        """Names of the tasks that it trains: its own, then the auxiliary ones."""
        return (self.task, *self.auxiliary)


def load_recipe(name: str) -> Recipe:
    """The recipe in `train/recipes/<name>.py`.

    Raises:
        ValueError: there is none of that name.
    """
    try:
        module = importlib.import_module(f"train.recipes.{name.replace('-', '_')}")
    except ModuleNotFoundError as error:
        raise ValueError(f"no recipe {name!r}: see train/recipes/ for the names") from error
    return module.RECIPE


RENAMED = {"foreign": "unlabelled", "mirrored": "symmetric"}
"""What recipes called some of their fields until November 2026 -> what they call them now."""


def with_present_names(written: dict[str, Any]) -> dict[str, Any]:
    """The content of a recipe.json (or of `recipe` in a metrics.json) of any age, its fields named as they are now."""
    return {RENAMED.get(name, name): value for name, value in written.items()}


def saw_unlabelled(written: dict[str, Any]) -> bool:
    """Whether images of the other dataset were looked at by a network, or by one that it goes on from.

    Args:
        written: its recipe as JSON, with present names.
    """
    start = written.get("start")
    return bool(written.get("unlabelled")) or bool(start and saw_unlabelled(asdict(load_recipe(start))))


def differences(written: dict[str, Any], recipe: Recipe) -> list[str]:
    """The fields in which a run's recipe.json differs from a recipe.

    A field that did not exist yet when the run began stands at its default, and one that had another name is known by
    it, so that a run outlives the fields that recipes gain and rename.

    Args:
        written: the content of recipe.json.
        recipe: the recipe to compare it with.

    Returns:
        The names of the fields that differ; empty for the same recipe.
    """
    wanted, defaults = _as_written(recipe), _as_written(Recipe(task="", size=0, widths=()))
    found = defaults | with_present_names(written)
    found["augmentation"] = defaults["augmentation"] | written.get("augmentation", {})
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def _as_written(recipe: Recipe) -> dict[str, Any]:
    """A recipe as it reads when it has been written as JSON: a tuple is a list then."""
    return json.loads(json.dumps(asdict(recipe)))

"""What people see of an expression: both heads as one answer.

FER2013's labels alone make a network that calls resting faces sad or angry; what most people say alone makes one that calls nearly
everything neutral. The normalized geometric mean of both heads' scores, divided by a power of how common each expression is, knows
rare expressions better than either and common ones nearly as well:

    shown ~ label^(1-w) * votes^w / prior^a

In logits that is a weighted sum and a constant for each class. Both heads are dense layers over the same features, so the
result is one more dense layer: it costs nothing, and what was chosen here ships within the model file.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from train.data.ferplus import most_peoples_answer, vote_shares
from train.data.targets import VOTES
from train.evaluation.metrics import evaluate_scores
from train.export.calibration import fit_temperature
from vision.classifiers import SHOWN, softmax
from vision.tasks import EXPRESSION

Floats = NDArray[np.floating]

STEPS = 21
"""Values of the weight and of the prior's power, from 0 to 1, that are tried."""

AS_GOOD = 0.005
"""Settings within half a point of the best are as good. Of these the one is taken that trusts the votes least, for on faces
that are in no dataset here both heads together erred less; and of these the one with the least power of the prior, so that a
resting face is not called angry for the sake of rare expressions."""


@dataclass(frozen=True)
class Fusion:
    """How both heads are fused, and how well that does on the images that it was chosen on.

    Attributes:
        votes_weight: w, of the votes' head; the label's head has 1 - w.
        prior_power: a.
        prior: how common each expression is among the training images' votes.
        temperature: divides the fused logits, so that a score of 80 % means right in about 80 % of cases.
        images: how many images have a clear answer.
        accuracy: of what is shown, against most people's answer.
        macro_recall: likewise.
    """

    votes_weight: float
    prior_power: float
    prior: tuple[float, ...]
    temperature: float
    images: int
    accuracy: float
    macro_recall: float

    def to_dict(self) -> dict:
        """As JSON, rounded."""
        rounded = {name: round(value, 5) for name, value in asdict(self).items() if name != "prior"}
        return rounded | {"prior": [round(one, 5) for one in self.prior]}


def fit_fusion(
    label_logits: Floats, votes_logits: Floats, votes: NDArray[np.int64], training_votes: NDArray[np.int64]
) -> Fusion:
    """Choose the weights by accuracy and macro recall together, each counting half, and calibrate what comes of them.

    The best of many tries on few images is partly luck, so each try is judged together with its neighbours.

    Args:
        label_logits: (N, 7) of the label's head, on validation images.
        votes_logits: (N, 7) of the votes' head.
        votes: (N, 10) what people said of these images.
        training_votes: (M, 10) what they said of the training images.

    Raises:
        ValueError: no image has a clear answer.
    """
    answers = most_peoples_answer(votes)
    clear = answers >= 0
    if not clear.any():
        raise ValueError("no validation image has a clear answer by FER+'s votes: nothing to choose the weights by")
    shares = vote_shares(training_votes)
    prior = shares.sum(axis=0) / shares.sum()
    steps = np.linspace(0, 1, STEPS)
    merits = np.array(
        [
            [_merit(fused(label_logits, votes_logits, weight, power, prior)[clear], answers[clear]) for power in steps]
            for weight in steps
        ]
    )
    smoothed = uniform_filter(merits, 3, mode="nearest")
    least_weight, least_power = np.argwhere(smoothed >= smoothed.max() - AS_GOOD)[0]
    weight, power = float(steps[least_weight]), float(steps[least_power])
    logits = fused(label_logits, votes_logits, weight, power, prior)[clear]
    report = evaluate_scores(EXPRESSION, softmax(logits.astype(np.float32)), answers[clear])
    return Fusion(
        votes_weight=weight,
        prior_power=power,
        prior=tuple(float(one) for one in prior),
        temperature=fit_temperature(logits, answers[clear]),
        images=int(clear.sum()),
        accuracy=report.accuracy,
        macro_recall=report.macro.recall,
    )


def fused(label_logits: Floats, votes_logits: Floats, weight: float, power: float, prior: Floats) -> Floats:
    """The fused logits (N, 7) of both heads' logits (N, 7), up to a constant a row; `weight` and `power` as of `Fusion`."""
    return (1 - weight) * label_logits + weight * votes_logits - power * np.log(prior)


def with_shown_head(network: keras.Model, fusion: Fusion) -> keras.Model:
    """The network with a head more, `SHOWN`, that gives the fused and calibrated logits.

    Args:
        network: from pixels to a dict of both heads' logits.
        fusion: how to fuse them.
    """
    label, votes = network.get_layer(EXPRESSION.name), network.get_layer(VOTES.name)
    shown = layers.Dense(EXPRESSION.outputs, dtype="float32", name=SHOWN)
    logits = shown(label.input)
    kernels, biases = zip(label.get_weights(), votes.get_weights(), strict=True)
    weight = fusion.votes_weight
    kernel = (1 - weight) * kernels[0] + weight * kernels[1]
    bias = fused(biases[0], biases[1], weight, fusion.prior_power, np.asarray(fusion.prior))
    shown.set_weights([kernel / fusion.temperature, bias / fusion.temperature])
    return keras.Model(network.input, {EXPRESSION.name: label.output, VOTES.name: votes.output, SHOWN: logits})


def _merit(logits: Floats, answers: NDArray[np.int64]) -> float:
    right = logits.argmax(axis=1) == answers
    recalls = [right[answers == label].mean() for label in np.unique(answers)]
    return float((right.mean() + np.mean(recalls)) / 2)

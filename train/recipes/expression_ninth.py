"""Expression, ninth cycle: the eighth one's network, at rest: a small rate, and half as much blur and noise.

A network that has seen every second image blurred and every second one noisy takes a sharp picture for the exception.
It teaches itself, and the labels count for a third.
"""

from dataclasses import replace

from train.recipes.expression_eighth import RECIPE as EIGHTH
from train.recipes.expression_fifth import RECIPE as FIFTH

RECIPE = replace(
    EIGHTH,
    start="expression_eighth",
    teachers=("expression_eighth",),
    foreign=0.0,
    epochs=2,
    learning_rate=FIFTH.learning_rate,
    augmentation=replace(FIFTH.augmentation, blur=0.015, coarseness=0.4, noise=0.05),
    seed=2046,
)

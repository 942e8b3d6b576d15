"""Expression, ninth cycle: the eighth one's network, at rest as the fifth one was."""

from dataclasses import replace

from train.recipes.expression_eighth import RECIPE as EIGHTH
from train.recipes.expression_fifth import RECIPE as FIFTH

RECIPE = replace(
    EIGHTH,
    start="expression_eighth",
    epochs=3,
    learning_rate=FIFTH.learning_rate,
    augmentation=FIFTH.augmentation,
    seed=2046,
)

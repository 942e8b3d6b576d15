"""Expression, seventh cycle: the sixth one's network, at rest as the fifth one was."""

from dataclasses import replace

from train.recipes.expression_fifth import RECIPE as FIFTH
from train.recipes.expression_sixth import RECIPE as SIXTH

RECIPE = replace(
    SIXTH,
    start="expression_sixth",
    epochs=3,
    learning_rate=FIFTH.learning_rate,
    augmentation=FIFTH.augmentation,
    seed=2041,
)

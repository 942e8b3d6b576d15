"""Gender, eighth try: the seventh one's network, at rest as the sixth one was."""

from dataclasses import replace

from train.recipes.gender_seventh import RECIPE as SEVENTH
from train.recipes.gender_sixth import RECIPE as SIXTH

RECIPE = replace(
    SEVENTH,
    start="gender_seventh",
    epochs=3,
    learning_rate=SIXTH.learning_rate,
    augmentation=SIXTH.augmentation,
    seed=2047,
)

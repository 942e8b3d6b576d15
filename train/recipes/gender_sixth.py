"""Gender, sixth try: the fifth one's network, at rest: a small rate, unmixed and less erased, as age's fifth cycle."""

from dataclasses import replace

from train.recipes.age_fifth import RECIPE as AGE
from train.recipes.gender_fifth import RECIPE as FIFTH

RECIPE = replace(
    FIFTH,
    start="gender_fifth",
    epochs=3,
    learning_rate=AGE.learning_rate,
    augmentation=AGE.augmentation,
    seed=2043,
)

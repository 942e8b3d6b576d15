"""Gender, eighth try: the seventh one's network, at rest: a small rate, and half as much blur and noise."""

from dataclasses import replace

from train.recipes.gender_seventh import RECIPE as SEVENTH
from train.recipes.gender_sixth import RECIPE as SIXTH

RECIPE = replace(
    SEVENTH,
    start="gender_seventh",
    teachers=("gender_seventh",),
    foreign=0.0,
    epochs=3,
    learning_rate=SIXTH.learning_rate,
    augmentation=replace(SIXTH.augmentation, blur=0.012, coarseness=0.3, noise=0.04),
    seed=2047,
)

"""Age, second cycle. The first cycle's network goes on at 80x80, where wrinkles begin to show.

It knew its training images better than others by then, so they are mixed from now on. Gender counts
more, for the gender network starts where this one ends.
"""

from dataclasses import replace

from train.augmentation import Augmentation
from train.recipes.age_first import RECIPE as FIRST

RECIPE = replace(
    FIRST,
    start="age_first",
    size=80,
    auxiliary={"gender": 2.0},
    epochs=20,
    learning_rate=1e-3,
    augmentation=Augmentation(mixup=0.2),
    seed=2027,
)

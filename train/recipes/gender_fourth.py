"""Gender, fourth try: the fourth age network without the weaker half of its blocks' channels.

Two answers need fewer channels than a hundred years do. The labels count for half: the rest is what the third try's
network and the age network, which learnt gender beside age, see in each image.
"""

from dataclasses import replace

from train.recipes.age_fourth import RECIPE as AGE
from train.recipes.gender_third import RECIPE as THIRD

RECIPE = replace(
    THIRD,
    start="age_fourth",
    teachers=("age_fourth", "gender_third"),
    teaching=0.5,
    epochs=14,
    batch_size=128,
    learning_rate=1.2e-3,
    augmentation=AGE.augmentation,
    seed=2037,
)

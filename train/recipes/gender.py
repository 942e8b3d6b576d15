"""Gender: what ships. From UTKFace and FairFace together.

The network that learnt ages and genders there goes on with gender foremost, for two epochs, twenty minutes on one CPU core. The
smaller network that was enough for UTKFace does not overfit both sets: people of all ages and races need more channels.
"""

from dataclasses import replace

from train.recipes.age import RECIPE as AGE

RECIPE = replace(
    AGE,
    task="gender",
    start="age",
    auxiliary={"age": 0.25},
    epochs=2,
    learning_rate=5e-4,
    seed=4301,
)

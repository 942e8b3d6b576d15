"""Gender from UTKFace and FairFace together: the network that learnt ages and genders there goes on with gender foremost.

The smaller network that was enough for UTKFace does not overfit both sets: people of all ages and races need more channels.
Nothing that ships was trained by it yet.
"""

from dataclasses import replace

from train.recipes.age_fairface import RECIPE as AGE

RECIPE = replace(
    AGE,
    task="gender",
    start="age_fairface",
    auxiliary={"age": 0.25},
    epochs=2,
    learning_rate=5e-4,
    seed=4301,
)

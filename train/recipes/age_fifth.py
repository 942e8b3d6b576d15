"""Age, fifth cycle: the fourth one's network, at rest: three epochs at a small rate, unmixed and less erased.

See `expression_fifth`.
"""

from dataclasses import replace

from train.recipes.age_fourth import RECIPE as FOURTH

RECIPE = replace(
    FOURTH,
    start="age_fourth",
    teachers=("age_third", "age_fourth"),
    auxiliary={"gender": 0.5},
    epochs=3,
    learning_rate=2e-4,
    augmentation=replace(FOURTH.augmentation, mixup=0.0, erasing=0.1, zoom=0.15),
    seed=2039,
)

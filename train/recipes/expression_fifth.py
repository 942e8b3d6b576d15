"""Expression, fifth cycle: the fourth one's network, at rest.

Three epochs at a small rate, unmixed and less erased: strong augmentation teaches what stays the same, but moves
the images away from those that a camera sees, and the last epochs had better be among those (He et al. 2019,
"Data Augmentation Revisited"). Noise, blur and low resolution stay.
"""

from dataclasses import replace

from train.recipes.expression_fourth import RECIPE as FOURTH

RECIPE = replace(
    FOURTH,
    start="expression_fourth",
    teachers=("expression_second", "expression_third", "expression_fourth"),
    epochs=3,
    learning_rate=2e-4,
    augmentation=replace(FOURTH.augmentation, mixup=0.0, erasing=0.1, zoom=0.15, shift=0.08),
    seed=2038,
)

"""The paper's own way for age: a plain CNN, Adam at a constant rate, no augmentation.

How long the paper trained is not known. After eight epochs the validation images still gained, after sixteen hardly.
"""

from train.data.augmentation import Augmentation
from train.recipe import Recipe

RECIPE = Recipe(
    task="age",
    size=64,
    widths=(),
    epochs=16,
    learning_rate=1e-3,
    weight_decay=0.0,
    augmentation=Augmentation.none(),
)

"""The paper's own way for expression: a plain CNN, Adam at a constant rate, no augmentation.

The paper does not say for how long it trained. After eight epochs accuracy rises on the training images only.
"""

from train.data.augmentation import Augmentation
from train.recipe import Recipe

RECIPE = Recipe(
    task="expression",
    size=48,
    widths=(),
    epochs=8,
    learning_rate=1e-3,
    weight_decay=0.0,
    augmentation=Augmentation.none(),
)

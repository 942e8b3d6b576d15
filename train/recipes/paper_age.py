"""The paper's own way for age: a plain CNN, Adam at a constant rate, no augmentation.

The paper does not say for how long it trained. On the validation images accuracy still rises after eight epochs, and hardly
after sixteen.
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

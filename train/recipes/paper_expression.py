"""The paper's own way for expression: a plain CNN, Adam at a constant rate, no augmentation.

How long the paper trained is not known. After eight epochs only the training images are known better.
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

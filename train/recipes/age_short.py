"""Age in about an hour on two CPU cores: UTKFace at 64x64 RGB, from its labels alone.

A neighbouring year is nearly right, so an age is learnt as a narrow normal distribution over 0-100 years. Its median gives the
years, its sums over ten years the decades. Gender is learnt beside it, which makes the features steadier.
"""

from train.data.augmentation import Augmentation
from train.recipe import Recipe

RECIPE = Recipe(
    task="age",
    size=64,
    widths=(32, 64, 128, 256),
    auxiliary={"gender": 0.5},
    epochs=30,
    learning_rate=1.5e-3,
    dropout=0.3,
    augmentation=Augmentation(),
)

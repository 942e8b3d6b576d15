"""Gender in half an hour on two CPU cores: UTKFace at 64x64 RGB; narrower than age's network, since two classes need less.

Age is learnt beside it, so that the features do not rely on what only adults have (beards, make-up).
"""

from train.data.augmentation import Augmentation
from train.recipe import Recipe

RECIPE = Recipe(
    task="gender",
    size=64,
    widths=(24, 48, 96, 192),
    auxiliary={"age": 0.25},
    epochs=12,
    learning_rate=1.5e-3,
    label_smoothing=0.05,
    dropout=0.3,
    augmentation=Augmentation(),
)

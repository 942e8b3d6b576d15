"""A teacher of ages and genders, about eight times as large as the networks that ship; it need not run live.

A neighbouring year is nearly right, so an age is learnt as a narrow normal distribution. The network is symmetric
(`train.networks.symmetric`), and a third of the draws show an image as the live path gives it.
"""

from train.data.augmentation import Augmentation
from train.recipe import Recipe

RECIPE = Recipe(
    task="age",
    size=80,
    widths=(48, 128, 256, 448),
    auxiliary={"gender": 1.0},
    symmetric=True,
    live=0.35,
    epochs=63,
    batch_size=256,
    learning_rate=2e-3,
    weight_decay=0.1,
    dropout=0.4,
    augmentation=Augmentation(zoom=0.2, erasing=0.2, mixup=0.2, blur=0.02, coarseness=0.5, noise=0.06),
    seed=2071,
)

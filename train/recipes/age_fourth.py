"""Age, fourth cycle: the third one's network, seen through what a webcam in a dim room shows.

Half of the images are out of focus or coarse and half have noise, less than an expression bears, for wrinkles are
fine. The labels count for half: the rest is what the network before saw in each image, straight and mirrored.
"""

from dataclasses import replace

from train.augmentation import Augmentation
from train.recipes.age_third import RECIPE as THIRD

RECIPE = replace(
    THIRD,
    start="age_third",
    teachers=("age_third",),
    teaching=0.5,
    epochs=21,
    batch_size=128,
    learning_rate=1.2e-3,
    augmentation=Augmentation(zoom=0.2, mixup=0.2, blur=0.025, coarseness=0.6, noise=0.08),
    seed=2036,
)

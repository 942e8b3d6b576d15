"""Expression without augmentation: what the robustness study compares with, and nothing that ships.

The first cycle's network, epochs and all, on the images as they are: neither turned, shifted, relit, erased
nor mixed. So what differs is the augmentation alone.
"""

from dataclasses import replace

from train.augmentation import Augmentation
from train.recipes.expression_first import RECIPE as FIRST

RECIPE = replace(FIRST, augmentation=Augmentation.none())

"""Expression without augmentation, for `study robustness --compare runs/plain_expression`; it does not ship.

The short recipe's network on the images as they are: neither turned, shifted, relit, erased nor mixed. Six
epochs are enough: without augmentation it knows its training images by heart then.
"""

from dataclasses import replace

from train.data.augmentation import Augmentation
from train.recipes.expression_short import RECIPE as SHORT

RECIPE = replace(SHORT, epochs=6, augmentation=Augmentation.none())

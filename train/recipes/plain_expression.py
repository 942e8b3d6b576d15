"""Expression without augmentation, for `study robustness --compare runs/plain_expression`; it does not ship.

The short recipe's network on the images as they are: not turned, shifted, relit, erased or mixed. Six epochs are enough:
without augmentation it has memorized its training images by then.
"""

from dataclasses import replace

from train.data.augmentation import Augmentation
from train.recipes.expression_short import RECIPE as SHORT

RECIPE = replace(SHORT, epochs=6, augmentation=Augmentation.none())

"""Another teacher of expressions: narrower and deeper. What two networks of different shape agree on is worth more."""

from dataclasses import replace

from train.recipes.expression_teacher import RECIPE as WIDE

RECIPE = replace(WIDE, widths=(64, 128, 256, 512), blocks=3, epochs=67, seed=2062)

"""Expression: what ships. The fifth cycle's network."""

from train.recipes.expression_fifth import RECIPE as FIFTH

RECIPE = FIFTH

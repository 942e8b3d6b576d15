"""Gender: what ships. The fourth try's network."""

from train.recipes.gender_fourth import RECIPE as FOURTH

RECIPE = FOURTH

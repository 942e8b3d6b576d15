"""Gender: what ships. The third try's network."""

from train.recipes.gender_third import RECIPE as THIRD

RECIPE = THIRD

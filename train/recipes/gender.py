"""Gender: what ships. The sixth try's network."""

from train.recipes.gender_sixth import RECIPE as SIXTH

RECIPE = SIXTH

"""Gender: what ships. The third cycle's network, longer."""

from dataclasses import replace

from train.recipes.gender_third import RECIPE as THIRD

RECIPE = replace(THIRD, start="gender_third", teachers=("gender_third",), epochs=8, learning_rate=1e-3, seed=2033)

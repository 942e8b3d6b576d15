"""Age, third cycle, at the second one's end.

Mixed, turned and relit as they are, the training images were still no better known than the validation
images, so more of the same helps. Gender counts for more once again: the gender network starts here.
"""

from dataclasses import replace

from train.recipes.age_second import RECIPE as SECOND

RECIPE = replace(SECOND, start="age_second", auxiliary={"gender": 4.0}, seed=2029)

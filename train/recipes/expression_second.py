"""Expression, second cycle: a longer one at the first one's end.

A warm restart (Loshchilov & Hutter 2017): the rate goes up once more and falls along a cosine. After
the first cycle the training images were no better known than the validation images, so more of
the same helps, and nothing needs to be held back harder.
"""

from dataclasses import replace

from train.recipes.expression_first import RECIPE as FIRST

RECIPE = replace(FIRST, start="expression_first", epochs=36, learning_rate=1e-3, seed=2027)

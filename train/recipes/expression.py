"""Expression: what ships. The second cycle's network; the third one was no better."""

from train.recipes.expression_second import RECIPE as SECOND

RECIPE = SECOND

"""Another teacher of ages and genders: narrower and deeper. What networks of different shape agree on is worth more."""

from dataclasses import replace

from train.recipes.age_teacher import RECIPE as WIDE

RECIPE = replace(WIDE, widths=(48, 96, 192, 384), blocks=3, epochs=49, seed=2072)

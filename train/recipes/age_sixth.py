"""Age, sixth cycle: a network that sees a face and its mirror image alike, as expression's tenth cycle.

The fifth one's knew no more of the training images than of others (61.1 and 60.6 % of the decades), mixed, moved and
blurred as they were: so it has room for what the symmetry frees, and is mixed no longer. A quarter of the draws show
an image as the live path does. The third cycle's network, the best of all on sharp images, and the fifth one's teach.
"""

from dataclasses import replace

from train.recipes.age_fifth import RECIPE as FIFTH

RECIPE = replace(
    FIFTH,
    mirrored=True,
    start="age_fifth",
    teachers=("age_third", "age_fifth"),
    live=0.25,
    epochs=24,
    learning_rate=1.5e-3,
    augmentation=replace(FIFTH.augmentation, mixup=0.0, erasing=0.1, zoom=0.15, blur=0.02, coarseness=0.5, noise=0.06),
    seed=2054,
)

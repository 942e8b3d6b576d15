"""Gender, ninth try: a network that sees a face and its mirror image alike, as expression's tenth cycle.

It begins with what the fourth try's network knows, which has more inner channels to choose from. Age is learnt
beside it again, in place of FER2013's faces.
"""

from dataclasses import replace

from train.recipes.gender_fourth import RECIPE as FOURTH

RECIPE = replace(
    FOURTH,
    widths=(32, 64, 112, 160),
    prune=0.625,
    mirrored=True,
    start="gender_fourth",
    teachers=("gender_third", "gender_fourth", "gender_eighth"),
    epochs=12,
    augmentation=replace(
        FOURTH.augmentation, mixup=0.0, erasing=0.1, zoom=0.15, blur=0.018, coarseness=0.45, noise=0.06
    ),
    seed=2051,
)

"""Gender: what ships. The last two epochs, at a low rate, on faces that are hardly changed any more. Twenty minutes on one CPU core.

The mean with a quarter of the start is surer: on the validation images the NLL is 0.149 for UTKFace and 0.241 for FairFace, in place of
0.152 and 0.243.
"""

from dataclasses import replace

from train.recipes.age import RECIPE as AGE
from train.recipes.gender_fairface import RECIPE as FAIRFACE

RECIPE = replace(
    FAIRFACE,
    start="gender_fairface",
    start_share=0.25,
    epochs=2,
    learning_rate=3e-4,
    augmentation=AGE.augmentation,
    seed=4302,
)

"""Expression, tenth cycle: another network, which sees a face and its mirror image alike.

A picture and its mirror image together had told the ones before more than the picture alone (validation: 0.3 to 0.9
points), so they had not learnt the symmetry. This one has it (`train.mirrored`), with half as many weights to learn,
and begins with what the ninth cycle's knows of it (`train.symmetry`). Its first convolution sees every pixel of the
48x48, which the ones before halved at once; what that costs is taken from the last stages. Three cycles'
networks teach.
"""

from dataclasses import replace

from train.augmentation import Augmentation
from train.recipes.expression_first import RECIPE as FIRST

RECIPE = replace(
    FIRST,
    widths=(48, 96, 144, 160),
    mirrored=True,
    fine=16,
    start="expression_ninth",
    teachers=("expression_second", "expression_fifth", "expression_ninth"),
    teaching=0.65,
    epochs=20,
    batch_size=128,
    learning_rate=1.5e-3,
    label_smoothing=0.05,
    augmentation=Augmentation(erasing=0.1, blur=0.015, coarseness=0.4, noise=0.05),
    seed=2050,
)

"""Age from UTKFace and FairFace together, with gender beside it: what `age` and `gender_fairface` go on from.

FairFace says a bin, not a year: the loss is of all that the network expects within the bin. A fifth of the images lose their
colour and the others' is turned a little, so that neither make-up nor dress is a short cut. It starts from the network that
learnt UTKFace alone. Three epochs, half an hour on one CPU core.

FairFace's bins cost UTKFace's years some sharpness. The mean with the start gives it back: on the validation images 62.7 % of
UTKFace's decades are right in place of 61.9 (4.45 years off, not 4.50), and 52.3 % of FairFace's bins in place of 53.2.
"""

from dataclasses import replace

from train.recipes.age_utkface import RECIPE as UTKFACE

RECIPE = replace(
    UTKFACE,
    start="age_utkface",
    start_share=0.4,
    fairface=True,
    auxiliary={"gender": 1.0},
    live=0.0,
    epochs=3,
    batch_size=128,
    learning_rate=6e-4,
    dropout=0.1,
    augmentation=replace(UTKFACE.augmentation, grey=0.2, colour=0.1, erasing=0.15),
    seed=4201,
)

"""Age: what ships. From UTKFace and FairFace together, with gender beside it.

FairFace says a bin, not a year: the loss is of all that the network expects within the bin. A fifth of the images lose their
colour and the others' is turned a little, so that neither make-up nor dress is a short cut. It starts from the network that
learnt UTKFace alone. Three epochs, half an hour on one CPU core.
"""

from dataclasses import replace

from train.recipes.age_utkface import RECIPE as UTKFACE

RECIPE = replace(
    UTKFACE,
    start="age_utkface",
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

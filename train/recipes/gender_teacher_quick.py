"""Gender and age by the network that learnt to recognize faces, from UTKFace and FairFace together: what `gender_teacher` goes on from.

Needs `npm install --no-save @vladmandic/face-api@1.7.15`, whose weights it begins with. Those were learnt from faces of 150 pixels; at 112 a step
takes 0.75 s in place of 1.1 on one CPU core. Its new heads learn alone for an epoch, then all of it at a low rate. There is no dropout: its
features vary little about their means (1.15 and .18), and to leave some out would hide what the others say. Half an hour.
"""

from train.data.augmentation import Augmentation
from train.recipe import Recipe

RECIPE = Recipe(
    task="gender",
    size=80,
    widths=(),
    auxiliary={"age": 0.25},
    fairface=True,
    epochs=3,
    batch_size=96,
    learning_rate=3e-4,
    weight_decay=0.05,
    label_smoothing=0.05,
    dropout=0.0,
    augmentation=Augmentation(zoom=0.15, shift=0.1, erasing=0.2, noise=0.03, grey=0.2, colour=0.1),
    seed=4402,
    backbone="face-resnet",
    weights="faces",
    enlarged=112,
    head_epochs=1,
    head_learning_rate=1e-2,
)

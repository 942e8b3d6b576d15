"""Gender by the network that ships, from the labels alone: a teacher that errs in other ways than the large ones' student.

What taught in this one's place is what had shipped before, read back from its int8 file (`train.export.restore`): the same network after
nine tries of 12 to 14 epochs with labels and smaller teachers.
"""

from dataclasses import replace

from train.recipes.gender_student import RECIPE as STUDENT

RECIPE = replace(
    STUDENT,
    teachers=(),
    epochs=60,
    batch_size=128,
    learning_rate=1.5e-3,
    label_smoothing=0.05,
    dropout=0.3,
    augmentation=replace(STUDENT.augmentation, mixup=0.1),
    seed=2103,
)

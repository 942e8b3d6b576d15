"""Gender by a network of the size that ships, from the labels alone: a teacher that errs in other ways than the student.

For the network that ships, a network read back from an older int8 file (`train.export.restore`) took this one's place: the same
architecture after nine rounds of 12 to 14 epochs with labels and smaller teachers.
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

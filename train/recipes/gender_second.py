"""Gender, second try: the third age network's trunk, fine-tuned for gender.

Both come from UTKFace, and each steadies the other: age keeps the features from leaning on what only
adults have (beards, make-up).
"""

from train.augmentation import Augmentation
from train.recipe import Recipe

RECIPE = Recipe(
    task="gender",
    start="age_third",
    size=80,
    widths=(32, 64, 128, 256),
    auxiliary={"age": 0.1},
    epochs=6,
    learning_rate=3e-4,
    label_smoothing=0.05,
    dropout=0.3,
    augmentation=Augmentation(mixup=0.2),
    seed=2028,
)

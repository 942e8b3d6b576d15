"""Expression's student: two teachers, seven times as much work each, look at every image as it does (`train.fit.distillation`).

It learns from them alone, and not from FER2013's noisy labels. UTKFace's faces are drawn as well: nobody labelled their
expressions, but the teachers see them. Half of the draws show an image as the live path gives it.

On an H100, beside two others, it took five minutes. It knows 70.0 % of the validation images and, through the live path, 69.9 %
of them; its teachers know 69.2 and 68.6 %. Eleven cycles of 3 to 26 epochs on two CPU cores, each starting from the one before
and taught by scores taken once of each image, had led the same network to 69.2 and 69.6 %.
"""

from train.data.augmentation import Augmentation
from train.recipe import Recipe

RECIPE = Recipe(
    task="expression",
    size=48,
    widths=(48, 96, 144, 160),
    symmetric=True,
    fine=16,
    teachers=("expression_teacher", "expression_teacher_deep"),
    unlabelled=0.5,
    live=0.5,
    epochs=117,
    batch_size=512,
    learning_rate=3e-3,
    balance=0.3,
    dropout=0.0,
    augmentation=Augmentation(zoom=0.2, shift=0.1, erasing=0.2, mixup=0.5, blur=0.02, coarseness=0.5, noise=0.07),
    seed=2081,
)

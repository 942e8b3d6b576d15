"""Expression in half an hour to an hour on two CPU cores: FER2013 at its own 48x48 grey, from its labels alone.

The pictures are small, so wide early stages on 24x24 gain more than a deep end. FER2013's labels are noisy (people agree with
65 % of them), so labels are smoothed and mixed. Disgust is 1.5 % of the images, so rare classes are drawn more often.
"""

from train.data.augmentation import Augmentation
from train.recipe import Recipe

RECIPE = Recipe(
    task="expression",
    size=48,
    widths=(48, 96, 192, 192),
    epochs=22,
    learning_rate=1.5e-3,
    label_smoothing=0.1,
    balance=0.3,
    dropout=0.3,
    augmentation=Augmentation(mixup=0.2),
)

"""A teacher of expressions, seven times as large as the network that ships; it need not run live.

FER2013's labels are noisy (people agree with 65 % of them), so labels are smoothed and mixed. Disgust is 1.5 % of the images, so
rare classes are drawn more often. Half of the draws show an image as the live path gives it. The network is symmetric
(`train.networks.symmetric`).
"""

from train.data.augmentation import Augmentation
from train.recipe import Recipe

RECIPE = Recipe(
    task="expression",
    size=48,
    widths=(96, 192, 320, 448),
    symmetric=True,
    fine=32,
    live=0.5,
    epochs=63,
    batch_size=256,
    learning_rate=2e-3,
    weight_decay=0.1,
    label_smoothing=0.05,
    balance=0.3,
    dropout=0.4,
    augmentation=Augmentation(zoom=0.2, shift=0.1, erasing=0.25, mixup=0.3, blur=0.02, coarseness=0.5, noise=0.07),
    seed=2061,
)

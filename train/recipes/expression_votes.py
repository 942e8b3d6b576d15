"""Expression by one network with two heads: FER2013's label, and what ten people said of each image (FER+).

The labels alone make a network that calls resting faces sad or angry, the votes alone one that calls nearly everything neutral.
So each has a head, and what people see is both together (`train.export.fusion`). It starts from the network that learnt
FER2013's labels, which also teaches a part of the first head, so that little of that is lost.

Nothing that ships was trained by it yet. A first try at a rate of 8e-4 forgot within an epoch what it had started from.
"""

from dataclasses import replace

from train.recipes.expression import RECIPE as LABELS

RECIPE = replace(
    LABELS,
    start="expression",
    teachers=("expression",),
    taught={"expression": 0.6},
    auxiliary={"votes": 1.5},
    unlabelled=0.0,
    live=0.0,
    epochs=8,
    batch_size=256,
    learning_rate=3e-4,
    label_smoothing=0.05,
    dropout=0.1,
    balance=0.3,
    augmentation=replace(LABELS.augmentation, mixup=0.0),
    seed=4101,
)

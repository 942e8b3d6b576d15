"""Expression, eleventh cycle: the tenth one's network, which now looks at what the live path gives, too.

Half of the draws show an image as the live path does (enlarged, JPEG, found, aligned), where the tenth cycle's network
had lost 2.4 points. That one knew the training images far better than others (81 % against 69 %), so they are mixed,
erased, moved and blurred more again; and the three teachers tell what they see in the live views, of which they had
not learnt the labels by heart (74 % right, 81 % of the crops that they were trained on).
"""

from dataclasses import replace

from train.augmentation import Augmentation
from train.recipes.expression_tenth import RECIPE as TENTH

RECIPE = replace(
    TENTH,
    start="expression_tenth",
    teachers=("expression_second", "expression_fifth", "expression_tenth"),
    teaching=0.65,
    live=0.5,
    epochs=26,
    learning_rate=1.2e-3,
    augmentation=Augmentation(zoom=0.2, shift=0.1, erasing=0.2, mixup=0.2, blur=0.02, coarseness=0.5, noise=0.07),
    seed=2052,
)

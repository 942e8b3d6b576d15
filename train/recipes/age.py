"""Age: what ships. Two more epochs at a low rate on faces that are hardly changed any more, as `gender` has. Twenty minutes on one CPU core.

On the validation images 63.3 % of UTKFace's decades are right in place of 62.7 (4.39 years off, not 4.43), and 54.1 % of FairFace's bins
in place of 52.2. Without the mean with the start it is 62.2 % (4.40 years) and 54.8 %. These are without `prior_share`.

Half of what FairFace's ages changed in the network's expectation is taken back at the export. Over the validation images and six shifted and
scaled copies of each, the int8 network gets 62.7 % of the decades right in place of 62.4 (4.435 years off, not 4.444) and 53.8 % of the bins
either way; people of 60 and more are told 4.7 years too young in place of 5.4.
"""

from dataclasses import replace

from train.recipes.age_fairface import RECIPE as FAIRFACE

RECIPE = replace(
    FAIRFACE,
    start="age_fairface",
    start_share=0.2,
    prior_share=0.5,
    epochs=2,
    learning_rate=3e-4,
    augmentation=replace(
        FAIRFACE.augmentation, rotation=10.0, zoom=0.1, shift=0.05, erasing=0.05, noise=0.03, grey=0.1, colour=0.05
    ),
    seed=4202,
)

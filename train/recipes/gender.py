"""Gender: what ships. Its student, one that learnt the labels alone, and age's student teach it together.

Each knows what the others do not.
"""

from dataclasses import replace

from train.recipes.gender_student import RECIPE as STUDENT

RECIPE = replace(
    STUDENT,
    start="gender_student",
    teachers=("gender_student", "gender_labelled", "age_student"),
    auxiliary={},
    epochs=10,
    batch_size=128,
    learning_rate=5e-4,
    seed=2104,
)

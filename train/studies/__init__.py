"""One question about the models each, answered with figures: `python run.py study NAME`."""

from typing import Final

STUDIES: Final = {
    "conventional": "HOG, LBP and eigenfaces with an SVM, against the CNNs",
    "compression": "float32, float16, dynamic-range, int8 and pruned: accuracy, size, milliseconds",
    "robustness": "light, contrast, blur, noise, JPEG, resolution, angle, occlusion, and a crop that is off",
    "fairness": "figures by gender, race and age band, with confidence intervals and the largest gap",
    "calibration": "whether a score of 80 % is right in 80 % of cases",
    "detection": "pictures without a face that get one, and faces that are missed, by the score that a face must have",
    "pretraining": "a published network from random weights and from its own, beside ours",
    "seeds": "how far apart two trainings of one recipe end",
}
"""Name -> the question."""

"""`python run.py study fairness`: gender and age on UTKFace's TEST by gender, race and age band.

UTKFace's race field holds the data's own five words, given to pictures by their look; they are used
here to find out for whom the models work badly, not as a statement about people.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cli.figures import table
from cli.progress import progress
from train.data.datasets import TEST_SPLITS, FaceDataset, load_utkface
from train.evaluation.intervals import Values, bootstrap_mean, wilson
from train.studies.common import StudyOptions, deliver_study
from train.studies.fairness.estimated_groups import expression_by_estimate
from train.studies.fairness.groups import (
    AGE_BANDS,
    RACES,
    Group,
    age_bands,
    groups_by,
    largest_gap,
)
from train.studies.fairness.plot import draw_groups
from vision.classifiers import Classifier
from vision.tasks import AGE, GENDER, GENDERS

SEED = 2026

GROUPINGS = ("gender", "race", "age", "gender × race", "gender × age", "race × age", "gender × race × age")

SHARES = ("gender_accuracy", "women_taken_for_men", "men_taken_for_women", "decade_accuracy")
"""Figures between 0 and 1; the other is in years."""

METRICS = (*SHARES, "age_mae")


@dataclass(frozen=True, kw_only=True)
class Options(StudyOptions):
    """What is measured.

    Attributes:
        compare: folder of older models.
        least: images of the smallest group that counts towards a gap.
    """

    compare: Path | None = None
    least: int = 30


def run(options: Options) -> None:
    """Run the study."""
    outcome = outcome_of(options.data, options.models)
    figures = measure(outcome, options.least)
    figures["models"] = options.models.name
    before = None
    if options.compare:
        older = outcome_of(options.data, options.compare)
        before = measure(older, options.least)
        figures["compared_with"] = before | {"models": options.compare.name}
        figures["narrowed"] = narrowed(older, outcome, before["gaps"], figures["gaps"])
    figures["expression"] = expression_by_estimate(options.data, options.models, SEED, options.least)
    deliver_study("fairness", figures, _report(figures), options.json)
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)
        draw_groups(figures, before, options.figures / "fairness.png")


@dataclass(frozen=True)
class Outcome:
    """What the models made of each test image, and who is on it.

    Attributes:
        gender: (N,) UTKFace's labels, indices into GENDERS.
        race: (N,) indices into RACES.
        age: (N,) years.
        values: metric -> (N,) what its mean is taken of; NaN for images that it does not concern.
    """

    gender: NDArray[np.int64]
    race: NDArray[np.int64]
    age: NDArray[np.int64]
    values: dict[str, Values]

    @classmethod
    def of(cls, data: FaceDataset, gender_scores: NDArray[np.float32], age_scores: NDArray[np.float32]) -> Outcome:
        """Compare gender's scores (N, 2) and age's (N, 101), both float32, with the labels of `data`."""
        gender, age = data.labels["gender"], data.labels["age"]
        wrong = (gender_scores.argmax(axis=1) != gender).astype(float)
        decade = AGE.predicted(age_scores) == AGE.class_of(age)
        errors = AGE.years(age_scores) - age
        women = gender == GENDERS.index("female")
        values = {
            "gender_accuracy": 1 - wrong,
            "women_taken_for_men": np.where(women, wrong, np.nan),
            "men_taken_for_women": np.where(women, np.nan, wrong),
            "decade_accuracy": decade.astype(float),
            "age_mae": np.abs(errors),
            "age_bias": errors,
        }
        return cls(gender, data.labels["race"], age, values)

    def groups(self, grouping: str) -> list[Group]:
        """The groups of one of `GROUPINGS`."""
        fields = {
            "gender": (GENDERS, self.gender),
            "race": (RACES, self.race),
            "age": (AGE_BANDS, age_bands(self.age)),
        }
        return groups_by({name: fields[name] for name in grouping.split(" × ")})


def outcome_of(data: Path, models: Path) -> Outcome:
    """Run the gender and the age model in a folder, as the server runs them, on UTKFace's TEST."""
    classifiers = [Classifier.shipped(task, models) for task in (GENDER, AGE)]
    sizes = {classifier.geometry.size: classifier.geometry for classifier in classifiers}
    images = {size: load_utkface(data, geometry, TEST_SPLITS) for size, geometry in sizes.items()}
    scores = [
        classifier.scores_of(images[classifier.geometry.size].images)
        for classifier in progress(classifiers, "looking at the test images", lambda one: one.task.name)
    ]
    return Outcome.of(next(iter(images.values())), *scores)


def measure(outcome: Outcome, least_images: int) -> dict:
    """All figures as JSON: for everyone, by group of each grouping, and the largest gaps.

    Args:
        outcome: what the models said.
        least_images: the smallest group that counts towards a gap.
    """
    everyone = Group("all", np.ones(len(outcome.age), bool))
    groups = {grouping: outcome.groups(grouping) for grouping in GROUPINGS}
    gaps = {
        grouping: {metric: largest_gap(some, outcome.values[metric], least_images, SEED) for metric in METRICS}
        for grouping, some in groups.items()
    }
    return {
        "images": len(outcome.age),
        "least_images": least_images,
        "all": _figures(outcome, everyone),
        "groups": {
            grouping: {group.name: _figures(outcome, group) for group in some} for grouping, some in groups.items()
        },
        "gaps": {
            grouping: {metric: gap.to_dict() for metric, gap in some.items() if gap} for grouping, some in gaps.items()
        },
    }


def _figures(outcome: Outcome, group: Group) -> dict:
    figures: dict = {"images": int(group.members.sum())}
    for metric, values in outcome.values.items():
        mine = values[group.members & ~np.isnan(values)]
        if len(mine):
            estimate = wilson(int(mine.sum()), len(mine)) if metric in SHARES else bootstrap_mean(mine, SEED)
            figures[metric] = estimate.to_dict()
    return figures


def narrowed(older: Outcome, newer: Outcome, before: dict, now: dict) -> list[dict]:
    """What became of the largest gaps, and of the group that each served worst.

    Args:
        older: the older models' outcome.
        newer: the newer models', on the same images.
        before: the older models' gaps by grouping and metric, as `measure` gives them.
        now: the newer models'.

    Returns:
        One entry for each gap: its size before and now, the group that was worst, and how its figure
        changed with the 95 % interval of that change, image by image.
    """
    entries = []
    for grouping, gaps in before.items():
        groups = {group.name: group for group in older.groups(grouping)}
        for metric, gap in gaps.items():
            worst = gap["least"] if metric in ("gender_accuracy", "decade_accuracy") else gap["greatest"]
            change = (newer.values[metric] - older.values[metric])[groups[worst].members]
            entries.append(
                {
                    "grouping": grouping,
                    "metric": metric,
                    "before": gap["size"],
                    "now": now[grouping][metric]["size"],
                    "worst_before": worst,
                    "its_change": bootstrap_mean(change[~np.isnan(change)], SEED).to_dict(),
                }
            )
    return entries


def _report(figures: dict) -> str:
    parts = [f"UTKFace TEST, {figures['images']:,} images; race in the data's words, given by look", ""]
    parts.append(_groups_table(figures))
    parts += ["", f"Largest gaps between groups of at least {figures['least_images']} images", "", _gaps_table(figures)]
    if "narrowed" in figures:
        parts += ["", f"What became of the gaps since {figures['compared_with']['models']}", "", _change_table(figures)]
    return "\n".join([*parts, "", *_expression_lines(figures["expression"])])


def _cell(figures: dict, metric: str) -> str:
    if metric not in figures:
        return "-"
    one = figures[metric]
    if metric in SHARES:
        return f"{100 * one['value']:.1f} ({100 * one['low']:.1f}-{100 * one['high']:.1f})"
    return f"{one['value']:.2f} ({one['low']:.2f}-{one['high']:.2f})"


def _groups_table(figures: dict) -> str:
    names = [("all", figures["all"])]
    for grouping in GROUPINGS[:5]:
        names += list(figures["groups"][grouping].items())
    rows = [[name, one["images"], *(_cell(one, metric) for metric in METRICS)] for name, one in names]
    return table(rows, ["", "images", "gender %", "women as men %", "men as women %", "decade %", "MAE, years"])


def _size(metric: str, value: float) -> str:
    return f"{100 * value:.1f} points" if metric in SHARES else f"{value:.2f} years"


def _gaps_table(figures: dict) -> str:
    rows = [
        [grouping, metric.replace("_", " "), _size(metric, gap["size"]), _size(metric, gap["chance_95"]),
         gap["groups"], gap["least"], gap["greatest"]]
        for grouping, gaps in figures["gaps"].items()
        for metric, gap in gaps.items()
    ]  # fmt: skip
    return table(rows, ["by", "of", "gap", "by chance at most", "groups", "least", "greatest"])


def _change_table(figures: dict) -> str:
    rows = []
    for one in figures["narrowed"]:
        change, metric = one["its_change"], one["metric"]
        factor = 100 if metric in SHARES else 1
        value, low, high = (f"{factor * change[end]:+.1f}" for end in ("value", "low", "high"))
        rows.append(
            [one["grouping"], metric.replace("_", " "), _size(metric, one["before"]), _size(metric, one["now"]),
             one["worst_before"], f"{value} ({low} to {high})"]
        )  # fmt: skip
    return table(rows, ["by", "of", "gap before", "now", "worst before", "its change"])


def _expression_lines(expression: dict) -> list[str]:
    lines = [f"Expression: {expression['note']}."]
    for task, trial in expression["trials"].items():
        recalls = ", ".join(f"{label} {100 * recall:.1f} %" for label, recall in trial["recall"].items())
        verdict = "used" if trial["used"] else "not used"
        lines.append(
            f"  {task}, tried on UTKFace put into FER2013's form, right where it is sure: {recalls}: {verdict}"
        )
    for task, by in expression["by"].items():
        for group, one in by["groups"].items():
            accuracy, recall = (
                f"{100 * one[name]['value']:.1f} ({100 * one[name]['low']:.1f}-{100 * one[name]['high']:.1f})"
                for name in ("accuracy", "mean_recall")
            )
            images = one["accuracy"]["images"]
            lines.append(
                f"  estimated {task} {group}, {images:,} images: accuracy {accuracy} %, mean recall {recall} %"
            )
    return lines

"""Light, blur, noise, compression, angle, occlusion, and an inexact crop: what each costs in accuracy.

Every corruption is done to the dataset's own picture (FER2013's 48 pixels, UTKFace's 200) and the crop is made of
that, as a camera's frame would be. Live, faces are turned upright before they are cropped: so the curve over rotation
describes the CNNs alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cli.figures import table
from cli.progress import progress
from train.data.datasets import FaceDataset
from train.data.loaders import SOURCES, load_test, source_of
from train.studies.common import StudyOptions, deliver_study
from train.studies.robustness.candidates import others, picture_scores, shipped
from train.studies.robustness.plots import draw_examples, draw_sweeps
from train.studies.robustness.sweeps import CROP_AT_RANDOM, CROP_SETTINGS, SWEEPS
from vision.classifiers import Scorer
from vision.tasks import TASKS, Task

IMAGES = 1000
SEED = 2026
FLOOR, GOAL = 2.0, 1.0
"""Points that an inexact crop may cost: the limit, and the aim."""

_CHUNK = 250
"""Pictures corrupted at a time, each chunk with a seed of its own: another size gives a little different figures."""

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""What one model reaches: corruption -> [{strength, accuracy, (mae), loss_points}]."""


@dataclass(frozen=True)
class Outcome:
    """How one model did on one set of pictures.

    Attributes:
        right: (N,) bool, whether each is put into the right class.
        years_off: (N,) absolute errors in years; None but for age.
    """

    right: NDArray[np.bool_]
    years_off: NDArray[np.float64] | None

    @classmethod
    def of(cls, task: Task, scores: NDArray[np.float32], labels: NDArray[np.int64]) -> Outcome:
        """Compare scores (N, outputs) float32 with labels (N,) int64, as `train.evaluation.metrics.evaluate_scores` does."""
        right = task.predicted(scores) == task.class_of(labels)
        return cls(right, np.abs(task.years(scores) - labels) if task.has_years else None)

    def row(self, own: Outcome) -> dict[str, float]:
        """Its figures, and how many points it lost against the pictures as they are."""
        figures = {"accuracy": round(float(self.right.mean()), 5)}
        if self.years_off is not None:
            figures["mae"] = round(float(self.years_off.mean()), 4)
        return figures | {"loss_points": round(self.loss(own)[0], 3)}

    def loss(self, own: Outcome) -> tuple[float, float]:
        """Points lost, and half the width of their 95 % interval (the same faces twice: a paired difference)."""
        lost = 100.0 * (own.right.astype(float) - self.right)
        return float(lost.mean()), float(1.96 * lost.std() / np.sqrt(len(lost)))


@dataclass
class Findings:
    """All that was measured of one set of models, by task.

    Attributes:
        images: how many pictures the sweeps are measured on.
        sweeps: their rows.
        crop: what `measure_crop` tells.
    """

    images: dict[str, int] = field(default_factory=dict)
    sweeps: dict[str, Rows] = field(default_factory=dict)
    crop: dict[str, Row] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Options(StudyOptions):
    """What is measured.

    Attributes:
        images: test images a task that the sweeps take; 0 for all.
        crop_only: only the crop that is off.
        compare: other models: a models folder, the folder of a training run, or a .keras file.
        examples: folder for pictures of the corruptions.
    """

    images: int = IMAGES
    crop_only: bool = False
    compare: Path | None = None
    examples: Path | None = None


def run(options: Options) -> None:
    """Run the study; the errors are those of the data and the models."""
    models, mine = shipped(options.models), Findings()
    compared, theirs = (others(options.compare) if options.compare else {}), Findings()
    for dataset, source in SOURCES.items():
        tasks = [name for name, task in TASKS.items() if task.dataset == dataset]
        geometry = source.own_geometry
        data = load_test(TASKS[tasks[0]], options.data, geometry)
        print(f"{dataset}: {len(data):,} test images", flush=True)
        rivals = [compared[task] for task in tasks if task in compared]
        candidates = [*(models[task] for task in tasks), *rivals]
        places = [mine] * len(tasks) + [theirs] * len(rivals)
        for place, candidate, crop in zip(places, candidates, measure_crop(candidates, data), strict=True):
            place.crop[candidate.task.name] = crop
        if options.examples:
            draw_examples(SWEEPS, data.images, geometry, options.examples / f"{dataset}.png", SEED)
        if options.crop_only:
            continue
        few = choose(data, options.images)
        for place, candidate, rows in zip(places, candidates, measure_sweeps(candidates, few), strict=True):
            place.sweeps[candidate.task.name] = rows
            place.images[candidate.task.name] = len(few)
    _deliver(options, mine, theirs)


def choose(data: FaceDataset, count: int) -> FaceDataset:
    """So many images, by a fixed seed; all if 0 or more than there are."""
    if not 0 < count < len(data):
        return data
    chosen = np.zeros(len(data), np.bool_)
    chosen[np.random.default_rng(SEED).permutation(len(data))[:count]] = True
    return data.where(chosen)


def measure_sweeps(candidates: Sequence[Scorer], data: FaceDataset) -> list[Rows]:
    """Each candidate's rows of every sweep."""
    own = outcomes(candidates, data)
    rows: list[Rows] = [{} for _ in candidates]
    for name in progress(SWEEPS, "corruptions"):
        sweep = SWEEPS[name]
        measured = {strength: outcomes(candidates, data, name, strength) for strength in sweep.strengths}
        order = list(sweep.strengths)
        if sweep.neutral is not None:
            measured[sweep.neutral] = own
            order = sorted(measured)
        for index, row in enumerate(rows):
            row[name] = [{"strength": strength} | measured[strength][index].row(own[index]) for strength in order]
    return rows


def measure_crop(candidates: Sequence[Scorer], data: FaceDataset) -> list[Row]:
    """What a crop that is off costs each candidate on these images, and whether that is little enough."""
    own = outcomes(candidates, data)
    settings = (*CROP_SETTINGS, CROP_AT_RANDOM)
    measured = {
        setting: outcomes(candidates, data, *setting)
        for setting in progress(settings, "crops that are off", lambda one: f"{one[0]} {one[1]:g}")
    }
    return [
        _crop_findings(own[index], {setting: each[index] for setting, each in measured.items()})
        for index in range(len(candidates))
    ]


def _crop_findings(own: Outcome, measured: dict[tuple[str, float], Outcome]) -> Row:
    rows: list[Row] = []
    for (name, strength), outcome in measured.items():
        row: Row = {"corruption": name, "strength": strength} | outcome.row(own)
        rows.append(row | {"interval_points": round(outcome.loss(own)[1], 3)})
    *settings, at_random = rows
    worst = max(settings, key=lambda row: row["loss_points"])
    return {
        "images": len(own.right),
        "own": own.row(own),
        "settings": settings,
        "at_random": at_random,
        "worst": worst,
        "within_floor": worst["loss_points"] <= FLOOR,
        "within_goal": worst["loss_points"] <= GOAL,
    }


def outcomes(
    candidates: Sequence[Scorer], data: FaceDataset, corruption: str | None = None, strength: float = 0
) -> list[Outcome]:
    """How each candidate does on a dataset's pictures with one corruption, or as they are."""
    parts: list[list[NDArray[np.float32]]] = [[] for _ in candidates]
    geometry = source_of(candidates[0].task).geometry(data.images.shape[1])
    for start in range(0, len(data), _CHUNK):  # UTKFace's own pictures take half a gigabyte
        pictures = data.images[start : start + _CHUNK]
        if corruption is not None:
            pictures = SWEEPS[corruption].apply(pictures, strength, geometry, SEED + start)
        for part, candidate in zip(parts, candidates, strict=True):
            part.append(picture_scores(candidate, pictures))
    return [
        Outcome.of(candidate.task, np.concatenate(part), data.labels[candidate.task.name])
        for candidate, part in zip(candidates, parts, strict=True)
    ]


def _deliver(options: Options, mine: Findings, theirs: Findings) -> None:
    figures: Row = {"seed": SEED, "images_in_sweeps": mine.images, **mine.sweeps, "crop": mine.crop}
    tables = [_crop_table(mine.crop)]
    if theirs.crop:
        name = _name_of(options.compare)
        figures["compared"] = {"with": name, **theirs.sweeps, "crop": theirs.crop}
        tables.append(f"The same of {name}:\n{_crop_table(theirs.crop)}")
    if mine.sweeps:
        tables.insert(0, _sweep_table(mine.sweeps, theirs.sweeps, _name_of(options.compare)))
    deliver_study("robustness", figures, "\n" + "\n\n".join(tables), options.json)
    if options.figures and mine.sweeps:
        options.figures.mkdir(parents=True, exist_ok=True)
        counts = " and ".join(f"{count:,}" for count in sorted(set(mine.images.values())))
        path = options.figures / "robustness.png"
        draw_sweeps(SWEEPS, mine.sweeps, theirs.sweeps, _name_of(options.compare), f"{counts} test images", path)


def _name_of(compared: Path | None) -> str:
    """How the models that are compared with are called: by the end of their path."""
    return "/".join(compared.parts[-2:]) if compared else ""


def _sweep_table(rows: dict[str, Rows], before: dict[str, Rows], name: str) -> str:
    columns = rows | {f"{task}, {name}": sweeps for task, sweeps in before.items()}
    heading = ["accuracy, % (change in points)", "strength", *columns]
    lines: list[list[str]] = []
    for name, sweep in SWEEPS.items():
        for index, row in enumerate(next(iter(rows.values()))[name]):
            cells = [_cell(sweeps[name][index]) for sweeps in columns.values()]
            lines.append([f"{sweep.title} ({sweep.unit})" if not index else "", f"{row['strength']:g}", *cells])
    return table(lines, heading)


def _cell(row: Row) -> str:
    mae = f", {row['mae']:.2f} y" if "mae" in row else ""
    return f"{100 * row['accuracy']:.1f} ({0.0 - row['loss_points']:+.1f}{mae})"


def _crop_table(crop: dict[str, Row]) -> str:
    heading = ["points lost by a crop that is off, all test images", "strength", *crop]
    lines = [["as the dataset has it", "", *(f"{100 * one['own']['accuracy']:.2f} %" for one in crop.values())]]
    settings = [[*one["settings"], one["at_random"]] for one in crop.values()]
    for alike in zip(*settings, strict=True):
        cells = [f"{row['loss_points']:+.2f} ± {row['interval_points']:.2f}" for row in alike]
        lines.append([SWEEPS[alike[0]["corruption"]].title, f"{alike[0]['strength']:g}", *cells])
    lines.append(
        ["worst of all but the last", "points", *(f"{one['worst']['loss_points']:.2f}" for one in crop.values())]
    )
    for name, limit in (("floor", FLOOR), ("goal", GOAL)):
        held = ["held" if one[f"within_{name}"] else "missed" for one in crop.values()]
        lines.append([f"{name}: at most {limit:g}", "", *held])
    return table(lines, heading)

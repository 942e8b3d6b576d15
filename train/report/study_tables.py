"""Each study's JSON as tables for people; what has no table of its own is shown as it is nested."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from train.report.sources import Study
from train.report.tables import Table, as_tables, text_of
from vision.tasks import TASKS

Figures = Mapping[str, Any]

COLUMNS: dict[str, Callable[[Figures], str]] = {
    "accuracy": lambda one: text_of("accuracy", one["accuracy"]),
    "macro F1": lambda one: f"{one['macro_f1']:.3f}",
    "PrivateTest": lambda one: text_of("accuracy", one["private_test"]["accuracy"]),
    "without duplicates": lambda one: text_of("accuracy", one["without_twins"]["accuracy"]),
    "MAE, years": lambda one: f"{one['mae']:.2f}",
    "parameters": lambda one: f"{one['parameters']:,}",
    "MB": lambda one: f"{one['bytes'] / 1e6:.2f}",
    "ms a face": lambda one: f"{one['ms_per_face']:.2f}",
}
"""What may be known of a candidate, by its heading."""


def tables_of(study: Study) -> list[Table]:
    """A study's tables: its own, or where its JSON has another shape than we know the nested values as they are."""
    own = RENDERERS.get(study.name)
    try:
        tables = own(study.figures) if own else []
    except (KeyError, TypeError, IndexError, AttributeError, ValueError):
        tables = []
    return tables or as_tables(study.figures)


def candidates(figures: Figures) -> list[Table]:
    """`tasks`: task -> name -> figures, as of the studies of conventional methods and of compression."""
    return [_candidates(task, ones) for task, ones in figures["tasks"].items()]


def _candidates(task: str, ones: Mapping[str, Figures]) -> Table:
    rows = [[one.get("title", name), *(_try(column, one) for column in COLUMNS.values())] for name, one in ones.items()]
    return _without_empty_columns(Table(task, ["", *COLUMNS], rows))


def robustness(figures: Figures) -> list[Table]:
    """`task -> corruption -> rows` by strength, and `crop`: what a crop that is off costs."""
    sides = {task: figures[task] for task in TASKS if task in figures}
    compared = figures.get("compared", {})
    sides |= {f"{task}, {compared.get('with', 'compared')}": compared[task] for task in TASKS if task in compared}
    tables = [_crop_table(figures["crop"])] if figures.get("crop") else []
    if sides:
        tables.append(_sweeps_table(sides))
    return tables


def _sweeps_table(sides: Mapping[str, Figures]) -> Table:
    rows = []
    for corruption, measured in next(iter(sides.values())).items():
        for index, row in enumerate(measured):
            cells = [_sweep_cell(side[corruption][index]) for side in sides.values()]
            rows.append([_words(corruption) if index == 0 else "", f"{row['strength']:g}", *cells])
    return Table("Accuracy under each corruption, and the change in points", ["corruption", "strength", *sides], rows)


def _sweep_cell(row: Figures) -> str:
    return f"{100 * row['accuracy']:.1f} % ({0.0 - row['loss_points']:+.1f})"


def _crop_table(crop: Mapping[str, Figures]) -> Table:
    rows = [["as the dataset has it", "", *(text_of("accuracy", one["own"]["accuracy"]) for one in crop.values())]]
    for alike in zip(*([*one["settings"], one["at_random"]] for one in crop.values()), strict=True):
        cells = [f"{0.0 - row['loss_points']:+.2f} ± {row['interval_points']:.2f}" for row in alike]
        rows.append([_words(alike[0]["corruption"]), f"{alike[0]['strength']:g}", *cells])
    rows.append(["at most 2 points lost", "", *("held" if one["within_floor"] else "missed" for one in crop.values())])
    return Table("A crop that is off: change in points, with its 95 % interval", ["crop", "strength", *crop], rows)


FAIRNESS = {
    "gender right": "gender_accuracy",
    "women as men": "women_taken_for_men",
    "men as women": "men_taken_for_women",
    "decades right": "decade_accuracy",
    "MAE, years": "age_mae",
}


def fairness(figures: Figures) -> list[Table]:
    """`all`, `groups` and `gaps` by grouping, `narrowed` where older models were compared, and `expression`."""
    tables = [_groups_table("All", {"everyone": figures["all"]})]
    tables.append(_gaps_table(figures["gaps"]))
    if figures.get("narrowed"):
        tables.append(_narrowed_table(figures["narrowed"]))
    few = {grouping: some for grouping, some in figures["groups"].items() if grouping.count("×") < 2}
    tables += [_groups_table(f"By {grouping}", some) for grouping, some in few.items()]
    return tables + _expression_tables(figures.get("expression", {}))


def _expression_tables(expression: Figures) -> list[Table]:
    """FER2013 labels no groups: they are our own models' estimates, where these are sure."""
    return [
        Table(
            f"Expression by estimated {label}: accuracy, and how many of each expression are found",
            ["", "images", "accuracy", *next(iter(by["groups"].values()))["recall"]],
            [
                [
                    group,
                    f"{one['accuracy']['images']:,}",
                    _estimate("accuracy", one["accuracy"]),
                    *(_estimate("recall", recall) for recall in one["recall"].values()),
                ]
                for group, one in by["groups"].items()
            ],
        )
        for label, by in expression.get("by", {}).items()
    ]


def seeds(figures: Figures) -> list[Table]:
    """`runs`, and how far those with the same seed and with others are apart."""
    runs = [
        [f"run {number}, seed {run['seed']}", text_of("accuracy", run["accuracy"]), f"{run['macro_f1']:.3f}"]
        for number, run in enumerate(figures["runs"], 1)
    ]
    apart = [
        [
            title,
            f"{figures[key]['largest_difference_points']:.2f} points",
            text_of("share", figures[key]["share_answered_alike"]),
        ]
        for title, key in (("with the same seed", "same_seed"), ("with another seed", "other_seeds"))
    ]
    about = f"{figures['recipe']}, {figures['epochs']} epochs, {figures['images']:,} test images"
    return [
        Table(f"Trainings of {about}", ["", "accuracy", "macro F1"], runs),
        Table("How far two trainings end apart", ["", "accuracy, at most", "images with the same answer"], apart),
    ]


def pretraining(figures: Figures) -> list[Table]:
    """`networks`, each trained alike, in order; FairFace's column where it was measured."""
    networks = figures["networks"]
    elsewhere = all("fairface" in one for one in networks)
    rows = [
        [
            one["network"],
            f"{one['parameters']:,}",
            text_of("accuracy", one["accuracy"]),
            f"{one['macro_f1']:.3f}",
            *([_estimate("accuracy", one["fairface"] | {"value": one["fairface"]["accuracy"]})] if elsewhere else []),
        ]
        for one in networks
    ]
    about = (
        f"{figures['task'].capitalize()} of {figures['images']:,} test images, after {figures['epochs']} epochs on "
        f"{figures['trained_on']:,} images of {figures['size']} x {figures['size']} pixels"
    )
    columns = ["", "weights", "accuracy", "macro F1", *(["on FairFace's val"] if elsewhere else [])]
    return [Table(about, columns, rows)]


def detection(figures: Figures) -> list[Table]:
    """False and missed faces at each of `least_scores`, and as a camera's."""
    width, height = figures["frame"]
    named = [(str(one["least_score"]), one) for one in figures["least_scores"]]
    named.append((f"as a camera, within {figures['camera']['seconds']:.1f} s", figures["camera"]))
    rows = [
        [name, _estimate("share", one["false"]), *(_estimate("share", missed) for missed in one["missed"].values())]
        for name, one in named
    ]
    about = (
        f"{figures['pictures_without_a_face']:,} pictures without a face, and {sum(figures['faces'].values()):,} with one, of {width} x {height} "
        "pixels; images with faces are set into them at several shares of their width"
    )
    columns = [f"missed at {text_of('share', float(share))}" for share in figures["faces"]]
    return [Table(about, ["a face must score", "pictures without a face that get one", *columns], rows)]


def _groups_table(title: str, groups: Mapping[str, Figures]) -> Table:
    rows = [
        [name, f"{one['images']:,}", *(_estimate(metric, one.get(metric)) for metric in FAIRNESS.values())]
        for name, one in groups.items()
    ]
    return Table(title, ["", "images", *FAIRNESS], rows)


def _estimate(metric: str, one: Figures | None) -> str:
    """A figure with its interval; that of how many images stands in a column of its own."""
    if one is None:
        return "–"
    return text_of(metric, {key: one[key] for key in ("value", "low", "high")})


def _gaps_table(gaps: Mapping[str, Mapping[str, Figures]]) -> Table:
    rows = [
        [grouping, _words(metric), _size(metric, gap["size"]), _size(metric, gap["chance_95"]), gap["least"], gap["greatest"]]
        for grouping, ones in gaps.items()
        for metric, gap in ones.items()
    ]  # fmt: skip
    return Table("Largest gaps between groups", ["by", "of", "gap", "by chance, up to", "least", "greatest"], rows)


def _narrowed_table(entries: Sequence[Figures]) -> Table:
    rows = []
    for one in entries:
        metric, change = one["metric"], one["its_change"]
        by = "{value:+.1f} ({low:+.1f} to {high:+.1f})".format(
            **{end: change[end] * (1 if _in_years(metric) else 100) for end in ("value", "low", "high")}
        )
        sizes = [_size(metric, one["before"]), _size(metric, one["now"])]
        rows.append([one["grouping"], _words(metric), *sizes, one["worst_before"], by])
    return Table("What narrowed the gaps", ["by", "of", "before", "now", "worst before", "its change"], rows)


def _size(metric: str, size: float) -> str:
    return f"{size:.2f} years" if _in_years(metric) else f"{100 * size:.1f} points"


def _in_years(metric: str) -> bool:
    return metric in ("age_mae", "age_bias")


def calibration(figures: Figures) -> list[Table]:
    """`tasks`: task -> a model not calibrated, as shipped, and calibrated in the study."""
    columns = {"ECE": "ece", "ECE, adaptive": "ece_adaptive", "mean confidence": "confidence", "accuracy": "accuracy"}
    rows = []
    for task, one in figures["tasks"].items():
        states = {
            "not calibrated": (1.0, one["without"]),
            "as shipped": (one["temperature_built_in"], one["shipped"]),
            "calibrated on validation images": (one["temperature_fitted"], one["fitted"]),
        }
        for name, (temperature, state) in states.items():
            cells = [text_of("share", state[key]) for key in columns.values()]
            mae = f"{state['mae']:.2f}" if "mae" in state else ""
            rows.append([task, name, f"{temperature:.2f}", *cells, f"{state['nll']:.3f}", mae])
    heading = ["", "", "T", *columns, "NLL", "MAE, years"]
    return [Table("Expected calibration error on test images, before and after", heading, rows)]


def _try(cell: Callable[[Figures], str], one: Figures) -> str:
    try:
        return cell(one)
    except KeyError:
        return ""


def _without_empty_columns(table: Table) -> Table:
    kept = [index for index in range(len(table.heading)) if index == 0 or any(row[index] for row in table.rows)]
    return Table(table.title, _pick(table.heading, kept), [_pick(row, kept) for row in table.rows])


def _pick(texts: Sequence[str], indices: Sequence[int]) -> list[str]:
    return [texts[index] for index in indices]


def _words(key: str) -> str:
    return key.replace("_", " ")


RENDERERS: dict[str, Callable[[Figures], list[Table]]] = {
    "conventional": candidates,
    "compression": candidates,
    "robustness": robustness,
    "fairness": fairness,
    "calibration": calibration,
    "pretraining": pretraining,
    "detection": detection,
    "seeds": seeds,
}

"""The robustness study's pictures: accuracy over strength, and what the corruptions look like."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray

from train.studies.robustness.corruptions import Pictures
from train.studies.robustness.sweeps import Sweep
from vision.tasks import CropGeometry

matplotlib.use("agg")
from matplotlib import pyplot

COLOURS = {"expression": "#0072b2", "age": "#d55e00", "gender": "#009e73"}
"""Okabe and Ito's palette, which colour-blind people can tell apart, too."""

_COLUMNS = 4
_EXAMPLES = 6

Rows = Mapping[str, Mapping[str, list[dict]]]
"""task -> corruption -> [{strength, accuracy, …}]."""


def draw_sweeps(sweeps: Mapping[str, Sweep], rows: Rows, before: Rows, name: str, note: str, path: Path) -> None:
    """One small plot a corruption, one line a task; what is compared with, dashed.

    Args:
        sweeps: their titles and units, by corruption.
        rows: figures of what ships.
        before: figures of what is compared with; may lack tasks.
        name: what that is.
        note: what it was measured on.
        path: the PNG to write.
    """
    count = -(-(len(sweeps) + 1) // _COLUMNS)
    figure, grid = pyplot.subplots(count, _COLUMNS, figsize=(14, 2.9 * count), layout="constrained", sharey=True)
    places = list(grid.flat)
    for axes, (corruption, sweep) in zip(places, sweeps.items(), strict=False):
        _draw_sweep(axes, corruption, sweep, rows, before, name)
    for axes in places[len(sweeps) :]:
        axes.axis("off")
    for axes in grid[:, 0]:
        axes.set_ylabel("accuracy, %")
    lines, labels = places[0].get_legend_handles_labels()
    lines.append(pyplot.Line2D([], [], color="grey", linestyle=":"))
    labels.append("picture as it is")
    places[len(sweeps)].legend(lines, labels, loc="center", frameon=False, fontsize="large", title=note)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _draw_sweep(axes: pyplot.Axes, corruption: str, sweep: Sweep, rows: Rows, before: Rows, name: str) -> None:
    strengths = [row["strength"] for row in next(iter(rows.values()))[corruption]]
    # Evenly spaced whatever the strengths are: half of them go by factors.
    ticks = range(len(strengths))
    for task, measured in rows.items():
        line = [100 * row["accuracy"] for row in measured[corruption]]
        axes.plot(ticks, line, color=COLOURS[task], marker="o", markersize=3.5, label=task)
        own = measured[corruption][0]["accuracy"] * 100 + measured[corruption][0]["loss_points"]
        axes.axhline(own, color=COLOURS[task], linestyle=":", linewidth=0.8, alpha=0.7)
        if task in before:
            line = [100 * row["accuracy"] for row in before[task][corruption]]
            axes.plot(ticks, line, color=COLOURS[task], linestyle="--", linewidth=1.3, label=f"{task}, {name}")
    if sweep.neutral is not None:
        axes.axvline(strengths.index(sweep.neutral), color="grey", linewidth=0.8, alpha=0.5)
    axes.set_xticks(ticks, [f"{strength:g}" for strength in strengths])
    axes.set(title=sweep.title, xlabel=sweep.unit, ylim=(0, 100))
    axes.grid(alpha=0.3)


def draw_examples(sweeps: Mapping[str, Sweep], images: Pictures, geometry: CropGeometry, path: Path, seed: int) -> None:
    """A sheet of the same few faces under the first and the last strength of every corruption.

    Args:
        sweeps: the corruptions.
        images: (N, S, S, C) uint8 pictures of which some are shown.
        geometry: where their eyes and mouths lie.
        path: the PNG to write; it shows people, and must not be published with a dataset that forbids it.
        seed: of the choice and of the corruptions.
    """
    chosen = images[np.random.default_rng(seed).permutation(len(images))[:_EXAMPLES]]
    shown: list[tuple[str, NDArray[np.uint8]]] = [("as it is", chosen)]
    for sweep in sweeps.values():
        for strength in (sweep.strengths[0], sweep.strengths[-1]):
            shown.append((f"{sweep.title} {strength:g}", sweep.apply(chosen, strength, geometry, seed)))
    sheet = np.vstack([np.hstack(list(pictures)) for _, pictures in shown])
    side = chosen.shape[1]
    figure, axes = pyplot.subplots(figsize=(9, 1.2 * len(shown)), layout="constrained")
    axes.imshow(sheet, cmap="gray", vmin=0, vmax=255)
    axes.set_yticks(side * (np.arange(len(shown)) + 0.5), [title for title, _ in shown])
    axes.set_xticks([])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)

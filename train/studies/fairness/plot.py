"""The figures by group as dots with their intervals."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes

from train.evaluation.plots import pyplot

PANELS = (("gender_accuracy", "gender right, %"), ("decade_accuracy", "decade right, %"), ("age_mae", "MAE, years"))
SECTIONS = ("gender", "race", "age", "gender × race", "gender × age")


def draw_groups(figures: dict, before: dict | None, path: Path) -> None:
    """Draw the figures of single groups and pairs: a dot and its 95 % interval each, hollow for older models.

    Args:
        figures: what `train.studies.fairness.study.measure` gave.
        before: the same of older models, or None.
        path: the PNG to write.
    """
    rows = [("all", figures["all"], before["all"] if before else None)]
    breaks = []
    for section in SECTIONS:
        breaks.append(len(rows) - 0.5)
        for name, one in figures["groups"][section].items():
            rows.append((f"{name} ({one['images']:,})", one, before["groups"][section][name] if before else None))
    figure, panels = pyplot.subplots(
        1, len(PANELS), figsize=(13, 1.6 + 0.24 * len(rows)), sharey=True, layout="constrained"
    )
    for axes, (metric, title) in zip(panels, PANELS, strict=True):
        _draw_panel(axes, rows, metric, 1 if metric == "age_mae" else 100)
        axes.set(xlabel=title)
        for edge in breaks:
            axes.axhline(edge, color="gray", linewidth=0.6)
    panels[0].set_yticks(range(len(rows)), [name for name, _, _ in rows], fontsize=8)
    panels[0].set_ylim(len(rows) - 0.5, -0.5)
    if before:
        panels[0].legend(loc="lower left", fontsize=8)
    title = f"UTKFace TEST, {figures['images']:,} images, 95 % intervals; races in the data's words, given by look"
    figure.suptitle(title, fontsize=11)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _draw_panel(axes: Axes, rows: list[tuple[str, dict, dict | None]], metric: str, factor: float) -> None:
    for filled, offset in ((False, 0.16), (True, -0.16 if rows[0][2] else 0.0)):
        places, values, below, above = [], [], [], []
        for place, (_, now, earlier) in enumerate(rows):
            one = (now if filled else earlier or {}).get(metric)
            if one:
                places.append(place + offset)
                values.append(factor * one["value"])
                below.append(factor * (one["value"] - one["low"]))
                above.append(factor * (one["high"] - one["value"]))
        axes.errorbar(
            values,
            places,
            xerr=[below, above],
            fmt="o",
            markersize=4.5,
            color="tab:blue" if filled else "tab:gray",
            markerfacecolor="tab:blue" if filled else "white",
            elinewidth=1,
            label="these models" if filled else "older models",
        )
    axes.axvline(factor * rows[0][1][metric]["value"], color="tab:blue", linewidth=0.8, linestyle=":")
    axes.grid(axis="x", alpha=0.3)

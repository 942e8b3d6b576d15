"""Charts as SVG that takes its colours from the page, so that one drawing serves light, dark and print."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import matplotlib
from markupsafe import Markup, escape

matplotlib.use("agg")
from matplotlib import pyplot

# Matplotlib knows no CSS: it draws in colours that are used nowhere else, which are then replaced by the page's.
INK, GRID, FIRST, SECOND = "#010203", "#010204", "#010205", "#010206"
PAGE_COLOURS = {
    INK: "var(--ink-soft)",
    GRID: "var(--line)",
    FIRST: "var(--series-1)",
    SECOND: "var(--series-2)",
}

STYLE = {
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched, and has the page's font
    "svg.hashsalt": "raut",  # the same data give the same file
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}


def draw_history(history: Sequence[dict[str, float]], task: str, metric: str, name: str) -> Markup:
    """A training's accuracy or loss by epoch, on the training and the validation images.

    Args:
        history: one dict an epoch, by Keras's log names.
        task: `expression`, `age` or `gender`.
        metric: `accuracy` or `loss`.
        name: the drawing's own name, unique on the page.

    Returns:
        An `<svg>`; nothing if the log has no such figures.
    """
    key = logged_name(history[0], task, metric) if history else None
    if key is None:
        return Markup()
    epochs = range(1, len(history) + 1)
    with matplotlib.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=(4.8, 2.9), layout="constrained")
        axes.plot(epochs, [row[key] for row in history], color=FIRST, label="training (augmented)")
        axes.plot(epochs, [row[f"val_{key}"] for row in history], color=SECOND, label="validation", linestyle="--")
        axes.set(xlabel="epoch", ylabel=metric)
        axes.legend()
        return _themed(figure, name, f"{metric} of {task} by epoch, in training and validation")


def logged_name(row: dict[str, float], task: str, metric: str) -> str | None:
    """What Keras calls a figure: with the head's name before it if there are several; decades for age's accuracy."""
    stems = ("decade_accuracy", "accuracy") if metric == "accuracy" else ("loss",)
    names = [name for stem in stems for name in (f"{task}_{stem}", stem)]
    return next((name for name in names if name in row and f"val_{name}" in row), None)


def _themed(figure: pyplot.Figure, name: str, label: str) -> Markup:
    """The figure as an inline `<svg>`, closed afterwards."""
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    pyplot.close(figure)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Several drawings stand on one page: their identifiers must not meet.
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)
    for drawn, shown in PAGE_COLOURS.items():
        svg = svg.replace(drawn, shown)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    return Markup(svg.replace("<svg", f'<svg class="chart" role="img" aria-label="{escape(label)}"', 1))  # noqa: S704  (drawn here)

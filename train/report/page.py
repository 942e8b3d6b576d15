"""The page itself: what was gathered goes into the templates."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from measuring.peers import best_peer
from train.report.charts import draw_history
from train.report.examples import Examples
from train.report.peers import load_peers
from train.report.sources import Model, Study
from train.report.study_tables import tables_of
from train.report.tables import as_tables, class_rows, interval, shares
from vision.tasks import TASKS

TEMPLATES = Path(__file__).parent / "templates"

MILLISECONDS, MEGABYTES = 2.5, 8.0
"""What the three models may take together: milliseconds a face on one thread, and megabytes."""

REPRODUCE = "python run.py train {task} --data DIR --recipe paper --models models/paper"


@dataclass(frozen=True)
class Gathered:
    """All that the page shows.

    Attributes:
        shipped: task -> the model that ships, or None.
        reproduced: task -> the paper's way, trained by us, or None.
        studies: run or not.
        benches: name -> figures of `python run.py bench`.
        examples: task -> confident mistakes; empty if none were asked for.
        command: how the page was made.
    """

    shipped: dict[str, Model | None]
    reproduced: dict[str, Model | None]
    studies: list[Study]
    benches: dict[str, dict[str, Any]]
    examples: dict[str, Examples]
    command: str


def render(gathered: Gathered) -> str:
    """The page as one HTML text that needs no other file."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "count": count, "megabytes": megabytes, "tables": as_tables}
    peers = load_peers()
    return environment.get_template("report.html").render(
        gathered=gathered,
        tasks=[_task(task, gathered, peers) for task in TASKS],
        totals=_totals(gathered),
        studies=[(study, tables_of(study)) for study in gathered.studies],
        benches=gathered.benches,
        peers=peers,
        made={"on": time.strftime("%Y-%m-%d"), "command": gathered.command, "machine": _machine()},
    )


def percent(share: float | None, digits: int = 1) -> str:
    """A share as `65.3 %`, with a space that does not break."""
    return "–" if share is None else f"{100 * share:.{digits}f}\u00a0%"


def count(number: int) -> str:
    """`7,178`."""
    return f"{number:,}"


def megabytes(size: int) -> str:
    """Bytes as `2.9 MB`."""
    return f"{size / 1e6:.1f}\u00a0MB"


def _task(task: str, gathered: Gathered, peers: dict[str, Any]) -> dict[str, Any]:
    """What the templates need to know of one task."""
    shipped, reproduced = gathered.shipped[task], gathered.reproduced[task]
    paper = peers["paper"][task]
    test = shipped.test if shipped else None
    return {
        "name": task,
        "title": {"expression": "Expression", "age": "Age", "gender": "Gender"}[task],
        "shipped": shipped,
        "reproduced": reproduced,
        "reproduce": REPRODUCE.format(task=task),
        "paper": paper,
        "peer": best_peer(peers, task),
        "interval": interval(test["accuracy"], test["images"]) if test else None,
        "rows": class_rows(shipped, reproduced, paper),
        "matrices": [
            (name, list(model.test["per_class"]), shares(model.test["confusion"]))
            for name, model in (("shipped", shipped), ("paper’s recipe", reproduced))
            if model and "confusion" in model.test
        ],
        "curves": _curves(task, shipped, "shipped") + _curves(task, reproduced, "paper’s recipe"),
        "examples": gathered.examples.get(task),
    }


def _curves(task: str, model: Model | None, whose: str) -> list[tuple[str, Markup]]:
    if model is None:
        return []
    name = f"{task}-{'shipped' if whose == 'shipped' else 'paper'}"
    drawn = [
        (f"{whose}: {metric}", draw_history(model.history, task, metric, f"{name}-{metric}"))
        for metric in ("accuracy", "loss")
    ]
    return [(title, chart) for title, chart in drawn if chart]


def _totals(gathered: Gathered) -> dict[str, Any] | None:
    """What the three models take together; None if one of them is missing."""
    models = [model for model in gathered.shipped.values() if model]
    if len(models) < len(TASKS):
        return None
    return {
        "ms": sum(model.test["ms_per_face"] for model in models),
        "bytes": sum(model.test["bytes"] for model in models),
        "most_ms": MILLISECONDS,
        "most_megabytes": MEGABYTES,
    }


def _machine() -> str:
    return f"{platform.machine()}, Python {platform.python_version()}"

"""`/models`: a card for each model, from the figures and pictures that lie beside it. Nothing is measured here."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, current_app, render_template, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from measuring.peers import best_peer
from vision.tasks import MODELS_DIR, TASKS
from webapp import VERSION
from webapp.parts import parts_of
from webapp.routes.model_groups import groups_of

model_pages = Blueprint("models", __name__)

PICTURES: Final = frozenset({"confusion.png", "curves.png"})
"""The files that are served from a model's folder. A name is looked up here before it becomes part of a path."""

LEVELS: Final = 10
"""Shades of a confusion matrix's fields."""


@model_pages.get("/models")
def page() -> ResponseReturnValue:
    """The three models: what they say, how well, and what they are for."""
    folder = _folder()
    return render_template(
        "models.html",
        version=VERSION,
        cards=cards(folder),
        only=None,
        tasks=tuple(TASKS),
        peers_date=_peers().get("date"),
    )


@model_pages.get("/models/<task>")
def one(task: str) -> ResponseReturnValue:
    """One model, with everything about it open."""
    if task not in TASKS:
        raise NotFound("no such model")
    chosen = [card for card in cards(_folder()) if card["task"] == task]
    return render_template(
        "models.html", version=VERSION, cards=chosen, only=task, tasks=tuple(TASKS), peers_date=_peers().get("date")
    )


@model_pages.get("/models/<task>/<picture>")
def picture(task: str, picture: str) -> ResponseReturnValue:
    """One allow-listed picture of one model."""
    if task not in TASKS or picture not in PICTURES:
        raise NotFound("no such picture")
    path = _folder() / task / picture
    if not path.is_file():
        raise NotFound("no such picture beside this model")
    return send_file(path, mimetype="image/png", max_age=3600)


@lru_cache(maxsize=4)
def cards(folder: Path) -> tuple[dict[str, Any], ...]:
    """What the page shows of each model, in the order of `TASKS`.

    Read once, as the workers load their models once.

    Args:
        folder: the models' folder.

    Returns:
        For each task its `task`, and where its metrics.json is readable the figures beside those of the
        paper and the best peer, classes, confusion, size, speed, and how it was made.
    """
    return tuple(_card(folder, task) for task in TASKS)


def _card(folder: Path, task: str) -> dict[str, Any]:
    metrics = _read(folder / task / "metrics.json")
    try:
        test, made = metrics["test"], metrics["provenance"]
        return {
            "task": task,
            "test": test,
            "bars": _bars(task, test, _read(folder / "paper" / task / "metrics.json")),
            "classes": [{"label": label, **figures} for label, figures in test["per_class"].items()],
            "confusion": _levels(test.get("confusion", [])),
            "pictures": [name for name in sorted(PICTURES) if (folder / task / name).is_file()],
            "made": made,
            "recipe": metrics["recipe"],
            "calibration_error": metrics.get("calibration", {}).get("test", {}).get("ece_after"),
            "groups": groups_of(_read(folder / "studies" / "fairness.json"), task),
        }
    except (KeyError, TypeError, AttributeError):
        # Absent, or of another form: models from elsewhere may have no figures.
        return {"task": task, "test": None}


def _bars(task: str, test: dict[str, Any], reproduced: dict[str, Any]) -> list[dict[str, Any]]:
    """The accuracies to compare: ours, the paper's method on our test images, the paper's own, the best peer's."""
    bars = [{"who": "ours", "name": "", "accuracy": test["accuracy"]}]
    if "accuracy" in reproduced.get("test", ()):
        bars.append({"who": "reproduced", "name": "", "accuracy": reproduced["test"]["accuracy"]})
    peers = _peers()
    paper = peers.get("paper", {}).get(task)
    if paper:
        bars.append({"who": "paper", "name": "", "accuracy": paper["accuracy"]})
    best = best_peer(peers, task)
    if best:
        bars.append({"who": "peer"} | best)
    return bars


def _levels(matrix: list[list[int]]) -> list[list[tuple[int, int]]]:
    """A confusion matrix as (count, shade). Shades are CSS classes, since the CSP forbids inline styles."""
    return [[(count, round(LEVELS * count / max(1, sum(row)))) for count in row] for row in matrix]


def _peers() -> dict[str, Any]:
    return _read(MODELS_DIR / "peers.json")


def _folder() -> Path:
    settings = parts_of(current_app).settings
    return settings.models_dir or MODELS_DIR


def _read(path: Path) -> dict[str, Any]:
    """A JSON object from a file; an empty one where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}

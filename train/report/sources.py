"""What the report is made from: the figures, curves and pictures that lie in `models/`."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from train.report.images import data_uri
from train.studies import STUDIES

NOT_FIGURES = ("study", "machine")


@dataclass(frozen=True)
class Model:
    """One trained network, as its training left it.

    Attributes:
        task: `expression`, `age` or `gender`.
        metrics: the content of its metrics.json.
        history: one dict an epoch, by Keras's log names; empty without a history.csv.
    """

    task: str
    metrics: dict[str, Any]
    history: list[dict[str, float]]

    @property
    def test(self) -> dict[str, Any]:
        """Its figures on the test images."""
        figures: dict[str, Any] = self.metrics["test"]
        return figures


@dataclass(frozen=True)
class Study:
    """One study's results.

    Attributes:
        name: as in `python run.py study NAME`.
        question: what it asks.
        figures: its JSON without `study` and `machine`; empty if it was not run yet.
        machine: where it was measured.
        pictures: title -> PNG as a data URI.
        answers: each question and its answer in words, from the README beside the figures.
    """

    name: str
    question: str
    figures: dict[str, Any] = field(default_factory=dict)
    machine: str = ""
    pictures: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, str]] = field(default_factory=list)


def load_model(folder: Path, task: str) -> Model | None:
    """The model in `folder/<task>`; None where there is no metrics.json.

    Raises:
        ValueError: the file is no JSON of a model's figures.
    """
    path = folder / task / "metrics.json"
    if not path.is_file():
        return None
    metrics = _read_json(path)
    if not isinstance(metrics.get("test"), dict) or "per_class" not in metrics["test"]:
        raise ValueError(f"{path} holds no test figures: train the model again, or take the file as it was committed")
    return Model(task, metrics, _load_history(path.with_name("history.csv")))


def load_studies(folder: Path) -> list[Study]:
    """Every study of `python run.py study`, run or not, and after them whatever else lies in the folder."""
    names = [*STUDIES, *sorted({path.stem for path in folder.glob("*.json")} - STUDIES.keys())]
    answers = read_answers(folder / "README.md")
    return [replace(_load_study(folder, name), answers=answers.get(name, [])) for name in names]


def read_answers(path: Path) -> dict[str, list[tuple[str, str]]]:
    """What each study found, in words: from the table of study, question and answer in a README; empty without one."""
    answers: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        cells = [cell.strip() for cell in line.strip()[1:-1].split("|")] if line.startswith("|") else []
        if len(cells) != 3 or set(cells[0]) == {"-"} or cells[0] == "study":
            continue
        name = re.sub(r"[\[\]]|\(.*|\s.*", "", cells[0]) or name  # an empty cell goes on with the study above
        answers.setdefault(name, []).append((cells[1], re.sub(r"\*\*|`", "", cells[2])))
    return answers


def load_bench(path: Path) -> dict[str, Any]:
    """The JSON of a `python run.py bench …`.

    Raises:
        ValueError: it is none.
    """
    return _read_json(path)


def _load_study(folder: Path, name: str) -> Study:
    path = folder / f"{name}.json"
    question = STUDIES.get(name, "")
    if not path.is_file():
        return Study(name, question)
    content = _read_json(path)
    figures = {key: value for key, value in content.items() if key not in NOT_FIGURES}
    pictures = {_title(picture, name): data_uri(picture) for picture in sorted(folder.glob(f"{name}*.png"))}
    return Study(name, question, figures, str(content.get("machine", "")), pictures)


def _title(picture: Path, study: str) -> str:
    return picture.stem.removeprefix(study).strip("-_ ").replace("_", " ").replace("-", " ") or study


def _load_history(path: Path) -> list[dict[str, float]]:
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is not readable JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is not a JSON object of figures")
    return content

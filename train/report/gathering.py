"""Everything that the page shows, gathered from `models/`, from benchmarks' files and from the test images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from train.report.examples import Examples, find_examples
from train.report.page import Gathered
from train.report.sources import Model, load_bench, load_model, load_studies
from vision.tasks import TASKS


def gather(data: Path, models: Path, paper: Path, benches: Sequence[Path], examples: int, command: str) -> Gathered:
    """Read all that the page is made of.

    Args:
        data: folder of the data sets.
        models: folder of the models that ship.
        paper: folder of the models that were trained as the paper did.
        benches: JSON files of `python run.py bench`.
        examples: how many mistakes of each model to show; 0 for none.
        command: how the page is made.

    Raises:
        ValueError: there is no model with figures, or a file cannot be used.
    """
    shipped = {task: load_model(models, task) for task in TASKS}
    if not any(shipped.values()):
        raise ValueError(f"no model with its figures in {models}: `python run.py train TASK` makes them")
    return Gathered(
        shipped=shipped,
        reproduced={task: load_model(paper, task) for task in TASKS},
        studies=load_studies(models / "studies"),
        benches={path.stem: load_bench(path) for path in benches},
        examples=_examples(shipped, models, data, examples),
        command=command,
    )


def _examples(shipped: dict[str, Model | None], models: Path, data: Path, count: int) -> dict[str, Examples]:
    found = {}
    for task in TASKS if count else ():
        if shipped[task]:
            found[task] = find_examples(TASKS[task], models, data, count)
    return found

"""`python run.py report --data DIR`: one HTML page with all that was measured of the models."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from train.data.datasets import DatasetError
from train.report.examples import Examples, find_examples
from train.report.page import Gathered, render
from train.report.sources import Model, load_bench, load_model, load_studies
from vision.litert import ModelError
from vision.tasks import MODELS_DIR, TASKS


def main(arguments: list[str] | None = None) -> int:
    """Gather, render, write.

    Returns:
        The exit status: 0, or 1 with one sentence on stderr.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    try:
        page = render(_gather(options, arguments))
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(page, encoding="utf-8")
    except (DatasetError, ModelError, ValueError, OSError) as error:
        print(f"raut: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"{options.out}: {len(page.encode()) / 1e6:.1f} MB, to open in any browser")
    if options.examples:
        print("It shows people of the test images: keep it to yourself, as the datasets' licences ask.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "run.py report", description="Write one HTML page: figures, tables, curves, studies, examples of errors."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds fer2013.zip and utkface.zip")
    parser.add_argument("--out", type=Path, default=Path("raut-report.html"), help="default: %(default)s")
    parser.add_argument("--models", type=Path, default=MODELS_DIR, help="default: models/")
    parser.add_argument(
        "--paper", type=Path, metavar="DIR", help="the models of `train --recipe paper` (default: MODELS/paper)"
    )
    parser.add_argument(
        "--bench", type=Path, action="append", default=[], metavar="FILE", help="JSON of a `bench` (may be repeated)"
    )
    parser.add_argument(
        "--examples", type=int, default=12, metavar="N", help="mistakes to show of each model (default: %(default)s)"
    )
    return parser


def _gather(options: argparse.Namespace, arguments: list[str]) -> Gathered:
    if options.examples < 0:
        raise ValueError(f"--examples must be 0 or more, not {options.examples}")
    shipped = {task: load_model(options.models, task) for task in TASKS}
    if not any(shipped.values()):
        raise ValueError(f"no model with its figures in {options.models}: `python run.py train TASK` makes them")
    paper = options.paper or options.models / "paper"
    return Gathered(
        shipped=shipped,
        reproduced={task: load_model(paper, task) for task in TASKS},
        studies=load_studies(options.models / "studies"),
        benches={path.stem: load_bench(path) for path in options.bench},
        examples=_examples(options, shipped),
        command=f"python run.py report {shlex.join(arguments)}",
    )


def _examples(options: argparse.Namespace, shipped: dict[str, Model | None]) -> dict[str, Examples]:
    found = {}
    for task in TASKS if options.examples else ():
        if shipped[task]:
            print(f"looking at the {task} test images …", flush=True)
            found[task] = find_examples(TASKS[task], options.models, options.data, options.examples)
    return found


if __name__ == "__main__":
    sys.exit(main())

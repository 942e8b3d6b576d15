"""`python run.py study compression --data DIR`: one network in several sizes, its accuracy, bytes and milliseconds.

The float network is `models/<task>/model.keras`, which a training leaves. All files are made of it here, so
that they differ in nothing but their compression; int8 is made as what ships is made. Pruned networks are
fine-tuned on the training images. Test images serve for measuring only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import matplotlib
import numpy as np

from cli.figures import table
from cli.progress import progress
from train.data.datasets import FaceDataset
from train.data.loaders import load_task
from train.evaluation.metrics import evaluate_scores
from train.evaluation.scorers import LiteScorer
from train.evaluation.timing import interleaved_medians
from train.networks.pruning import prune
from train.networks.residual import single_output
from train.studies.common import StudyOptions, deliver_study
from train.studies.compression.variants import (
    FLOAT_KINDS,
    FineTuning,
    convert_as_shipped,
    convert_float,
    prune_and_tune,
    recipe_of,
)
from vision.litert import LiteModel
from vision.tasks import MODELS_DIR, TASKS, Task

matplotlib.use("agg")
from matplotlib import pyplot

TITLES = {"float32": "float32", "float16": "float16 weights", "dynamic": "dynamic range", "int8": "int8, as what ships"}

Made = tuple[bytes, int]
"""A `.tflite` file, and how many parameters its network has."""


@dataclass(frozen=True, kw_only=True)
class Options(StudyOptions):
    """What is compressed how.

    Attributes:
        tasks: `expression`, `age`, `gender`, or some of them.
        prune: shares of the blocks' inner channels to remove, each at least 0 and less than 1.
        epochs: of fine-tuning after pruning.
        learning_rate: of fine-tuning, at its peak.
        runs: folder where fine-tuning resumes.
        rounds: faces that each model is timed on.
    """

    tasks: Sequence[str] = tuple(TASKS)
    prune: Sequence[float] = (0.25, 0.5)
    epochs: int = 2
    learning_rate: float = 3e-4
    runs: Path = MODELS_DIR.parent / "runs"
    rounds: int = 300


def run(options: Options) -> None:
    """Run the study; raises as the loaders and the models do."""
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "this study converts networks, which Keras's TensorFlow backend alone can: unset KERAS_BACKEND"
        )
    tasks = [task for task in TASKS if task in options.tasks]
    networks = {task: _require_network(TASKS[task], options.models) for task in tasks}  # before the first takes an hour
    figures = {task: _study(TASKS[task], networks[task], options) for task in tasks}
    shown = "\n\n".join(_table(task, figures[task]) for task in tasks)
    about: dict = {"fine_tuning": {"epochs": options.epochs, "learning_rate": options.learning_rate}}
    about["networks"] = {task: _made_by(networks[task]) for task in tasks}
    deliver_study("compression", about | {"tasks": figures}, shown, options.json)
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)
        draw(figures, options.figures / "compression.png")


def _require_network(task: Task, models: Path) -> Path:
    path = task.folder(models) / "model.keras"
    if not path.is_file():
        raise ValueError(
            f"no {path}: compression starts from the float network that `python run.py train {task.name}` leaves; "
            "only the int8 file ships"
        )
    return path


def _made_by(path: Path) -> dict[str, str]:
    """Which network it is: its recipe, from the metrics.json of its training, and the file's hash."""
    metrics = path.with_name("metrics.json")
    recipe = json.loads(metrics.read_text())["provenance"]["recipe"] if metrics.is_file() else "unknown"
    return {"recipe": recipe, "sha256": _digest(path)}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _study(task: Task, path: Path, options: Options) -> dict[str, dict]:
    """Every file of one task: name -> figures."""
    network = keras.saving.load_model(path, compile=False)
    if isinstance(network.output, dict):  # what is shown beside the dataset's label costs one dense layer
        network = single_output(network, task.name)
    data = load_task(task, options.data, task.geometry(network.input_shape[1]))
    variants = _variants(task, network, data, path, options)
    figures: dict[str, dict] = {}
    test = data.for_testing()
    with TemporaryDirectory() as folder:
        models = {}
        for name in progress(variants, f"compression of {task.name}", lambda name: variants[name][0]):
            title, make = variants[name]
            content, parameters = make()
            place = Path(folder) / f"{name}.tflite"
            place.write_bytes(content)
            models[name] = LiteModel(place)
            figures[name] = {"title": title, "parameters": parameters, "bytes": len(content)}
            figures[name] |= _judged(task, models[name], test)
        for name, milliseconds in _time(models, test, options.rounds).items():
            figures[name]["ms_per_face"] = round(milliseconds, 3)
    return figures


def _variants(
    task: Task, network: keras.Model, data: FaceDataset, path: Path, options: Options
) -> dict[str, tuple[str, Callable[[], Made]]]:
    """Name -> title, and how the file is made."""
    recipe = recipe_of(network, task.name)
    training = data.for_training()
    digest = _digest(path)[:12]  # another network is another run

    def as_float(kind: str) -> Made:
        return convert_float(network, kind), network.count_params()

    def as_shipped(smaller: keras.Model) -> Made:
        return convert_as_shipped(smaller, recipe.seed, training), smaller.count_params()

    def untuned(share: float) -> Made:
        return as_shipped(prune(network, share))

    def tuned(share: float) -> Made:
        folder = options.runs / "compression" / f"{task.name}-{share:g}-{options.epochs}-{digest}"
        tuning = FineTuning(options.epochs, options.learning_rate, folder)
        return as_shipped(prune_and_tune(network, share, recipe, data, tuning))

    variants: dict[str, tuple[str, Callable[[], Made]]] = {
        kind: (TITLES[kind], partial(as_float, kind)) for kind in FLOAT_KINDS
    }
    variants["int8"] = (TITLES["int8"], partial(as_shipped, network))
    for share in filter(None, options.prune):
        name, percent = f"pruned_{share:g}", f"{100 * share:g} % pruned"
        variants[f"{name}_untuned_int8"] = (f"{percent}, int8, not tuned", partial(untuned, share))
        variants[f"{name}_int8"] = (f"{percent}, tuned, int8", partial(tuned, share))
    return variants


def _judged(task: Task, model: LiteModel, test: FaceDataset) -> dict:
    scores = LiteScorer(task, model).scores_of(test.images)
    figures: dict = {}
    subsets = {"": np.ones(len(test), np.bool_), "private_test": test.split == "private_test"}
    for name, mask in subsets.items():
        if not mask.any():
            continue
        report = evaluate_scores(task, scores[mask], test.labels[task.name][mask])
        one = {"accuracy": round(report.accuracy, 5), "macro_f1": round(report.macro.f1, 5), "images": int(mask.sum())}
        one |= {} if report.mae is None else {"mae": round(report.mae, 4)}
        figures |= {name: one} if name else one
    return figures


def _time(models: dict[str, LiteModel], test: FaceDataset, rounds: int) -> dict[str, float]:
    """Milliseconds from a crop to its logits, one face at a time on one thread, all in turns."""
    runs: dict[str, Callable[[int], object]] = {
        name: lambda number, model=model: model.run(test.images[number])  # type: ignore[misc]
        for name, model in models.items()
    }
    return interleaved_medians(runs, min(rounds, len(test)))


def _table(task: str, figures: dict[str, dict]) -> str:
    has_years = TASKS[task].has_years
    rows = [
        [
            one["title"],
            f"{100 * one['accuracy']:.2f} %",
            f"{one['macro_f1']:.3f}",
            *([f"{one['mae']:.2f}"] if has_years else []),
            f"{one['parameters']:,}",
            f"{one['bytes']:,}",
            f"{one['ms_per_face']:.2f}",
        ]
        for one in figures.values()
    ]
    heading = [task, "accuracy", "macro F1", *(["MAE"] if has_years else []), "parameters", "bytes", "ms a face"]
    return table(rows, heading)


def draw(figures: dict[str, dict[str, dict]], path: Path) -> None:
    """Accuracy over milliseconds a face, one panel a task, each circle's area its file's size."""
    figure, panels = pyplot.subplots(
        1, len(figures), figsize=(1 + 4 * len(figures), 4), layout="constrained", squeeze=False
    )
    for axes, (task, files) in zip(panels[0], figures.items(), strict=True):
        shown = [one for name, one in files.items() if "untuned" not in name]  # far below, they would hide the rest
        largest = max(one["bytes"] for one in shown)
        for one in shown:
            area = 600 * one["bytes"] / largest
            # A legend, for float32 and float16, or int8 and dynamic range, lie on top of each other.
            axes.scatter(one["ms_per_face"], 100 * one["accuracy"], s=area, alpha=0.6, label=one["title"])
        axes.set(title=f"{task} (area: bytes)", xlabel="ms a face, one thread", ylabel="accuracy on test images, %")
        axes.set_xlim(left=0)
        axes.margins(0.2)
        axes.grid(alpha=0.3)
    handles, titles = panels[0][0].get_legend_handles_labels()
    legend = figure.legend(handles, titles, loc="outside lower center", ncols=3, fontsize=8)
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set(sizes=[40])
    figure.savefig(path, dpi=110)
    pyplot.close(figure)

"""`python run.py train expression|age|gender --data PATH`: the whole way from data to `models/`."""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vision.tasks import TASKS

if TYPE_CHECKING:  # the real imports wait until they are needed: Keras takes seconds
    import keras

    from train.data.datasets import FaceDataset
    from train.recipe import Recipe

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's notes on CPU instructions help nobody here

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Train, export and evaluate one model.

    Returns:
        The exit status: 0, or 1 with one sentence on stderr.
    """
    options = _parser().parse_args(arguments)
    from train.data.datasets import DatasetError

    try:
        if not options.export_only:
            _train(options)
        _export(options)
    except (DatasetError, ValueError) as error:
        print(f"raut: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nraut: stopped; the same command goes on from the last whole epoch", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("run.py train", description="Train one CNN and put it into models/.")
    parser.add_argument("task", choices=TASKS)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder that holds fer2013.zip / utkface.zip, or a dataset"
    )
    parser.add_argument("--recipe", help="name in train/recipes/ (default: the task's; `paper`: as the paper did)")
    parser.add_argument(
        "--models",
        type=Path,
        help="where the result goes (default: models/, or with --backbone models/ in the run's folder, for no weights "
        "from elsewhere ship)",
    )
    parser.add_argument("--runs", type=Path, default=ROOT / "runs", help="where runs live and resume (default: runs/)")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument("--size", type=int, help="side of the crop in pixels, instead of the recipe's")
    _add_backbone_options(parser)
    parser.add_argument("--fresh", action="store_true", help="start over instead of resuming")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all)")
    parser.add_argument(
        "--precision",
        choices=("float32", "mixed_bfloat16", "mixed_float16"),
        default="float32",
        help="mixed_bfloat16 is 1.6 times as fast on CPUs with AVX-512 BF16 (default: %(default)s)",
    )
    parser.add_argument("--export-only", action="store_true", help="export and evaluate a finished run again")
    return parser


def _add_backbone_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("another trunk, to compare with")
    group.add_argument(
        "--backbone", choices=("efficientnetv2-b0", "resnet50v2", "mobilenetv3-small", "mobilenetv3-large")
    )
    group.add_argument(
        "--weights",
        metavar="imagenet|none|FILE",
        help="what the backbone begins with: ImageNet's (downloaded), random ones (default), or a .weights.h5, .h5 or "
        ".keras file",
    )
    group.add_argument(
        "--head-epochs",
        type=int,
        help="epochs of the new heads alone, before --epochs of everything (default: 3, or 0 with random weights)",
    )


def _recipe(options: argparse.Namespace) -> Recipe:
    from train.recipe import load_recipe

    recipe = load_recipe(_recipe_name(options))
    if recipe.task != options.task:
        raise ValueError(f"the recipe {_recipe_name(options)!r} trains {recipe.task}, not {options.task}")
    if options.backbone:
        from train.networks.backbones import NONE, with_backbone

        recipe = with_backbone(recipe, options.backbone, options.weights or NONE, options.head_epochs)
    elif options.weights or options.head_epochs is not None:
        raise ValueError("--weights and --head-epochs are a backbone's: give --backbone too")
    chosen = {name: getattr(options, name) for name in ("epochs", "size")}
    return replace(recipe, **{name: value for name, value in chosen.items() if value})


def _recipe_name(options: argparse.Namespace) -> str:
    return f"paper_{options.task}" if options.recipe == "paper" else options.recipe or options.task


def _run_folder(options: argparse.Namespace) -> Path:
    """Where the run lives: a backbone's run does not meet the recipe's own."""
    name = f"{_recipe_name(options)}-{options.backbone}" if options.backbone else _recipe_name(options)
    return options.runs / name


def _train(options: argparse.Namespace) -> None:
    import keras

    from train.fit.prerequisites import train_recipe
    from train.fit.training import load_data

    _limit_threads(keras.backend.backend(), options.threads)
    keras.mixed_precision.set_global_policy(options.precision)
    recipe = _recipe(options)
    data = load_data(TASKS[recipe.task], options.data, recipe.size)
    _describe(data)
    train_recipe(recipe, data, options.data, options.runs, _run_folder(options), options.fresh)


def _limit_threads(backend: str, threads: int | None) -> None:
    if threads and backend == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
    elif threads and backend == "torch":
        importlib.import_module("torch").set_num_threads(threads)


def _describe(data: FaceDataset) -> None:
    learnt, watched = len(data.for_training()), len(data.for_validation())
    twins = int((data.twin & (data.split == "train")).sum())
    print(
        f"{len(data):,} images: {learnt:,} to learn from, {watched:,} to watch; {twins} twins of test images left out"
    )
    for skipped in data.skipped:
        print(f"  skipped {skipped.name}: {skipped.reason}")


def _export(options: argparse.Namespace) -> None:
    """Export on the TensorFlow backend: in this process if it has it, else in one that does."""
    import keras

    if keras.backend.backend() != "tensorflow":
        command = [sys.executable, "-m", "train", *sys.argv[1:], "--export-only"]
        done = subprocess.run(command, env=os.environ | {"KERAS_BACKEND": "tensorflow"}, check=False)
        if done.returncode:
            raise ValueError("the export failed, as said above")
        return
    from train.export.export import export
    from train.export.publish import publish
    from train.fit.prerequisites import restored_ancestors
    from train.fit.run_folder import made_with
    from train.fit.training import load_data

    recipe, run = _recipe(options), _run_folder(options)
    if not (run / "network.keras").is_file():
        raise ValueError(f"no finished run in {run}: run the same command without --export-only")
    data = load_data(TASKS[recipe.task], options.data, recipe.size)
    trained = keras.saving.load_model(run / "network.keras", compile=False)
    models = options.models or (run / "models" if options.backbone else ROOT / "models")
    folder = models / options.task
    exported = export(trained, recipe, data.for_training(), data.for_validation(), folder)
    provenance = {
        "recipe": _recipe_name(options),
        "command": _command(options, _precision_of(trained)),
        "data_sha256": data.sha256,
        "trained_on": ", ".join([f"{len(data.for_training()):,} images", *made_with(run).values()]),
        "date": time.strftime("%Y-%m-%d"),
    }
    if restored := restored_ancestors(recipe, options.runs):
        provenance["restored"] = ", ".join(f"{name} (sha256 {digest[:12]})" for name, digest in restored.items())
    publish(recipe, exported, data, run, folder, provenance)


def _precision_of(trained: keras.Model) -> str:
    """What it was trained in: an export alone is not told."""
    return next(layer.dtype_policy.name for layer in trained.layers if "conv" in layer.name)


def _command(options: argparse.Namespace, precision: str) -> str:
    """The command that trains the same again."""
    chosen = {
        "--recipe": options.recipe,
        "--backbone": options.backbone,
        "--weights": options.weights,
        "--head-epochs": options.head_epochs,
        "--size": options.size,
        "--epochs": options.epochs,
        "--precision": precision if precision != "float32" else None,
    }
    flags = [f"{flag} {value}" for flag, value in chosen.items() if value is not None]
    return " ".join([f"python run.py train {options.task} --data DIR", *flags])


if __name__ == "__main__":
    sys.exit(main())

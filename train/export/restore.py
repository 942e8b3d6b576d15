"""A shipped int8 file back into the float network of a finished run.

This repository holds the int8 files but no runs. With this, training can go on from what ships, without the hours of
training before it. Weights come back as exactly as int8 kept them. Heads that did not ship start from random weights.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from train.fit.prerequisites import NOTE
from train.fit.training import build_network, load_data
from train.recipe import Recipe, load_recipe
from vision.litert import Interpreter
from vision.tasks import TASKS

STATISTICS_IMAGES = 1024
"""How many training images tell batch normalization the means and variances that the int8 file has folded away."""

HE_LENGTH = np.sqrt(2.0)
"""The length of a filter, as a vector, that He's initialization draws on average."""

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""A layer's kernel, batch normalization folded into it, and its bias."""


class RestoreError(ValueError):
    """The file is not of this recipe's network; the message says where they differ."""


def restore(recipe: Recipe, model: Path, images: NDArray[np.uint8]) -> keras.Model:
    """The recipe's network with an int8 file's weights.

    Batch normalization gets the statistics that `images` have and is otherwise set to change nothing, so that
    the network gives what the file gives, and training can go on.

    Args:
        recipe: what the file was trained by.
        model: the `.tflite` file.
        images: (N, size, size, channels) uint8 training images.

    Returns:
        The float network with all the recipe's heads; the auxiliary ones have random weights.

    Raises:
        RestoreError: the file is another network's.
    """
    layers = read_layers(model)
    network = build_network(recipe)
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    named = [*(layer.name for layer in convolutions), recipe.task]
    if missing := [name for name in named if name not in layers]:
        raise RestoreError(f"{model} lacks the layer {missing[0]!r}: it is not of this recipe's network")
    for convolution in convolutions:
        kernel, bias = layers[convolution.name]
        _require_shape(convolution.name, kernel.shape, tuple(convolution.kernel.shape), model)
        convolution.set_weights([kernel])
        norm = network.get_layer(convolution.name.replace("_conv", "_norm"))
        ones = np.ones_like(bias)
        norm.set_weights([ones, bias, np.zeros_like(bias), ones - norm.epsilon])
    for name in (head for head in recipe.heads if head in layers):
        head = network.get_layer(name)
        _require_shape(name, layers[name][0].shape, tuple(head.kernel.shape), model)
        head.set_weights(list(layers[name]))
    _take_statistics(network, [layer.name for layer in convolutions], images)
    return network


def read_layers(model: Path) -> dict[str, Layer]:
    """The convolutions and the head of an int8 file: layer's name -> kernel as Keras lays it out, and bias.

    Raises:
        RestoreError: the file cannot be read, or its weights are not int8.
    """
    try:
        interpreter = Interpreter(model_path=str(model))
    except (ValueError, OSError) as error:
        raise RestoreError(f"{model} is not a readable .tflite file: {error}") from error
    tensors = {one["index"]: one for one in interpreter.get_tensor_details()}
    layers = {}
    for operation in interpreter._get_ops_details():  # the only way to learn which bias is whose
        if operation["op_name"] not in ("CONV_2D", "FULLY_CONNECTED"):
            continue
        weights, bias = (tensors[index] for index in operation["inputs"][1:3])
        if weights["dtype"] != np.int8:
            raise RestoreError(f"{model} holds {weights['dtype'].__name__} weights: only an int8 file can be read back")
        kernel, offset = (_dequantized(interpreter, one) for one in (weights, bias))
        is_head = operation["op_name"] == "FULLY_CONNECTED"
        layers[_layer_name(weights["name"])] = (kernel.T if is_head else kernel.transpose(1, 2, 3, 0), offset)
    return layers


def _layer_name(tensor: str) -> str:
    """`stem_conv_1/convolution` -> `stem_conv`: the export numbers what it copies."""
    return tensor.split("/")[0].rsplit("_", 1)[0]


def _dequantized(interpreter: Interpreter, tensor: dict) -> NDArray[np.float32]:
    values = interpreter.get_tensor(tensor["index"]).astype(np.float32)
    scales = np.asarray(tensor["quantization_parameters"]["scales"], np.float32)
    shape = [1] * values.ndim
    shape[tensor["quantization_parameters"]["quantized_dimension"]] = -1
    return values * scales.reshape(shape)


def _require_shape(name: str, found: tuple[int, ...], wanted: tuple[int, ...], model: Path) -> None:
    if found != wanted:
        raise RestoreError(f"{model}: the layer {name!r} is {found}, this recipe's is {wanted}")


def _take_statistics(network: keras.Model, convolutions: list[str], images: NDArray[np.uint8]) -> None:
    """Give every batch normalization the statistics of what reaches it, and take them back by gamma and beta.

    Every filter is scaled to the length that random ones have. Folding had left some a tenth as long, and the
    optimizer's steps, whose size does not depend on the length, would change those the most.
    """
    outputs = {name: network.get_layer(name).output for name in convolutions}
    watched = keras.Model(network.input, outputs)
    seen = watched.predict(images.astype("float32"), batch_size=64, verbose=0)
    for name, features in seen.items():
        convolution, norm = network.get_layer(name), network.get_layer(name.replace("_conv", "_norm"))
        kernel, bias = convolution.get_weights()[0], norm.get_weights()[1]
        length = np.maximum(np.sqrt((kernel**2).sum(axis=(0, 1, 2))), 1e-6)
        scale = HE_LENGTH / length
        mean, variance = scale * features.mean(axis=(0, 1, 2)), scale**2 * features.var(axis=(0, 1, 2))
        gamma = np.sqrt(variance + norm.epsilon)
        convolution.set_weights([kernel * scale])
        norm.set_weights([gamma / scale, bias + mean / scale, mean, variance])


def restore_run(name: str, data: Path, model: Path | None, runs: Path) -> None:
    """Write `runs/<name>/network.keras`, as a finished run leaves it, and a note of where it came from.

    Raises:
        RestoreError: the file is another network's, or there is a run in that folder already.
    """
    recipe, folder = load_recipe(name), runs / name
    model = model or TASKS[recipe.task].model()
    if (folder / "network.keras").exists() or (folder / "history.csv").exists():
        raise RestoreError(f"{folder} holds a run already: it is better than its int8 file; delete it to restore")
    images = load_data(recipe, data).for_training().images
    chosen = np.random.default_rng(recipe.seed).permutation(len(images))[:STATISTICS_IMAGES]
    network = restore(recipe, model, images[chosen])
    folder.mkdir(parents=True, exist_ok=True)
    network.save(folder / "network.keras")
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    (folder / NOTE).write_text(json.dumps({"recipe": name, "int8_file_sha256": digest}, indent=1) + "\n")
    print(f"{folder / 'network.keras'}, from {model}")

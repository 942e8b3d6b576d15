"""Networks that see a face and its mirror image alike, at no cost at run time.

Half of every layer's filters are learnt, the other half are their mirror images: a convolution that is equivariant
to the group of one reflection (Cohen and Welling 2016, "Group equivariant convolutional networks"). Channels come in
pairs, `c` and `c + width/2`: a symmetric picture gives symmetric feature maps, each in its partner's place. Averaged over
the picture and over each pair, the features do not change at all. So what a network learns of one side of the face it
knows of the other, with half as many weights in the same time.

    symmetric network, trained --to_plain--> ordinary network of the same function --from_plain--> symmetric again

This holds only if every layer is laid out symmetrically. A convolution of 3x3 with a stride of 2 is not (on a side of
even length its grid leans to one side); one of 4x4 is. Hence `residual_network`'s `even` kernels.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from train.networks.fused import FusedNormalization

Tensor = Any
"""A symbolic Keras tensor."""

Array = NDArray[np.float32]


@keras.saving.register_keras_serializable("raut")
class SymmetricConv2D(layers.Layer):
    """A convolution without bias, "same" padding, whose second half of filters are the mirror images of the first."""

    def __init__(self, filters: int, kernel_size: int, strides: int = 1, of_pixels: bool = False, **kwargs: Any):
        """Take a convolution's settings.

        Args:
            filters: output channels, an even number; half of them are learnt.
            kernel_size: side of the kernel.
            strides: its stride.
            of_pixels: the input is a picture, whose channels are no pairs.
            kwargs: as of any Keras layer.

        Raises:
            ValueError: the number of filters is odd.
        """
        super().__init__(**kwargs)
        if filters % 2:
            raise ValueError(f"symmetric filters come in pairs: {filters} is odd")
        self.filters, self.kernel_size, self.strides, self.of_pixels = filters, kernel_size, strides, of_pixels

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the learnt half: (kernel_size, kernel_size, channels, filters / 2)."""
        learnt = (self.kernel_size, self.kernel_size, shape[-1], self.filters // 2)
        self.kernel = self.add_weight(shape=learnt, initializer="he_normal", name="kernel")
        self.built = True

    def call(self, features: Tensor) -> Tensor:
        """(N, h, w, channels) float -> (N, h / strides, w / strides, filters)."""
        kernel = ops.concatenate([self.kernel, mirror(self.kernel, self.of_pixels)], axis=3)
        return ops.conv(features, ops.cast(kernel, features.dtype), strides=self.strides, padding="same")

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape that `call` gives."""
        along = [None if side is None else -(-side // self.strides) for side in shape[1:3]]
        return (shape[0], *along, self.filters)

    def get_config(self) -> dict:
        """What `from_config` needs to make the layer again."""
        own = {name: getattr(self, name) for name in ("filters", "kernel_size", "strides", "of_pixels")}
        return super().get_config() | own


@keras.saving.register_keras_serializable("raut")
class PairedNormalization(FusedNormalization):
    """Batch normalization that treats both channels of a pair as one, twice as wide."""

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the weights: one of each kind for each pair."""
        super().build((*shape[:-1], shape[-1] // 2))
        self.input_spec = None  # it would ask for pairs, too

    def call(self, features: Tensor, training: bool | None = None) -> Tensor:
        """(N, h, w, channels) float -> the same shape."""
        _, height, width, channels = features.shape
        side_by_side = ops.reshape(features, (-1, height, 2 * width, channels // 2))
        normal = super().call(side_by_side, training=training)
        return ops.reshape(normal, (-1, height, width, channels))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape that `call` gives."""
        return shape


@keras.saving.register_keras_serializable("raut")
class PairMean(layers.Layer):
    """Pooled features (N, channels) -> the mean of each pair, (N, channels / 2): a mirror image has the same."""

    def call(self, features: Tensor) -> Tensor:
        """(N, channels) float -> (N, channels / 2)."""
        half = features.shape[-1] // 2
        return (features[:, :half] + features[:, half:]) / 2

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape that `call` gives."""
        return (shape[0], shape[1] // 2)


def mirror(kernel: Any, of_pixels: bool) -> Any:
    """The kernels (k, k, channels, N) that see in a mirror image what `kernel` sees in the image."""
    turned = ops.flip(kernel, axis=1)  # torch knows no steps backwards
    if of_pixels:
        return turned
    half = kernel.shape[2] // 2
    return ops.concatenate([turned[:, :, half:], turned[:, :, :half]], axis=2)


def in_pairs(network: keras.Model) -> bool:
    """Whether an ordinary residual network was made to hold a symmetric one: it halves the picture by an even kernel."""
    return network.get_layer("stem_conv").kernel.shape[0] % 2 == 0


def to_plain(trained: keras.Model, network: keras.Model) -> None:
    """Give an ordinary network the function of a symmetric one.

    Args:
        trained: the symmetric network.
        network: the same one made of ordinary layers; its weights are replaced.
    """
    for layer in trained.layers:
        if layer.weights:
            network.get_layer(layer.name).set_weights(_to_plain(layer))


def from_plain(network: keras.Model, trained: keras.Model) -> None:
    """Give a symmetric network the function of an ordinary one that `to_plain` made; the way back.

    If the two halves are not exactly mirror images, as after int8, the mean of both is taken.

    Args:
        network: the ordinary network.
        trained: the same one made of symmetric layers; its weights are replaced.
    """
    for layer in trained.layers:
        if layer.weights:
            layer.set_weights(_from_plain(layer, network.get_layer(layer.name).get_weights()))


def _to_plain(layer: layers.Layer) -> list[Array]:
    weights = layer.get_weights()
    if isinstance(layer, SymmetricConv2D):
        (kernel,) = weights
        return [np.concatenate([kernel, ops.convert_to_numpy(mirror(kernel, layer.of_pixels))], axis=3)]
    if isinstance(layer, PairedNormalization):
        return [np.tile(weight, 2) for weight in weights]
    kernel, bias = weights  # a head: half of each pair's mean
    return [np.tile(kernel, (2, 1)) / 2, bias]


def _from_plain(layer: layers.Layer, weights: list[Array]) -> list[Array]:
    if isinstance(layer, SymmetricConv2D):
        first, second = np.split(weights[0], 2, axis=3)
        return [(first + ops.convert_to_numpy(mirror(second, layer.of_pixels))) / 2]
    if isinstance(layer, PairedNormalization):
        return [np.mean(np.split(weight, 2), axis=0) for weight in weights]
    kernel, bias = weights
    return [np.sum(np.split(kernel, 2), axis=0), bias]


# `.keras` files from before November 2026 know this layer by its former name.
keras.saving.get_custom_objects()["raut>MirroredConv2D"] = SymmetricConv2D

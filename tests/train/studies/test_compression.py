"""One small network in every size: the files say what the network says, and the study tells what they cost."""

import hashlib
import json

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from tests.command_line import raut  # noqa: E402
from train.data.datasets import load_utkface  # noqa: E402
from train.evaluation.metrics import evaluate_scores  # noqa: E402
from train.evaluation.scorers import LiteScorer  # noqa: E402
from train.networks.residual import (  # noqa: E402
    Style,
    keras_scores,
    plain_network,
    residual_network,
    shares_of_stages,
    single_output,
)
from train.studies.compression.variants import (  # noqa: E402
    FLOAT_KINDS,
    FineTuning,
    convert_as_shipped,
    convert_float,
    prune_and_tune,
    recipe_of,
)
from vision.litert import LiteModel  # noqa: E402
from vision.tasks import GENDER, utkface_geometry  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    # The converter itself still uses the interpreter that TensorFlow is giving away.
    pytest.mark.filterwarnings(r"ignore:\s*Warning. tf.lite.Interpreter is deprecated:UserWarning"),
]

SIDE, WIDTHS = 32, (16, 24)


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(3)
    return single_output(residual_network(SIDE, 3, WIDTHS, {"gender": 2, "age": 101}), "gender")


@pytest.fixture(scope="module")
def utkface(utkface_folder):
    return load_utkface(utkface_folder, utkface_geometry(SIDE))


@pytest.fixture
def models(network, tmp_path):
    (tmp_path / "models" / "gender").mkdir(parents=True)
    network.save(tmp_path / "models" / "gender" / "model.keras")
    return tmp_path / "models"


@pytest.fixture(scope="module")
def float_files(network):
    return {kind: convert_float(network, kind) for kind in FLOAT_KINDS}


def run(content, images, tmp_path):
    path = tmp_path / "tried.tflite"
    path.write_bytes(content)
    model = LiteModel(path)
    return model.input_dtype, LiteScorer(GENDER, model).scores_of(images)


class TestFiles:
    @pytest.mark.parametrize(("kind", "off"), [("float32", 1e-5), ("float16", 0.01), ("dynamic", 0.05)])
    def test_float_files_say_what_the_network_says(self, network, float_files, utkface, tmp_path, kind, off):
        dtype, scores = run(float_files[kind], utkface.images[:20], tmp_path)
        assert dtype == np.float32
        assert np.abs(scores - keras_scores(network, utkface.images[:20])).max() < off

    def test_the_int8_file_takes_pixels(self, network, utkface, tmp_path):
        dtype, scores = run(convert_as_shipped(network, 1, utkface.for_training()), utkface.images[:20], tmp_path)
        assert dtype == np.uint8
        assert np.abs(scores - keras_scores(network, utkface.images[:20])).max() < 0.1

    def test_each_kind_is_smaller(self, float_files):
        sizes = [len(float_files[kind]) for kind in FLOAT_KINDS]
        assert sizes[0] > sizes[1] > sizes[2]


class TestPruned:
    def test_size_and_widths_come_from_the_network(self, network):
        recipe = recipe_of(network, "gender")
        assert (recipe.size, recipe.widths, recipe.auxiliary, recipe.start) == (SIDE, WIDTHS, {}, "")

    @pytest.mark.parametrize("share", [0.3, 0.5])
    def test_a_pruned_network_is_known_as_one(self, share):
        smaller = single_output(residual_network(SIDE, 3, WIDTHS, {"gender": 2}, prune=share), "gender")
        found = recipe_of(smaller, "gender")
        assert found.widths == WIDTHS
        assert [
            int(own * width) for own, width in zip(shares_of_stages(found.prune, len(WIDTHS)), WIDTHS, strict=True)
        ] == [int(share * width) for width in WIDTHS]

    def test_each_stage_may_lack_another_share(self):
        shares = (0.0, 0.25, 0.5)[-len(WIDTHS) :]
        smaller = single_output(residual_network(SIDE, 3, WIDTHS, {"gender": 2}, prune=shares), "gender")
        found = recipe_of(smaller, "gender")
        assert [
            int(own * width) for own, width in zip(shares_of_stages(found.prune, len(WIDTHS)), WIDTHS, strict=True)
        ] == [int(share * width) for share, width in zip(shares, WIDTHS, strict=True)]

    @pytest.mark.parametrize(("style", "fine"), [(Style(), 0), (Style(), 12), (Style(even=True), 0)])
    def test_so_are_its_first_convolution_and_its_symmetry(self, style, fine):
        made = single_output(residual_network(SIDE, 3, WIDTHS, {"gender": 2}, fine=fine, style=style), "gender")
        found = recipe_of(made, "gender")
        assert (found.fine, found.symmetric) == (fine, style.even)

    def test_a_plain_network_cannot_be_pruned(self):
        with pytest.raises(ValueError, match="not a residual network"):
            recipe_of(single_output(plain_network(SIDE, 3, {"gender": 2}), "gender"), "gender")

    @pytest.mark.usefixtures("uncompiled")
    def test_tuning_changes_the_weights_and_not_the_shapes(self, network, utkface, tmp_path):
        recipe = recipe_of(network, "gender")
        untuned, tuned = (
            prune_and_tune(network, 0.5, recipe, utkface, FineTuning(epochs, 1e-3, tmp_path / "run"))
            for epochs in (0, 1)
        )
        shapes = [tuple(weight.shape) for weight in tuned.weights]
        assert shapes == [tuple(weight.shape) for weight in untuned.weights]
        assert tuned.count_params() < network.count_params()
        assert tuned.get_layer("stage2_block2_a_conv").filters == WIDTHS[1] // 2
        kernels = [one.get_layer("stage1_block1_a_conv").get_weights()[0] for one in (untuned, tuned)]
        assert not np.allclose(*kernels)


class TestStudy:
    @pytest.mark.slow
    @pytest.mark.timeout(600)  # six conversions; on a busy machine each takes its time
    def test_the_whole_study(self, models, network, utkface, utkface_folder, tmp_path, capsys):
        path = tmp_path / "compression.json"
        command = ["compression", "--data", str(utkface_folder), "--models", str(models), "--task", "gender"]
        options = ["--prune", "0.5", "--epochs", "1", "--rounds", "5", "--runs", str(tmp_path / "runs")]
        assert raut("study", *command, *options, "--json", path, "--figures", tmp_path) == 0
        written = json.loads(path.read_text())
        digest = hashlib.sha256((models / "gender" / "model.keras").read_bytes()).hexdigest()
        assert written["networks"] == {"gender": {"recipe": "unknown", "sha256": digest}}, "no metrics.json beside it"
        figures = written["tasks"]["gender"]
        assert list(figures) == ["float32", "float16", "dynamic", "int8", "pruned_0.5_untuned_int8", "pruned_0.5_int8"]
        test = utkface.for_testing()
        itself = evaluate_scores(GENDER, keras_scores(network, test.images), test.labels["gender"])
        assert figures["float32"]["accuracy"] == pytest.approx(itself.accuracy, abs=1e-5)
        assert all(one["images"] == len(test) and one["ms_per_face"] > 0 for one in figures.values())
        assert figures["pruned_0.5_int8"]["parameters"] < figures["int8"]["parameters"] == network.count_params()
        assert figures["pruned_0.5_int8"]["bytes"] < figures["int8"]["bytes"] < figures["float32"]["bytes"]
        assert "50 % pruned, tuned, int8" in capsys.readouterr().out
        assert (tmp_path / "compression.png").stat().st_size > 5000

    def test_without_a_float_network_it_says_what_to_do(self, utkface_folder, tmp_path, capsys):
        command = ["compression", "--data", str(utkface_folder), "--models", str(tmp_path), "--task", "gender"]
        assert raut("study", *command) == 1
        error = capsys.readouterr().err
        assert error.startswith("raut: no ")
        assert "python run.py train gender" in error

    def test_a_share_must_be_one(self, utkface_folder, capsys):
        assert raut("study", "compression", "--data", utkface_folder, "--prune", 1.5) == 2
        assert "'--prune': 1.5 is not in the range 0<=x<1" in capsys.readouterr().err

"""Pruning takes what does not matter, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data.datasets import load_utkface  # noqa: E402
from train.fit.training import Prerequisites, train  # noqa: E402
from train.networks.pruning import channel_strength, prune, shrink, silence, strongest_channels  # noqa: E402
from train.networks.residual import plain_network, residual_network, single_output, take_weights  # noqa: E402
from train.recipe import Recipe  # noqa: E402
from vision.tasks import utkface_geometry  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype("float32")


@pytest.fixture
def network():
    """Three stages; batch normalization as if it had been trained: no two channels alike."""
    keras.utils.set_random_seed(1)
    network = residual_network(32, 3, (4, 8, 16), {"gender": 2, "age": 101})
    generator = np.random.default_rng(1)
    for layer in network.layers:
        if layer.name.endswith("_norm"):
            layer.set_weights([generator.uniform(0.2, 1.5, weight.shape) for weight in layer.get_weights()])
    return network


def outputs_of(network):
    outputs = network(PIXELS, training=False)
    parts = outputs.values() if isinstance(outputs, dict) else [outputs]
    return np.concatenate([keras.ops.convert_to_numpy(part) for part in parts], axis=1)


def test_pruning_nothing_changes_nothing(network):
    pruned = prune(network, 0)
    assert pruned.count_params() == network.count_params()
    assert np.array_equal(outputs_of(pruned), outputs_of(network))


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_what_silent_channels_leave_is_the_same_without_them(network, share):
    kept = strongest_channels(network, share)
    silenced = silence(network, kept)
    assert not np.allclose(outputs_of(silenced), outputs_of(network))  # they did matter before
    assert np.allclose(outputs_of(shrink(silenced, kept)), outputs_of(silenced), atol=1e-4)
    assert np.array_equal(outputs_of(silence(network, strongest_channels(network, 0))), outputs_of(network))


@pytest.mark.parametrize(
    ("share", "left"),
    [
        (0.25, {"stage1_block1": 3, "stage2_block1": 6, "stage3_block2": 12}),
        (0.5, {"stage1_block1": 2, "stage2_block1": 4, "stage3_block2": 8}),
        (0.999, {"stage1_block1": 1, "stage2_block1": 1, "stage3_block2": 1}),  # a block stays a block
    ],
)
def test_shapes_shrink_inside_the_blocks_alone(network, share, left):
    pruned = prune(network, share)
    for block, channels in left.items():
        before = network.get_layer(f"{block}_a_conv").kernel.shape
        assert pruned.get_layer(f"{block}_a_conv").kernel.shape == (*before[:3], channels)
        assert pruned.get_layer(f"{block}_a_norm").gamma.shape == (channels,)
        outer = network.get_layer(f"{block}_b_conv").kernel.shape
        assert pruned.get_layer(f"{block}_b_conv").kernel.shape == (*outer[:2], channels, outer[3])
        assert pruned.get_layer(f"{block}_add").output.shape == network.get_layer(f"{block}_add").output.shape
    assert pruned.count_params() < network.count_params()
    assert set(pruned.output) == {"gender", "age"}


def test_the_weakest_go(network):
    conv, norm = network.get_layer("stage2_block1_a_conv"), network.get_layer("stage2_block1_a_norm")
    (kernel,) = conv.get_weights()
    kernel[..., 5] *= 1e-3  # hardly a filter
    conv.set_weights([kernel])
    gamma, *others = norm.get_weights()
    gamma[2] = -1e-3  # hardly let through
    gamma[3] = -9.0  # turned round, but strong
    norm.set_weights([gamma, *others])
    assert set(np.argsort(channel_strength(network, "stage2_block1"))[:2]) == {2, 5}
    assert np.flatnonzero(~strongest_channels(network, 0.25)["stage2_block1"]).tolist() == [2, 5]


def test_a_single_head_can_be_pruned(network):
    alone = single_output(network, "gender")
    assert prune(alone, 0.5).output_shape == (None, 2)
    assert np.array_equal(outputs_of(prune(alone, 0)), outputs_of(alone))


@pytest.mark.usefixtures("uncompiled")
def test_training_leaves_silent_channels_silent(network, utkface_folder, tmp_path):
    """What fine-tuning between `silence` and `shrink` rests on."""
    data = load_utkface(utkface_folder, utkface_geometry(32))
    kept = strongest_channels(network, 0.5)
    silenced = silence(network, kept)
    recipe = Recipe("gender", 32, (4, 8, 16), auxiliary={"age": 0.1}, epochs=2, batch_size=32)
    tuned = train(recipe, data, tmp_path, prerequisites=Prerequisites(start=silenced))
    shrunk = shrink(tuned, kept)
    assert np.allclose(outputs_of(shrunk), outputs_of(tuned), atol=1e-4)
    for block, stays in kept.items():
        (kernel,) = tuned.get_layer(f"{block}_a_conv").get_weights()
        assert not kernel[..., ~stays].any()
        (before,) = silenced.get_layer(f"{block}_a_conv").get_weights()
        assert not np.allclose(kernel[..., stays], before[..., stays])  # the others did learn
    again = train(replace(recipe), data, tmp_path)  # resumes a finished run: the same network
    assert np.allclose(outputs_of(again), outputs_of(tuned), atol=1e-4)


def test_each_stage_may_lose_another_share(network):
    pruned = prune(network, (0.0, 0.25, 0.5))
    inner = [pruned.get_layer(f"stage{stage}_block2_a_conv").filters for stage in (1, 2, 3)]
    assert inner == [4, 6, 8]
    built = residual_network(32, 3, (4, 8, 16), {"gender": 2, "age": 101}, prune=(0.0, 0.25, 0.5))
    assert take_weights(built, pruned) == []


@pytest.mark.parametrize("share", [-0.1, 1.0, 2.0])
def test_a_share_out_of_range_is_refused(network, share):
    with pytest.raises(ValueError, match="at least 0 and less than 1"):
        prune(network, share)


def test_a_network_without_blocks_is_refused():
    with pytest.raises(ValueError, match="no residual blocks"):
        prune(plain_network(32, 3, {"gender": 2}), 0.5)


@pytest.mark.parametrize("share", [0.3, 0.375, 0.999])
def test_a_pruned_network_is_one_that_a_recipe_can_build(network, share):
    """So a recipe can start from another's network without its weakest channels, and loses no weight on the way."""
    built = residual_network(32, 3, (4, 8, 16), {"gender": 2, "age": 101}, prune=share)
    assert take_weights(built, prune(network, share)) == []
    assert np.allclose(outputs_of(built), outputs_of(prune(network, share)), atol=1e-5)

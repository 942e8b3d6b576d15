"""Every recipe in train/recipes/: it builds, its head can be cut off, and it can start where it says."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras")

from train.backbones import with_backbone
from train.datasets import FaceDataset
from train.lineage import starting_weights
from train.networks import single_output, take_weights
from train.recipe import load_recipe
from train.training import build_network

ROOT = Path(__file__).resolve().parents[2]
RECIPES = sorted(path.stem for path in (ROOT / "train" / "recipes").glob("*.py") if path.stem != "__init__")


def noise(recipe):
    """Eight training images of the recipe's size."""
    shape = (8, *build_network(recipe).input_shape[1:])
    images = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    names = tuple("12345678")
    return FaceDataset(images, {}, np.array(["train"] * 8), np.zeros(8, bool), names, (), "")


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_builds_and_its_head_can_be_cut_off(name):
    recipe = load_recipe(name)
    network = build_network(recipe)
    assert set(network.output) == {recipe.task, *recipe.auxiliary}
    alone = single_output(network, recipe.task)
    assert alone.output_shape[-1] == {"expression": 7, "age": 101, "gender": 2}[recipe.task]


@pytest.mark.parametrize("name", [name for name in RECIPES if load_recipe(name).start])
def test_a_recipe_can_start_from_where_it_says(name):
    recipe = load_recipe(name)
    start = starting_weights(recipe, build_network(load_recipe(recipe.start)), noise(recipe))
    left = take_weights(build_network(recipe), start)
    assert set(left) <= {recipe.task, *recipe.auxiliary}, "only heads may differ"


@pytest.mark.parametrize("name", RECIPES)
def test_a_backbone_stands_on_no_other_recipe(name):
    """Else hours of training would come before it, for networks that lend it nothing."""
    recipe = with_backbone(load_recipe(name), "mobilenetv3-small")
    assert (recipe.start, recipe.teachers, recipe.foreign, recipe.prune) == ("", (), 0, 0)
    assert (recipe.mirrored, recipe.fine) == (False, 0)


def test_unknown_recipes_are_named():
    with pytest.raises(ValueError, match="no recipe 'nonsense'"):
        load_recipe("nonsense")

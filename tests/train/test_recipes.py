"""Every recipe in train/recipes/: it builds, its head can be cut off, and its teachers can teach it."""

from pathlib import Path

import pytest

pytest.importorskip("keras")

from train.fit.training import build_network
from train.networks.backbones import with_backbone
from train.networks.residual import single_output
from train.recipe import load_recipe

ROOT = Path(__file__).resolve().parents[2]
RECIPES = sorted(path.stem for path in (ROOT / "train" / "recipes").glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_builds_and_its_head_can_be_cut_off(name):
    recipe = load_recipe(name)
    network = build_network(recipe)
    assert set(network.output) == {recipe.task, *recipe.auxiliary}
    alone = single_output(network, recipe.task)
    assert alone.output_shape[-1] == {"expression": 7, "age": 101, "gender": 2}[recipe.task]


@pytest.mark.parametrize("name", [name for name in RECIPES if load_recipe(name).teachers])
def test_teachers_see_what_the_network_sees_and_know_all_that_it_learns(name):
    recipe = load_recipe(name)
    network = build_network(recipe)
    for teacher in recipe.teachers:
        built = build_network(load_recipe(teacher))
        assert built.input_shape == network.input_shape
        assert set(recipe.taught or network.output) <= set(built.output)
        if "_teacher" in teacher:  # the others teach beside what they taught: networks of its own size
            assert built.count_params() > 4 * network.count_params()


@pytest.mark.parametrize("name", RECIPES)
def test_a_backbone_stands_on_no_other_recipe(name):
    """Else hours of training would come before it, for networks that lend it nothing."""
    recipe = with_backbone(load_recipe(name), "mobilenetv3-small")
    assert (recipe.start, recipe.start_share, recipe.teachers, recipe.unlabelled, recipe.prune) == ("", 0, (), 0, 0)
    assert (recipe.symmetric, recipe.fine) == (False, 0)


def test_unknown_recipes_are_named():
    with pytest.raises(ValueError, match="no recipe 'nonsense'"):
        load_recipe("nonsense")

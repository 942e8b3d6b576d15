"""What a network expects of ages, moved from all images towards those whose ages are known to the year."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("keras")

from train.data.datasets import load_utkface
from train.export.age_prior import age_biases
from train.networks.residual import residual_network, single_output
from train.recipe import Recipe
from vision.tasks import utkface_geometry

YEARS = np.repeat([5, 65], [50, 50])
YOUNG = np.full(300, 3)  # FairFace's bin of 20 to 29
EVEN = np.full((4, 101), 1 / 101)


def test_ages_that_only_the_others_have_are_expected_less():
    biases = age_biases(YEARS, YOUNG, EVEN, age_spread=2.0, share=1.0)
    assert biases.shape == (101,)
    # There are four times as many images in all as own ones, none of the others at 5 and 65.
    assert biases[[5, 65]] == pytest.approx(np.log(4), abs=0.01)
    assert biases[25] < -5


def test_a_share_takes_back_as_much_and_nothing_is_taken_back_at_zero():
    whole = age_biases(YEARS, YOUNG, EVEN, age_spread=2.0, share=1.0)
    assert age_biases(YEARS, YOUNG, EVEN, age_spread=2.0, share=0.25) == pytest.approx(0.25 * whole)
    assert not age_biases(YEARS, YOUNG, EVEN, age_spread=2.0, share=0.0).any()


def test_others_of_the_same_ages_change_nothing():
    years = np.random.default_rng(1).integers(20, 30, 5000)
    scores = np.zeros((1, 101))
    scores[0, 20:30] = 0.1
    scores[0, :20] = scores[0, 30:] = 1e-9
    biases = age_biases(years, YOUNG, scores, age_spread=0.1, share=1.0)
    assert np.abs(biases[20:30]).max() < 0.1


def test_a_bin_is_spread_as_the_network_spreads_it():
    scores = np.full((2, 101), 1e-6)
    scores[:, 21] = 1.0
    biases = age_biases(np.arange(101), YOUNG, scores, age_spread=0.1, share=1.0)
    assert biases[21] < biases[22] - 3  # the others are all expected at 21
    assert biases[22:30] == pytest.approx(biases[50], abs=0.01)


def test_an_export_moves_the_head_and_nothing_else(utkface_folder):
    pytest.importorskip("tensorflow")
    from train.export.export import _expect_own_ages

    recipe = Recipe(task="age", size=32, widths=(4,), prior_share=0.5)
    network = single_output(residual_network(32, 3, (4,), {"age": 101}), "age")
    kernel, bias = network.get_layer("age").get_weights()
    own = load_utkface(utkface_folder, utkface_geometry(32))
    bins = np.where(np.arange(len(own)) % 2, 3, -1)
    faces = replace(own, labels=own.labels | {"age_bin": bins})
    _expect_own_ages(network, recipe, faces, faces)
    moved_kernel, moved_bias = network.get_layer("age").get_weights()
    assert np.array_equal(moved_kernel, kernel)
    wanted = age_biases(own.labels["age"][bins < 0], bins[bins >= 0], np.full((1, 101), 1 / 101), 2.0, 0.5)
    assert np.corrcoef(moved_bias - bias, wanted)[0, 1] > 0.9  # an untrained network spreads a bin about evenly

"""Both heads of the expression network as one answer, and that answer in the file that ships."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data.ferplus import ANSWERS  # noqa: E402
from train.export.export import convert_int8  # noqa: E402
from train.export.fusion import Fusion, fit_fusion, fused, with_shown_head  # noqa: E402
from train.networks.residual import residual_network  # noqa: E402
from vision.classifiers import SHOWN, Classifier, softmax  # noqa: E402
from vision.litert import ModelError  # noqa: E402
from vision.tasks import EXPRESSION, EXPRESSIONS, GENDER  # noqa: E402

FUSION = Fusion(0.25, 0.5, (0.1, 0.01, 0.04, 0.3, 0.4, 0.1, 0.05), 1.5, 1, 1.0, 1.0)
COLUMNS = {"angry": "anger", "happy": "happiness", "sad": "sadness"}


def votes_for(labels):
    """Nine of ten people name each image's label."""
    votes = np.zeros((len(labels), len(ANSWERS)), np.int64)
    for row, label in zip(votes, labels, strict=True):
        row[ANSWERS.index(COLUMNS.get(EXPRESSIONS[label], EXPRESSIONS[label]))] += 9
        row[ANSWERS.index("neutral")] += 1
    return votes


def noisy(labels, generator, strength):
    return strength * np.eye(7)[labels] + generator.normal(size=(len(labels), 7))


@pytest.fixture(scope="module")
def labels():
    return np.random.default_rng(0).choice(7, 3000, p=[0.1, 0.02, 0.05, 0.3, 0.35, 0.1, 0.08])


@pytest.mark.parametrize(
    ("strengths", "weights"),
    [
        ((1.0, 6.0), (0.4, 1.0)),  # the votes' head knows nearly all, and its logits are six times as large
        ((6.0, 1.0), (0.0, 0.3)),  # the label's does
        ((2.0, 2.0), (0.3, 0.7)),  # each as much: together they know more
    ],
)
def test_the_head_that_knows_more_weighs_more(labels, strengths, weights):
    generator = np.random.default_rng(1)
    heads = [noisy(labels, generator, strength) for strength in strengths]
    fusion = fit_fusion(heads[0], heads[1], votes_for(labels), votes_for(labels))
    assert weights[0] <= fusion.votes_weight <= weights[1]
    alone = [(head.argmax(axis=1) == labels).mean() for head in heads]
    assert fusion.accuracy >= max(alone) - 0.01
    assert sum(fusion.prior) == pytest.approx(1)


def test_rare_expressions_are_named_more_where_a_network_leans_to_common_ones(labels):
    leaning = noisy(labels, np.random.default_rng(2), 2.0) + np.log(np.bincount(labels) / len(labels))
    fusion = fit_fusion(leaning, leaning, votes_for(labels), votes_for(labels))
    assert fusion.prior_power > 0.2
    right = leaning.argmax(axis=1) == labels
    assert fusion.macro_recall > np.mean([right[labels == label].mean() for label in range(7)]) + 0.02


def test_scores_mean_what_they_say(labels):
    sure = 4 * noisy(labels, np.random.default_rng(3), 2.0)
    fusion = fit_fusion(sure, sure, votes_for(labels), votes_for(labels))
    logits = fused(sure, sure, fusion.votes_weight, fusion.prior_power, np.array(fusion.prior)) / fusion.temperature
    scores = softmax(logits.astype(np.float32))
    assert scores.max(axis=1).mean() == pytest.approx((logits.argmax(axis=1) == labels).mean(), abs=0.03)


def test_images_without_a_clear_answer_do_not_count(labels):
    nobody = np.zeros((5, len(ANSWERS)), np.int64)
    with pytest.raises(ValueError, match="no validation image has a clear answer"):
        fit_fusion(np.zeros((5, 7)), np.zeros((5, 7)), nobody, votes_for(labels))


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(1)
    return residual_network(48, 1, (8, 16), {"expression": 7, "votes": 7})


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 255, (40, 48, 48, 1), np.uint8)


def test_the_shown_head_is_the_fused_logits(network, images):
    shown = with_shown_head(network, FUSION)(images.astype("float32"), training=False)
    heads = {name: keras.ops.convert_to_numpy(logits) for name, logits in shown.items()}
    expected = fused(heads["expression"], heads["votes"], 0.25, 0.5, np.array(FUSION.prior)) / 1.5
    assert np.allclose(heads[SHOWN], expected, atol=1e-4)


def test_one_file_says_both(network, images, tmp_path):
    """The dataset's label for those who judge, what is shown for those who look."""
    model = with_shown_head(network, FUSION)
    path = tmp_path / "model.tflite"
    path.write_bytes(convert_int8(model, images))
    heads = model(images.astype("float32"), training=False)
    for shown, head in ((False, "expression"), (True, SHOWN)):
        classifier = Classifier(EXPRESSION, path, shown=shown)
        assert classifier.head == head
        scores = np.stack([classifier.scores(image) for image in images])
        assert np.allclose(scores, softmax(keras.ops.convert_to_numpy(heads[head])), atol=0.05)
    with pytest.raises(ModelError, match="is not a model for gender"):
        Classifier(GENDER, path)


def test_a_file_with_one_head_shows_that():
    classifier = Classifier.shipped(GENDER, shown=True)
    assert classifier.head == "gender"

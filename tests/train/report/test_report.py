"""The report: one file, true to the figures, and plain about what was not measured."""

import json
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pytest

from tests.command_line import raut
from train.report.charts import draw_history, logged_name
from train.report.examples import find_examples, most_confident_mistakes
from train.report.sources import load_studies
from vision.tasks import EXPRESSION, MODELS_DIR, TASKS


class Page(HTMLParser):
    """What a browser would load, and whether every element is closed."""

    VOID = frozenset({"meta", "link", "img", "br"})

    def __init__(self, text):
        super().__init__()
        self.loaded, self.ids, self.links, self.open, self.tags = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        if tag == "a":
            self.links.append(attributes["href"])
        else:
            self.loaded += [attributes[name] for name in ("src", "href", "xlink:href") if name in attributes]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A copy of what ships, so that a test may add studies and a reproduction."""
    folder = tmp_path_factory.mktemp("models")
    for task in TASKS:
        shutil.copytree(MODELS_DIR / task, folder / task)
    return folder


def report(tmp_path, models, data, *flags):
    out = tmp_path / "made" / "report.html"
    assert raut("report", "--data", data, "--models", models, "--out", out, *flags) == 0
    return out.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def two_sets(fer2013_folder, utkface_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    shutil.copytree(fer2013_folder, folder / "fer2013")
    shutil.copytree(utkface_folder, folder / "UTKFace")
    return folder


@pytest.fixture(scope="module")
def whole(models, two_sets, tmp_path_factory):
    return report(tmp_path_factory.mktemp("out"), models, two_sets, "--examples", "5")


def test_the_page_needs_nothing_else(whole):
    page = Page(whole)
    assert page.open == []
    assert page.loaded and all(one.startswith(("data:", "#")) for one in page.loaded)
    assert "script" not in page.tags
    assert not re.search(r"url\((?!#)|@import", whole)
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


@pytest.mark.parametrize("task", TASKS)
def test_it_tells_what_the_metrics_say(whole, task):
    test = json.loads((MODELS_DIR / task / "metrics.json").read_text())["test"]
    text = whole.replace("\u00a0", " ")
    assert f"{100 * test['accuracy']:.1f} %" in text
    for label, figures in test["per_class"].items():
        row = re.search(
            rf'<th scope="row">{re.escape(label)}</th><td>{figures["support"]:,}</td>(.*?)</tr>', text, re.S
        )
        assert row is not None
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row[1])
        assert cells[6:] == [f"{figures[name]:.2f}" for name in ("precision", "recall", "f1")]
        assert cells[3:6] == ["–"] * 3, "the paper's way was not trained in this folder"


def test_it_shows_mistakes_of_the_data_at_hand(whole):
    page = Page(whole)
    assert page.tags.count("img") >= 5
    assert re.search(r'alt="A face labelled \d+ years, taken for [\d+-]+"', whole)
    assert "this page’s data are others" in whole, "the made-up sets have another hash than what the models learnt from"


def test_what_was_not_measured_is_said_with_its_command(whole):
    for study in ("conventional", "compression", "robustness", "fairness", "calibration"):
        assert f"python run.py study {study} --data DIR" in whole
    assert "python run.py train age --data DIR --recipe paper --models models/paper" in whole
    assert "python run.py bench live --json" in whole


def test_a_reproduction_studies_and_a_bench_are_shown_where_they_are(models, two_sets, tmp_path):
    shutil.copytree(models / "gender", models / "paper" / "gender")
    metrics = json.loads((models / "gender" / "metrics.json").read_text())
    metrics["test"]["accuracy"] = 0.8768
    (models / "paper" / "gender" / "metrics.json").write_text(json.dumps(metrics))
    studies = models / "studies"
    studies.mkdir()
    (studies / "fairness.json").write_text(json.dumps({"study": "fairness", "machine": "m1", "gap": {"a<b": 0.25}}))
    shutil.copy(models / "gender" / "confusion.png", studies / "fairness_by_age.png")
    bench = tmp_path / "live.json"
    bench.write_text(json.dumps({"results_per_second": 29.97, "round_trip_ms": {"p50": 13.1, "p95": 31.4}}))
    text = report(tmp_path, models, two_sets, "--examples", "0", "--bench", str(bench))
    assert Page(text).open == []
    assert "87.7" in text and "paper --models models/paper" in text
    assert "train gender --data DIR --recipe paper" not in text
    assert "a&lt;b" in text and "a<b" not in text and "Measured on m1." in text
    assert "fairness: by age" in text
    assert "29.97" in text and "31.40" in text
    assert "--examples 0" in text


def test_without_models_or_data_one_sentence_says_so(tmp_path, models, two_sets, capsys):
    out = ["--out", str(tmp_path / "report.html")]
    for arguments in (
        ["--data", str(two_sets), "--models", str(tmp_path), *out],
        ["--data", str(tmp_path / "nowhere"), "--models", str(models), *out],
        ["--data", str(two_sets), "--models", str(models), "--bench", str(tmp_path / "no.json"), *out],
    ):
        assert raut("report", *arguments) == 1
        assert re.fullmatch(r"raut: .+\n", capsys.readouterr().err)
    assert not (tmp_path / "report.html").exists()


def test_the_most_confident_mistakes_come_first_and_not_all_of_one_class():
    scores = np.full((9, 4), 0.01, np.float32)
    true = np.array([1, 1, 1, 1, 2, 3, 0, 0, 2])
    for row, score in enumerate((0.9, 0.95, 0.8, 0.99, 0.5, 0.6, 0.97, 0.98, 0.4)):
        scores[row, 0] = score
    # 3, 1 are the surest of class 1, and two of five is all that one class may have; 6 and 7 are right
    assert most_confident_mistakes(scores, true, 5) == [3, 1, 5, 4, 8]
    assert most_confident_mistakes(scores, np.zeros(9, np.int64), 5) == []


def test_curves_of_one_head_and_of_several():
    assert logged_name({"loss": 1, "val_loss": 1, "accuracy": 0, "val_accuracy": 0}, "gender", "accuracy") == "accuracy"
    several = {f"{start}{name}": 0.5 for start in ("", "val_") for name in ("age_decade_accuracy", "age_loss", "loss")}
    assert logged_name(several, "age", "accuracy") == "age_decade_accuracy"
    assert logged_name(several, "age", "loss") == "age_loss"
    assert draw_history([], "age", "loss", "x") == ""
    drawn = draw_history([several, several], "age", "loss", "x")
    assert drawn == draw_history([several, several], "age", "loss", "x"), "the same data give the same drawing"
    assert "var(--series-1)" in drawn and "#010205" not in drawn and "http://purl" not in drawn


def test_studies_that_nobody_announced_are_shown_as_well(tmp_path):
    (tmp_path / "seeds.json").write_text('{"study": "seeds", "accuracy": [0.7, 0.71]}')
    studies = load_studies(tmp_path)
    assert studies[-1].name == "seeds" and studies[-1].figures == {"accuracy": [0.7, 0.71]}
    assert all(not study.figures for study in studies[:-1])
    (tmp_path / "fairness.json").write_text("[1]")
    with pytest.raises(ValueError, match="not a JSON object"):
        load_studies(tmp_path)


@pytest.mark.data
def test_the_examples_are_mistakes_of_the_shipped_model(data_dir, tmp_path):
    """On the real images, a few of them: FER2013's own test images in a folder of their own."""
    import zipfile

    with zipfile.ZipFile(data_dir / "fer2013.zip") as archive:
        names = sorted(name for name in archive.namelist() if "/test/" in f"/{name}" and name.endswith(".jpg"))[::40]
        for name in names:
            archive.extract(name, tmp_path)
    folder = next(path.parent for path in tmp_path.rglob("test"))
    (folder / "train").mkdir(exist_ok=True)
    examples = find_examples(EXPRESSION, MODELS_DIR, folder, 6)
    assert examples.images == len(names) > 100
    assert examples.accuracy > 0.5
    assert len(examples.mistakes) == 6
    assert all(one.true != one.predicted and one.score > 0.5 for one in examples.mistakes)
    assert [one.score for one in examples.mistakes] == sorted((one.score for one in examples.mistakes), reverse=True)

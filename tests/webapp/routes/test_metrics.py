"""`/metrics` is what Prometheus reads: true numbers, whole counts, from any number of scrapers at once."""

from __future__ import annotations

import json
import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from benchmarks.harness.serving import Server
from tests.webapp.live_client import LiveClient, outcome
from vision.tasks import STAGES
from webapp import VERSION
from webapp.inference.tickets import Outcome
from webapp.inference.wire import Result
from webapp.metrics.frame_totals import BOUNDS_MS
from webapp.metrics.statistics import Statistics

ROOT = Path(__file__).resolve().parents[3]
DASHBOARD = ROOT / "deploy" / "grafana" / "raut.json"

Values = dict[tuple[str, tuple[str, ...]], float]


def scrape(server: Server, accept: str = "text/plain") -> str:
    request = urllib.request.Request(f"{server.url}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith(accept.split(";")[0])
        return str(answer.read().decode())


def values(text: str) -> Values:
    """Each sample by its name and its labels' values."""
    families = list(read_text(text))
    samples = [sample for family in families for sample in family.samples]
    read = {(sample.name, tuple(sample.labels.values())): sample.value for sample in samples}
    assert len(read) == len(samples), "a sample comes twice"
    return read


def test_the_numbers_are_those_of_the_frames(server: Server, portrait_jpeg: bytes, no_face_jpeg: bytes) -> None:
    before = values(scrape(server))
    client = LiveClient(server.url)
    try:
        outcomes = [outcome(client.ask(picture)) for picture in (no_face_jpeg, portrait_jpeg, b"", portrait_jpeg)]
        scraped = scrape(server)
        after = values(scraped)
    finally:
        client.close()
    assert outcomes == ["result", "result", "empty", "result"]

    def grew(name: str, *labels: str) -> float:
        return after[(name, labels)] - before.get((name, labels), 0)

    assert grew("raut_sessions_total") == 1
    assert grew("raut_frames_received_total") == 4
    assert grew("raut_frames_answered_total") == grew("raut_frame_seconds_count") == 3
    assert grew("raut_frames_refused_total", "empty") == 1
    assert grew("raut_frame_seconds_bucket", "+Inf") == 3
    stages = [grew("raut_stage_seconds_total", stage) for stage in (*STAGES, "queue")]
    assert min(stages) > 0
    assert sum(stages) <= 1.01 * grew("raut_frame_seconds_sum")  # all stages are parts of the whole way
    assert after[("raut_faces", ())] >= 1
    assert after[("raut_cameras_active", ())] >= 1
    assert (after[("raut_workers_alive", ())], after[("raut_workers_wanted", ())]) == (1, 1)
    assert after[("raut_memory_bytes", ())] > 50e6
    assert f'version="{VERSION}"' in scraped


def test_many_scrapers_at_once_get_whole_answers(server: Server, portrait_jpeg: bytes) -> None:
    """Every answer is complete, and no counter falls from one to the next while frames come."""
    client = LiveClient(server.url)
    try:
        with ThreadPoolExecutor(5) as threads:
            frames = threads.submit(lambda: [client.ask(portrait_jpeg) for _ in range(10)])
            rows = list(threads.map(lambda _: [values(scrape(server)) for _ in range(3)], range(4)))
            frames.result()
    finally:
        client.close()
    for row in rows:
        counts = [answer[("raut_frames_answered_total", ())] for answer in row]
        assert counts == sorted(counts)
        assert all(len(answer) >= 40 for answer in row)
        assert all(
            answer[("raut_frame_seconds_count", ())] == answer[("raut_frame_seconds_bucket", ("+Inf",))]
            for answer in row
        )


def test_openmetrics_where_it_is_asked_for(server: Server) -> None:
    families = list(read_openmetrics(scrape(server, "application/openmetrics-text;version=1.0.0")))
    assert {"raut_frames_answered", "raut_frame_seconds", "raut_info"} <= {
        name for family in families for name in (family.name, f"{family.name}_info")
    }


def test_the_dashboard_shows_only_what_there_is(server: Server) -> None:
    """Each metric that a panel asks for is one of `/metrics`, with the labels that it sorts by."""
    told = scrape(server)
    known = set(re.findall(r"^# TYPE (\w+)", told, re.MULTILINE))
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked = {name for query in queries for name in re.findall(r"\braut_\w+", query)}
    assert len(asked) > 15
    assert {name.removesuffix("_bucket") for name in asked} <= known
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    fields = [panel["gridPos"] for panel in dashboard["panels"]]
    cells = [
        (x, y) for at in fields for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(cells)) == len(cells), "two panels lie over one another"
    assert all(at["x"] + at["w"] <= 24 for at in fields)


def test_counts_outlive_their_sessions() -> None:
    """A counter of Prometheus only grows: what a page that has gone did stays counted."""
    statistics = Statistics()
    stages = dict.fromkeys(STAGES, 1.0)
    result = Result(640, 480, 1, {**stages, "total": sum(stages.values())}, "[]")
    for number, server_ms in enumerate((BOUNDS_MS[0], BOUNDS_MS[0] + 0.1, 10_000)):
        session = statistics.open(number)
        session.add(Outcome(result=result, queue_ms=2, server_ms=server_ms))
        session.add(Outcome(dropped="newer_frame"))
        session.add_error("empty")
        statistics.close(number)
    totals = statistics.all_frames.copy()
    assert (totals.dropped, totals.errors) == ({"newer_frame": 3}, {"empty": 3})
    assert (totals.up_to[0], totals.up_to[1], totals.up_to[-1], sum(totals.up_to)) == (1, 1, 1, 3)
    assert (totals.stage_ms["decode"], totals.stage_ms["queue"]) == (3, 6)

"""A story over time, to keep: pause, ribbon, values under the pointer, pictures, table, chart and summary."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page

from benchmarks.harness.camera import HEIGHT, WIDTH, FakeCamera
from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage, Run
from tests.e2e.live_page import LivePage
from tests.e2e.test_live import EXPRESSIONS


def wait_until_at_rest(live: LivePage) -> None:
    """Until a second changes neither what was sent nor what is drawn."""
    before = None
    while (now := (live.stats()["counts"]["sent"], live.boxes())) != before:
        before = now
        live.page.wait_for_timeout(1000)


def test_a_session_is_paused_kept_and_summed_up(open_page: OpenPage, server: Server, one_person: FakeCamera) -> None:
    live = open_page(server, one_person).start()
    page = live.page
    live.wait_until("raut.overlay().boxes.length === 1")
    live.wait_until("raut.history().times.length >= 16")  # four seconds

    page.get_by_role("button", name="Pause", exact=True).click()
    live.wait_until("document.getElementById('preview').paused")
    wait_until_at_rest(live)  # what was under way has come back
    sent, (box,) = live.stats()["counts"]["sent"], live.boxes()
    shown = page.locator(".meter-value").all_inner_texts()
    picture = decoded(kept(page, lambda: page.locator("#snapshot").click()))
    assert live.stats()["counts"]["sent"] == sent
    assert page.locator(".meter-value").all_inner_texts() == shown, "the numbers stand still, too"
    assert live.boxes() == [box], "and so does the box"

    # The picture that was kept: the camera's, mirrored as on the page, with the box where the page has it.
    scale = picture.shape[1] / page.evaluate("() => overlay.clientWidth")
    assert picture.shape[1] >= WIDTH
    assert abs(picture.shape[0] / picture.shape[1] - HEIGHT / WIDTH) < 0.01
    left, middle = round(box["x"] * scale), round((box["y"] + box["h"] / 2) * scale)
    edge = picture[middle, left - 3 : left + 4].astype(int)
    assert np.abs(edge - (0xD0, 0xE1, 0x5C)).sum(axis=1).min() < 120, "the first face's colour"

    page.get_by_role("button", name="Continue").click()
    live.wait_for_results()

    page.locator("#fps-plot .u-over").hover()
    assert " s: " in page.locator("#fps-plot .plot-tip").inner_text()
    page.locator("#latency-plot .u-over").hover()
    assert " s: " in page.locator("#latency-plot .plot-tip").inner_text()
    ribbon = page.locator(".ribbon canvas").locator("visible=true").first
    ribbon.hover(position={"x": ribbon.evaluate("(canvas) => canvas.clientWidth") - 6, "y": 5})
    page.locator(".ribbon-said").get_by_text("s ago: ").first.wait_for()
    assert any(name in (ribbon.get_attribute("aria-label") or "") for name in EXPRESSIONS.split("|"))

    table = list(
        csv.DictReader(
            io.StringIO(kept(page, lambda: page.locator(".history-head [data-keep=table]").click()).decode())
        )
    )
    assert {"time", "second", "results_per_second", "encode_ms", "detect_ms", "expression", "age", "gender"} <= table[
        0
    ].keys()
    assert [int(row["second"]) for row in table] == sorted(int(row["second"]) for row in table)
    assert any(row["expression"].capitalize() in EXPRESSIONS.split("|") for row in table)
    assert any(float(row["detect_ms"] or 0) > 0 for row in table)

    page.get_by_role("button", name="Stop camera").click()
    summary = page.locator("#summary")
    assert "Expressions seen most" in summary.inner_text()
    chart = decoded(kept(page, lambda: summary.get_by_role("button", name="Chart").click()))
    assert chart.shape[:2] == (560, 1200)
    assert (chart == 255).all(axis=2).mean() > 0.8, "on white, on any page"
    live.start()
    assert summary.is_hidden(), "the next session has begun"


def kept(page: Page, action: Callable[[], object]) -> bytes:
    with page.expect_download() as download:
        action()
    assert download.value.suggested_filename.startswith("raut-")
    return download.value.path().read_bytes()


def decoded(png: bytes) -> npt.NDArray[Any]:
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def test_the_table_of_a_session(run: Run) -> None:
    story = """({sessionCsv}, faces) => sessionCsv(
      [
        {time: new Date(0), second: 0, rate: null, roundTripMs: NaN, stages: {encode: NaN}, faces: []},
        {time: new Date(1000), second: 1, rate: 29.987, roundTripMs: 9.5, stages: {encode: 3}, faces},
      ],
      ["encode"],
    )"""
    face = {
        "expression": {"label": 'a "new", label', "scores": {'a "new", label': 0.5}, "unsure": True},
        "age": {"years": 47, "low": 38, "high": 58},
        "gender": {"label": "female", "scores": {"female": 0.9}},
    }
    older = {**face, "age": {"years": 20}, "expression": {"label": "sad", "scores": {"sad": 0.6}}}
    faces = [{"number": 1, "face": face, "quality": "dark"}, {"number": 2, "face": older, "quality": "ok"}]
    text = run("live/session_csv", story, faces)
    assert text.count("\r\n") == 4
    empty, first, second = csv.DictReader(io.StringIO(text, newline=""))
    assert (empty["results_per_second"], empty["encode_ms"], empty["faces"], empty["face"]) == ("", "", "0", "")
    assert (first["results_per_second"], first["round_trip_ms"], first["faces"]) == ("29.99", "9.5", "2")
    assert (first["expression"], first["unsure"], first["age_low"], first["quality"]) == (
        'a "new", label',
        "true",
        "38",
        "dark",
    )
    assert (second["second"], second["results_per_second"]) == ("1", ""), "counted once"
    assert (second["face"], second["unsure"], second["age_low"]) == ("2", "false", "")


def test_a_record_and_a_ribbon_have_an_end(run: Run) -> None:
    record = """({SessionRecord, LONGEST_S}) => {
      const record = new SessionRecord();
      record.start(0);
      const face = { number: 1, face: { expression: { label: "sad" } }, quality: "ok" };
      let asked = 0;
      for (let now = 0; now < 1000 * (LONGEST_S + 50); now += 500)
        record.add(now, () => { asked += 1; return { rate: now < 5000 ? null : 20, roundTripMs: 9, stages: {}, faces: [face] }; });
      const { seconds, rates, expressions, mostFaces } = record;
      return [asked - LONGEST_S, seconds.length - LONGEST_S, seconds.at(-1).second - LONGEST_S, rates.length > 0, expressions[0][0], mostFaces];
    }"""
    assert run("live/session_record", record) == [50, 0, 49, True, "sad", 1]

    ribbon = """({ExpressionHistory}) => {  // sad, out of view for 10 seconds, happy; then long happy
      const history = new ExpressionHistory();
      for (let now = 0; now < 5000; now += 100) history.add({ label: "sad" }, now);
      for (let now = 15000; now < 20000; now += 100) history.add({ label: "happy", unsure: now > 17000 }, now);
      const before = [2000, 8000, 16000, 18000].map((time) => history.at(time) && [history.at(time).label, history.at(time).unsure]);
      const shares = history.shares();
      for (let now = 20000; now < 200000; now += 100) history.add({ label: "happy" }, now);
      return [before, shares, history.shares(), history.moments.length];
    }"""
    before, shares, later, kept_moments = run("live/expression_history", ribbon)
    assert before == [["sad", False], None, ["happy", False], ["happy", True]]
    assert [label for label, _ in shares] == ["sad", "happy"]
    assert later == [["happy", 1]]
    assert kept_moments <= 121

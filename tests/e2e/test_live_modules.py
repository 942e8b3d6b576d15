"""The live page's own modules: by tables, in a browser, where they live."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Run

CANVAS_AND_FACE = """
      const canvas = document.body.appendChild(document.createElement("canvas"));
      Object.assign(canvas.style, {position: "fixed", width: "400px", height: "300px"});
      const face = {
        expression: {label: "happy", scores: {happy: 0.9}},
        age: {years: 30},
        gender: {label: "female", scores: {female: 0.9}},
      };"""
"""What a test of the overlay begins with."""


def test_geometry(run: Run) -> None:
    contained = "(g, ...sizes) => g.containedIn(...sizes)"
    for sizes, expected in [
        ((640, 480, 640, 480), (0, 0, 640, 480)),  # fits
        ((640, 480, 800, 480), (80, 0, 640, 480)),  # bars left and right
        ((640, 480, 320, 480), (0, 120, 320, 240)),  # bars above and below
        ((480, 640, 640, 480), (140, 0, 360, 480)),  # a phone held upright
        ((0, 0, 300, 200), (0, 0, 300, 200)),  # no picture yet
    ]:
        rect = run("live/geometry", contained, *sizes)
        assert (rect["x"], rect["y"], rect["w"], rect["h"]) == expected

    on_stage = "(g, box, mirrored) => g.onStage(box, {x: 100, y: 10, w: 200, h: 100}, mirrored)"
    box = {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}
    plain, mirrored = run("live/geometry", on_stage, box, False), run("live/geometry", on_stage, box, True)
    assert (plain["x"], plain["y"], plain["w"], plain["h"]) == pytest.approx((120, 30, 60, 40))
    assert mirrored["x"] == pytest.approx(100 + 200 * (1 - 0.1 - 0.3))

    frame_size = "(g, w, h, side) => Object.values(g.frameSize(w, h, side))"
    for size, sent in [
        ((640, 480, 640), [640, 480]),
        ((1280, 720, 640), [640, 360]),
        ((480, 640, 320), [240, 320]),
        ((320, 240, 640), [320, 240]),  # never enlarged
        ((641, 333, 640), [640, 332]),  # even numbers
    ]:
        assert run("live/geometry", frame_size, *size) == sent


def test_face_labels_find_a_place(run: Run) -> None:
    place = """(g, box, labels, preferred, faces = []) =>
      g.placeLabel({w: 100, h: 40}, box, {x: 0, y: 0, w: 400, h: 300}, {labels, faces}, preferred)"""
    middle = {"x": 150, "y": 100, "w": 80, "h": 80}
    above = run("live/geometry", place, middle, [], 0)
    assert (above["x"], above["y"], above["place"]) == (150, 54, 0)
    below = run("live/geometry", place, {**middle, "y": 10}, [], 0)
    assert (below["y"], below["place"]) == (96, 1)
    beside = run("live/geometry", place, {"x": 150, "y": 10, "w": 80, "h": 280}, [], 0)
    assert (beside["x"], beside["place"]) == (236, 3)
    inside = run("live/geometry", place, {"x": 10, "y": 10, "w": 380, "h": 280}, [], 0)
    assert (inside["y"], inside["place"]) == (16, 2)
    edge = run("live/geometry", place, {**middle, "x": 360}, [], 0)
    assert edge["x"] == 300  # whole, at the picture's edge
    dodged = run("live/geometry", place, middle, [{"x": 120, "y": 40, "w": 60, "h": 40}], 0)
    assert dodged["place"] == 1
    neighbour = {"x": 235, "y": 30, "w": 80, "h": 80}  # another face: its label moves to the left, and stays above
    moved = run("live/geometry", place, middle, [], 0, [neighbour])
    assert (moved["x"], moved["y"], moved["place"]) == (130, 54, 5)
    # Faces on both sides of the place above: the label stands between them.
    sides = [{"x": x, "y": 40, "w": 50, "h": 20} for x in (85, 245)]
    between = run("live/geometry", place, middle, [], 0, sides)
    assert (between["x"], between["y"], between["place"]) == (140, 54, 7)
    walls = [{"x": x, "y": y, "w": 100, "h": 300} for x, y in ((45, 0), (235, 0))]
    crowded = run("live/geometry", place, middle, [], 0, walls)  # faces on both sides: what covers least
    assert crowded["place"] in (7, 8)


def test_face_labels_leave_a_videos_controls_free(run: Run) -> None:
    lowest = (
        "async ({Overlay}, hasControls) => {"
        + CANVAS_AND_FACE
        + """
      const tracks = {at: () => [{track: 1, face, alpha: 1, box: {x: 0.3, y: 0.05, w: 0.3, h: 0.6}}]};
      const stage = {size: {width: 400, height: 300}, hasControls};
      return new Promise((done) => {
        const overlay = new Overlay(canvas, stage, tracks, {get: () => undefined}, () => {
          const {label} = overlay.boxes[0];
          overlay.stop();
          canvas.remove();
          done(label.y + label.h);
        });
        overlay.start();
      });
    }"""
    )
    assert run("live/overlay", lowest, False) > 300 - 72  # below the face
    assert run("live/overlay", lowest, True) <= 300 - 72


def test_boxes_are_drawn_anew_only_when_they_change(run: Run) -> None:
    drawings = (
        "async ({Overlay}, moves) => {"
        + CANVAS_AND_FACE
        + """
      let x = 100, cleared = 0, settling = 5;  // the canvas gets its size
      const tracks = {at: () => [{track: 1, face, alpha: 1, box: {x: x / 400, y: 0.2, w: 0.3, h: 0.4}}]};
      const context = canvas.getContext("2d");
      const clear = context.clearRect;
      context.clearRect = (...area) => { cleared += 1; clear.apply(context, area); };
      const at = [];
      await new Promise((done) => {
        const overlay = new Overlay(canvas, {size: {width: 400, height: 300}}, tracks, {get: () => undefined}, () => {
          if (settling > 0) { settling -= 1; cleared = 0; return; }
          at.push(overlay.boxes[0].x);
          if (moves.length === 0) { overlay.stop(); done(); return; }
          x += moves.shift();
        });
        overlay.mirrored = false;
        overlay.start();
      });
      canvas.remove();
      return {drawn: cleared - 1, at};  // the last one is the end's
    }"""
    )
    for moves, drawn, last in [
        ([0, 0, 0], 0, 100),
        ([5, 0, 0, 5], 2, 110),
        ([0.2, -0.2, 0.2, 0.2], 0, 100),  # the detector's noise
        ([0.2, 0.2, 0.2], 1, 100.6),  # a slow movement is followed all the same
    ]:
        seen = run("live/overlay", drawings, moves)
        assert (seen["drawn"], seen["at"][-1]) == (drawn, pytest.approx(last)), moves


def test_stages_add_up(run: Run) -> None:
    timings = {
        "queue": 1,
        "decode": 1,
        "detect": 2,
        "align": 0.2,
        "expression": 0.5,
        "age": 0.5,
        "gender": 0.5,
        "server": 7,
    }
    stages = ["decode", "detect", "align", "expression", "age", "gender"]
    split = "(m, timings, stages) => m.stageTimes(6, 15, timings, stages)"
    times = run("live/session_metrics", split, timings, stages)
    assert list(times) == ["encode", "network", "queue", *stages, "other"]
    assert times["network"] == pytest.approx(8)
    assert times["align"] == pytest.approx(0.2)
    assert times["other"] == pytest.approx(1.3)
    assert sum(times.values()) == pytest.approx(6 + 15)
    fewer = run("live/session_metrics", split, timings, ["decode"])  # what the server does not name is in the remainder
    assert (fewer["other"], sum(fewer.values())) == pytest.approx((5, 6 + 15))


def test_stages_are_those_that_the_server_names(run: Run) -> None:
    story = """({SessionMetrics}) => {
      const metrics = new SessionMetrics();
      const seen = [metrics.stages];
      metrics.sample(1000, true);
      metrics.setServerStages(["decode", "landmarks"]);
      seen.push(metrics.stages);
      metrics.answered(2000, 1, 10, { server: 8, decode: 2, landmarks: 3 });
      metrics.sample(2000, true);
      metrics.sample(2250, false);  // an outage is a gap, whatever came before it
      return [...seen, metrics.sampleStages.landmarks];
    }"""
    before, after, samples = run("live/session_metrics", story)
    assert before == ["encode", "network", "queue", "other"]
    assert after == ["encode", "network", "queue", "decode", "landmarks", "other"]
    assert samples == [None, 3, None]


def test_adaptation(run: Run) -> None:
    """A slow network or device makes frames smaller, a slow server makes them fewer, and all recover."""
    story = """({Adaptation}, phases, seconds) => {
      const adaptation = new Adaptation();
      const steps = [];
      let now = 0;
      for (const [device, network, server] of phases) {
        for (const end = now + 1000 * seconds; now < end; now += 33) adaptation.answered(now, { device, network, server });
        steps.push([adaptation.level, Math.round(adaptation.settings.intervalMs), adaptation.bottleneck]);
      }
      return steps;
    }"""
    well = [9, 8, 6]
    for trouble, cause in [
        ([9, 150, 6], "network"),
        ([200, 8, 6], "device"),
        ([150, 120, 6], "device"),  # both are slow: the slower one is told
        ([90, 160, 6], "network"),
    ]:
        fine, slow, again = run("live/adaptation", story, [well, trouble, well], 60)
        assert fine == [0, 0, None]
        assert slow[0] > 2
        assert slow[2] == cause
        assert again[0] < slow[0]
    fine, slow, again = run("live/adaptation", story, [well, [9, 8, 400], well], 60)
    assert fine == [0, 0, None]
    assert slow[:2] == [0, 200]
    assert slow[2] == "server"
    assert again == [0, 0, None]

    shared = """({Adaptation}, ms) => {  // on the server's own machine, where no network can be slow
      const adaptation = new Adaptation();
      adaptation.sameMachine = true;
      for (let now = 0; now < 60_000; now += 33) adaptation.answered(now, ms);
      return [adaptation.level, Math.round(adaptation.settings.intervalMs), adaptation.bottleneck];
    }"""
    for (device, network, server), reaction in [
        (well, [0, 0, None]),
        ([9, 150, 6], [0, 80, "machine"]),  # it waits for a core: fewer frames, as large as before
        ([9, 8, 400], [0, 200, "machine"]),
        ([200, 8, 6], [5, 0, "device"]),  # to encode takes as long by itself
        ([200, 150, 6], [5, 80, "device"]),  # both are slow: the slower one is told
        ([90, 160, 6], [5, 80, "machine"]),
    ]:
        assert run("live/adaptation", shared, {"device": device, "network": network, "server": server}) == reaction

    pumping = """({Adaptation}) => {  // fine while small, slow while large: it must settle, not swing for ever
      const adaptation = new Adaptation();
      let changes = 0, level = 0;
      for (let now = 0; now < 300_000; now += 33) {
        adaptation.answered(now, { device: 9, network: adaptation.level === 0 ? 120 : 10, server: 6 });
        if (adaptation.level !== level) { changes += 1; level = adaptation.level; }
      }
      return changes;
    }"""
    assert run("live/adaptation", pumping) < 20


@pytest.mark.parametrize(
    ("pixels", "max_side"),
    [
        ([], 320),  # nobody is in view
        ([200], 320),
        ([200, 32], 480),  # 24 pixels there, and 16 in the smallest
        ([26], 640),  # 19
        ([15, 200], 640),
    ],
)
def test_no_face_is_lost_by_a_smaller_frame(run: Run, pixels: list[int], max_side: int) -> None:
    """Of a width in pixels of a frame of 640; once the face has gone, frames may be smaller."""
    story = """({Adaptation}, pixels) => {
      const adaptation = new Adaptation();
      const sides = [];
      for (let now = 0; now < 60_000; now += 100) {
        adaptation.saw(now, now < 30_000 ? pixels.map((width) => width / 640) : []);
        adaptation.answered(now, { device: 9, network: 200, server: 6 });
        if (now === 29_000) sides.push(adaptation.settings.maxSide, adaptation.settings.quality);
      }
      return [...sides, adaptation.settings.maxSide];
    }"""
    shown, quality, at_last = run("live/adaptation", story, pixels)
    assert (shown, at_last) == (max_side, 320)
    assert quality < 0.8, "it is compressed more in any case"


def test_the_screen_is_kept_on_once(run: Run) -> None:
    story = """async ({keepScreenOn, letScreenSleep}, steps) => {
      let asked = 0, held = 0;
      const answers = [];
      const lock = () => ({ released: false, async release() { this.released = true; held -= 1; } });
      const request = () => {
        asked += 1;
        return new Promise((resolve) => answers.push(() => { held += 1; resolve(lock()); }));
      };
      Object.defineProperty(navigator, "wakeLock", { value: { request }, configurable: true });
      const hands = { keep: keepScreenOn, sleep: letScreenSleep, grant: () => answers.shift()() };
      for (const step of steps.split(" ")) {
        void hands[step]();
        await new Promise((resolve) => setTimeout(resolve));
      }
      const outcome = [asked, held];
      await letScreenSleep();
      return outcome;
    }"""
    for steps, outcome in [
        ("keep grant", [1, 1]),
        ("keep grant keep", [1, 1]),  # another camera
        ("keep keep grant", [1, 1]),
        ("keep grant keep sleep", [1, 0]),
        ("keep sleep grant", [1, 0]),  # stopped before the browser answered
        ("keep sleep keep grant", [1, 1]),
        ("keep grant sleep keep grant", [2, 1]),
    ]:
        assert run("live/wake_lock", story, steps) == outcome, steps


def test_no_way_of_encoding_is_given_up_while_there_is_no_picture(run: Run) -> None:
    story = """async ({FrameEncoder, NoPicture}) => {
      const encoder = new FrameEncoder();
      const best = encoder.way;
      const size = { width: 64, height: 48, quality: 0.8, measureLight: false };
      const error = await encoder.encode(document.createElement("video"), size).catch((error) => error);
      return [error instanceof NoPicture, encoder.way === best];
    }"""
    assert run("live/encoder", story) == [True, True]

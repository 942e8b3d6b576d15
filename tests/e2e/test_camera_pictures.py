"""Pictures read from the camera's track, before the video shows them: their times, and that each is closed."""

from __future__ import annotations

from typing import Any

from benchmarks.harness.camera import FakeCamera
from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage, Run

# Thirty pictures a second on a clock that is 5000 ms behind the page's; shown 12 to 24 ms after they were taken.
CLOCK = """({CaptureClock}, delays, captureTimes) => {
  const clock = new CaptureClock();
  let times;
  delays.forEach((delay, i) => {
    const taken = 10_000 + 33.3 * i;
    times = clock.arrived(taken - 5000, taken + delay);
    if (captureTimes) clock.presented(taken, taken + 12 + 12 * (i % 2));
  });
  const taken = 10_000 + 33.3 * (delays.length - 1);
  return [times.capturedAt - taken, times.shownAt - taken];
}"""

WATCH = """async ({watchFrames}) => {
  const video = document.getElementById("preview");
  const waited = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const ticks = [];
  const captureTimes = [];
  const presented = (now, { captureTime }) => {
    captureTimes.push(captureTime);
    video.requestVideoFrameCallback(presented);
  };
  video.requestVideoFrameCallback(presented);
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
  await video.play();
  const stop = watchFrames(video, (tick) => {
    ticks.push({ ...tick, at: performance.now(), read: tick.picture !== null });
    tick.picture?.close();
  });
  const until = async (count) => { while (ticks.length < count) await waited(20); };
  await until(40);
  const nearest = (tick) => Math.min(...captureTimes.map((time) => Math.abs(time - tick.capturedAt)));
  const last = ticks.slice(10, 38);
  const off = last.map(nearest).sort((a, b) => a - b)[4]; // A busy display leaves pictures out.
  const late = Math.min(...last.map((tick) => tick.at - tick.capturedAt), ...last.map((tick) => tick.shownAt - tick.capturedAt));

  video.pause();
  await waited(100);
  const before = ticks.length;
  await waited(200);
  const whilePaused = ticks.length - before;
  const again = performance.now();
  await video.play();
  await until(before + 5);
  const oldest = ticks[before].capturedAt - again;

  stop();
  const stopped = ticks.length;
  await waited(200);
  video.srcObject.getTracks().forEach((track) => track.stop());
  video.srcObject = null;
  return { read: ticks.every(({ read }) => read), off, late, whilePaused, oldest, afterStop: ticks.length - stopped };
}"""

# Every picture that the page reads is remembered: one that was closed, or moved to the worker, has no format any more.
REMEMBER_PICTURES = """{
  window.pictures = [];
  const read = ReadableStreamDefaultReader.prototype.read;
  ReadableStreamDefaultReader.prototype.read = async function () {
    const result = await read.call(this);
    if (result.value instanceof VideoFrame) pictures.push(result.value);
    return result;
  };
}"""

NO_PICTURES_COME = "ReadableStreamDefaultReader.prototype.read = () => new Promise(() => {});"


def test_when_a_picture_was_taken_and_is_shown(run: Run) -> None:
    def off(delays: list[int], capture_times: bool = True) -> Any:
        return run("live/capture_clock", CLOCK, delays, capture_times)

    for delays in (
        [2, 3, 2, 4, 2, 3],  # at once
        [2, 30, 25, 28, 30, 28],  # a busy page: one quick picture is enough to tell the clocks' difference
        [40, 45, 41, 2, 30, 30],  # busy from the start
    ):
        captured, shown = off(delays)
        assert abs(captured) < 0.01, delays
        assert 11 < shown < 25, delays
    assert off([5]) == [5, 5]  # the video has not told yet
    assert off([5, 6], False) == [6, 6]  # it never does: some virtual cameras


def test_a_camera_is_read_while_its_video_plays(run: Run) -> None:
    seen = run("live/frame_clock", WATCH)
    assert seen["read"], "by the track in Chromium, not by the video"
    assert seen["off"] < 0.5, "captured when the video says, too"
    assert seen["late"] >= 0
    assert (seen["whilePaused"], seen["afterStop"]) == (0, 0)
    assert seen["oldest"] > -100, "after a pause no picture from before it"


def test_every_picture_is_closed(open_page: OpenPage, server: Server, one_person: FakeCamera) -> None:
    live = open_page(server, one_person, before=REMEMBER_PICTURES).start()
    live.wait_for_results(5)
    live.page.locator("#preview").evaluate("(video) => video.pause()")
    live.page.locator("#preview").evaluate("(video) => video.play()")
    live.wait_for_results(2)
    live.page.get_by_role("button", name="Stop camera").click()
    live.wait_until("pictures.length >= 7 && pictures.every(({ format }) => format === null)")


def test_what_the_video_shows_is_sent_where_nothing_can_be_read(
    open_page: OpenPage, server: Server, one_person: FakeCamera
) -> None:
    live = open_page(server, one_person, before=NO_PICTURES_COME).start()
    live.wait_for_results(3)
    assert live.stats()["frame_to_label_ms"]["p50"] > 0

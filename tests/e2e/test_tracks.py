"""Where boxes are drawn between results: by stories of results and display frames, in a browser."""

from __future__ import annotations

from tests.e2e.conftest import Run


def test_tracks_keep_up_and_stay_calm(run: Run) -> None:
    story = """({Tracks}, speed, stopAt) => {  // 30 results a second, each 40 ms old; the display draws at 60
      const tracks = new Tracks();
      const drawn = [];
      const x = (time) => 100 + speed * Math.min(time, stopAt);
      for (let step = 0; step < 240; step += 1) {
        const now = step * 1000 / 60;
        if (step % 2 === 0 && now >= 40) {
          const box = [x(now - 40) - 50, 100, 100, 100];
          tracks.update([{track: 1, box}], {width: 640, height: 480}, now - 40, now);
        }
        const [face] = tracks.at(now);
        if (face) drawn.push(640 * (face.box.x + face.box.w / 2) - x(now));
      }
      return drawn;
    }"""
    still = run("live/tracks", story, 0, 0)
    assert max(map(abs, still)) < 0.01
    moving = run("live/tracks", story, 0.1, 1e9)  # 100 pixels a second
    assert max(map(abs, moving[60:])) < 1, "a steadily moving face is not trailed"
    stopping = run("live/tracks", story, 0.1, 2000)
    assert max(map(abs, stopping[118:])) < 14, "little overshoot where it stops"
    assert abs(stopping[-1]) < 0.5


def test_a_picture_that_comes_to_a_stop_keeps_its_boxes(run: Run) -> None:
    story = """({Tracks}) => {  // a moving face whose results come half a second late, then the video is paused
      const tracks = new Tracks();
      for (let now = 600; now < 1600; now += 100) {
        const box = [now / 10 + (now % 200), 100, 100 + (now % 300) / 10, 100];
        tracks.update([{track: 1, box}], {width: 640, height: 480}, now - 500, now);
        tracks.at(now);
      }
      tracks.still = true;
      return [1500, 9000].map((now) => tracks.at(now)[0].box);
    }"""
    first, later = run("live/tracks", story)
    assert first == later
    assert 0 < first["w"] < 0.5
    assert 0 < first["x"] < 1


def test_tracks_fade_and_go(run: Run) -> None:
    alphas = """({Tracks}, smooth) => {
      const tracks = new Tracks();
      tracks.smooth = smooth;
      tracks.update([{track: 1, box: [0, 0, 10, 10]}], {width: 100, height: 100}, 0, 0);
      return [10, 150, 250, 300, 500].map((now) => tracks.at(now)[0]?.alpha ?? 0);
    }"""
    rising, shown, fading, fainter, gone = run("live/tracks", alphas, True)
    assert 0 < rising < 1
    assert shown == 1
    assert 1 > fading > fainter > gone == 0
    assert run("live/tracks", alphas, False) == [1, 1, 0, 0, 0]


def test_a_late_display_frame_draws_no_wild_box(run: Run) -> None:
    story = """({Tracks}) => {  // a face comes near at once; a busy display draws at a time before the result was taken in
      const tracks = new Tracks();
      const take = (size, now) =>
        tracks.update([{track: 1, box: [100, 100, size, size]}], {width: 640, height: 480}, now - 40, now);
      take(60, 500);
      take(300, 1100);
      return [1000, 1050, 1099, 1100, 1200].map((now) => 640 * tracks.at(now)[0].box.w);
    }"""
    widths = run("live/tracks", story)
    assert 60 <= min(widths) <= max(widths) <= 300
    assert widths[-1] > 250


def test_slow_results_do_not_make_faces_flicker(run: Run) -> None:
    story = """({Tracks}, every) => {  // the display draws at 60; how faint does the face get between results?
      const tracks = new Tracks();
      let faintest = 1;
      for (let now = 0; now < 5000; now += 1000 / 60) {
        if (now % every < 1000 / 60) tracks.update([{track: 1, box: [0, 0, 10, 10]}], {width: 100, height: 100}, now, now);
        if (now > 2500) faintest = Math.min(faintest, tracks.at(now)[0]?.alpha ?? 0);
      }
      return faintest;
    }"""
    for every in (33, 200, 500):
        assert run("live/tracks", story, every) == 1, every


def test_a_face_leaves_when_results_lack_it(run: Run) -> None:
    story = """({FaceRegistry}) => {  // results twice a second; the last two lack the face
      const registry = new FaceRegistry();
      const present = [];
      for (let now = 0; now <= 2000; now += 250) {
        if (now % 500 === 0) registry.update(now < 1500 ? [{ track: 1, expression: { label: "sad" } }] : [], now);
        present.push(registry.refresh(now)[0]?.[1].present ?? null);
      }
      return present;
    }"""
    assert run("live/face_registry", story) == [True] * 6 + [False] * 3

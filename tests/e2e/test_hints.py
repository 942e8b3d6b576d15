"""The line of help under the picture: what it says, and what of it is spoken."""

from __future__ import annotations

from tests.e2e.conftest import Run


def test_hints_are_spoken_seldom(run: Run) -> None:
    story = """({Announcer}, moments) => {
      const announcer = new Announcer();
      const region = document.getElementById("announcer");
      return moments.map(([second, hint]) => {
        region.textContent = "";
        if (hint === "Camera on.") announcer.say(hint, 1000 * second);
        else announcer.hint(hint, 1000 * second);
        return region.textContent;
      });
    }"""
    dark, slow = "It is dark.", "Only 9 a second."
    for moments, spoken in [
        ([(0, dark), (1, dark), (20, dark)], [dark, "", ""]),  # once, while it stands
        ([(0, dark), (1, slow), (9, slow)], [dark, "", slow]),  # another one, when the first has been heard
        ([(0, slow), (10, "Only 8 a second.")], [slow, ""]),  # only its number moved
        ([(0, dark), (5, None), (9, dark)], [dark, "", dark]),  # gone and back
        ([(0, dark), (1, None), (2, dark)], [dark, "", ""]),  # flickering
        ([(0, "Camera on."), (1, dark), (2, dark)], ["Camera on.", "", dark]),  # others finish first
    ]:
        assert run("live/announcer", story, moments) == spoken


def test_hints(run: Run) -> None:
    hint = """({Hints}, situation, troubles, at) => {
      const hints = new Hints();
      hints.start(0);
      for (const trouble of troubles) hints.trouble(trouble, 0);
      let hint = null;
      for (let now = 0; now <= at; now += 250) hint = hints.hint(situation, now);
      return hint;
    }"""
    good = {"faces": 1, "light": 120, "results": 30, "camera": 30, "display": 60, "bottleneck": None}
    cases: list[tuple[dict, list[dict], int, str | None]] = [
        ({}, [], 20_000, None),
        ({"camera": 0, "results": 0}, [], 3000, "no pictures"),
        ({"camera": 0.5, "results": 0, "display": 2}, [], 3000, "device is busy"),  # who hardly draws cannot know
        ({"faces": 0}, [], 2000, None),  # not at once
        ({"faces": 0}, [], 4000, "No face in view"),
        ({"faces": 0, "light": 20}, [], 4000, "rather dark"),
        ({"light": 20}, [], 4000, "rather dark"),
        ({"results": 9, "camera": 10}, [], 6000, "only 10 pictures"),
        ({"results": 9, "bottleneck": "network"}, [], 6000, "network is slow"),
        ({"results": 9, "camera": 12, "bottleneck": "device", "deviceMs": 204.4}, [], 6000, "takes 204 ms"),
        ({"faces": 0, "light": 20, "fromFile": True}, [], 4000, "No face found"),  # nobody can light a recording
        ({"camera": 0, "results": 0, "fromFile": True}, [], 9000, None),
        ({"results": 9, "bottleneck": "server"}, [], 6000, "server is busy"),
        ({"results": 9, "bottleneck": "machine"}, [], 6000, "server share it, and answers come at 9 a second"),
        ({"results": 9, "bottleneck": "machine", "camera": 9, "fixed": True}, [], 6000, "browser and server share it"),
        ({"results": 9, "camera": 10, "display": 12}, [], 6000, "device is busy"),  # who draws seldom sees few pictures
        ({"results": 9, "display": 12}, [], 6000, "device is busy"),
        ({}, [{"code": "worker_lost", "message": ""}], 1000, "restarted"),
        ({}, [{"code": "worker_lost", "message": ""}], 5000, None),  # and gone again
        ({}, [{"code": "shutting_down", "message": ""}], 1000, None),  # the lost connection has words of its own
        ({}, [{"code": "truncated", "message": "The JPEG ends early."}], 1000, "refused a frame: cut off"),
        (
            {},
            [{"code": "brand_new", "message": "In a way of its own."}],
            1000,
            "In a way of its own.",
        ),  # a newer server
        ({}, [{"code": "frame_too_large", "message": "300000"}], 1000, "300 kB"),
    ]
    for changes, troubles, at, expected in cases:
        shown = run("live/hints", hint, {**good, **changes}, troubles, at)
        assert (expected is None and shown is None) or (expected and expected in (shown or "")), (changes, at, shown)

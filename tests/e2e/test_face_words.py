"""What is said of a face: by tables, in a browser, where the words live."""

from __future__ import annotations

from tests.e2e.conftest import Run

SCORES: dict[str, float] = {
    "angry": 0.41,
    "sad": 0.38,
    "happy": 0.01,
    "neutral": 0.1,
    "fear": 0.05,
    "disgust": 0.03,
    "surprise": 0.02,
}


def test_words_of_a_face(run: Run) -> None:
    expression = (
        "({expressionWords}, more) => Object.values(expressionWords({label: 'angry', scores: more.scores, ...more}))"
    )
    cases: list[tuple[dict[str, object], list[object]]] = [
        ({}, ["Angry", "41\u00a0%", ["angry"]]),  # an older server tells nothing of doubts
        ({"unsure": False, "likeliest": ["angry", "sad"]}, ["Angry", "41\u00a0%", ["angry"]]),
        ({"unsure": True, "likeliest": ["angry", "sad"]}, ["Unsure: angry or sad", "", ["angry", "sad"]]),
        ({"unsure": True}, ["Angry", "41\u00a0%", ["angry"]]),  # nothing to choose between
    ]
    for more, said in cases:
        assert run("live/face_words", expression, {"scores": SCORES, **more}) == said

    age = "({ageWords}, age) => Object.values(ageWords(age))"
    assert run("live/face_words", age, {"years": 47, "low": 38, "high": 58}) == ["about 47", "38–58"]
    assert run("live/face_words", age, {"years": 46.6}) == ["about 47", ""]  # an older server

    quality = "({qualityWords}, quality, live) => qualityWords(quality, live)"
    for word in ("small", "turned", "dark", "blurred"):
        alone, with_help = (run("live/face_words", quality, word, live) for live in (False, True))
        assert alone.endswith("less reliable.")
        assert with_help.startswith(f"{alone} ")  # nobody can come closer in a file
    assert run("live/face_words", quality, "ok", True) == ""
    assert run("live/face_words", quality, "occluded", True) == ""  # of a newer server


def test_a_remark_on_a_face_stays_long_enough_to_be_read(run: Run) -> None:
    story = """({FaceRegistry}, still, qualities) => {  // one result and one look each quarter of a second
      const registry = new FaceRegistry();
      registry.still = still;
      return qualities.map((quality, i) => {
        registry.update([{ track: 1, quality, expression: { label: "sad" } }], 250 * i);
        return registry.refresh(250 * i)[0][1].quality;
      });
    }"""
    for still, seen, said in [
        (False, ["dark", "ok", "dark", "ok", "dark", "ok"], ["ok"] * 6),  # flickering
        (False, ["dark"] * 6, ["ok"] * 4 + ["dark"] * 2),  # dark for a second
        (False, ["dark"] * 5 + ["ok", "ok"], ["ok"] * 4 + ["dark"] * 3),  # and not gone at once
        (False, [None] * 2, ["ok"] * 2),  # an older server
        (True, ["small"], ["small"]),  # a picture has no second look
    ]:
        assert run("live/face_registry", story, still, seen) == said, seen

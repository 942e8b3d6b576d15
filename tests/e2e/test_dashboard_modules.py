"""What the dashboard advises, by a table, in a browser, where it lives."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import Run

WELL: dict[str, Any] = {
    "workers": {"alive": 2, "wanted": 2, "waiting": 0, "replaced": 0},
    "load": {"now": {"cpu_web": 0.3, "lag_p99": 3, "machine_cores": [0.5, 0.4], "worker_cores": [0.4, 0.3]}},
    "connected": {"camera": 3, "watch": 1},
    "limits": {"camera": 64, "watch": 64},
}


def changed(part: str, **values: Any) -> dict[str, Any]:
    if part == "now":
        return WELL | {"load": {"now": WELL["load"]["now"] | values}}
    return WELL | {part: WELL[part] | values}


CASES = [
    (WELL, []),
    (changed("workers", alive=1), [("workers", "error", "1 worker has ended")]),
    (changed("now", machine_cores=[0.9, 0.9]), [("cores", "warn", "The processor is 90\u00a0% busy")]),
    (changed("now", machine_cores=[1, 0]), []),  # one busy core of two is no trouble
    (changed("now", machine_cores=[]), []),  # not yet measured
    (changed("now", cpu_web=0.96), [("web", "error", "The web process uses 1.0")]),
    (changed("now", lag_p99=60), [("lag", "warn", "60 ms late")]),
    (changed("workers", waiting=5), [("queue", "warn", "5 frames wait")]),  # more than two for each worker
    (changed("connected", camera=64), [("places", "warn", "All 64 places are taken")]),
]


def test_advice_comes_with_its_reason_and_the_worst_first(run: Run) -> None:
    found = run("dashboard/advice", "(a, all) => all.map((one) => a.advice(one))", [snapshot for snapshot, _ in CASES])
    for told, (snapshot, expected) in zip(found, CASES, strict=True):
        assert [(one["name"], one["level"]) for one in told] == [one[:2] for one in expected], snapshot
        assert all(words in one["text"] for one, (_, _, words) in zip(told, expected, strict=True))
    both = changed("now", lag_p99=60, machine_cores=[1, 1])
    levels = run("dashboard/advice", "(a, one) => a.advice(one).map(({ level }) => level)", both)
    assert levels == ["error", "warn"]


def test_levels_begin_at_their_limits(run: Run) -> None:
    levels = run("dashboard/advice", "(a) => [149, 150, 349, 350].map((ms) => a.level(ms, 'latency'))")
    assert levels == ["", "warn", "warn", "error"]
    session = {"received": 10, "dropped": {"newer_frame": 3, "timeout": 1}}
    assert run("dashboard/advice", "(a, one) => a.droppedShare(one)", session) == 0.4


def test_several_nodes_are_told_and_one_is_not(run: Run) -> None:
    nodes = [{"node": "3fa2b1c0", "fps": 12.06}, {"node": "9b1c77aa", "fps": 0}]
    told = run("dashboard/nodes", "(n, all) => [all, all.slice(1), undefined].map((some) => n.nodesLine(some))", nodes)
    assert told == ["2 nodes answer: node 3fa2 (12.1/s), node 9b1c (0.0/s).", "", ""]


def test_a_node_that_dies_is_missed_and_one_that_is_renewed_is_not(run: Run) -> None:
    """At each second the nodes that answer, by a letter each, and how many are missing."""
    missing = """(n, moments) => {
      const watch = new n.NodeWatch();
      return moments.map(([second, nodes]) => watch.take([...nodes].map((node) => ({ node })), 1000 * second));
    }"""
    for moments, expected in [
        ([(0, ""), (1, "")], [0, 0]),  # a server by itself
        ([(0, "ab"), (1, "ab"), (5, "b"), (9, "b"), (11, "bc")], [0, 0, 1, 1, 0]),  # it died, and was started again
        ([(0, "ab"), (5, ""), (200, "")], [0, 2, 0]),  # who has taken them away knows
        ([(0, "ab"), (4, "abc"), (9, "bc"), (14, "bcd"), (20, "cd")], [0, 0, 0, 0, 0]),  # renewed, one after the other
        ([(0, "ab"), (4, "cb")], [0, 0]),
        ([(0, "ab"), (4, "abc"), (90, "ab")], [0, 0, 1]),  # it had been there for long
    ]:
        assert run("dashboard/nodes", missing, moments) == expected
    assert "1 node does not answer" in run("dashboard/advice", "(a, one) => a.advice(one, 1)[0].text", WELL)


SEEN_AND_NOT = """async ({ InSight }) => {
  const inSight = new InSight();
  const [near, far] = ["0", "9000px"].map((top) => {
    const element = document.createElement("i");
    element.style.cssText = `position: absolute; top: ${top}; width: 9px; height: 9px`;
    document.body.append(element);
    inSight.watch(element);
    return element;
  });
  const written = [];
  const write = (number) => {
    for (const [name, element] of [["near", near], ["far", far]])
      inSight.write(element, () => written.push(`${name} ${number}`));
  };
  const settled = () => new Promise((resolve) => setTimeout(resolve, 150));
  write(1);  // before the browser has said what is in sight
  await settled();
  write(2);
  write(3);
  const before = [...written];
  far.scrollIntoView();
  await settled();
  return [before, written.slice(before.length)];
}"""


def test_what_is_out_of_sight_is_written_once_it_is_seen(run: Run) -> None:
    before, after = run("shared/in_sight", SEEN_AND_NOT)
    assert before == ["near 1", "far 1", "near 2", "near 3"]
    assert after == ["far 3"], "the newest alone"

"""The benchmarks run, and print a table and write the keys that are asked for. What they measure is not judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

import cv2
import pytest

from benchmarks import dashboard
from benchmarks.frames import Costs
from benchmarks.harness.browser import chromium, why_no_browser
from benchmarks.harness.camera import moving_portrait
from benchmarks.harness.serving import serving
from benchmarks.harness.steady_cameras import steady_cameras
from benchmarks.hot_loop import Kernels
from benchmarks.other_systems.environments import AbsentError, Runner
from tests.services import needs
from vision.tasks import STAGES

ROOT = Path(__file__).resolve().parents[2]


def bench(*arguments: object, path: Path) -> dict:
    """The JSON of `run.py bench`."""
    command = [sys.executable, "-m", "benchmarks", *map(str, arguments), "--json", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip()
    figures: dict = json.loads(path.read_text())
    return figures


@pytest.mark.slow
def test_frames(tmp_path: Path) -> None:
    figures = bench("frames", "--frames", 60, path=tmp_path / "frames.json")
    assert figures["frames"] + sum(figures["not_answered_with_a_result"].values()) == 60
    assert list(figures["stages_ms"]) == list(STAGES)
    assert figures["stages_ms"]["detect"] > 0
    assert min(figures["web_ms_per_frame"], figures["worker_ms_per_frame"]) > 0
    both = figures["web_ms_per_frame"] + figures["worker_ms_per_frame"]  # of stages it is the wall time that is told
    assert figures["cpu_ms_per_frame"] == pytest.approx(both, abs=0.02)
    assert 0 <= figures["loop_lag_ms"]["p50"] <= figures["loop_lag_ms"]["p99"]
    assert 0 < figures["memory_mb"].get("shared_once", 1) < figures["memory_mb"]["resident"]
    assert figures["faces_per_frame"] == pytest.approx(1, abs=0.1)
    assert figures["ratio_to_kernels"] > 1


@pytest.mark.slow
def test_fairness(tmp_path: Path) -> None:
    short = ("--cameras", 1, "--fps", 10, "--seconds", 1, "--rounds", 1)
    figures = bench("fairness", *short, path=tmp_path / "fairness.json")
    assert len(figures["kept_each"]) == len(figures["fps_each"]) == 1
    assert figures["kept_least"] == pytest.approx(figures["fps_each"][0] / figures["fps_alone_each"][0], abs=0.01)
    assert figures["flood"]["answers"]["too_many_frames"] > 0


@pytest.mark.services
def test_nodes(tmp_path: Path) -> None:
    needs("redis-server")
    figures = bench("nodes", "--nodes", 3, "--cameras", 2, "--seconds", 1, path=tmp_path / "nodes.json")
    assert (figures["dashboard"]["nodes_read"], figures["dashboard"]["cameras_shown"]) == (3, 6)
    quiet, watched = figures["unwatched"]["of_one_beat"], figures["watched"]["of_one_beat"]
    assert 0 < quiet["bytes"] < watched["bytes"], "numbers are written while somebody watches"
    assert watched["commands"] > 5 and figures["watched"]["of_all_nodes_each_second"]["redis_cores"] > 0


def test_budgets_cost_something_and_are_a_share_of_a_frame() -> None:
    """In a process of its own: it lets eventlet replace `time.sleep`."""
    code = (
        "import json; from benchmarks.budgets import figures_of; print(json.dumps(figures_of(rounds=30, frame_ms=5.0)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout)
    assert 0 < figures["without_us"] < figures["with_us"]
    assert figures["percent_of_frame"] == pytest.approx(figures["budgets_us"] / 50, abs=0.01)


def test_kernels_are_timed_one_by_one() -> None:
    kernels = Kernels(moving_portrait()[0])
    kernels.time(rounds=1)
    figures = kernels.figures()
    each = [figures[f"{name}_ms"] for name in ("decode", "short_range", "expression_cnn", "age_cnn", "gender_cnn")]
    assert min(each) > 0
    assert figures["cnns_ms"] == pytest.approx(sum(each[2:]), abs=0.01)
    assert figures["together_ms"] == pytest.approx(sum(each), abs=0.01)


def test_a_ratio_is_of_the_moment_and_not_of_the_whole_run() -> None:
    """Another program halves the machine's speed for one part of three: kernels and server alike take twice as long."""

    class Slowed:
        times = iter((4.0, 4.0, 8.0, 8.0))

        def time(self) -> float:
            return next(self.times)

    costs = Costs(cast("Kernels", Slowed()))
    spent = 5.0
    for seconds, results in ((0.6, 100), (0.9, 100), (0.1, 0)):  # of the last part nothing was answered
        costs.take({"web": 1.0, "workers": spent}, {"web": 1.0, "workers": spent + seconds}, results)
        spent += seconds + 1.0  # while the kernels are timed: that is not a frame's
    assert costs.ratios == pytest.approx([1.5, 1.5])
    assert costs.seconds == pytest.approx({"web": 0.0, "workers": 1.6})


@pytest.mark.browser
def test_screenshots_of_a_part(tmp_path: Path) -> None:
    reason = why_no_browser()
    if reason:
        pytest.skip(reason)
    part = ["--only", "error-404", "--only", "settings", "--width", "390", "--theme", "dark", "--lang", "id"]
    command = [sys.executable, "-m", "benchmarks", "screenshots", "--out", str(tmp_path), *part]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr[-2000:]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["error-404-390-dark-id.png", "settings-390-dark-id.png"]
    for path in tmp_path.iterdir():
        picture = cv2.imread(str(path))
        assert picture is not None
        assert picture.shape[1] == 390
        assert picture.mean() < 80, "dark"


@pytest.mark.browser
def test_the_dashboards_costs_are_read() -> None:
    reason = why_no_browser()
    if reason:
        pytest.skip(reason)
    with (
        serving("--workers", "1") as server,
        steady_cameras(server.port, 2, moving_portrait(), fps=2),
        chromium(cameras=0) as browser,
    ):
        figures = dashboard.measure(server, browser, sessions=2, seconds=5, warm_up_s=0.5, before_s=0.5)
    assert 0 < figures["updates_per_second"] < 1.5
    assert 0 < figures["page_main_thread_percent"] < 100
    assert 0 < figures["page_processes_percent"] < 200
    assert min(figures["heap_mb"]) > 0.5


def test_memory_counts_once_the_charts_are_full() -> None:
    heap = [1.0, 2.0, 3.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 5.0]
    seconds = [float(number) for number in range(len(heap))]
    costs = dashboard.PageCosts(seconds, list(range(len(heap))), seconds, seconds, heap)
    assert dashboard.figures_of(costs)["heap_change"] == 0
    assert dashboard.figures_of(costs)["updates_per_second"] == 1
    grown = [float(number + 1) for number in range(len(heap))]
    assert dashboard.figures_of(replace(costs, heap_mb=grown))["heap_change"] > 0.3


@pytest.mark.slow
@pytest.mark.browser
def test_live(tmp_path: Path) -> None:
    reason = why_no_browser()
    if reason:
        pytest.skip(reason)
    figures = bench("live", "--seconds", 5, path=tmp_path / "live.json")
    assert figures["results_per_second"] > 0
    assert figures["seconds"] == pytest.approx(5, rel=0.3)
    assert 0 < figures["first_label_s"] < 30
    for name in ("round_trip_ms", "frame_to_label_ms"):
        assert 0 < figures[name]["p50"] <= figures[name]["p95"]


@pytest.mark.data
def test_steadiness(tmp_path: Path, video_dir: Path) -> None:
    clip = video_dir / "two_people.mp4"
    figures = bench("steadiness", clip, "--rounds", 1, path=tmp_path / "steadiness.json")["clips"][clip.name]
    assert figures["track_switches"] == 0
    assert [track["track"] for track in figures["tracks"]] == [1, 2]
    for track in figures["tracks"]:
        assert track["presence"] >= 0.97
        assert track["expression_changes_per_minute"] <= 18
        assert track["gender_changes_per_minute"] == 0
        assert 0 <= track["age_sd_years"] < 5


def test_peers_that_are_absent_are_named_and_ours_is_measured(tmp_path: Path) -> None:
    figures = bench("peers", "--frames", 2, "--only", "no such peer", path=tmp_path / "peers.json")
    assert figures["systems"]["Raut, live"]["ratio"] == 1
    assert all(system["ms"] > 0 and system["faces"] == 1 for system in figures["systems"].values())
    assert {"InsightFace", "DeepFace"} <= figures["absent"].keys()
    assert figures["fastest_ratio"] is None


def test_a_runner_that_ends_says_so() -> None:
    runner = Runner([sys.executable, "-c", "raise SystemExit(3)"])
    try:
        with pytest.raises(AbsentError, match="exit status 3"):
            runner.frames(1)
    finally:
        runner.close()


def test_tracking(tmp_path: Path) -> None:
    figures = bench("tracking", "--faces", 3, "--frames", 50, path=tmp_path / "tracking.json")
    assert (figures["faces"], figures["frames"]) == (3, 50)
    assert 0 < figures["cpu_ms"]["p50"] <= figures["cpu_ms"]["p95"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["speed"], "no such command 'speed'"),  # an unknown one
        ([], "Usage: run.py bench"),  # none
    ],
)
def test_a_missing_command_is_explained(arguments: list[str], said: str) -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr

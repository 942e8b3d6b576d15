"""The server's own misfortunes: workers killed again and again, an end in the middle of work, a full disk."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest

from benchmarks.harness.serving import ROOT, Server, free_port
from tests.webapp.bystander import unharmed
from tests.webapp.live_client import LiveClient, outcome
from tests.webapp.processes import runs, stopped, wait_until, workers_of

StartServer = Callable[..., Server]
Connect = Callable[..., LiveClient]


def test_workers_killed_in_the_middle_of_frames_again_and_again(
    start_server: StartServer, connect: Connect, portrait_jpeg: bytes
) -> None:
    server = start_server("--workers", "2", "--max-fps", "1000")
    wait_until(lambda: len(workers_of(server)) == 2)
    flooder = connect(server)
    with unharmed(server, connect(server), portrait_jpeg, share=0.3, allowed=("worker_lost", "newer_frame")) as other:
        for _ in range(6):
            for _ in range(20):  # so that both have work whenever one is killed
                flooder.send(portrait_jpeg)
            victim = max(workers_of(server), key=lambda worker: worker.cpu_times().user)
            victim.kill()
            wait_until(partial(has_ended, victim))
            time.sleep(1.0)
    assert other.outcomes["worker_lost"] <= 6 * 3, "a kill costs the frames that the worker had, and no more"
    wait_until(lambda: server.health()["workers"]["alive"] == 2)
    assert server.health()["workers"]["replaced"] >= 6
    assert outcome(flooder.ask(portrait_jpeg)) in ("result", "newer_frame")


def has_ended(process: psutil.Process) -> bool:
    return not runs(process)


@pytest.mark.parametrize("to_all", [False, True], ids=["to the web process", "to all its workers, as systemd does"])
def test_frames_in_work_are_answered_before_the_end(
    start_server: StartServer, connect: Connect, portrait_jpeg: bytes, to_all: bool
) -> None:
    server = start_server("--workers", "1")
    client, answers = connect(server), queue.Queue[dict]()
    client.ask(portrait_jpeg)
    process = server.process
    assert process is not None
    with stopped(*workers_of(server)):
        client.send(portrait_jpeg, answers=answers)
        wait_until(lambda: server.health()["workers"]["waiting"] == 1)
        for worker in workers_of(server) if to_all else ():
            worker.terminate()
        process.send_signal(signal.SIGTERM)
        assert client.goodbyes.get(timeout=10) == {"reason": "shutting_down"}
    assert outcome(answers.get(timeout=10)) == "result", "it was in work when the end was asked for"
    assert process.wait(10) == 0
    assert client.disconnected.wait(5)


def started(port: int, *through: str, **options: object) -> subprocess.Popen[bytes]:
    command = [*through, sys.executable, "-m", "webapp", "--port", str(port), "--workers", "1"]
    return subprocess.Popen(command, cwd=ROOT, **options)  # type: ignore[call-overload]


# Starts the command after it as on a full disk: writing to any file fails (Python ignores the signal that comes with it).
NO_FILE_MAY_GROW = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE and /proc")
@pytest.mark.parametrize("trouble", ["a full disk", "read-only folders", "a log on a full disk"])
def test_starts_and_serves_without_a_place_to_write(
    trouble: str, connect: Connect, portrait_jpeg: bytes, tmp_path: Path
) -> None:
    """Nothing is written, so nothing is needed: a data folder is made for --lan alone."""
    server, environment = Server(free_port()), dict(os.environ)
    options: dict[str, object] = {}
    through: list[str] = []
    if trouble == "a full disk":
        through = [sys.executable, "-c", NO_FILE_MAY_GROW]
    elif trouble == "read-only folders":  # even root cannot make a file in /proc
        environment |= dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "TMPDIR"), "/proc/nowhere")
    else:
        if not Path("/dev/full").exists():
            pytest.skip("no /dev/full")
        options |= {"stdout": Path("/dev/full").open("wb"), "stderr": Path("/dev/full").open("wb")}  # noqa: SIM115
    server.process = started(server.port, *through, env=environment, **options)
    try:
        wait_until(server.answers)
        assert outcome(connect(server).ask(portrait_jpeg)) == "result"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(15) == 0
    finally:
        server.stop()
        for name in ("stdout", "stderr"):
            if name in options:
                options[name].close()  # type: ignore[attr-defined]


DAMAGES = [
    pytest.param("age", lambda whole: whole[: len(whole) * 9 // 10], "not a usable .tflite model", id="cut off"),
    pytest.param("gender", lambda whole: b"", "not a usable .tflite model", id="empty"),
    pytest.param("expression", lambda whole: bytes(len(whole)), "not a usable .tflite model", id="all zeros"),
    pytest.param("gender", None, "is not a model for gender", id="another task's"),
]


@pytest.mark.parametrize(("task", "damage", "sentence"), DAMAGES)
def test_a_model_that_cannot_be_is_told_at_once(
    tmp_path: Path, task: str, damage: Callable[[bytes], bytes] | None, sentence: str
) -> None:
    shipped = Path(os.environ.get("RAUT_MODELS") or ROOT / "models")
    for name in ("expression", "age", "gender"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.tflite").write_bytes((shipped / name / "model.tflite").read_bytes())
    target = tmp_path / task / "model.tflite"
    source = "expression" if damage is None else task
    whole = (tmp_path / source / "model.tflite").read_bytes()
    target.write_bytes(damage(whole) if damage else whole)
    command = [sys.executable, "-m", "webapp", "--port", "0", "--workers", "1", "--models", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1 and ended.stdout == ""
    assert ended.stderr.startswith(f"raut: {target}") and sentence in ended.stderr
    assert len(ended.stderr.splitlines()) == 1

"""`--log json`: every line is one object, whoever of the web process and the workers wrote it, and none holds a token."""

from __future__ import annotations

import http.client
import json
import logging
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from webapp.config import Settings
from webapp.sharing.invitation import announce
from webapp.sharing.state import prepare

ROOT = Path(__file__).resolve().parents[2]

KEYS = {"time", "level", "logger", "part", "pid", "message"}

TALKING = """
import logging, sys, threading, warnings
from webapp.logs import start_log
start_log(sys.argv[1], "worker")
logging.getLogger("webapp.inference.worker").warning("a picture could not be %s", "analysed")
print("printed", end=""); print(" in pieces")
print("two\\nlines", file=sys.stderr)
warnings.warn("careful")
thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()
raise ValueError("a sentence\\nof two lines")
"""


def talk(form: str) -> str:
    """What a program says that logs, prints, warns and fails."""
    done = subprocess.run([sys.executable, "-c", TALKING, form], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "Traceback" in done.stderr) == (1, True)
    return done.stderr


def test_each_line_of_a_process_is_an_object() -> None:
    lines = [json.loads(line) for line in talk("json").splitlines()]
    assert all(set(line) - {"error"} == KEYS and line["part"] == "worker" and line["pid"] > 0 for line in lines)
    assert all(datetime.fromisoformat(line["time"]).tzinfo for line in lines)
    said = [(line["level"], line["logger"], line["message"]) for line in lines]
    assert said[:4] == [
        ("WARNING", "webapp.inference.worker", "a picture could not be analysed"),
        ("INFO", "stdout", "printed in pieces"),
        ("INFO", "stderr", "two"),
        ("INFO", "stderr", "lines"),
    ]
    warning, in_thread, at_the_end = lines[4:]
    assert warning["logger"] == "py.warnings" and "careful" in warning["message"]
    assert in_thread["message"].endswith("ZeroDivisionError") and "in <lambda>" in in_thread["error"]
    assert at_the_end["level"] == "ERROR" and at_the_end["error"].endswith("ValueError: a sentence\nof two lines")


def test_for_people_it_is_text() -> None:
    assert "WARNING worker" in talk("text").splitlines()[0]


def test_every_line_of_a_server_is_an_object() -> None:
    """From its start, over a refusal and a lost worker, to its end."""
    server = subprocess.Popen(
        [sys.executable, "-m", "webapp", "--port", "0", "--workers", "1", "--log", "json"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    try:
        first = json.loads(server.stdout.readline())
        port = int(first["message"].rpartition(":")[2])
        request = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        request.request("GET", "/", headers={"Host": "elsewhere.example"})
        assert request.getresponse().status == 421
        request.close()
        (worker,) = psutil.Process(server.pid).children()
        os.kill(worker.pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        lost = [json.loads(server.stdout.readline()) for _ in range(2)]
    finally:
        server.terminate()
        rest, _ = server.communicate(timeout=30)
    assert first["message"] == f"Raut is at http://localhost:{port}"
    assert lost[0]["message"].startswith("refused foreign_host from 127.0.0.1")
    assert lost[1]["message"] == f"worker {worker.pid} was lost; starting another"
    lines = [first, *lost, *map(json.loads, rest.splitlines())]
    assert all(set(line) - {"error"} == KEYS for line in lines)
    assert lines[-1]["message"] == "raut: stopping"
    assert not any("error" in line for line in lines), "a traceback"


def test_no_token_stands_in_the_line_that_tells_the_address(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sharing = prepare(Settings(lan=True, insecure=True, data_dir=str(tmp_path), log="json"))
    with caplog.at_level(logging.INFO):
        announce(sharing)
    (record,) = caplog.records
    assert sharing.tokens is not None
    assert "/join/TOKEN" in record.getMessage() and str(tmp_path / "tokens.json") in record.getMessage()
    assert sharing.tokens.camera not in record.getMessage() and sharing.tokens.watch not in record.getMessage()

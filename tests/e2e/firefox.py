"""A real Firefox with a fake camera, driven by WebDriver BiDi.

Firefox speaks it itself, without geckodriver. Playwright's own Firefox is another build, and what it says to Mozilla's is not yet
understood by the extended support release.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import websocket

NAMES: Final = ("firefox-esr", "firefox")
START_TIMEOUT_S: Final = 60.0
PATIENCE_S: Final = 20.0
PREFERENCES: Final = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,  # nobody answers the question for the camera
    "network.proxy.type": 0,  # the server under test is on loopback
}


def find_firefox() -> str | None:
    """The path of a Firefox: `RAUT_FIREFOX`, or the first found on the PATH; None if there is none."""
    return os.environ.get("RAUT_FIREFOX") or next(filter(None, map(shutil.which, NAMES)), None)


class FirefoxPage:
    """One tab.

    Attributes:
        complaints: errors and warnings in the console, and uncaught errors.
    """

    def __init__(self, connection: websocket.WebSocket) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=["log.entryAdded"])
        self._context = self._send("browsingContext.getTree")["contexts"][0]["context"]

    def open(self, url: str) -> None:
        """Go there, and wait until the page has loaded."""
        self._send("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page; it must be one that JSON can say."""
        found = self._script(f"JSON.stringify(await ({expression}) ?? null)")
        return json.loads(found["value"])

    def wait_until(self, condition: str) -> None:
        """Wait for a condition in the page."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.evaluate(f"!!({condition})"):
            assert time.monotonic() < deadline, f"{condition} did not come about in {PATIENCE_S:g} s; {self.complaints}"
            time.sleep(0.1)

    def click(self, selector: str) -> None:
        """Press the mouse's button in the middle of an element."""
        middle = {"type": "pointerMove", "x": 0, "y": 0, "origin": {"type": "element", "element": self._node(selector)}}
        press = [middle, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        mouse = {"type": "pointer", "id": "mouse", "actions": press}
        self._send("input.performActions", context=self._context, actions=[mouse])

    def choose_file(self, selector: str, file: Path) -> None:
        """Give an `input` a file of this machine."""
        self._send("input.setFiles", context=self._context, element=self._node(selector), files=[str(file)])

    def _node(self, selector: str) -> dict[str, str]:
        return {"sharedId": self._script(f"document.querySelector({json.dumps(selector)})")["sharedId"]}

    def _script(self, expression: str) -> dict[str, Any]:
        done = self._send(
            "script.evaluate",
            expression=f"(async () => {expression})()",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert done["type"] == "success", done
        result: dict[str, Any] = done["result"]
        return result

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; what the page logs comes in between."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv())
            if message.get("id") == number:
                assert message["type"] == "success", f"{method}: {message.get('message')}"
                answer: dict[str, Any] = message["result"]
                return answer
            if message.get("method") == "log.entryAdded":
                self._heard(message["params"])

    def _heard(self, entry: dict[str, Any]) -> None:
        if entry["level"] in ("error", "warn"):
            self.complaints.append(f"{entry['level']}: {entry['text']}")


@contextmanager
def firefox(profile: Path) -> Iterator[FirefoxPage]:
    """A Firefox with one tab, in an empty folder for its profile; closed at the end."""
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    command = [
        str(find_firefox()),
        "--headless",
        "--no-remote",
        "--profile",
        str(profile),
        "--remote-debugging-port",
        "0",
    ]
    # A home of its own: Firefox refuses to run as root in another user's, and leaves caches in any.
    environment = {**os.environ, "HOME": str(profile)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        port = _port(profile, process)
        connection = websocket.create_connection(
            f"ws://127.0.0.1:{port}/session", suppress_origin=True, timeout=START_TIMEOUT_S
        )
        try:
            yield FirefoxPage(connection)
        finally:
            connection.close()
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(profile: Path, process: subprocess.Popen[bytes]) -> int:
    """Where it listens, as it writes into its profile."""
    told = profile / "WebDriverBiDiServer.json"
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"Firefox ended with status {process.returncode}"
        if told.is_file() and (text := told.read_text()).strip():
            return int(json.loads(text)["ws_port"])
        time.sleep(0.05)
    raise AssertionError(f"Firefox did not listen in {START_TIMEOUT_S:g} s")

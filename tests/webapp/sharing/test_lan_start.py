"""How a shared server starts, and what it refuses to start with."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.harness.serving import ROOT, serving
from tests.webapp.lan import HOST, LanServer, lan_serving
from webapp.config import Settings
from webapp.sharing import state
from webapp.sharing.authority import load_or_make
from webapp.sharing.data_dir import SharingError, data_dir
from webapp.sharing.state import prepare


def ended(*flags: str) -> subprocess.CompletedProcess[str]:
    """A server that ends at once."""
    return subprocess.run(
        [sys.executable, "-m", "webapp", "--port", "0", *flags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        pytest.param(["--host", "0.0.0.0"], ["--lan", "--insecure", "0.0.0.0"], id="everybody, in the clear"),
        pytest.param(["--host", "::"], ["--lan", "--insecure"], id="the same by IPv6"),
        pytest.param(["--host", HOST], ["--lan"], id="another address"),
        pytest.param(["--lan", "--cert", "a.pem"], ["--cert", "--key"], id="a certificate without its key"),
        pytest.param(["--lan", "--cert", "a.pem", "--key", "b.pem"], ["a.pem", "No such file"], id="no such file"),
        pytest.param(["--lan", "--host", HOST, "--data-dir", "{file}/raut"], ["--data-dir"], id="no folder"),
        pytest.param(["--lan", "--host", HOST, "--data-dir", "/proc/raut"], ["/proc/raut"], id="a read-only folder"),
    ],
)
def test_it_ends_with_one_clear_sentence(tmp_path: Path, flags: list[str], words: list[str]) -> None:
    if "/proc/raut" in flags and not sys.platform.startswith("linux"):
        pytest.skip("there is no /proc to be read-only")
    (tmp_path / "file").write_text("")
    done = ended(*(flag.format(file=tmp_path / "file") for flag in flags))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("raut: ") and len(done.stderr.strip().splitlines()) == 1
    for word in words:
        assert word in done.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="its own rights do not stop root or Windows")
def test_a_folder_without_rights_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SharingError, match="Permission denied"):
        load_or_make(tmp_path)


def test_loopback_alone_asks_nothing_and_keeps_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "raut"
    with (
        serving("--workers", "1", "--data-dir", str(folder)) as server,
        urllib.request.urlopen(f"{server.url}/share") as answer,
    ):
        assert "serve --lan" in answer.read().decode()
    assert not folder.exists()


@contextmanager
def heard(server: LanServer, capfd: pytest.CaptureFixture[str]) -> Iterator[str]:
    server.start()
    try:
        yield capfd.readouterr().out
    finally:
        server.stop()


def test_it_prints_the_links_the_code_and_the_fingerprint(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    server = LanServer(tmp_path)
    with heard(server, capfd) as printed:
        for role in ("camera", "watch"):
            assert f"{server.url}/join/{server.token(role)}" in printed
        assert "▀" in printed or "█" in printed
        assert load_or_make(tmp_path).fingerprint in printed


def test_links_survive_a_restart_and_end_when_told(tmp_path: Path) -> None:
    with lan_serving(tmp_path) as server:
        first, ca = server.token("camera"), (tmp_path / "ca.crt").read_bytes()
    with lan_serving(tmp_path) as server:
        assert server.get(f"/join/{first}").status == 303
    with lan_serving(tmp_path, "--new-tokens") as server:
        assert server.get(f"/join/{first}").status == 401
        assert server.get("/", Cookie=f"__Host-raut={first}").status == 401
        assert server.get(f"/join/{server.token('camera')}").status == 303
    assert (tmp_path / "ca.crt").read_bytes() == ca, "devices need not trust another one"


def test_no_token_stands_in_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with lan_serving(tmp_path, "--async-mode", "threading") as server:
        for path in (f"/join/{server.token('camera')}", "/join/a-wrong-one-of-some-length"):
            server.get(path)
            server.get("/", Cookie=f"__Host-raut={path.rpartition('/')[2]}x", Authorization="Bearer another-wrong-one")
        tokens = [server.token("camera"), server.token("watch"), "wrong-one"]
    log = capfd.readouterr().err
    assert "refused wrong_token" in log
    assert not [token for token in tokens if token in log]


def test_takes_a_certificate_of_one_s_own(tmp_path: Path) -> None:
    with lan_serving(tmp_path):
        pass
    own = ("--cert", str(tmp_path / "server.crt"), "--key", str(tmp_path / "server.key"))
    with lan_serving(tmp_path, *own) as server:
        assert server.get("/trust/raut-ca.crt").status == 404
        assert "no certificate authority of its own" in server.get("/trust").text
        assert server.get("/").status == 401


def test_a_declared_proxy_is_believed(tmp_path: Path) -> None:
    flags = ("--behind-proxy", "1", "--allowed-hosts", "raut.example", "--workers", "1", "--data-dir", str(tmp_path))
    with serving(*flags) as server:

        def get(path: str, **headers: str) -> tuple[int, str]:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            request = urllib.request.Request(server.url + path, headers=named)
            opener = urllib.request.build_opener(Passive)
            with opener.open(request, timeout=20) as answer:
                return answer.status, answer.headers.get("Set-Cookie") or ""

        assert get("/")[0] == 401, "others come by the proxy, so loopback proves nothing"
        token = LanServer(tmp_path).token("camera")
        outside = {"X_Forwarded_Host": "raut.example", "X_Forwarded_Proto": "https", "X_Forwarded_For": "192.0.2.7"}
        status, cookie = get(f"/join/{token}", **outside)
        assert status == 303 and cookie.startswith("__Host-raut=") and "Secure" in cookie
        assert get("/", X_Forwarded_Host="evil.example", X_Forwarded_Proto="https")[0] == 421


class Passive(urllib.request.HTTPErrorProcessor):
    """Takes every answer as it is."""

    def http_response(self, request: urllib.request.Request, response: object) -> object:
        return response


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {"XDG_DATA_HOME": "/x"}, "/x/raut"),
        ("linux", {}, "/home/me/.local/share/raut"),
        ("darwin", {}, "/home/me/Library/Application Support/Raut"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/Raut"),
    ],
)
def test_each_system_keeps_data_in_its_own_place(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], folder: str
) -> None:
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setattr(sys, "platform", platform)
    assert data_dir(Settings()).as_posix() == folder
    assert data_dir(Settings(data_dir="/given")).as_posix() == "/given"


def test_lan_means_every_address_by_both_families(tmp_path: Path) -> None:
    sharing = prepare(Settings(lan=True, data_dir=str(tmp_path), port=5000))
    assert sharing.settings.host == ("::" if socket.has_dualstack_ipv6() else "0.0.0.0")
    assert all(re.fullmatch(r"https://(\[?[0-9a-f.:]+\]?|[\w-]+\.local):5000", base) for base in sharing.addresses())


def test_a_new_address_gets_a_new_certificate_while_the_server_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ipaddress

    sharing = prepare(Settings(lan=True, host=HOST, data_dir=str(tmp_path)))
    before = (tmp_path / "server.crt").read_bytes()
    sharing.renew()
    assert (tmp_path / "server.crt").read_bytes() == before
    monkeypatch.setattr(state, "reached_by", lambda _: [ipaddress.ip_address("192.168.7.7")])
    sharing.renew()
    assert (tmp_path / "server.crt").read_bytes() != before

"""`python run.py deploy`: what it says, and that it leaves nothing behind."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result

from benchmarks.harness.serving import free_port
from deploy import programs
from deploy.__main__ import command
from deploy.programs import DeployError, find
from deploy.proxy import Backend, Entrance, Nginx, configuration
from tests.services import needs, own_folder
from tests.webapp.processes import runs
from webapp.sharing.authority import load_or_make, server_certificate

ROOT = Path(__file__).resolve().parents[2]

NODES = [Backend("a", "127.0.0.1:5101"), Backend("b", "127.0.0.1:5102")]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.mark.parametrize(("program", "package"), [("nginx", "nginx-light"), ("redis-server", "redis-server")])
def test_what_is_missing_is_named_with_its_package(
    program: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "SYSTEM_FOLDERS", ())
    with pytest.raises(DeployError, match=rf"^{program} is not installed: `apt install {package}`"):
        find(program, package)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "nothing would be encrypted: give --cert and --key"),
        (["--cert", __file__], "--cert and --key go together"),
        (["--nodes", "0"], "--nodes"),
        (["--rolling"], "no deployment runs in"),
    ],
)
def test_what_cannot_be_is_said_at_once(arguments: list[str], said: str, tmp_path: Path) -> None:
    result = invoke(*arguments, "--data-dir", str(tmp_path))
    assert result.exit_code and said in f"{result.output}{result.exception}"


@pytest.mark.services
def test_a_port_that_is_taken_is_said_before_nginx_tries(tmp_path: Path) -> None:
    needs("nginx")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DeployError, match=f"^port {port} is taken by another program"):
            Nginx(tmp_path, Entrance("127.0.0.1", port), NODES).start()


@pytest.mark.services
def test_nginx_takes_the_configuration_with_tls() -> None:
    needs("nginx")
    with own_folder() as folder:
        certificate, key = server_certificate(folder, load_or_make(folder), [])
        text = configuration(folder, Entrance("127.0.0.1", free_port(), certificate, key), NODES)
        assert "SameSite=Lax; Secure" in text
        (folder / "nginx.conf").write_text(text)
        nginx = [find("nginx", "nginx"), "-t", "-q", "-p", str(folder), "-e", str(folder / "log")]
        done = subprocess.run([*nginx, "-c", str(folder / "nginx.conf")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.services
@pytest.mark.slow
def test_ctrl_c_ends_all_of_it() -> None:
    needs("nginx", "redis-server")
    with own_folder() as folder:
        arguments = ["--nodes", "1", "--port", str(free_port()), "--data-dir", str(folder), "--", "--workers", "1"]
        deployment = subprocess.Popen(
            [sys.executable, "-m", "deploy", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert deployment.stdout is not None
            lines = iter(deployment.stdout.readline, "")
            link = next(line for line in lines if "To watch" in line)
            assert re.search(rf"http://localhost:{arguments[3]}/join/\S{{22}}\n", link)
            started = psutil.Process(deployment.pid).children(recursive=True)
            assert {"nginx", "redis-server"} <= {process.name() for process in started}
            second = invoke("--data-dir", str(folder), "--port", str(free_port()))
            assert "a deployment runs in" in str(second.exception)
        finally:
            deployment.send_signal(signal.SIGINT)
            _, said = deployment.communicate(timeout=60)
        assert deployment.returncode == 0 and "Traceback" not in said, said
        assert not [process for process in started if runs(process)]

"""Settings: where each comes from, and what is said about one that cannot work."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from click import UsageError

from cli.command import usage_sentence
from webapp.config import ASYNC_MODES, Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]


def test_listens_on_loopback_with_eventlet_unless_told_otherwise() -> None:
    settings = read_settings([])
    assert settings == Settings()
    assert (settings.host, settings.port, settings.async_mode) == ("127.0.0.1", 5000, "eventlet")
    assert settings.detector == "blazeface"
    assert settings.models_dir is None, "the shipped models"
    assert 1 <= settings.workers <= 8


def test_cannot_be_changed_once_read() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 80  # type: ignore[misc]


# A setting's name, a value that is not its default, and that value as text.
OTHER_VALUES = {
    "host": ("0.0.0.0", "0.0.0.0"),
    "port": (8080, "8080"),
    "async_mode": ("threading", "threading"),
    "workers": (3, "3"),
    "detector": ("haar", "haar"),
    "device": ("auto", "auto"),
    "models": ("elsewhere", "elsewhere"),
    "max_frame_bytes": (5000, "5000"),
    "max_frame_pixels": (5500, "5500"),
    "max_upload_bytes": (6000, "6000"),
    "max_pixels": (7000, "7000"),
    "max_uploads": (2, "2"),
    "max_cameras": (3, "3"),
    "max_watchers": (4, "4"),
    "max_connections_per_address": (0, "0"),
    "max_fps": (12.5, "12.5"),
    "max_bytes_per_second": (9000, "9000"),
    "max_queued_packets": (5, "5"),
    "max_strangers": (33, "33"),
    "max_requests": (50.0, "50"),
    "idle_timeout": (0.0, "0"),
    "handshake_timeout": (3.5, "3.5"),
    "request_timeout": (4.5, "4.5"),
    "frame_timeout": (1.5, "1.5"),
    "hang_timeout": (2.5, "2.5"),
    "allowed_hosts": ("raut.example", "raut.example"),
    "log": ("json", "json"),
    "lag_interval": (0.5, "0.5"),
    "lan": (True, "yes"),
    "cert": ("server.crt", "server.crt"),
    "key": ("server.key", "server.key"),
    "insecure": (True, "true"),
    "new_tokens": (True, "1"),
    "unbundled": (True, "1"),
    "data_dir": ("elsewhere", "elsewhere"),
    "behind_proxy": (1, "1"),
    "proxy_addresses": ("10.0.0.0/8, ::1", "10.0.0.0/8, ::1"),
    "redis": ("redis://localhost:6379/0", "redis://localhost:6379/0"),
}


def test_the_table_above_knows_every_setting() -> None:
    assert set(OTHER_VALUES) == {setting.name for setting in fields(Settings)}


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_takes_a_setting_by_flag_and_by_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value, text = OTHER_VALUES[name]
    flag, variable = "--" + name.replace("_", "-"), "RAUT_" + name.upper()
    assert getattr(read_settings([flag, text]), name) == value
    monkeypatch.setenv(variable, text)
    assert getattr(read_settings([]), name) == value


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_a_flag_goes_before_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, text = OTHER_VALUES[name]
    default = getattr(Settings(), name)
    flag = "--" + name.replace("_", "-")
    monkeypatch.setenv("RAUT_" + name.upper(), text)
    assert getattr(read_settings([flag, str(default)]), name) == default


def test_a_switch_needs_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(["--lan"]).lan
    assert read_settings(["--lan", "--port", "1"]).lan
    monkeypatch.setenv("RAUT_LAN", "yes")
    assert not read_settings(["--lan", "no"]).lan


def test_leaves_other_programs_variables_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # an empty one of ours counts as absent, as in most programs
    for variable, text in {"PORT": "80", "HOST": "example.org", "RAUT_UNKNOWN": "1", "RAUT_PORT": ""}.items():
        monkeypatch.setenv(variable, text)
    assert read_settings([]) == Settings()


# What is given, and words that the sentence must have: which setting, and what is allowed.
CANNOT_WORK = [
    pytest.param(["--port", "65536"], {}, ("--port", "0 to 65535", "65536"), id="port too high"),
    pytest.param(["--port", "-1"], {}, ("--port", "0 to 65535"), id="port below nought"),
    pytest.param(["--workers", "0"], {}, ("--workers", "1 to 64"), id="nobody to work"),
    pytest.param(["--workers", "65"], {}, ("--workers", "1 to 64"), id="more workers than anyone needs"),
    pytest.param(["--max-frame-bytes", "0"], {}, ("--max-frame-bytes", "1 or more"), id="no room for a frame"),
    pytest.param(["--max-cameras", "0"], {}, ("--max-cameras", "1 or more"), id="no room for a camera"),
    pytest.param(["--idle-timeout", "-1"], {}, ("--idle-timeout", "0 or more"), id="idle before it began"),
    pytest.param(["--frame-timeout", "0"], {}, ("--frame-timeout", "more than 0"), id="no time for a frame"),
    pytest.param(["--lag-interval", "-1"], {}, ("--lag-interval", "0 or more"), id="time backwards"),
    pytest.param(["--behind-proxy", "-1"], {}, ("--behind-proxy", "0 to 8"), id="fewer proxies than none"),
    pytest.param(["--proxy-addresses", "10.0.0.1, nginx"], {}, ("--proxy-addresses", "networks", "nginx"), id="a name"),
    pytest.param(["--redis", "localhost:6379"], {}, ("--redis", "redis://"), id="an address without its kind"),
    pytest.param([], {"RAUT_LAN": "perhaps"}, ("RAUT_LAN", "neither yes nor no", "perhaps"), id="neither yes nor no"),
    pytest.param([], {"RAUT_PORT": "eighty"}, ("RAUT_PORT", "integer", "eighty"), id="a word for a number"),
    pytest.param([], {"RAUT_FRAME_TIMEOUT": "long"}, ("RAUT_FRAME_TIMEOUT", "float"), id="a word for seconds"),
    pytest.param([], {"RAUT_FRAME_TIMEOUT": "nan"}, ("--frame-timeout", "more than 0"), id="not a number of seconds"),
    pytest.param([], {"RAUT_ASYNC_MODE": "asyncio"}, ("RAUT_ASYNC_MODE", *ASYNC_MODES), id="an unknown mode"),
    pytest.param(["--detector", "yolo"], {}, ("--detector", "blazeface", "haar"), id="an unknown detector"),
    pytest.param(["--async-mode", "evenlet"], {}, ("Did you mean 'eventlet'?",), id="a mistyped mode"),
    pytest.param(["--prot", "80"], {}, ("--prot", "Did you mean '--port'?", "serve --help"), id="a mistyped flag"),
    pytest.param(["now"], {}, ("unexpected extra argument (now)",), id="something that is no flag"),
]


@pytest.mark.parametrize(("flags", "environment", "words"), CANNOT_WORK)
def test_says_in_one_sentence_what_cannot_work(
    flags: list[str], environment: dict[str, str], words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, text in environment.items():
        monkeypatch.setenv(variable, text)
    with pytest.raises(UsageError) as raised:
        read_settings(flags)
    sentence = usage_sentence(raised.value)
    assert len(sentence.splitlines()) == 1
    for word in words:
        assert word in sentence


def test_every_setting_says_what_it_is_about() -> None:
    for setting in fields(Settings):
        assert len(setting.metadata["about"]) > 10, setting.name


def _raut(*flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RAUT_")}
    return subprocess.run(
        [sys.executable, "-m", "webapp", *flags],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_flag_and_its_default() -> None:
    shown = _raut("--help", COLUMNS="200")
    assert shown.returncode == 0 and shown.stderr == ""
    for setting in fields(Settings):
        assert "--" + setting.name.replace("_", "-") in shown.stdout
        assert "".join(setting.metadata["about"][1:].split()) in "".join(shown.stdout.split())
    assert "RAUT_PORT" in shown.stdout
    assert "5000" in shown.stdout


@pytest.mark.parametrize(
    ("flags", "environment", "sentence"),
    [
        pytest.param(("--workers", "0"), {}, "raut: --workers must be 1 to 64, not 0.", id="out of range"),
        pytest.param(
            (), {"RAUT_PORT": "x"}, "raut: invalid value for RAUT_PORT: 'x' is not a valid integer.", id="not a number"
        ),
    ],
)
def test_the_server_ends_at_once_with_that_sentence(
    flags: tuple[str, ...], environment: dict[str, str], sentence: str
) -> None:
    ended = _raut(*flags, **environment)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"{sentence} `python run.py serve --help` explains it.\n"


def test_a_proxy_may_make_any_number_of_connections_unless_set_by_hand() -> None:
    def most(*flags: str) -> int:
        return read_settings(flags).max_connections_per_address

    assert most() == most("--behind-proxy", "0") == Settings.max_connections_per_address
    assert most("--behind-proxy", "1") == 0
    assert most("--behind-proxy", "1", "--max-connections-per-address", "256") == 256

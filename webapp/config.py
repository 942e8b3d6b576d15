"""Settings: each once, with its default, its unit, its environment variable and its flag."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from cli.command import CONTEXT, Choice, version_option
from vision.limits import DEFAULT_LIMITS
from webapp.logs import FORMS

ENVIRONMENT_PREFIX: Final = "RAUT"

ASYNC_MODES: Final = ("eventlet", "threading")

DEVICES: Final = ("auto", "cpu", "gpu")

REDIS_SCHEMES: Final = ("redis://", "rediss://", "unix://")

MEBIBYTE: Final = 1024 * 1024


class SettingsError(click.UsageError):
    """A setting is out of its range; the message says which and what is allowed."""


def _setting(default: Any, about: str, choices: Sequence[str] = ()) -> Any:
    return field(default=default, metadata={"about": about, "choices": tuple(choices)})


def _default_workers() -> int:
    return max(1, min(os.cpu_count() or 1, 8))


@dataclass(frozen=True)
class Settings:
    """What can be chosen at start. `RAUT_PORT=8080` and `--port 8080` both set `port`."""

    host: str = _setting("127.0.0.1", "address to listen on; 0.0.0.0 means all addresses of this machine")
    port: int = _setting(5000, "TCP port to listen on; 0 takes a free one")
    async_mode: str = _setting("eventlet", "how the web process serves many clients at once", ASYNC_MODES)
    workers: int = _setting(_default_workers(), "inference processes (default: one a core, 8 at most)")
    detector: str = _setting("blazeface", "the face detector", ("blazeface", "haar"))
    device: str = _setting("cpu", "where the models run; `auto` takes whichever is faster", DEVICES)
    models: str = _setting("", "folder of the trained models (default: models/ of this repository)")
    max_frame_bytes: int = _setting(1 * MEBIBYTE, "largest live frame, encoded, in bytes")
    max_frame_pixels: int = _setting(4_000_000, "largest live frame, width times height, in pixels")
    max_upload_bytes: int = _setting(16 * MEBIBYTE, "largest image for /api/analyze, encoded, in bytes")
    max_pixels: int = _setting(
        DEFAULT_LIMITS.max_pixels, "largest image for /api/analyze, width times height, in pixels"
    )
    max_uploads: int = _setting(8, "images for /api/analyze that may wait at once")
    max_cameras: int = _setting(64, "live pages that may be connected at once")
    max_watchers: int = _setting(64, "dashboards that may be connected at once")
    max_connections_per_address: int = _setting(256, "TCP connections of one address at once; 0 allows any number")
    max_strangers: int = _setting(256, "TCP connections at once that have not shown a token; the oldest is closed")
    max_requests: float = _setting(
        200.0, "HTTP requests a second of one address, half as many of one connection; twice as many for a moment"
    )
    max_fps: float = _setting(60.0, "frames a second that one live page may send; twice as many for a moment")
    max_bytes_per_second: int = _setting(
        8 * MEBIBYTE, "bytes a second that one live page may send; twice as many for a moment"
    )
    max_queued_packets: int = _setting(8, "packets that may wait for a dashboard; a slower one misses numbers")
    idle_timeout: float = _setting(600.0, "seconds after which a live page that sends no frame is closed; 0 never")
    handshake_timeout: float = _setting(
        20.0, "seconds within which a connection must send its request, or join a Socket.IO namespace"
    )
    request_timeout: float = _setting(60.0, "seconds that a request may take from its head to its answer's end")
    frame_timeout: float = _setting(10.0, "seconds after which a frame without an answer is dropped")
    hang_timeout: float = _setting(8.0, "seconds after which a worker that answers nothing is replaced")
    allowed_hosts: str = _setting(
        "", "further names of this server, comma-separated, beside its own names and addresses"
    )
    log: str = _setting("text", "form of the log's lines, for people or for programs", FORMS)
    unbundled: bool = _setting(False, "serve the pages' scripts one by one, as they lie in static/; for development")
    lag_interval: float = _setting(0.05, "seconds between two samples of the event loop's lag; 0 takes none")
    lan: bool = _setting(
        False, "share on the local network, by https with a certificate made here, and links with tokens"
    )
    cert: str = _setting("", "file of a TLS certificate of yours (PEM, with its chain), in place of one made here")
    key: str = _setting("", "file of that certificate's key (PEM)")
    insecure: bool = _setting(
        False, "share without TLS: others can read the links on the way, and browsers give no camera"
    )
    new_tokens: bool = _setting(False, "make new links; those given out before stop working")
    data_dir: str = _setting("", "folder for certificates and tokens (default: this user's data folder)")
    behind_proxy: int = _setting(
        0, "reverse proxies in front, whose X-Forwarded-* headers are believed; 0 believes none"
    )
    proxy_addresses: str = _setting(
        "", "addresses or networks of those proxies, comma-separated: no others are believed (default: anybody is)"
    )
    redis: str = _setting("", "Redis that several nodes share, as redis://HOST:6379/0 (default: this node is alone)")

    def __post_init__(self) -> None:
        """Refuse values that cannot work.

        Raises:
            SettingsError: a value is out of its range.
        """
        _require(0 <= self.port <= 65535, "port", "0 to 65535", self.port)
        _require(self.async_mode in ASYNC_MODES, "async_mode", ", ".join(ASYNC_MODES), self.async_mode)
        _require(self.device in DEVICES, "device", ", ".join(DEVICES), self.device)
        _require(self.detector in ("blazeface", "haar"), "detector", "blazeface, haar", self.detector)
        _require(self.log in FORMS, "log", ", ".join(FORMS), self.log)
        _require(1 <= self.workers <= 64, "workers", "1 to 64", self.workers)
        for name in (
            *("max_frame_bytes", "max_frame_pixels", "max_upload_bytes", "max_pixels", "max_uploads"),
            *(
                "max_cameras",
                "max_watchers",
                "max_queued_packets",
                "max_fps",
                "max_requests",
                "max_bytes_per_second",
                "max_strangers",
            ),
        ):
            _require(getattr(self, name) >= 1, name, "1 or more", getattr(self, name))
        for name in ("frame_timeout", "hang_timeout", "handshake_timeout", "request_timeout"):
            _require(getattr(self, name) > 0, name, "more than 0", getattr(self, name))
        for name in ("lag_interval", "max_connections_per_address", "idle_timeout"):
            _require(getattr(self, name) >= 0, name, "0 or more", getattr(self, name))
        _require(0 <= self.behind_proxy <= 8, "behind_proxy", "0 to 8", self.behind_proxy)
        is_url = not self.redis or self.redis.startswith(REDIS_SCHEMES)
        # What was given is not repeated: it may hold a password.
        _require(is_url, "redis", f"an address that begins with {' or '.join(REDIS_SCHEMES)}", "what was given")
        _require(_are_networks(self.proxy_addresses), "proxy_addresses", "addresses or networks", self.proxy_addresses)

    @property
    def models_dir(self) -> Path | None:
        """The models' folder; None for the shipped ones."""
        return Path(self.models) if self.models else None


def _are_networks(texts: str) -> bool:
    try:
        networks_of(texts)
    except ValueError:
        return False
    return True


def networks_of(texts: str) -> list[IPv4Network | IPv6Network]:
    """The networks, or single addresses, of a comma-separated list.

    Raises:
        ValueError: one is neither.
    """
    return [ip_network(text.strip()) for text in texts.split(",") if text.strip()]


def _require(holds: bool, name: str, allowed: str, value: object) -> None:
    if not holds:
        raise SettingsError(f"{_flag(name)} must be {allowed}, not {value}")


def read_settings(arguments: Sequence[str] | None = None) -> Settings:
    """The settings by flags, else by RAUT_ environment variables (an empty one counts as absent), else by default.

    Args:
        arguments: the command line; None for the process's own.

    Raises:
        click.UsageError: the command line or a variable is wrong; a SettingsError where a value is out of range.
        SystemExit: after --help or --version.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    read = command.main(
        given, prog_name="run.py serve", standalone_mode=False, auto_envvar_prefix=ENVIRONMENT_PREFIX, **CONTEXT
    )
    if not isinstance(read, Settings):  # click's exit status
        raise SystemExit(read)
    return read


@click.pass_context
def _read(context: click.Context, /, **values: Any) -> Settings:
    is_default = context.get_parameter_source("max_connections_per_address") is ParameterSource.DEFAULT
    if values["behind_proxy"] and is_default:  # a proxy makes all connections itself, from its one address
        values["max_connections_per_address"] = 0
    return Settings(**values)


class _SettingOption(click.Option):
    """An option that click also reads from RAUT_NAME; what is wrong there is said of that name."""

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """The variable's name where the value came from it, else the flag."""
        if ctx and self.name and ctx.get_parameter_source(self.name) is ParameterSource.ENVIRONMENT:
            return f"{ENVIRONMENT_PREFIX}_{self.name.upper()}"
        return super().get_error_hint(ctx)


class _YesOrNo(click.types.BoolParamType):
    """A switch's value: yes, true, on, 1 or no, false, off, 0."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Click's, with a shorter sentence."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is neither yes nor no", param, ctx)


def _option(setting: dataclasses.Field) -> click.Option:
    kind, choices, about = type(setting.default), setting.metadata["choices"], setting.metadata["about"]
    settings: dict[str, Any] = {"default": setting.default, "help": f"{about[0].upper()}{about[1:]}."}
    if kind is bool:  # `--lan` alone means yes; `--lan no` takes RAUT_LAN=yes back
        settings |= {"type": _YesOrNo(), "is_flag": False, "flag_value": "yes", "metavar": "[yes|no]"}
    else:
        is_told = setting.default != "" and "(default" not in about
        settings |= {"type": Choice(choices) if choices else kind, "show_default": is_told}
    return _SettingOption([_flag(setting.name)], **settings)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


command = version_option(
    click.Command(
        "serve",
        params=[_option(setting) for setting in dataclasses.fields(Settings)],
        callback=_read,
        help="Serve the live page. Each option has an environment variable, as RAUT_PORT for --port.",
    )
)

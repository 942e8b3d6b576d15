"""`python run.py deploy`: several nodes, nginx and Redis on this machine, as one server."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import click

from cli.command import CONTEXT, main_of, version_option
from deploy.deployment import NAMES, Deployment
from deploy.programs import DeployError
from deploy.proxy import Entrance
from webapp.config import Settings
from webapp.security import own_names
from webapp.sharing.addresses import is_loopback
from webapp.sharing.data_dir import data_dir as data_dir_of
from webapp.sharing.data_dir import make_private
from webapp.sharing.invitation import join_link
from webapp.sharing.tokens import load_or_make

log = logging.getLogger(__name__)

PID_FILE: Final = "deploy.pid"

FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True)


@version_option
@click.command(context_settings=CONTEXT)
@click.option(
    "--nodes", type=click.IntRange(1, len(NAMES)), default=2, show_default=True, help="How many web processes."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of this machine on which nginx listens.")
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True, help="TCP port of nginx.")
@click.option("--cert", type=FILE, help="File of a TLS certificate (PEM, with its chain), with --key.")
@click.option("--key", type=FILE, help="File of that certificate's key (PEM).")
@click.option("--redis", default="", metavar="URL", help="A Redis that is there already (default: one of its own).")
@click.option("--data-dir", default="", metavar="DIR", help="Folder for tokens and sockets (default: as of `serve`).")
@click.option(
    "--rolling", is_flag=True, help="Renew all nodes of the deployment that runs in that folder; SIGHUP does the same."
)
@click.argument("settings", nargs=-1, type=click.UNPROCESSED, metavar="[-- SETTINGS OF SERVE]")
def command(
    *,
    nodes: int,
    host: str,
    port: int,
    cert: Path | None,
    key: Path | None,
    redis: str,
    data_dir: str,
    rolling: bool,
    settings: Sequence[str],
) -> None:
    """Serve by several nodes behind nginx, with Redis between them, all on this machine.

    What follows -- goes to every node, as in `deploy --nodes 4 -- --workers 1 --max-cameras 200`. Ctrl-C ends all.
    """
    _refuse_what_cannot_be(host, cert, key)
    folder = _folder(data_dir)
    if rolling:
        _ask_to_roll(folder)
        return
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s deploy: %(message)s")
    entrance = Entrance(host, port, cert, key)
    names = ",".join(sorted(own_names(Settings(host=host, allowed_hosts=os.environ.get("RAUT_ALLOWED_HOSTS", "")))))
    own = ["--data-dir", str(folder.parent), "--allowed-hosts", names, *settings]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # ends what has been started so far
    with _alone_in(folder), Deployment(folder, entrance, nodes, own, redis) as deployment:
        _announce(entrance, folder.parent)
        _serve(deployment)


def _refuse_what_cannot_be(host: str, cert: Path | None, key: Path | None) -> None:
    if os.name == "nt":
        raise DeployError(
            "nginx and Redis do not run here as they do on Linux and macOS: use the containers of deploy/compose.yaml"
        )
    if bool(cert) != bool(key):
        raise click.UsageError("--cert and --key go together: give the files of both")
    if not is_loopback(host) and cert is None:
        raise click.UsageError(f"others could reach {host} and nothing would be encrypted: give --cert and --key")


def _folder(chosen: str) -> Path:
    folder = data_dir_of(Settings(data_dir=chosen))
    make_private(folder)
    own = folder / "deploy"
    own.mkdir(mode=0o700, exist_ok=True)
    return own


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder; its file says which process does."""
    import fcntl  # there is none on Windows, and the command says so before this

    with (folder / PID_FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DeployError(
                f"a deployment runs in {folder} already: end it, renew it with --rolling, or choose another --data-dir"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def _ask_to_roll(folder: Path) -> None:
    try:
        pid = int((folder / PID_FILE).read_text())
        os.kill(pid, signal.SIGHUP)
    except (OSError, ValueError):
        raise DeployError(f"no deployment runs in {folder}: start one with `python run.py deploy`") from None
    click.echo(f"the nodes of process {pid} are renewed, one after the other; its output tells how")


def _announce(entrance: Entrance, folder: Path) -> None:
    tokens = load_or_make(folder)
    click.echo(f"\nRaut is at {entrance.url}  (Ctrl-C stops it, SIGHUP renews its nodes)\n")
    click.echo(f"  To take part with a camera:   {join_link(entrance.url, tokens.camera)}")
    click.echo(f"  To watch the numbers only:    {join_link(entrance.url, tokens.watch)}\n")
    sys.stdout.flush()


def _serve(deployment: Deployment) -> None:
    """Wait until it is asked to end; renew the nodes whenever it is asked to."""
    asked: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: asked.put(received))
    while asked.get() == signal.SIGHUP:
        try:
            deployment.roll()
        except DeployError as error:
            log.error("the rolling update has stopped, and what ran goes on: %s", error)
    click.echo("raut: stopping", err=True)


if __name__ == "__main__":
    main_of(command, "run.py deploy")

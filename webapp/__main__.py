"""`python run.py serve`: the one module that monkey-patches, before anything else is imported."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Final, TextIO

import click

from cli.command import FAILED, INTERRUPTED, WRONG_COMMAND_LINE, usage_sentence
from cli.os_errors import sentence_of
from webapp.config import Settings, read_settings

GOODBYE_S: Final = 0.1
"""Seconds for the last messages to reach the clients; other threads send them."""

DRAIN_S: Final = 2.0
"""Seconds in which frames already in work are still answered when the server is asked to stop."""


def main() -> int:
    """Serve until SIGTERM or Ctrl-C.

    Returns:
        The exit status: 0; 1 or, for a wrong command line, 2, with one sentence on stderr; 130 after Ctrl-C before it
        served.
    """
    try:
        settings = read_settings()
        _prepare_imports(settings)
        return _serve(settings)
    except click.UsageError as error:
        return _fail(usage_sentence(error), WRONG_COMMAND_LINE)
    except OSError as error:
        return _fail(sentence_of(error))
    except KeyboardInterrupt:
        return INTERRUPTED  # the workers end by themselves


def _prepare_imports(settings: Settings) -> None:
    """Do what must come before any other import."""
    from webapp.server.lean_imports import import_socketio, leave_names_to_the_system

    if not settings.redis:  # whose name is looked up again whenever it is away, and frames must not wait for that
        leave_names_to_the_system()
    if settings.async_mode == "eventlet":
        _make_green()
    import_socketio(queues=bool(settings.redis))


def _make_green() -> None:
    """Patch the standard library's threads, sockets and sleeps."""
    from webapp.server.eventlet_compat import import_eventlet, install_fast_unmasking

    import_eventlet()
    import eventlet

    eventlet.monkey_patch()
    install_fast_unmasking()


def _serve(settings: Settings) -> int:
    # Imported here and not above: everything must be imported after `_prepare_imports`.
    import time

    from webapp.application import create_app
    from webapp.inference.worker_start import WorkerError
    from webapp.logs import start_log
    from webapp.parts import parts_of
    from webapp.server.descriptors import raise_limit
    from webapp.server.serving import ListenError, listen, serve_in_background, wait_for_end
    from webapp.sharing.data_dir import SharingError
    from webapp.sharing.invitation import announce
    from webapp.sharing.state import prepare

    raise_limit()
    start_log(settings.log, "web")
    try:
        sharing = prepare(settings)
        listener = listen(sharing.settings)
        sharing.port = listener.getsockname()[1]
        app = create_app(settings, sharing)
        parts = parts_of(app)
        parts.start()
    except (ListenError, SharingError, WorkerError) as error:
        return _fail(str(error))
    serve_in_background(app, listener, settings, parts.connections, sharing.tls_listener)
    sharing.watch_addresses()
    with contextlib.suppress(OSError):  # a log on a full disk must not stop the server
        announce(sharing)

    def end() -> None:
        _say("\nraut: stopping", sys.stderr)
        parts.live.say_goodbye()
        parts.live.drain(DRAIN_S)
        time.sleep(GOODBYE_S)  # the last answers go out before their connections end
        parts.live.send_away()
        if sharing.cluster is not None:
            sharing.cluster.leave()
        parts.pool.close()
        time.sleep(GOODBYE_S)

    status = wait_for_end(end)
    # Not sys.exit: green threads still wait for their clients, and there is nothing left to save.
    _say("", sys.stderr, end="")
    os._exit(status)


def _say(text: str, stream: TextIO | None = None, end: str = "\n") -> None:
    """Print, and go on where that fails: a log on a full disk must not stop the server."""
    with contextlib.suppress(OSError):
        print(text, file=stream or sys.stdout, end=end, flush=True)


def _fail(sentence: str, status: int = FAILED) -> int:
    _say(f"raut: {sentence}", sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())

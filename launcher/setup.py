"""The set-up: what is missing or outdated is installed, and nothing else."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from launcher import browser_libraries, packages, page_bundle, stamp
from launcher.errors import ROOT, SetupError
from launcher.lock import only_one_setup
from launcher.progress import say

_RUN_LOCK = ROOT / "requirements.lock"
_TEST_LOCK = ROOT / "requirements-dev.lock"  # holds all of requirements.lock too, in the same versions


def set_up(for_tests: bool, with_browser: bool) -> None:
    """See to it that everything a command needs is there.

    Args:
        for_tests: also what the tests and the benchmarks need.
        with_browser: also the libraries that the page loads.

    Raises:
        SetupError: something is in the way; says what, and what to do.
        OSError: the system refuses something.
    """
    if _is_ready(for_tests, with_browser):
        return
    packages.check_platform()
    with only_one_setup(), _ending_by_signal():
        _install_what_is_missing(for_tests, with_browser)


def _install_what_is_missing(for_tests: bool, with_browser: bool) -> None:
    started = time.monotonic()
    if not _environment_is_whole():
        say(f"first start in {ROOT}: setting up, which needs the internet, some minutes and about 3 GB")
        packages.make_environment()
        stamp.write({})
    lock = _TEST_LOCK if for_tests else _RUN_LOCK
    if not _packages_are_ready(for_tests):
        packages.install(lock)
        stamp.write(stamp.read() | {_RUN_LOCK.name: stamp.hash_of(_RUN_LOCK)})
    if with_browser and not _libraries_are_ready(for_tests):
        browser_libraries.fetch(_libraries_key(for_tests), for_tests)
    if with_browser and not page_bundle.is_ready():
        page_bundle.make()
    if not _is_ready(for_tests, with_browser):
        raise SetupError(f"set-up ended but left something out: delete {packages.VENV} and run it again")
    say(f"set up in {time.monotonic() - started:.0f} s")


def _is_ready(for_tests: bool, with_browser: bool) -> bool:
    return (
        _environment_is_whole()
        and _packages_are_ready(for_tests)
        and (not with_browser or (_libraries_are_ready(for_tests) and page_bundle.is_ready()))
    )


def _environment_is_whole() -> bool:
    # Made by another Python than this one it is as good: what is in it need not be fetched again.
    made_with = stamp.python()
    return made_with is not None and packages.environment_runs(made_with)


def _packages_are_ready(for_tests: bool) -> bool:
    lock = _TEST_LOCK if for_tests else _RUN_LOCK
    return stamp.read().get(lock.name) == stamp.hash_of(lock)


def _libraries_key(for_tests: bool) -> str:
    return browser_libraries.LOCK.name + (" for tests" if for_tests else "")


def _libraries_are_ready(for_tests: bool) -> bool:
    wanted = stamp.hash_of(browser_libraries.LOCK)
    installed = stamp.read()
    keys = {_libraries_key(for_tests), _libraries_key(True)}  # those for tests hold all others
    return any(installed.get(key) == wanted for key in keys) and browser_libraries.are_there(for_tests)


@contextmanager
def _ending_by_signal() -> Iterator[None]:
    """Let a polite end (SIGTERM) end the installers too."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

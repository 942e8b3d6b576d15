"""The README tells the truth: its figures are the models' own, its commands and links exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks.__main__ import COMMANDS as BENCHMARKS
from launcher.main import COMMANDS
from vision.tasks import MODELS_DIR, TASKS

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").glob("*.md")))]


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


@pytest.mark.parametrize("page", PAGES)
def test_every_command_exists(page: str) -> None:
    for command, argument in re.findall(r"run\.py(?: ([a-z]+))?(?: ([a-z]+))?", text_of(page)):
        assert not command or command in COMMANDS, f"run.py {command}"
        if command == "bench":
            assert argument in BENCHMARKS, f"run.py bench {argument}"


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", text_of(page)):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target


def test_it_starts_with_the_two_commands() -> None:
    first = re.search(r"```bash\n(.*?)```", text_of("README.md"), re.S)
    assert first is not None
    assert [line.split("#")[0].strip() for line in first[1].splitlines()] == ["python run.py", "python run.py test"]

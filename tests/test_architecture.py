"""The house keeps its shape: imports point one way, modules stay small, lint and types are clean."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    "bundling",
    "launcher",
    "cli",
    "measuring",
    "vision",
    "train",
    "translations",
    "webapp",
    "deploy",
    "benchmarks",
)

# room -> what it may import, beside itself. A room is a module, or a package with all that lies in it. The row with
# the longest name that fits a module counts for it, so a row may stand for a part of another row's package.
MAY_IMPORT: dict[str, set[str]] = {
    "bundling": set(),
    "launcher": {"bundling"},
    "cli": {"launcher"},
    "measuring": set(),
    "vision": set(),
    "vision.tasks": set(),  # the web process imports it, and nothing else of vision
    "vision.views": {"vision.tasks"},
    "vision.boxes": set(),
    "vision.limits": set(),  # as light as the tasks; the web process imports it, too
    "vision.image_structure": {"vision.limits"},
    "vision.frame": {"vision.limits", "vision.image_structure"},
    "vision.litert": set(),
    "vision.devices": {"vision.litert"},
    "vision.alignment": {"vision.tasks", "vision.boxes"},
    "vision.blazeface": {"vision.boxes", "vision.frame", "vision.litert", "vision.devices"},
    "vision.orientation": {"vision.boxes", "vision.frame", "vision.blazeface"},
    "vision.haar": {"vision.boxes", "vision.frame", "vision.litert", "vision.blazeface"},
    "vision.regions": {"vision.boxes", "vision.frame"},
    "vision.known_faces": {"vision.boxes", "vision.frame", "vision.blazeface", "vision.regions"},
    "vision.detection": {
        "vision.boxes", "vision.frame", "vision.litert", "vision.devices", "vision.blazeface", "vision.orientation",
        "vision.haar", "vision.regions", "vision.known_faces",
    },
    "vision.quality": {"vision.boxes", "vision.frame"},
    "vision.classifiers": {"vision.tasks", "vision.alignment", "vision.litert", "vision.devices"},
    "vision.analysis": {"vision.boxes", "vision.tasks"},
    "vision.tracking": {"vision.tasks", "vision.boxes", "vision.frame", "vision.detection"},
    "vision.pipeline": {
        "vision.tasks", "vision.boxes", "vision.frame", "vision.devices", "vision.alignment", "vision.detection",
        "vision.classifiers", "vision.tracking", "vision.quality", "vision.analysis", "vision.views",
    },
    "vision.files": {"vision.tasks", "vision.limits", "vision.frame", "vision.tracking", "vision.pipeline"},
    "vision.__main__": {"cli", "vision.limits", "vision.pipeline", "vision.files"},
    "train": {"vision"},
    "train.data": {"vision"},
    "train.recipe": {"vision", "train.data"},
    "train.recipes": {"train.recipe", "train.data"},
    "train.networks": {"vision", "train.recipe"},
    "train.evaluation": {"vision", "train.data", "train.networks"},
    "train.fit": {"vision", "train.data", "train.recipe", "train.networks", "train.evaluation", "cli.progress"},
    "train.export": {"vision", "train.data", "train.recipe", "train.networks", "train.evaluation", "train.fit"},
    "train.studies": {
        "vision", "train.data", "train.recipe", "train.networks", "train.evaluation", "train.fit", "train.export", "cli",
    },
    "train.report": {"cli", "measuring", "vision", "train.data", "train.evaluation", "train.studies"},
    "train.job": {"vision", "train.data", "train.recipe", "train.networks", "train.fit", "train.export"},
    "train.commands": {
        "cli", "vision.tasks", "train.job", "train.data", "train.evaluation", "train.export", "train.studies", "train.report",
    },
    "translations": {"cli"},
    "webapp": {"launcher.version"},
    "webapp.logs": set(),
    "webapp.config": {"cli", "vision.limits", "webapp.logs"},
    "webapp.errors": {"webapp.config"},
    "webapp.roles": set(),
    "webapp.links": {"webapp.roles"},
    "webapp.assets": {"bundling"},
    "webapp.language": {"translations"},
    "webapp.cluster": {"webapp.links", "webapp.roles", "webapp.cluster.away"},  # imported with --redis alone
    "webapp.cluster.away": set(),
    "webapp.inference": {"vision.tasks", "webapp.config", "webapp.cluster.away"},
    "webapp.inference.worker": {"vision", "webapp.inference", "webapp.logs"},  # a process of its own
    "webapp.metrics": {"measuring", "vision.tasks", "webapp.inference"},
    "webapp.server": {"webapp.config", "webapp.errors"},
    "webapp.sharing": {
        "webapp.config", "webapp.logs", "webapp.errors", "webapp.links", "webapp.roles", "webapp.metrics", "webapp.server", "webapp.cluster", "webapp.cluster.away",
    },
    "webapp.security": {"webapp.config", "webapp.errors", "webapp.sharing"},
    "webapp.sockets": {
        "vision.tasks", "vision.limits", "webapp", "webapp.config", "webapp.errors", "webapp.roles", "webapp.inference",
        "webapp.metrics", "webapp.server", "webapp.sharing", "webapp.cluster.away",
    },
    "webapp.parts": {"webapp.config", "webapp.inference", "webapp.server", "webapp.sharing", "webapp.sockets"},
    "webapp.routes": {
        "measuring", "vision.tasks", "vision.limits", "webapp", "webapp.errors", "webapp.roles", "webapp.inference", "webapp.metrics", "webapp.language", "webapp.sharing", "webapp.security",
        "webapp.sockets", "webapp.parts", "webapp.assets", "translations", "bundling",
    },
    "webapp.application": {
        "webapp.assets", "webapp.config", "webapp.errors", "webapp.roles", "webapp.inference", "webapp.language", "webapp.server", "webapp.sharing",
        "webapp.security", "webapp.sockets", "webapp.parts", "webapp.routes",
    },
    "webapp.__main__": {
        "cli", "webapp.config", "webapp.logs", "webapp.inference", "webapp.server", "webapp.sharing", "webapp.parts", "webapp.application",
    },
    "deploy": set(),  # starts processes, and needs nothing of them
    "deploy.__main__": {"cli", "deploy", "webapp.config", "webapp.security", "webapp.sharing"},
    "benchmarks": {"vision", "cli", "measuring", "webapp.config", "benchmarks.harness", "benchmarks.other_systems", "benchmarks.screens"},
    "benchmarks.budgets": {"cli", "benchmarks", "benchmarks.harness", "webapp.config", "webapp.inference", "webapp.server", "webapp.sockets"},
    "benchmarks.nodes": {
        "cli", "launcher", "measuring", "vision.tasks", "benchmarks", "benchmarks.report", "benchmarks.options", "deploy", "webapp.cluster", "webapp.metrics", "webapp.roles",
    },
    "benchmarks.harness": set(),
    "benchmarks.screens": {"vision.tasks", "benchmarks.harness"},
    "benchmarks.other_systems": {"cli", "measuring", "vision"},
}  # fmt: skip
# part -> packages of others that it must not import, so that it stays light
MUST_NOT_IMPORT = {
    "cli": {"numpy", "cv2", "flask", "keras", "tensorflow", "matplotlib"},
    "vision": {"flask", "flask_socketio", "socketio", "eventlet", "keras", "tensorflow"},
    "webapp": {"keras", "tensorflow", "sklearn", "matplotlib"},
    "train": {"flask", "flask_socketio", "socketio", "eventlet"},
}
# vision.litert falls back to TensorFlow's interpreter, on a machine without a wheel of LiteRT
ALLOWED = {("vision/litert.py", "tensorflow")}

LONGEST_MODULE = 300


def modules(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py"))


ALL_MODULES = [ROOT / "run.py", *(path for part in (*PARTS, "tests") for path in modules(part))]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    """`train/fit/__init__.py` -> `train.fit`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {dotted(path): path for part in PARTS for path in modules(part)}


def imported(path: Path) -> Iterator[str]:
    """All that a module imports when it runs, as full names: relative imports, and those inside functions, too."""
    package = dotted(path) if path.name == "__init__.py" else dotted(path).rpartition(".")[0]
    for node in runtime_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            above = ".".join(parents[: len(parents) - node.level + 1]) if node.level else ""
            source = ".".join(part for part in (above, node.module) if part)
            # `from train.data import targets` names a module, `from train.recipe import Recipe` something in one.
            names = (f"{source}.{alias.name}" for alias in node.names)
            yield from dict.fromkeys(full if full in MODULES else source for full in names)


def runtime_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node below one, but not what stands under `if TYPE_CHECKING:`, which never runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            yield from (below for branch in node.orelse for below in (branch, *runtime_nodes(branch)))
        else:
            yield node
            yield from runtime_nodes(node)


def imports(path: Path) -> Iterator[str]:
    """The top-level packages that a module imports, anywhere in it."""
    return (full.split(".")[0] for full in imported(path))


def room_of(module: str) -> str:
    """The room of a module; empty for those that no row counts for (tests, run.py)."""
    return max((room for room in MAY_IMPORT if lies_in(module, room)), key=len, default="")


def may_import(room: str, other: str) -> bool:
    """Whether a room may import a module: of its own part what lies in a room of its row, of others anything below."""
    own = room_of(other) in MAY_IMPORT[room] | {room}
    return own or any(lies_in(other, one) for one in MAY_IMPORT[room] if one.split(".")[0] != room.split(".")[0])


def lies_in(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def test_every_room_of_the_table_exists() -> None:
    assert not [room for room in MAY_IMPORT if room not in MODULES]
    assert not [room for allowed in MAY_IMPORT.values() for room in allowed if room not in MODULES]


def test_every_package_has_a_row_of_its_own() -> None:
    packages = {".".join(module.split(".")[:2]) for module in MODULES if module.count(".") == 2}
    assert not packages - MAY_IMPORT.keys()


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_point_one_way(room: str) -> None:
    wrong = {
        (name(path), other)
        for module, path in MODULES.items()
        if room_of(module) == room
        for other in imported(path)
        if other.split(".")[0] in {*PARTS, "tests", "run"} and not may_import(room, other)
    }
    assert not wrong


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module: {other for other in imported(path) if other in MODULES} for module, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(f"these modules import each other in a circle: {' <- '.join(circle.args[1])}")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("import train.fit.training", {"train.fit.training"}, id="a module"),
        pytest.param("from train.fit import training", {"train.fit.training"}, id="a module out of its package"),
        pytest.param("from train.recipe import Recipe", {"train.recipe"}, id="a class out of a module"),
        pytest.param("from . import loaders, targets", {"train.data.loaders", "train.data.targets"}, id="relative"),
        pytest.param("from ..recipe import Recipe", {"train.recipe"}, id="relative, from the package above"),
        pytest.param("def run():\n    import train.recipe", {"train.recipe"}, id="within a function"),
        pytest.param("if TYPE_CHECKING:\n    import train.recipe", set(), id="for types only"),
        pytest.param("if TYPE_CHECKING:\n    pass\nelse:\n    import train.recipe", {"train.recipe"}, id="else"),
    ],
)
def test_imports_are_understood(source: str, found: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "train" / "data" / "example.py"
    path.parent.mkdir(parents=True)
    path.write_text(source)
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert set(imported(path)) == found


@pytest.mark.parametrize("part", MUST_NOT_IMPORT)
def test_parts_stay_light(part: str) -> None:
    wrong = {(name(path), other) for path in modules(part) for other in imports(path) if other in MUST_NOT_IMPORT[part]}
    assert wrong <= ALLOWED


def test_run_py_needs_the_standard_library_only() -> None:
    wrong = {
        (name(path), other)
        for path in (ROOT / "run.py", *modules("launcher"), *modules("bundling"))
        for other in imports(path)
        if other not in {*sys.stdlib_module_names, "launcher", "bundling"}
    }
    assert not wrong


def test_importing_vision_loads_no_server_and_no_tensorflow() -> None:
    heavy = sorted(MUST_NOT_IMPORT["vision"])
    code = f"import sys, vision.pipeline; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


@pytest.mark.parametrize("path", ALL_MODULES, ids=name)
def test_a_module_is_read_at_a_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "check",
    [["ruff", "check", "--no-cache"], ["ruff", "format", "--check", "--no-cache"], ["mypy"]],
    ids=" ".join,
)
def test_lint_and_types_are_clean(check: list[str], tmp_path: Path) -> None:
    cache = ["--cache-dir", str(tmp_path)] if check == ["mypy"] else []
    done = subprocess.run([sys.executable, "-m", *check, *cache], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

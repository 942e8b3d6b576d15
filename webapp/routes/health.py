"""`/healthz` and `/api/statistics`: answered without touching a model."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g
from flask.typing import ResponseReturnValue

from webapp import VERSION
from webapp.parts import parts_of

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 while at least one worker is alive, 503 otherwise."""
    workers = parts_of(current_app).monitor.workers()
    is_well = workers["alive"] > 0
    answer: dict[str, Any] = {"status": "ok" if is_well else "no_workers", "version": VERSION}
    if g.visitor.role:  # a stranger need not know more
        answer["workers"] = _told(workers)
    return answer, 200 if is_well else 503


@health.get("/api/statistics")
def statistics() -> ResponseReturnValue:
    """Sessions, totals and the event loop's lag: numbers only."""
    figures = parts_of(current_app).monitor.figures()
    return figures | {"workers": _told(figures["workers"])}


def _told(workers: dict[str, Any]) -> dict[str, Any]:
    """What is told of the workers: to others than this machine's people, no process ids."""
    if not parts_of(current_app).sharing.access.asks:
        return workers
    return {name: value for name, value in workers.items() if name != "pids"}


@health.post("/api/statistics/loop-lag/reset")
def reset_loop_lag() -> ResponseReturnValue:
    """Forget the loop's lag so far, as a benchmark begins."""
    parts_of(current_app).monitor.loop_lag.reset()
    return "", 204

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
        answer["workers"] = workers
    return answer, 200 if is_well else 503


@health.get("/api/statistics")
def statistics() -> ResponseReturnValue:
    """Sessions, totals and the event loop's lag: numbers only."""
    return parts_of(current_app).monitor.figures()


@health.post("/api/statistics/loop-lag/reset")
def reset_loop_lag() -> ResponseReturnValue:
    """Forget the loop's lag so far, as a benchmark begins."""
    parts_of(current_app).monitor.loop_lag.reset()
    return "", 204

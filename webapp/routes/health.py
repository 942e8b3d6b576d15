"""`/healthz` and `/api/statistics`: answered without touching a model."""

from __future__ import annotations

from flask import Blueprint, current_app, g
from flask.typing import ResponseReturnValue

from webapp import VERSION
from webapp.metrics.snapshot import refusals

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 while at least one worker is alive, 503 otherwise."""
    state = current_app.extensions["raut"].pool.state()
    is_well = state["alive"] > 0
    answer = {"status": "ok" if is_well else "no_workers", "version": VERSION}
    if g.visitor.role:  # a stranger needs to know no more
        answer["workers"] = state
    return answer, 200 if is_well else 503


@health.get("/api/statistics")
def statistics() -> ResponseReturnValue:
    """Sessions, totals and the event loop's lag: numbers only."""
    parts = current_app.extensions["raut"]
    numbers = parts.statistics.to_dict()
    numbers["totals"]["refused"] = refusals(parts)
    return numbers | {"loop_lag_ms": parts.loop_lag.to_dict(), "workers": parts.pool.state()}


@health.post("/api/statistics/loop-lag/reset")
def reset_loop_lag() -> ResponseReturnValue:
    """Forget the loop's lag so far: a benchmark begins."""
    current_app.extensions["raut"].loop_lag.reset()
    return "", 204

"""`GET /metrics`: the server's numbers for Prometheus, read when it asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final

from flask import Blueprint, Response, current_app, request
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily as Counter
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import HistogramMetricFamily as Histogram
from prometheus_client.core import InfoMetricFamily as Info
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from webapp import VERSION
from webapp.metrics.frame_totals import BOUNDS_MS, FrameTotals
from webapp.parts import parts_of
from webapp.roles import CAMERA, WATCH
from webapp.sockets.monitor import Monitor

metrics = Blueprint("metrics", __name__)

WHOLE: Final = ("total", "server")
"""Times that are sums of the stages: among those, a sum would count every second twice."""


@metrics.get("/metrics")
def scrape() -> Response:
    """Everything that is counted, as text or, where that is asked for, as OpenMetrics."""
    registry = CollectorRegistry()
    parts = parts_of(current_app)
    registry.register(ServerCollector(parts.monitor, parts.settings.async_mode))
    ProcessCollector(registry=registry)  # CPU, memory and file descriptors of the web process, on Linux
    PlatformCollector(registry=registry)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=content_type)


class ServerCollector(Collector):
    """Reads what the server counts anyway. Its locks are the counters' own, so it may be asked from any thread."""

    def __init__(self, monitor: Monitor, async_mode: str):
        """Read a monitor's numbers."""
        self._monitor, self._async_mode = monitor, async_mode

    def collect(self) -> Iterator[Metric]:
        """Each metric with its present values."""
        yield Info("raut", "What runs", {"version": VERSION, "async_mode": self._async_mode})
        yield Gauge("raut_start_time_seconds", "When the server began, Unix time", self._monitor.statistics.since)
        yield from self._sessions()
        yield from _frames(self._monitor.statistics.totals(), self._monitor.statistics.all_frames.copy())
        yield from self._workers()
        yield from self._load()
        yield _by_label("raut_refusals", "Refusals by any part of the server", "code", self._monitor.refusals())

    def _sessions(self) -> Iterator[Metric]:
        active = [statistics for _, statistics in self._monitor.active()]
        connected, limits = self._monitor.connected(), self._monitor.limits()
        yield Gauge("raut_cameras_active", "Cameras that have sent a frame within four seconds", len(active))
        yield Gauge("raut_faces", "Faces in the cameras' last results", sum(one.faces for one in active))
        for role, name in ((CAMERA, "cameras"), (WATCH, "watchers")):
            yield Gauge(f"raut_{name}_connected", f"Connected {name}", connected[role])
            yield Gauge(f"raut_{name}_limit", f"How many {name} may be connected", limits[role])

    def _workers(self) -> Iterator[Metric]:
        workers = self._monitor.workers()
        yield Gauge("raut_workers_alive", "Inference processes that run", workers["alive"])
        yield Gauge("raut_workers_wanted", "Inference processes that should run", workers["wanted"])
        yield Gauge("raut_images_waiting", "Images that wait for a worker or are in work", workers["waiting"])
        yield Counter("raut_workers_replaced", "Inference processes that were lost and replaced", workers["replaced"])

    def _load(self) -> Iterator[Metric]:
        now = self._monitor.load_now()
        cores = Gauge("raut_cpu_cores", "Processor cores in use over the last second", labels=["process"])
        cores.add_metric(["web"], now["cpu_web"])
        cores.add_metric(["workers"], now["cpu_workers"])
        yield cores
        yield Gauge("raut_memory_bytes", "Resident memory of the web process and all workers", now["memory_mb"] * 1e6)
        lag = Gauge(
            "raut_event_loop_lag_seconds", "How late the event loop was over the last five seconds", labels=["quantile"]
        )
        lag.add_metric(["0.5"], now["lag_p50"] / 1000)
        lag.add_metric(["0.99"], now["lag_p99"] / 1000)
        yield lag


def _frames(totals: Mapping[str, int], frames: FrameTotals) -> Iterator[Metric]:
    yield Counter("raut_sessions", "Live pages that have connected", totals["sessions"])
    yield Counter("raut_frames_received", "Frames that arrived", totals["received"])
    yield Counter("raut_frames_answered", "Frames that got a result", totals["answered"])
    yield _by_label("raut_frames_dropped", "Frames that were not analysed", "reason", frames.dropped)
    yield _by_label("raut_frames_refused", "Frames that were refused", "code", frames.errors)
    stages = {stage: ms / 1000 for stage, ms in frames.stage_ms.items() if stage not in WHOLE}
    yield _by_label("raut_stage_seconds", "Time that answered frames took, by stage", "stage", stages)
    bounds = [*(str(ms / 1000) for ms in BOUNDS_MS), "+Inf"]
    counts = list(zip(bounds, map(float, accumulate(frames.up_to)), strict=True))
    seconds = frames.stage_ms["server"] / 1000
    yield Histogram("raut_frame_seconds", "Time from a frame's arrival to its result", counts, seconds)


def _by_label(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    metric = Counter(name, about, labels=[label])
    for key, value in sorted(values.items()):
        metric.add_metric([key], value)
    return metric

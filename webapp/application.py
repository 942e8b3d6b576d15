"""The application factory: one Flask application, its sockets, its workers."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from flask import Flask
from flask_socketio import SocketIO

from webapp.assets import add_assets
from webapp.config import MEBIBYTE, Settings, networks_of
from webapp.errors import register_errors
from webapp.inference.pool import WorkerPool
from webapp.inference.result_json import FrameJson
from webapp.language.setup import add_languages
from webapp.parts import Parts, keep_parts
from webapp.roles import UPLOAD
from webapp.routes.api import RequestInMemory, api
from webapp.routes.built import built
from webapp.routes.health import health
from webapp.routes.messages import messages
from webapp.routes.metrics import metrics
from webapp.routes.models import model_pages
from webapp.routes.pages import pages
from webapp.routes.sharing import sharing_pages
from webapp.routes.vendor import vendor
from webapp.security import HostGuard, OwnNames, add_security_headers
from webapp.server.chunked_body import refuse_unreadable_bodies
from webapp.server.connections import Connections
from webapp.server.log_filters import socket_logger
from webapp.server.message_limit import limit_messages
from webapp.server.request_budget import RequestBudget
from webapp.sharing.access import keep_strangers_out
from webapp.sharing.proxy import Forwarding
from webapp.sharing.state import Sharing, prepare
from webapp.sockets.admission import Admission
from webapp.sockets.dashboard import Dashboard, dashboard
from webapp.sockets.entrance import SocketEntrance
from webapp.sockets.guarded_socket import CheckedPacket, SocketRules, guard_sockets
from webapp.sockets.housekeeping import Housekeeping
from webapp.sockets.live import LiveSessions
from webapp.sockets.monitor import Monitor

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings, sharing: Sharing | None = None) -> Flask:
    """Make the application; its workers start with `parts_of(app).start()`.

    Args:
        settings: what was chosen at start.
        sharing: how it is shared; None to decide that from the settings.

    Returns:
        A Flask application; `parts_of` gives what it is made of.
    """
    sharing = sharing or prepare(settings)
    settings = sharing.settings
    # Windows keeps file types in its registry, where other programs may have changed them.
    mimetypes.add_type("text/javascript", ".js")
    app = Flask("raut", root_path=str(ROOT))
    app.request_class = RequestInMemory
    # A multipart form adds its boundaries and headers to the largest image.
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_bytes + MEBIBYTE
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 0
    for blueprint in (pages, api, health, metrics, vendor, built, messages, dashboard, model_pages, sharing_pages):
        app.register_blueprint(blueprint)
    add_languages(app)
    add_assets(app, bundled=not settings.unbundled)
    register_errors(app)
    refuse_unreadable_bodies(app)
    add_security_headers(app)
    keep_strangers_out(app, sharing.access)
    parts = _make_parts(settings, sharing)
    keep_parts(app, parts)
    socketio = _make_socketio(app, settings, sharing)
    parts.live.register(socketio)
    Dashboard(settings, parts.monitor, parts.admission).register(socketio)
    # From the inside out: a request passes Forwarding first.
    entrance = SocketEntrance(app.wsgi_app, parts.housekeeping.make_room, sharing.refusals.add, parts.live.ends)
    guarded = sharing.access.guard(entrance)
    hosted = HostGuard(guarded, OwnNames(settings), sharing.refusals.add)
    budgeted = RequestBudget(hosted, settings.max_requests, sharing.access.recognises, sharing.refusals.add)
    tls = sharing.tls_listener is not None
    proxies = networks_of(settings.proxy_addresses)
    app.wsgi_app = Forwarding(  # type: ignore[method-assign]
        budgeted, settings.behind_proxy, sharing.refusals, tls=tls, addresses=proxies
    )
    return app


def _make_parts(settings: Settings, sharing: Sharing) -> Parts:
    cluster = sharing.cluster
    places = cluster.places if cluster else {}
    pool, admission = WorkerPool(settings, places.get(UPLOAD)), Admission(settings, sharing.refusals, places)
    monitor = Monitor(settings, pool, admission, sharing.refusals, cluster)
    live = LiveSessions(
        settings, pool, monitor.statistics, admission, sharing.access, sharing.refusals, monitor.loop_lag
    )
    return Parts(
        settings=settings,
        sharing=sharing,
        pool=pool,
        admission=admission,
        monitor=monitor,
        live=live,
        connections=Connections(settings, sharing.refusals.add),
        housekeeping=Housekeeping(live, settings.handshake_timeout, sharing.refusals.add),
    )


def _make_socketio(app: Flask, settings: Settings, sharing: Sharing) -> SocketIO:
    socketio = SocketIO(
        app,
        async_mode=settings.async_mode,
        json=FrameJson,
        serializer=CheckedPacket,
        # A message above this size ends its connection without a word. One that is a little too large must
        # still come through, so that it can be refused with a sentence.
        max_http_buffer_size=2 * settings.max_frame_bytes + 64 * 1024,
        ping_interval=20,
        ping_timeout=20,
        http_compression=False,
        manage_session=False,
        client_manager=sharing.cluster.message_queue() if sharing.cluster else None,
        logger=socket_logger(),
        engineio_logger=socket_logger(),
    )
    limit_messages(socketio.server.eio, settings.async_mode)
    # A frame is an event and its image, of which a browser may send the second in pieces.
    messages = 5 * settings.max_fps + 50
    guard_sockets(SocketRules(socketio.server, messages, settings.max_bytes_per_second, sharing.refusals.add))
    return socketio

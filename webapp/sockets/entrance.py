"""What comes to `/socket.io` before Engine.IO sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qs

from webapp.errors import refuse_request

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

PATH: Final = "/socket.io"


class SocketEntrance:
    """Makes room for new sessions, and keeps away what no page of ours asks for.

    JSONP's answers can be read by any site's `<script>`. The offer to compress WebSocket messages is hidden, for eventlet
    would take it up: frames are JPEGs and acknowledgements short, and deflating them costs a fifteenth of the
    throughput's worth and saves nothing.
    """

    def __init__(self, app: WsgiApp, make_room: Callable[[str], None], on_refusal: Callable[[str, str], None]):
        """Wrap an application.

        Args:
            app: what is behind it.
            make_room: called with the address of who begins a session.
            on_refusal: called with the code and the address.
        """
        self._app, self._make_room, self._on_refusal = app, make_room, on_refusal

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on, or answer 400."""
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        if environ.get("PATH_INFO", "").startswith(PATH):
            address, query = environ.get("REMOTE_ADDR", ""), parse_qs(environ.get("QUERY_STRING", ""))
            if "j" in query:
                self._on_refusal("jsonp", address)
                return refuse_request(
                    start_response, 400, "jsonp", "JSONP is not spoken here: use polling or WebSocket"
                )
            if "sid" not in query:
                self._make_room(address)
        return self._app(environ, start_response)

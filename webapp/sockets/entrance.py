"""What comes to `/socket.io` before Engine.IO sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qs

from webapp.errors import refuse_request

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

PATH: Final = "/socket.io"


class SocketEntrance:
    """Makes room for new sessions, and refuses what no page of ours asks for, and whoever comes while the server ends.

    JSONP is refused, since any site's `<script>` can read its answers. A browser's offer to compress WebSocket messages
    is removed, since eventlet would accept it: that makes broadcasts fifteen times slower, and JPEG frames and short
    acknowledgements become no smaller.
    """

    def __init__(
        self,
        app: WsgiApp,
        make_room: Callable[[str], None],
        on_refusal: Callable[[str, str], None],
        ends: Callable[[], bool],
    ):
        """Wrap an application.

        Args:
            app: what requests are passed on to.
            make_room: called with the address that begins a session.
            on_refusal: called with the code of a refusal and the address.
            ends: whether the server is about to end. A page that was sent away comes again at once, and must not take
                it for the next one.
        """
        self._app, self._make_room, self._on_refusal, self._ends = app, make_room, on_refusal, ends

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on, or answer 400 or 503."""
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        if environ.get("PATH_INFO", "").startswith(PATH):
            address, query = environ.get("REMOTE_ADDR", ""), parse_qs(environ.get("QUERY_STRING", ""))
            if "j" in query:
                self._on_refusal("jsonp", address)
                return refuse_request(start_response, 400, "jsonp", "JSONP is not supported: use polling or WebSocket")
            if "sid" not in query:
                if self._ends():
                    return refuse_request(start_response, 503, "shutting_down", "this server is shutting down")
                self._make_room(address)
        return self._app(environ, start_response)

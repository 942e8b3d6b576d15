"""Who gets in, and in which role.

request -> Access (WSGI: pages, API and sockets alike) -> a Visitor in the environ
        -> refused: a socket at once, as JSON; a page or an API call by Flask, which can write pages
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, Response, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from socketio.exceptions import ConnectionRefusedError as Refused
from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import error_response, refuse_request, wants_page
from webapp.metrics.refusals import Refusals
from webapp.roles import CAMERA, WATCH
from webapp.sharing.login_throttle import LoginThrottle
from webapp.sharing.tokens import Tokens

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

VISITOR: Final = "raut.visitor"

OPEN: Final = ("/healthz", "/trust", "/favicon.ico", "/static/favicon.svg", "/static/icons.svg")
JOIN: Final = "/join/"
OPEN_BELOW: Final = ("/trust/", "/static/css/", "/built/css/", "/static/icons/", JOIN)
"""Paths that need no token: what a device needs before it is invited. `/join/` checks its token itself."""

TELLING_ROLES: Final = ("/healthz", "/trust")
"""Paths that are open and answer a guest differently: a wrong token there is counted like anywhere else."""

OWN_SITE: Final = ("same-origin", "none")
"""What `Sec-Fetch-Site` says of our own pages, and of addresses that somebody typed."""

CAMERA_ONLY: Final = ("/share", "/api/share")
"""Paths that a watcher may not open: they hold the camera's link, which it was not given."""

SENTENCES: Final = {
    "no_token": (401, "open the link or scan the QR code that you were given"),
    "wrong_token": (401, "this link is not valid, or no longer: ask for the current one"),
    "too_many_tries": (429, "too many wrong links from this address: wait a little, then open the right one"),
    "watcher": (403, "this link lets you watch only: ask for the link with a camera"),
    "foreign_origin": (403, "pages of other sites may not use this server"),
}


@dataclass(frozen=True)
class Visitor:
    """Who a request came from.

    Attributes:
        address: of the client.
        role: CAMERA, WATCH, or None for a stranger.
        refused: why they are refused, a key of SENTENCES; empty if they are not.
        wait_s: how long to wait before another try.
    """

    address: str
    role: str | None
    refused: str = ""
    wait_s: int = 0


class Access:
    """Checks the token of a request, where one is needed.

    Attributes:
        asks: whether a token is needed; none is while only this machine can connect.
    """

    def __init__(self, tokens: Tokens | None, refusals: Refusals, throttle: LoginThrottle | None = None):
        """Take the tokens now valid; None lets everybody in."""
        self._tokens, self._refusals = tokens, refusals
        self._login_throttle = LoginThrottle() if throttle is None else throttle
        self.asks = tokens is not None

    def use(self, tokens: Tokens) -> None:
        """Take other tokens from now on; those before stop working."""
        self._tokens = tokens

    def guard(self, app: WsgiApp) -> WsgiApp:
        """Wrap an application."""

        def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            visitor = environ[VISITOR] = self._visitor(environ)
            if visitor.refused:
                self._refusals.add(visitor.refused, visitor.address)
                if environ.get("PATH_INFO", "").startswith("/socket.io"):
                    return _refuse_socket(visitor, start_response)
            return app(environ, start_response)

        return guarded

    def recognises(self, environ: dict[str, Any]) -> bool:
        """Whether a request shows a right token (in its cookie, its header or its link), or none is asked for."""
        if self._tokens is None:
            return True
        link = environ.get("PATH_INFO", "").removeprefix(JOIN)
        return any(map(self._tokens.role_of, (_cookie_token(environ), _bearer_token(environ), link)))

    def redeem(self, token: str, address: str) -> Visitor:
        """Who somebody is who opens a link with this token."""
        visitor = self._judge(token, address)
        if visitor.refused:
            self._refusals.add(visitor.refused, address)
        return visitor

    def require_camera(self, environ: dict[str, Any]) -> None:
        """Refuse a live page's socket to those who may only watch.

        Raises:
            Refused: they may only watch.
        """
        visitor: Visitor = environ[VISITOR]
        if visitor.role != CAMERA:
            self._refusals.add("watcher", visitor.address)
            raise Refused(SENTENCES["watcher"][1], {"code": "watcher"})

    def _visitor(self, environ: dict[str, Any]) -> Visitor:
        address = environ.get("REMOTE_ADDR", "")
        if _is_of_another_site(environ):
            return Visitor(address, None, "foreign_origin")
        path = environ.get("PATH_INFO", "")
        visitor = self._by_token(environ, address, path)
        if visitor.role == WATCH and not visitor.refused and _takes_part(environ["REQUEST_METHOD"], path):
            return Visitor(address, WATCH, "watcher")
        return visitor

    def _by_token(self, environ: dict[str, Any], address: str, path: str) -> Visitor:
        if self._tokens is None:
            return Visitor(address, CAMERA)
        cookie, bearer = _cookie_token(environ), _bearer_token(environ)
        if path in TELLING_ROLES and (cookie or bearer):
            judged = self._judge(cookie, address, bearer)
            if judged.refused:  # counted and slowed like any guess, and answered like a stranger's
                self._refusals.add(judged.refused, address)
            return Visitor(address, judged.role)
        if _is_open(path):
            return Visitor(address, None)
        if not cookie and not bearer:
            return Visitor(address, None, "no_token")
        return self._judge(cookie, address, bearer)

    def _judge(self, token: str, address: str, other: str = "") -> Visitor:
        """Who shows one of two tokens.

        Both are compared before anything else: a right one always gets in, whatever others at the same address have
        tried. Only wrong ones wait.
        """
        if self._tokens is None:
            return Visitor(address, CAMERA)
        role = self._tokens.role_of(token) or self._tokens.role_of(other)
        if role is not None:
            return Visitor(address, role)
        wait_s = self._login_throttle.wait_s(address)
        if wait_s:
            return Visitor(address, None, "too_many_tries", wait_s)
        self._login_throttle.wrong(address)
        return Visitor(address, None, "wrong_token")


def cookie_name(scheme: str) -> str:
    """The name of the cookie with the token; over TLS browsers keep `__Host-` cookies from other hosts and plain http."""
    return "__Host-raut" if scheme == "https" else "raut"


def keep_in_cookie(response: BaseResponse, token: str) -> None:
    """Let a browser keep the token, where no script can read it.

    `Lax`, not `Strict`: a link in a chat or a mail is followed from another site, and a Strict cookie
    would not be sent with the redirect that follows it. Foreign sites' POSTs, frames and sockets get
    neither.
    """
    secure = request.scheme == "https"
    response.set_cookie(
        cookie_name(request.scheme), token, max_age=30 * 86_400, secure=secure, httponly=True, samesite="Lax"
    )


def refusal_response(visitor: Visitor) -> Response:
    """What a refused visitor sees: a page in a browser, JSON elsewhere."""
    status, sentence = SENTENCES[visitor.refused]
    if wants_page():
        response = make_response(render_template("refused.html", visitor=visitor), status)
    else:
        response = error_response(status, visitor.refused, sentence)
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if visitor.refused == "wrong_token" and response.mimetype == "text/html":
        # An old cookie would count as a wrong try with every request. It is deleted as its owner reads why.
        name = cookie_name(request.scheme)
        response.delete_cookie(name, secure=request.scheme == "https", httponly=True, samesite="Lax")
    if visitor.wait_s:
        response.headers["Retry-After"] = str(visitor.wait_s)
    return response


def keep_strangers_out(app: Flask, access: Access) -> None:
    """Answer refused requests in Flask, before any view; call it after the security headers are set up."""

    @app.before_request
    def refuse() -> ResponseReturnValue | None:
        g.visitor = request.environ.get(VISITOR) or Visitor(request.remote_addr or "", CAMERA)
        if g.visitor.refused:
            return refusal_response(g.visitor)
        if g.visitor.role == WATCH and request.path == "/":
            return redirect("/dashboard", 303)  # the page that this link is for
        return None

    app.context_processor(lambda: {"visitor": g.get("visitor"), "shared": access.asks})


def _takes_part(method: str, path: str) -> bool:
    # Socket.IO's long polling uses POST, too; there the namespaces decide who may come in.
    return path in CAMERA_ONLY or (method not in ("GET", "HEAD", "OPTIONS") and not path.startswith("/socket.io"))


def _is_open(path: str) -> bool:
    return path in OPEN or (path.startswith(OPEN_BELOW) and ".." not in path)


def _is_of_another_site(environ: dict[str, Any]) -> bool:
    """Whether a page of another site sent this; `Host` has been checked to be ours.

    Browsers send `Origin` with a POST or a WebSocket, and on https and on this machine `Sec-Fetch-Site` with every
    request. So an `<img>` or a `<script>` of another site, or of another port of this machine, costs its visitor
    neither a session nor a try. A link that somebody follows is let in.
    """
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None:
        return bool(origin != f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}")
    return environ.get("HTTP_SEC_FETCH_SITE", "none") not in OWN_SITE and not _is_followed_link(environ)


def _is_followed_link(environ: dict[str, Any]) -> bool:
    kind = environ.get("HTTP_SEC_FETCH_MODE"), environ.get("HTTP_SEC_FETCH_DEST")
    return environ["REQUEST_METHOD"] == "GET" and kind == ("navigate", "document")


def _cookie_token(environ: dict[str, Any]) -> str:
    return parse_cookie(environ).get(cookie_name(environ["wsgi.url_scheme"])) or ""


def _bearer_token(environ: dict[str, Any]) -> str:
    """A token as programs send it: `Authorization: Bearer TOKEN`."""
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _refuse_socket(visitor: Visitor, start_response: Callable[..., Any]) -> Iterable[bytes]:
    status, sentence = SENTENCES[visitor.refused]
    if visitor.refused == "foreign_origin":
        status = 400  # as Engine.IO itself says it
    wait = {"Retry_After": str(visitor.wait_s)} if visitor.wait_s else {}
    return refuse_request(start_response, status, visitor.refused, sentence, **wait)

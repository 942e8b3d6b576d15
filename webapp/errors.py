"""Every error as one clear sentence, as JSON or as a page; never a traceback."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from webapp.config import MEBIBYTE

log = logging.getLogger(__name__)

MOST_DISCARDED: Final = 64 * MEBIBYTE
"""Bytes. The rest of a longer upload is not read; its connection is closed."""


def error_response(status: int, code: str, sentence: str) -> Response:
    """A JSON answer `{"error": sentence, "code": code}` with that status."""
    response = jsonify(error=sentence, code=code)
    response.status_code = status
    return response


def refuse_request(
    start_response: Callable[..., Any], status: int, code: str, sentence: str, **headers: str
) -> Iterable[bytes]:
    """The same as a plain WSGI answer, for requests that are refused before they reach Flask.

    Args:
        start_response: of WSGI.
        status: of HTTP, such as 429.
        code: of the refusal, such as `too_many_requests`.
        sentence: what was wrong and what to do.
        headers: further headers, with `_` in place of `-`.

    Returns:
        The body.
    """
    body = json.dumps({"error": sentence, "code": code}).encode()
    common = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    start_response(f"{status} {HTTPStatus(status).phrase}", [*common.items(), *more.items()])
    return [body]


def register_errors(app: Flask) -> None:
    """Answer refused and failed requests: programs with JSON, browsers with a page."""
    app.register_error_handler(RequestEntityTooLarge, lambda _: _too_large(app))
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)


def _too_large(app: Flask) -> Response:
    limit = app.config["MAX_CONTENT_LENGTH"]
    discard_body()
    return error_response(413, "too_many_bytes", f"the upload is too large; at most {limit:,} bytes are taken")


def discard_body() -> None:
    """Read the rest of a body and forget it: a client that is still sending would not see the answer."""
    body, length = request.environ["wsgi.input"], request.content_length
    left = MOST_DISCARDED if length is None else length  # in chunks it may be of any length
    if left > MOST_DISCARDED:
        return
    if length is not None and length <= (request.max_content_length or 0):
        body = request.stream  # which knows how much of it has been read: the server would wait for more
    with suppress(HTTPException, OSError):  # it went away, or takes too long
        while left > 0 and (piece := body.read(min(left, 64 * 1024))):
            left -= len(piece)
            time.sleep(0)  # others have their turn, however fast it comes


def _refused(error: HTTPException) -> Response:
    response = _told(error.code or 500, _code_of(error), error.description or error.name)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _code_of(error: HTTPException) -> str:
    return error.name.lower().replace(" ", "_")


def _failed(error: Exception) -> Response:
    if isinstance(error, (TimeoutError, ConnectionError)):  # a body that did not come
        return error_response(408, "too_slow", "the request's body did not come in time")
    log.exception("a request failed", exc_info=error)
    return _told(500, "internal_error", "the server failed on this request; its log says why")


def _told(status: int, code: str, sentence: str) -> Response:
    """An error as its reader wants it: a page in a browser, JSON elsewhere and below `/api/`."""
    if request.path.startswith("/api/") or not wants_page():
        return error_response(status, code, sentence)
    try:
        return make_response(render_template("error.html", status=status, code=code), status)
    except Exception:  # what failed before may fail here again
        log.exception("the page for an error failed")
        return error_response(status, code, sentence)


def wants_page() -> bool:
    """Whether the client would rather have HTML than JSON, as browsers do."""
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"

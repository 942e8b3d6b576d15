"""Every error as one clear sentence, as JSON; never a traceback."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import IO, Any, Final

from flask import Flask, Response, jsonify, request
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
    """Answer refused and failed requests as JSON."""
    app.register_error_handler(RequestEntityTooLarge, lambda _: _too_large(app))
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)


def _too_large(app: Flask) -> Response:
    limit = app.config["MAX_CONTENT_LENGTH"]
    length = request.content_length
    if length is None or length <= MOST_DISCARDED:  # in chunks it may be of any length
        with contextlib.suppress(HTTPException, OSError):
            _discard_body(request.environ["wsgi.input"], MOST_DISCARDED if length is None else length)
    return error_response(413, "too_many_bytes", f"the upload is too large; at most {limit:,} bytes are taken")


def _discard_body(body: IO[bytes], length: int) -> None:
    """Read the rest of a body and forget it: a client that is still sending would not see the answer."""
    while length > 0:
        got = len(body.read(min(length, 64 * 1024)))
        if not got:
            return
        length -= got


def _refused(error: HTTPException) -> Response:
    response = error_response(error.code or 500, _code_of(error), error.description or error.name)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _code_of(error: HTTPException) -> str:
    return error.name.lower().replace(" ", "_")


def _failed(error: Exception) -> Response:
    log.exception("a request failed", exc_info=error)
    return error_response(500, "internal_error", "the server failed on this request; its log says why")

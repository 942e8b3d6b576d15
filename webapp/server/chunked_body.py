"""A request's body in chunks (RFC 9112, 7.1): what `curl -T -` and other streaming clients send, without a Content-Length.

eventlet reads such a body but does not tell Flask, which then takes it for empty; Werkzeug understands neither extensions
nor trailers; neither limits all that it reads. So both servers use this module, which reads strictly and with limits.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, request
from werkzeug import exceptions
from werkzeug.exceptions import BadRequest, HTTPException

_LONGEST_LINE: Final = 1024
_MOST_TRAILERS: Final = 32
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")

_REFUSAL: Final = "raut.body_refusal"


class ChunkedBody(io.RawIOBase):
    """Reads the chunks' content one after the other, to the last chunk and no byte further."""

    def __init__(self, stream: io.BufferedIOBase, before_reading: Callable[[], None] = lambda: None):
        """Read from a connection's stream; `before_reading` is called once, before the first byte is."""
        self._stream, self._before_reading = stream, before_reading
        self._left = 0  # of the chunk that is being read
        self._state = "new"

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes.

        Raises:
            BadRequest: the body is not in valid chunks, or ends before the last one.
        """
        if self._state == "new":
            self._before_reading()
            self._state = "reading"
        if not self._left and self._state == "reading":
            self._next_chunk()
        if self._state == "ended" or not len(buffer):
            return 0
        data = self._stream.read(min(len(buffer), self._left))
        if not data:
            raise _broken("it ends in the middle of a chunk")
        buffer[: len(data)] = data
        self._left -= len(data)
        if not self._left and self._line() not in (b"\r\n", b"\n"):
            raise _broken("a chunk is longer than it says")
        return len(data)

    def _next_chunk(self) -> None:
        time.sleep(0)  # other green threads get a turn, however small the chunks are and however fast they arrive
        size = _CHUNK_SIZE.fullmatch(self._line())
        if size is None:
            raise _broken("a chunk does not begin with its size")
        self._left = int(size[1], 16)
        if not self._left:
            self._skip_trailers()
            self._state = "ended"

    def _skip_trailers(self) -> None:
        for _ in range(_MOST_TRAILERS):
            line = self._line()
            if line in (b"\r\n", b"\n"):
                return
            if not line.endswith(b"\n"):
                break
        raise _broken("it does not end with an empty line")

    def _line(self) -> bytes:
        return self._stream.readline(_LONGEST_LINE)


def _broken(why: str) -> BadRequest:
    return BadRequest(f"the request's chunked body cannot be read: {why}")


def take_chunked_body(environ: dict[str, Any], stream: io.BufferedIOBase) -> bool:
    """Let a request's body be read by `ChunkedBody` where it comes in chunks.

    Args:
        environ: the request's; its `wsgi.input` is replaced.
        stream: of the connection, behind the request's header.

    Returns:
        Whether there was a Transfer-Encoding; then the connection must not be used for a further request.
    """
    coding = environ.get("HTTP_TRANSFER_ENCODING")
    if coding is None:
        return False
    environ["wsgi.input_terminated"] = True
    if coding.strip().lower() == "chunked" and not environ.get("CONTENT_LENGTH"):
        environ["wsgi.input"] = ChunkedBody(stream, _continue_of(environ))
        return True
    environ["wsgi.input"] = io.BytesIO()
    environ[_REFUSAL] = (
        BadRequest("a request has a Content-Length or a Transfer-Encoding, not both")
        if environ.pop("CONTENT_LENGTH", None)
        else exceptions.NotImplemented("of the transfer codings only `chunked` is read")
    )
    return True


def _continue_of(environ: dict[str, Any]) -> Callable[[], None]:
    """What sends `100 Continue` to a client that waits for it before its body; Werkzeug does so by itself."""
    own_input = environ.get("eventlet.input")
    if own_input is None:
        return lambda: None
    own_input.chunk_length = 0  # eventlet must not look for chunks in it again

    def send() -> None:
        if own_input.should_send_hundred_continue:
            own_input.send_hundred_continue_response()
            own_input.is_hundred_continue_response_sent = True
            own_input.chunk_length = 0

    return send


def refuse_unreadable_bodies(app: Flask) -> None:
    """Refuse requests whose body has no clear end."""

    @app.before_request
    def refuse() -> None:
        refusal: HTTPException | None = request.environ.get(_REFUSAL)
        if refusal is not None:
            raise refusal

"""`POST /api/analyze`: one image, one result; and the description of the whole HTTP API."""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from flask import Blueprint, Request, Response, current_app, request
from flask.typing import ResponseReturnValue

from vision.limits import FAILED
from webapp import VERSION
from webapp.errors import discard_body, error_response
from webapp.inference.pool import PoolBusyError, WorkerPool
from webapp.inference.result_json import result_json
from webapp.parts import parts_of

api = Blueprint("api", __name__)

DESCRIPTION = Path(__file__).with_name("openapi.json")


class RequestInMemory(Request):
    """A request that keeps uploaded files in memory; Werkzeug writes those above 500 kB to the disk."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


@api.post("/api/analyze")
def analyze() -> ResponseReturnValue:
    """The faces in an image sent as the body, or as the multipart field `image`."""
    parts, address = parts_of(current_app), request.remote_addr or ""
    try:
        # Its place is taken before its body is read: slow bodies would fill the memory uncounted.
        with parts.pool.upload(address):
            return _analyze(parts.pool, address)
    except PoolBusyError:
        parts.sharing.refusals.add("busy", address)
        discard_body()
        response = error_response(503, "busy", "too many images wait already: try again in a moment")
        response.headers["Retry-After"] = "1"
        return response


def _analyze(pool: WorkerPool, address: str) -> ResponseReturnValue:
    data = _image_of_request()
    if not data:
        discard_body()
        return error_response(400, "empty", "send an image as the request's body or as the multipart field `image`")
    outcome = pool.analyze_picture(data, address)
    if outcome.error is not None:
        code, sentence = outcome.error["code"], outcome.error["error"]
        return error_response(_status_of(code), code, sentence)
    if outcome.result is None:
        return error_response(503, str(outcome.dropped), "the image was not analysed: try again")
    return Response(result_json(outcome), mimetype="application/json")


@api.get("/api/openapi.json")
def description() -> ResponseReturnValue:
    """The HTTP API as OpenAPI 3.1."""
    return _description()


@cache
def _description() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    described["info"]["version"] = VERSION
    return described


def _status_of(code: str) -> int:
    if code == FAILED:
        return 500
    return 413 if code.startswith("too_many") else 400


def _image_of_request() -> bytes:
    if request.mimetype == "multipart/form-data":
        file = request.files.get("image")
        return file.read() if file else b""
    return request.get_data(cache=False)

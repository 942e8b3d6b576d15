"""The two secrets in the links: one lets take part with a camera, one lets watch the numbers."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from webapp.roles import CAMERA, WATCH
from webapp.sharing.data_dir import SharingError, make_private, read, write_private

TOKEN_BYTES: Final = 16
"""128 bits: nobody guesses that, and it keeps the QR code coarse enough to scan across a room."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of the links now in force; a token is all the proof there is, so no session is stored."""

    camera: str
    watch: str

    def role_of(self, token: str) -> str | None:
        """What a token lets one do: CAMERA, WATCH, or None for nothing.

        Both comparisons are always made, in a time that does not tell how much of a guess was right.
        """
        guess = token.encode("utf-8", "surrogatepass")
        takes_part = hmac.compare_digest(guess, self.camera.encode())
        watches = hmac.compare_digest(guess, self.watch.encode())
        if takes_part:
            return CAMERA
        return WATCH if watches else None


def load_or_make(folder: Path, *, new: bool = False) -> Tokens:
    """The tokens kept in a folder, made if there are none or if new ones are asked for.

    Raises:
        SharingError: the folder cannot be read or written, or holds something else.
    """
    path = folder / "tokens.json"
    text = None if new else read(path)
    if text is not None:
        return _parse(text, path)
    tokens = Tokens(secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES))
    make_private(folder)
    write_private(path, json.dumps({"camera": tokens.camera, "watch": tokens.watch}).encode())
    return tokens


def _parse(text: bytes, path: Path) -> Tokens:
    try:
        values = json.loads(text)
        tokens = Tokens(str(values["camera"]), str(values["watch"]))
        # Somebody may have written easier ones by hand.
        if min(len(tokens.camera), len(tokens.watch)) >= 16 and tokens.camera != tokens.watch:
            return tokens
    except (ValueError, KeyError, TypeError):
        pass
    raise SharingError(f"{path} does not hold two tokens: start once with --new-tokens to write it anew")

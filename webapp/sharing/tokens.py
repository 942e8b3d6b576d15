"""The two secrets in the links: one for taking part with a camera, one for watching the numbers."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from webapp.links import links_of
from webapp.roles import CAMERA, WATCH
from webapp.sharing.data_dir import SharingError, make_private, read, write_private

TOKEN_BYTES: Final = 16
"""128 bits: too many to guess, and few enough for a QR code that can be scanned across a room."""


FILE: Final = "tokens.json"


@dataclass(frozen=True)
class Tokens:
    """The tokens that are now valid. A request proves itself by its token alone; no session is stored."""

    camera: str
    watch: str

    @classmethod
    def from_dict(cls, links: Mapping[str, str]) -> Tokens:
        """Take them by role -> token."""
        return cls(links[CAMERA], links[WATCH])

    def to_dict(self) -> dict[str, str]:
        """Role -> token."""
        return {CAMERA: self.camera, WATCH: self.watch}

    def role_of(self, token: str) -> str | None:
        """The role that a token gives: CAMERA, WATCH, or None.

        Both comparisons are always made, and take the same time however much of a guess is right.
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
    path = folder / FILE
    text = None if new else read(path)
    if text is not None:
        links = links_of(text)
        if links is None:
            raise SharingError(f"{path} does not hold two tokens: start once with --new-tokens to write it anew")
        return Tokens.from_dict(links)
    tokens = Tokens(secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES))
    keep(folder, tokens)
    return tokens


def keep(folder: Path, tokens: Tokens) -> None:
    """Write tokens into a folder, for the next start.

    Raises:
        SharingError: the folder cannot be written.
    """
    make_private(folder)
    write_private(folder / FILE, json.dumps(tokens.to_dict()).encode())

"""The scripts' texts as one JSON file a language. Its address holds a hash of it, so a browser may keep it for good."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import cache
from typing import NamedTuple

from translations.catalogue import script_texts


class ScriptMessages(NamedTuple):
    """The texts of one language.

    Attributes:
        json: in UTF-8.
        zipped: the same, compressed.
        digest: of the JSON, in hexadecimal.
    """

    json: bytes
    zipped: bytes
    digest: str


@cache
def script_messages(language: str) -> ScriptMessages:
    """The texts that scripts get in a language."""
    text = json.dumps(script_texts(language), ensure_ascii=False, separators=(",", ":")).encode()
    return ScriptMessages(text, gzip.compress(text, 9, mtime=0), hashlib.sha256(text).hexdigest()[:16])

"""Pictures and videos to open on the live page, made of the public-domain portrait."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy.typing as npt

if TYPE_CHECKING:
    from playwright.sync_api import Page

Image = npt.NDArray[Any]

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200)
"""As much of a HEIC photo as a browser looks at before it refuses it."""

# A file comes to the page as the browser gives it, by a drop on the stage or from the clipboard.
_FILE = """const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));"""
DROP = f"""([selector, name, type, data]) => {{
  {_FILE}
  const target = document.querySelector(selector);
  const event = (kind) => new DragEvent(kind, {{ dataTransfer: transfer, bubbles: true, cancelable: true }});
  target.dispatchEvent(event("dragover"));
  const hinted = document.getElementById("stage").hasAttribute("data-drop");
  const drop = event("drop");
  target.dispatchEvent(drop);
  return [hinted, drop.defaultPrevented];
}}"""
PASTE = f"""([name, type, data]) => {{
  {_FILE}
  document.dispatchEvent(new ClipboardEvent("paste", {{ clipboardData: transfer, bubbles: true }}));
}}"""


def encoded(image: Image, suffix: str) -> bytes:
    ok, data = cv2.imencode(suffix, image)
    assert ok
    return data.tobytes()


def drop(page: Page, selector: str, name: str, kind: str, data: bytes) -> tuple[bool, bool]:
    """Drops a file; whether the stage said that it takes it, and whether the page kept the browser from opening it."""
    hinted, kept = page.evaluate(DROP, [selector, name, kind, base64.b64encode(data).decode()])
    return hinted, kept


def paste(page: Page, name: str, kind: str, data: bytes) -> None:
    page.evaluate(PASTE, [name, kind, base64.b64encode(data).decode()])


def write_video(path: Path, portrait: Image, seconds: float = 3, fps: int = 15) -> Path:
    """A WebM in which the portrait moves from left to right."""
    height, width = 288, 384
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), fps, (width, height))
    assert writer.isOpened(), "this OpenCV writes no WebM"
    large = cv2.resize(portrait, (440, 440))
    for number in range(round(seconds * fps)):
        x = round((large.shape[1] - width) * number / (seconds * fps))
        writer.write(large[:height, x : x + width])
    writer.release()
    return path

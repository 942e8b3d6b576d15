"""The two roles of those who connect, and what else has places. A link, a place and a counter of one have the same name."""

from __future__ import annotations

from typing import Final

CAMERA: Final = "camera"
"""Sends frames and gets their faces; may do everything that WATCH may."""

WATCH: Final = "watch"
"""Gets the dashboard's numbers and sends nothing."""

UPLOAD: Final = "upload"
"""A picture that is sent to `/api/analyze`: it takes a place, and nobody connects for it."""

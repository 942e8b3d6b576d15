"""The two roles of those who connect. A link, a place and a counter of either have the same name."""

from __future__ import annotations

from typing import Final

CAMERA: Final = "camera"
"""Sends frames and gets their faces; may do everything that WATCH may."""

WATCH: Final = "watch"
"""Gets the dashboard's numbers and sends nothing."""

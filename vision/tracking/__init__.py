"""Who is who: the same face keeps its number and its steadied labels from frame to frame."""

from vision.tracking.track import Track
from vision.tracking.tracker import FaceTracker

__all__ = ["FaceTracker", "Track"]

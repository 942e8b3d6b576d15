"""Whatever is sent as a frame: it is refused in words, and nobody else notices."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks.harness.serving import Server, serving
from tests.webapp.bystander import unharmed
from tests.webapp.live_client import LiveClient, outcome
from tests.webapp.processes import resident_mb
from tests.webapp.test_bad_input import analyze
from vision.frame import FrameError, FrameLimits, decode_frame

Connect = Callable[..., LiveClient]

CODES = {
    "empty",
    "not_an_image",
    "truncated",
    "too_many_bytes",
    "too_many_pixels",
    "too_many_scans",
    "too_many_parts",
    "bad_arguments",
}

PICTURE = np.random.default_rng(7).integers(0, 255, (60, 80, 3), np.uint8)

LIMITS = FrameLimits(max_bytes=1_000_000, max_pixels=1_000_000)


@pytest.fixture(scope="module")
def sturdy() -> Iterator[Server]:
    """One server for all of these: each leaves it as it found it."""
    # The rate's limit has a test of its own; here it would refuse most before they are looked at.
    with serving("--workers", "2", "--max-fps", "100000") as started:
        yield started


def encoded(suffix: str, picture: np.ndarray = PICTURE, *options: int) -> bytes:
    return cv2.imencode(suffix, picture, options)[1].tobytes()


# ---- Events of every type and shape ----

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50) | st.binary(max_size=200)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
MAGIC = st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBPVP8 ", b"GIF89a", b"BM"])
ARGUMENTS = st.lists(VALUES, max_size=4) | st.tuples(st.builds(bytes.__add__, MAGIC, st.binary(max_size=300))).map(list)


def test_500_frame_events_of_every_type_and_shape(sturdy: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    fuzzer = connect(sturdy)
    seen: Counter[str] = Counter()

    @settings(max_examples=500, deadline=None, database=None, phases=[Phase.generate], derandomize=True)
    @given(ARGUMENTS)
    def ask(arguments: list) -> None:
        answer = fuzzer.ask(*arguments)
        assert set(answer) == {"error", "code"} and answer["code"] in CODES
        assert 10 < len(answer["error"]) < 300 and len(answer["error"].splitlines()) == 1
        seen[answer["code"]] += 1

    with unharmed(sturdy, connect(sturdy), portrait_jpeg):
        ask()
    assert sum(seen.values()) >= 500
    assert {"bad_arguments", "not_an_image", "empty"} <= set(seen)
    assert outcome(fuzzer.ask(portrait_jpeg)) == "result", "its own connection goes on, too"


# ---- Damaged images ----

ORIGINALS = [
    encoded(".jpg"),
    encoded(".jpg", PICTURE, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    encoded(".png"),
    encoded(".webp", PICTURE, cv2.IMWRITE_WEBP_QUALITY, 80),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An image that was cut off, had bits flipped, or both."""
    data = bytearray(draw(st.sampled_from(ORIGINALS)))
    for bit in draw(st.lists(st.integers(0, 8 * len(data) - 1), max_size=12)):
        data[bit // 8] ^= 1 << bit % 8
    return bytes(data[: draw(st.just(len(data)) | st.integers(0, len(data)))])


@settings(
    max_examples=2000, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(damaged())
def test_thousands_of_damaged_images_are_decoded_or_refused(data: bytes) -> None:
    try:
        image = decode_frame(data, LIMITS)
    except FrameError as error:
        assert error.code in CODES
        return
    height, width, channels = image.shape
    assert channels == 3 and image.dtype == np.uint8 and height * width <= LIMITS.max_pixels


def damaged_frames(jpeg: bytes, seed: int = 3) -> Iterator[bytes]:
    """Endless truncations and bit flips of a whole camera frame."""
    chance = np.random.default_rng(seed)
    while True:
        yield jpeg[: int(chance.integers(0, len(jpeg)))]
        flipped = bytearray(jpeg)
        for at in chance.integers(0, 8 * len(jpeg), int(chance.integers(1, 20))):
            flipped[at // 8] ^= 1 << at % 8
        yield bytes(flipped)


def test_hundreds_of_damaged_frames_at_a_real_server(sturdy: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    client = connect(sturdy)
    with unharmed(sturdy, connect(sturdy), portrait_jpeg):
        seen = Counter(outcome(client.ask(frame)) for frame in islice(damaged_frames(portrait_jpeg), 300))
    assert set(seen) <= CODES | {"result"} and seen["truncated"] >= 100, seen


# ---- Files that are two things at once ----

ZIP = b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)
SCRIPT = b"<script>alert(document.cookie)</script>"


def with_comment(jpeg: bytes, comment: bytes) -> bytes:
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(comment)) + comment + jpeg[2:]


POLYGLOTS = [
    pytest.param(lambda jpeg: jpeg + ZIP, True, id="a JPEG that is a ZIP archive, too"),
    pytest.param(lambda jpeg: with_comment(jpeg, SCRIPT), True, id="a JPEG with a script in its comment"),
    pytest.param(lambda jpeg: encoded(".png") + SCRIPT[:20], True, id="a PNG with markup behind it"),
    pytest.param(lambda jpeg: b"GIF89a" + jpeg, False, id="a GIF's header before a JPEG"),
    pytest.param(lambda jpeg: b"%PDF-1.7\n" + jpeg, False, id="a PDF with a JPEG in it"),
    pytest.param(lambda jpeg: b"<svg onload='alert(1)'>" + jpeg, False, id="an SVG before a JPEG"),
    pytest.param(lambda jpeg: b"BM" + jpeg, False, id="a BMP's magic before a JPEG"),
    pytest.param(lambda jpeg: b"RIFF\x24\0\0\0WAVEfmt " + jpeg, False, id="a WAV"),
    pytest.param(lambda jpeg: b"\0\0\0\x0cjP  \r\n\x87\n" + jpeg, False, id="a JPEG 2000"),
    pytest.param(lambda jpeg: b"II*\0" + jpeg, False, id="a TIFF"),
    pytest.param(lambda jpeg: b"v/1\x01" + jpeg, False, id="an OpenEXR"),
]


@pytest.mark.parametrize(("made_of", "is_image"), POLYGLOTS)
def test_a_polyglot_is_the_image_that_it_starts_as_or_nothing(
    sturdy: Server, portrait_jpeg: bytes, made_of: Callable[[bytes], bytes], is_image: bool
) -> None:
    status, answer = analyze(sturdy, made_of(portrait_jpeg))
    assert (status, answer.get("code")) == ((200, None) if is_image else (400, "not_an_image"))
    assert "script" not in str(answer), "nothing of what was sent comes back"


# ---- Little that unfolds into much ----


def jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG whose header promises another size."""
    data = bytearray(encoded(".jpg"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def many_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again: 26 bytes that cost 12 million pixels' work, each time."""
    whole = encoded(".jpg", np.zeros((3000, 4000, 3), np.uint8), cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    return whole[:-2] + whole[whole.rfind(b"\xff\xda") : -2] * count + b"\xff\xd9"


def png_of(width: int, height: int) -> bytes:
    """A PNG as large as its header says, all black: a thousandth of its size."""
    packed = zlib.compressobj(9)
    rows = b"".join(packed.compress(bytes(1 + 3 * width)) for _ in range(height)) + packed.flush()

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def canvas(width: int, height: int) -> bytes:
    return (
        b"VP8X"
        + struct.pack("<I", 10)
        + bytes(4)
        + (width - 1).to_bytes(3, "little")
        + (height - 1).to_bytes(3, "little")
    )


def lossless(side: int) -> bytes:
    return encoded(".webp", np.zeros((side, side, 3), np.uint8), cv2.IMWRITE_WEBP_QUALITY, 101)[12:]


BOMBS = [
    (lambda: jpeg_of(65_535, 65_535), "too_many_pixels"),  # a JPEG of four billion pixels
    (lambda: many_scans(5_000), "too_many_scans"),  # a JPEG of 5,000 scans
    (lambda: png_of(8_000, 8_000), "too_many_pixels"),  # a PNG of 64 million pixels
    (lambda: webp(canvas(2**24, 2**24), lossless(16)), "too_many_pixels"),  # a WebP of a huge canvas
    (lambda: webp(canvas(10, 10), lossless(4_000)), "not_an_image"),  # a WebP that lies about its size
]


def test_decompression_bombs_are_refused_before_they_unfold(
    sturdy: Server, connect: Connect, portrait_jpeg: bytes
) -> None:
    client, bombs = connect(sturdy), [(make(), code) for make, code in BOMBS]
    assert max(len(bomb) for bomb, _ in bombs) < 1_000_000
    client.ask(portrait_jpeg)
    memory = resident_mb(sturdy)
    with unharmed(sturdy, connect(sturdy), portrait_jpeg):
        for bomb, code in bombs * 5:
            answer = client.ask(bomb)
            assert outcome(answer) == code, answer
    assert resident_mb(sturdy) - memory < 60

"""Bytes -> image: what is taken, what is refused, and that nothing large is ever decoded."""

import struct
import zlib
from io import BytesIO

import cv2
import numpy as np
import pytest

from vision.frame import FrameError, FrameLimits, decode_frame, image_size

PICTURE = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)


def encoded(suffix: str, *options: int) -> bytes:
    return cv2.imencode(suffix, PICTURE, options)[1].tobytes()


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG's chunk."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, rows: bytes, *, depth: int = 8, colour: int = 2, more: bytes = b"") -> bytes:
    """A PNG of rows as they stand, each behind its filter's 0; `more` are further chunks."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + more + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def png_bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises `width` x `height` pixels."""
    return png(width, height, b"\0" * 1000)


@pytest.mark.parametrize(
    "data",
    [
        encoded(".jpg"),
        encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        encoded(".png"),
        encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 80),  # lossy
        encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 101),  # lossless
        encoded(".jpg") + b"\0" * 20,  # some cameras append a trailer
    ],
    ids=["jpeg", "progressive", "png", "webp", "webp-lossless", "jpeg-with-trailer"],
)
def test_takes_the_three_formats(data):
    assert image_size(data) == (64, 48)
    image = decode_frame(data)
    assert image.shape == (48, 64, 3)
    assert image.dtype == np.uint8


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"hello, this is text", "not_an_image"),
        (b"GIF89a" + bytes(100), "not_an_image"),  # a format that is not taken
        (b"\xff\xd8", "truncated"),  # a JPEG that ends after its first marker
        (b"\xff\xd8\xff\xd9", "not_an_image"),  # no size in it
        (b"\xff\xd8" + b"\x00" * 50, "not_an_image"),  # damaged segments
        (encoded(".jpg")[: len(encoded(".jpg")) // 2], "truncated"),
        (encoded(".jpg")[:-2], "truncated"),
        (encoded(".png")[:-30], "truncated"),
        (encoded(".png")[:20], "truncated"),
        (encoded(".webp")[:-30], "truncated"),
        (b"RIFF\0\0\0\0WEBPXXXX" + bytes(30), "not_an_image"),
        (png_bomb(12_000, 12_000), "too_many_pixels"),
        (png_bomb(2**31 - 1, 2**31 - 1), "too_many_pixels"),
        (png_bomb(0, 10), "not_an_image"),
        (png_bomb(100, 100), "not_an_image"),  # fewer pixels than its header promises
    ],
)
def test_refuses_what_is_not_a_whole_image(data, code):
    with pytest.raises(FrameError) as error:
        decode_frame(data)
    assert error.value.code == code
    assert str(error.value)


def test_limits_are_the_callers():
    data = encoded(".jpg")
    with pytest.raises(FrameError) as error:
        decode_frame(data, FrameLimits(max_bytes=len(data) - 1))
    assert error.value.code == "too_many_bytes"
    with pytest.raises(FrameError) as error:
        decode_frame(data, FrameLimits(max_pixels=64 * 48 - 1))
    assert error.value.code == "too_many_pixels"
    decode_frame(data, FrameLimits(max_bytes=len(data), max_pixels=64 * 48))


def test_a_cut_thumbnail_does_not_hide_a_cut_picture():
    whole = encoded(".jpg")
    thumbnail = b"\xff\xe1" + struct.pack(">H", 2 + len(whole)) + whole
    picture = whole[:2] + thumbnail + whole[2:]
    assert decode_frame(picture).shape == (48, 64, 3)
    with pytest.raises(FrameError) as error:
        decode_frame(picture[:-100])
    assert error.value.code == "truncated"


def test_random_damage_is_an_error_or_an_image_never_a_crash():
    generator = np.random.default_rng(7)
    for suffix in (".jpg", ".png", ".webp"):
        whole = np.frombuffer(encoded(suffix), np.uint8)
        for _ in range(300):
            damaged = whole.copy()
            damaged[generator.integers(0, len(whole), 5)] = generator.integers(0, 256, 5)
            try:
                assert decode_frame(damaged.tobytes()).ndim == 3
            except FrameError as error:
                assert error.code in {"not_an_image", "truncated", "too_many_pixels"}


# ---- Structure, walked ----


def segment(marker: int, content: bytes) -> bytes:
    """A JPEG's segment."""
    return bytes((0xFF, marker)) + struct.pack(">H", 2 + len(content)) + content


JPEG, PNG, WEBP = encoded(".jpg"), encoded(".png"), encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 80)
MOVIE = b"\0\0\0\x18ftypmp42" + b"\xff\xda\0" * 120 + bytes(50)


@pytest.mark.parametrize(
    "data",
    [
        JPEG + MOVIE,  # a phone's motion photo
        JPEG + MOVIE + b"\xff\xd9",
        JPEG + JPEG[: len(JPEG) // 2],  # a second picture behind it (MPF), which is not ours to judge
        JPEG[:2] + segment(0xED, b"\xff\xda" * 150) + JPEG[2:],  # markers in an application's segment
        JPEG[:2] + segment(0xE1, b"Exif\0\0" + JPEG[:200]) + JPEG[2:],  # half a thumbnail
        JPEG[:2] + segment(0xFE, b"\xff\xd9") + JPEG[2:],  # an end in a comment
        JPEG[:2] + b"\xff\xff\xff" + JPEG[2:],  # fill bytes
        JPEG[:2] + segment(0xE0, b"") + b"\0\0\0" + JPEG[2:],  # stray bytes between two segments
        JPEG[:-2] + bytes(9) + JPEG[-2:],  # padding behind the scan
        encoded(".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 1),  # restart markers
        encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 1),
        PNG + MOVIE,
        PNG + PNG[:100],
        PNG[:33] + chunk(b"teXt", b"IEND" * 9) + PNG[33:],  # an end's name in a text
        WEBP + MOVIE,
        WEBP + b"\0",
    ],
)  # fmt: skip
def test_what_stands_beside_the_picture_is_ignored(data):
    assert decode_frame(data).shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (JPEG[: len(JPEG) // 2] + MOVIE, "truncated"),  # cut off, with a film behind it
        (JPEG[: len(JPEG) // 2] + JPEG, "truncated"),  # the beginning of one, then another
        (JPEG[:20] + b"\xff\xd9", "not_an_image"),  # ends before its picture begins
        (JPEG[:2] + segment(0xE1, JPEG) + JPEG[2:-100], "truncated"),  # whole is only the thumbnail
        (JPEG[:2] + segment(0xE1, bytes(60_000))[:5000], "truncated"),  # within a segment
        (JPEG[:2] + b"\xff\xe0\0\1" + JPEG[2:], "not_an_image"),  # a segment shorter than its own length
        (JPEG[:2] + segment(0xE0, b"") * 30_000 + JPEG[2:], "too_many_parts"),
        (PNG[:-12], "truncated"),  # all but IEND
        (PNG[:-40] + b"IEND", "truncated"),
        (PNG[:33] + chunk(b"IEND", b""), "not_an_image"),  # no pixels
        (PNG[:33] + chunk(b"tEXt", b"") * 30_000 + PNG[33:], "too_many_parts"),
        (PNG[:33] + b"\xff" * 12 + PNG[33:], "not_an_image"),
        (WEBP[:-1], "truncated"),
        (WEBP[:12] + b"JUNK" + struct.pack("<I", 4_000_000) + WEBP[12:], "truncated"),  # a chunk beyond the end
        (b"RIFF" + struct.pack("<I", 4) + b"WEBP", "not_an_image"),  # nothing in it
        (png(2_000_000, 1, bytes(6_000_001)), "too_many_pixels"),  # longer than libpng takes
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused_whatever_stands_behind_it(data, code):
    with pytest.raises(FrameError) as error:
        decode_frame(data)
    assert error.value.code == code


def test_scans_are_counted_where_they_are():
    progressive = encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    last = progressive[progressive.rfind(b"\xff\xda") : -2]
    assert decode_frame(progressive[:-2] + last * 80 + b"\xff\xd9").shape == (48, 64, 3)
    with pytest.raises(FrameError) as error:
        decode_frame(progressive[:-2] + last * 100 + b"\xff\xd9")
    assert error.value.code == "too_many_scans"


@pytest.mark.parametrize("max_pixels", [1_000_000, 100_000_000])
def test_the_pixels_limit_is_the_callers_alone(max_pixels):
    """OpenCV's own (64 million here once) does not stand beside it."""
    data = cv2.imencode(".jpg", np.zeros((8200, 8200), np.uint8), (cv2.IMWRITE_JPEG_QUALITY, 10))[1].tobytes()
    limits = FrameLimits(max_pixels=max_pixels)
    if max_pixels > 8200 * 8200:
        assert decode_frame(data, limits).shape == (8200, 8200, 3)
        return
    with pytest.raises(FrameError) as error:
        decode_frame(data, limits)
    assert error.value.code == "too_many_pixels"


# ---- Transparency ----


def row(*samples: int) -> bytes:
    return b"\0" + struct.pack(f">{len(samples)}H", *samples)


RGBA = np.array([[[200, 100, 50, 0], [200, 100, 50, 255], [200, 100, 50, 128]]], np.uint8)
ON_WHITE = [[255, 255, 255], [50, 100, 200], [152, 177, 227]]  # BGR


def pillow(mode: str, suffix: str, **options) -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.fromarray(RGBA, "RGBA").convert(mode).save(out, suffix, **options)
    return out.getvalue()


PALETTE = chunk(b"PLTE", bytes([200, 100, 50] * 3)) + chunk(b"tRNS", bytes([0, 255, 128]))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pillow("RGBA", "PNG"), ON_WHITE),
        (pillow("RGBA", "WEBP", lossless=True, exact=True), ON_WHITE),
        (png(3, 1, b"\0\0\1\2", colour=3, more=PALETTE), ON_WHITE),  # a palette with transparency
        (png(3, 1, b"\0" + bytes([90, 0, 90, 255, 90, 128]), colour=4), [[255] * 3, [90] * 3, [172] * 3]),  # grey and alpha
        (png(2, 1, row(90 << 8, 0, 90 << 8, 65535), depth=16, colour=4), [[255] * 3, [90] * 3]),
        (png(2, 1, row(200 << 8, 100 << 8, 50 << 8, 0, 200 << 8, 100 << 8, 50 << 8, 65535), depth=16, colour=6), ON_WHITE[:2]),
        # One colour, or one grey, that stands for transparency, in each depth.
        (png(2, 1, b"\0" + bytes([9, 8, 7, 50, 60, 70]), more=chunk(b"tRNS", struct.pack(">3H", 9, 8, 7))), [[255] * 3, [70, 60, 50]]),
        (png(2, 1, b"\0" + bytes([9, 50]), colour=0, more=chunk(b"tRNS", struct.pack(">H", 9))), [[255] * 3, [50] * 3]),
        (png(2, 1, b"\0\x12", depth=4, colour=0, more=chunk(b"tRNS", struct.pack(">H", 1))), [[255] * 3, [34] * 3]),
        (png(2, 1, b"\0\x40", depth=1, colour=0, more=chunk(b"tRNS", struct.pack(">H", 0))), [[255] * 3, [255] * 3]),
        (png(2, 1, b"\0\x40", depth=1, colour=0, more=chunk(b"tRNS", struct.pack(">H", 1))), [[0] * 3, [255] * 3]),
        (png(2, 1, row(256, 257), depth=16, colour=0, more=chunk(b"tRNS", struct.pack(">H", 256))), [[255] * 3, [1] * 3]),
    ],
    ids=["rgba", "webp", "palette", "grey", "grey16", "rgba16", "rgb-key", "grey-key", "grey4-key", "bit-0", "bit-1", "grey16-key"],
)  # fmt: skip
def test_transparency_lies_on_white_as_viewers_show_it(data, expected):
    assert np.abs(decode_frame(data)[0].astype(int) - expected).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["PNG", "WEBP"])
def test_a_transparent_picture_is_turned_as_an_opaque_one_is(orientation, suffix):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"exif": exif.tobytes()} | ({"lossless": True} if suffix == "WEBP" else {})

    def saved(image: Image.Image) -> bytes:
        out = BytesIO()
        image.save(out, suffix, **options)
        return out.getvalue()

    opaque = decode_frame(saved(Image.fromarray(PICTURE)))
    alpha = np.full((*PICTURE.shape[:2], 1), 255, np.uint8)
    alpha[0, 0] = 254  # or the encoder would leave it out
    transparent = decode_frame(saved(Image.fromarray(np.dstack([PICTURE, alpha]))))
    assert transparent.shape == opaque.shape
    assert np.abs(transparent.astype(int) - opaque).max() <= 2


@pytest.mark.parametrize(
    "exif", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"??*\0" + bytes(20)]
)
def test_damaged_exif_turns_nothing(exif):
    data = png(1, 1, b"\0" + bytes([1, 2, 3, 255]), colour=6, more=chunk(b"eXIf", exif))
    assert decode_frame(data).tolist() == [[[3, 2, 1]]]

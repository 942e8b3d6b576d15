"""Bytes -> image: what is taken, what is refused, and that nothing large is ever decoded."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from vision.frame import FrameError, FrameLimits, decode_frame, image_size

PICTURE = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)


def encoded(suffix: str, *options: int) -> bytes:
    return cv2.imencode(suffix, PICTURE, options)[1].tobytes()


def png_bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises `width` x `height` pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


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


def test_reads_the_size_of_an_extended_webp():
    extended = bytearray(
        b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")
    )
    assert image_size(bytes(extended)) == (640, 480)


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

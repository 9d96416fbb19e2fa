"""What bytes are: media types, sizes of pictures, what a notebook shows."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk import GeneratedFile, SpeechResult
from ai_sdk.media import dimensions_of, extension_of, media_type_of


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + b"\x7f" * width for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


BEGINNINGS = [
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff\xe0", "image/jpeg", "jpg"),
    (b"GIF89a", "image/gif", "gif"),
    (b"RIFF\0\0\0\0WEBP", "image/webp", "webp"),
    (b"\0\0\0\x1cftypavif", "image/avif", "avif"),
    (b"<svg xmlns=", "image/svg+xml", "svg"),
    (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav", "wav"),
    (b"ID3\x04", "audio/mpeg", "mp3"),
    (b"\xff\xfb\x90", "audio/mpeg", "mp3"),
    (b"\xff\xf3\x90", "audio/mpeg", "mp3"),
    (b"\xff\xf1\x50", "audio/aac", "aac"),
    (b"fLaC\0", "audio/flac", "flac"),
    (b"OggS\0", "audio/ogg", "ogg"),
    (b"\0\0\0\x1cftypM4A ", "audio/mp4", "m4a"),
    (b"\0\0\0\x1cftypisom", "video/mp4", "mp4"),
    (b"\0\0\0\x14ftypqt  ", "video/quicktime", "mov"),
    (b"\x1a\x45\xdf\xa3", "video/webm", "webm"),
    (b"%PDF-1.7", "application/pdf", "pdf"),
]


@pytest.mark.parametrize(("beginning", "kind", "extension"), BEGINNINGS, ids=[each[1] for each in BEGINNINGS])
def test_the_first_bytes_tell_the_media_type(beginning: bytes, kind: str, extension: str) -> None:
    assert media_type_of(beginning + b"rest") == kind
    assert extension_of(kind) == extension
    assert GeneratedFile(beginning + b"rest").media_type == kind


@pytest.mark.parametrize("data", [b"", b"\xff", b"RIFF", b"RIFF\0\0\0\0JUNK", b"hello", b"\xff\xff\xff", b"<html>"])
def test_what_tells_nothing(data: bytes) -> None:
    assert media_type_of(data) is None
    assert GeneratedFile(data).media_type == "application/octet-stream"
    assert GeneratedFile(data).extension == "bin"


def test_a_media_type_that_was_said_goes_first() -> None:
    assert GeneratedFile(png(1, 1), "image/x-special").media_type == "image/x-special"
    assert GeneratedFile(png(1, 1), "image/*").media_type == "image/png"
    assert GeneratedFile(b"?", "image/*").media_type == "image/*"
    assert extension_of("Audio/MPEG; rate=1") == "mp3"


@given(st.integers(1, 300), st.integers(1, 300))
def test_the_size_of_a_picture(width: int, height: int) -> None:
    file = GeneratedFile(png(width, height))
    assert (file.width, file.height) == (width, height)
    assert f"{width}x{height}" in repr(file)


@given(st.binary(max_size=80))
def test_broken_pictures_have_no_size(data: bytes) -> None:
    for head in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"II*\0"):
        size = dimensions_of(head + data)
        assert size is None or min(size) > 0


def test_only_pictures_have_a_size() -> None:
    assert GeneratedFile(png(2, 3), "video/mp4").dimensions is None
    assert GeneratedFile(b"ID3").width is GeneratedFile(b"ID3").height is None


def test_a_notebook_shows_pictures_and_plays_sounds_and_films() -> None:
    data = png(1, 1)
    encoded = base64.b64encode(data).decode()
    assert GeneratedFile(data)._repr_mimebundle_() == {"image/png": encoded}
    shown = GeneratedFile(b"GIF89a")._repr_mimebundle_()
    assert shown == {"text/html": '<img src="data:image/gif;base64,R0lGODlh">'}
    sound = SpeechResult(audio=b"ID3", media_type="audio/mpeg")._repr_mimebundle_()
    assert sound == {"text/html": '<audio controls src="data:audio/mpeg;base64,SUQz"></audio>'}
    film = GeneratedFile(b"", "video/mp4")._repr_mimebundle_()
    assert film is not None
    assert film["text/html"].startswith("<video controls")
    assert GeneratedFile(b"?")._repr_mimebundle_() is None


def test_a_media_type_cannot_write_into_the_notebook() -> None:
    shown = GeneratedFile(b"x", 'image/"><script>alert(1)</script>')._repr_mimebundle_()
    assert shown is not None
    assert "<script" not in shown["text/html"]


def test_a_file_is_a_part_of_a_message() -> None:
    part = GeneratedFile(png(1, 1)).part
    assert (part.data, part.media_type) == (png(1, 1), "image/png")

"""What bytes are: the media type that their first bytes tell, and the size of a picture."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape
from io import BytesIO
from typing import Any, cast

__all__ = ["dimensions_of", "extension_of", "media_type_of", "shown_in_notebook"]

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/svg+xml": "svg",
    "image/bmp": "bmp",
    "image/tiff": "tiff",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/ogg": "ogg",
    "audio/opus": "opus",
    "audio/flac": "flac",
    "audio/x-flac": "flac",
    "audio/aac": "aac",
    "audio/mp4": "m4a",
    "audio/m4a": "m4a",
    "audio/x-m4a": "m4a",
    "audio/webm": "webm",
    "audio/pcm": "pcm",
    "audio/l16": "pcm",
    "audio/basic": "ulaw",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "video/x-msvideo": "avi",
    "application/pdf": "pdf",
    "text/plain": "txt",
}


def media_type_of(data: bytes) -> str | None:
    """The media type of a picture, sound, film or PDF by its first bytes; None for anything else."""
    head = data[:64]
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return _mpeg(head[1])
    if head.lstrip()[:5] in (b"<svg ", b"<svg>"):
        return "image/svg+xml"
    return None


def _mpeg(second: int) -> str | None:
    """An MPEG audio frame without a tag before it: of layer 3, or the AAC of ADTS, whose layer is 0."""
    layer = second >> 1 & 3
    return {0: "audio/aac" if second & 0xF0 == 0xF0 else None, 1: "audio/mpeg"}.get(layer)


def extension_of(media_type: str) -> str:
    """The usual end of a file's name, without the dot: ``png``; ``bin`` for a type that has none here."""
    return _EXTENSIONS.get(media_type.partition(";")[0].strip().lower(), "bin")


def dimensions_of(data: bytes) -> tuple[int, int] | None:
    """Width and height of a picture in pixels, read from its header; None when it is none, or says nothing."""
    import imagesize  # type: ignore[import-untyped] # pyright: ignore[reportMissingTypeStubs]

    read: Callable[[BytesIO], tuple[int, int]] = cast("Any", imagesize).get
    try:
        width, height = read(BytesIO(data))
    except Exception:  # noqa: BLE001 - whatever a broken picture makes of the reader, there is no size
        return None
    return (int(width), int(height)) if width > 0 and height > 0 else None


def shown_in_notebook(data: bytes, media_type: str) -> dict[str, str] | None:
    """What a notebook shows for these bytes: a picture, a player for sound or film; None for anything else."""
    kind = media_type.partition("/")[0]
    if kind not in ("image", "audio", "video"):
        return None
    encoded = base64.b64encode(data).decode("ascii")
    if media_type in ("image/png", "image/jpeg"):
        return {media_type: encoded}
    source = f"data:{escape(media_type)};base64,{encoded}"
    tag = f'<img src="{source}">' if kind == "image" else f'<{kind} controls src="{source}"></{kind}>'
    return {"text/html": tag}

"""Files to the blocks of Converse: images, documents, videos and audio, as bytes or in S3."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from ai_sdk._frozen import FrozenDict
from ai_sdk.errors import UnsupportedError
from ai_sdk.messages import FilePart

__all__ = ["DocumentNames", "file_block"]

_IMAGES = FrozenDict({"png": "png", "jpeg": "jpeg", "jpg": "jpeg", "gif": "gif", "webp": "webp"})
_VIDEOS = FrozenDict(
    {
        "mp4": "mp4",
        "quicktime": "mov",
        "x-matroska": "mkv",
        "matroska": "mkv",
        "webm": "webm",
        "x-flv": "flv",
        "mpeg": "mpeg",
        "x-ms-wmv": "wmv",
        "3gpp": "three_gp",
    }
)
_AUDIO = FrozenDict(
    {
        "mpeg": "mp3",
        "mp3": "mp3",
        "wav": "wav",
        "x-wav": "wav",
        "wave": "wav",
        "opus": "opus",
        "aac": "aac",
        "x-aac": "aac",
        "flac": "flac",
        "x-flac": "flac",
        "mp4": "mp4",
        "x-m4a": "m4a",
        "ogg": "ogg",
        "webm": "webm",
        "pcm": "pcm",
    }
)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_DOCUMENTS = FrozenDict(
    {
        "application/pdf": "pdf",
        "text/csv": "csv",
        "application/csv": "csv",
        "application/msword": "doc",
        f"{_OFFICE}.wordprocessingml.document": "docx",
        "application/vnd.ms-excel": "xls",
        f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
        "text/html": "html",
        "text/markdown": "md",
        "text/x-markdown": "md",
        "application/json": "txt",
        "application/xml": "txt",
        "application/yaml": "txt",
    }
)
_MAGIC = ((b"\x89PNG", "png"), (b"\xff\xd8", "jpeg"), (b"GIF8", "gif"), (b"RIFF", "webp"))
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9\s\-()\[\]]+")
_SPACES = re.compile(r"\s+")
_LONGEST_NAME = 200


class DocumentNames:
    """Names of the documents of one request.

    They have letters, digits, single spaces, hyphens, parentheses and brackets, and no two are the same (vendor
    documents). The same conversation always gives the same names.
    """

    __slots__ = ("_taken",)

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, filename: str | None) -> str:
        """A name for a document: its file's without the ending, made fit."""
        stem = PurePosixPath(filename).stem if filename else ""
        fit = _SPACES.sub(" ", _NOT_IN_NAMES.sub("-", stem)).strip(" -")[: _LONGEST_NAME - 8] or "document"
        name, number = fit, 1
        while name in self._taken:
            number += 1
            name = f"{fit} {number}"
        self._taken.add(name)
        return name


def file_block(part: FilePart, names: DocumentNames, own: Mapping[str, Any]) -> dict[str, Any]:
    """The block of a file; ``own`` are its options.

    Raises ``UnsupportedError`` for a type that Bedrock has no word for, and for URLs that are not of S3.
    """
    kind, _, subtype = part.media_type.partition(";")[0].strip().lower().partition("/")
    source = _source(part, own)
    if kind == "image":
        return {"image": {"format": _image_format(part, subtype), "source": source}}
    if kind == "video":
        return {"video": {"format": _known(_VIDEOS, subtype, part), "source": source}}
    if kind == "audio":
        return {"audio": {"format": _known(_AUDIO, subtype, part), "source": source}}
    format_ = _DOCUMENTS.get(f"{kind}/{subtype}") or ("txt" if kind == "text" else None)
    if format_ is None:
        raise _refused(part)
    document: dict[str, Any] = {"format": format_, "name": names.name(part.filename or part.url), "source": source}
    for option in ("context", "citations"):
        if own.get(option) is not None:
            document[option] = own[option]
    return {"document": document}


def _source(part: FilePart, own: Mapping[str, Any]) -> dict[str, Any]:
    if part.url is None:
        return {"bytes": part.base64}
    if not part.url.startswith("s3://"):
        raise UnsupportedError(
            f"Bedrock fetches files from S3 alone (s3://bucket/key), not from {part.url}: download it first",
            field="messages",
        )
    location = {"uri": part.url}
    if own.get("bucketOwner") is not None:
        location["bucketOwner"] = own["bucketOwner"]
    return {"s3Location": location}


def _image_format(part: FilePart, subtype: str) -> str:
    if subtype == "*" and part.data is not None:
        found = next((format_ for magic, format_ in _MAGIC if part.data.startswith(magic)), None)
        if found is not None:
            return found
    if subtype == "*" and part.url is not None:
        subtype = PurePosixPath(part.url).suffix.lstrip(".").lower()
    return _known(_IMAGES, subtype, part)


def _known(formats: Mapping[str, str], subtype: str, part: FilePart) -> str:
    if subtype not in formats:
        raise _refused(part)
    return formats[subtype]


def _refused(part: FilePart) -> UnsupportedError:
    return UnsupportedError(
        f"Bedrock takes no files of type {part.media_type}; allowed are images (png, jpeg, gif, webp), documents (pdf, "
        "csv, doc, docx, xls, xlsx, html, md, text/*), videos (mp4, mov, mkv, webm, flv, mpeg, wmv, 3gp) and audio",
        field="messages",
    )

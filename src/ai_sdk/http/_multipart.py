"""Forms with files, as ``multipart/form-data``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ai_sdk.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


def multipart(fields: Sequence[tuple[str, str]], files: Sequence[tuple[str, str, bytes, str]]) -> tuple[str, bytes]:
    """Encode a form: ``fields`` are (name, value), ``files`` are (name, filename, data, media type).

    Returns the content type, which has the boundary, and the body. Names are UTF-8 with quotes and line breaks escaped
    as browsers do it (WHATWG HTML, "multipart/form-data encoding algorithm").
    """
    boundary = os.urandom(16).hex()
    chunks: list[bytes] = []
    for name, value in fields:
        chunks += (_head(boundary, name), b"\r\n", value.encode(), b"\r\n")
    for name, filename, data, media_type in files:
        if not (media_type.isascii() and media_type.isprintable()):
            raise InvalidRequestError(
                f"the media type of file {filename!r} is {media_type!r}: it must be one like 'audio/wav'",
                field="media_type",
            )
        head = _head(boundary, name, f'; filename="{filename.translate(_ESCAPES)}"')
        chunks += (head, f"Content-Type: {media_type}\r\n\r\n".encode(), data, b"\r\n")
    chunks.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(chunks)


def _head(boundary: str, name: str, more: str = "") -> bytes:
    name = name.translate(_ESCAPES)
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n'.encode()

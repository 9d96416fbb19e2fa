"""What the media models of the gateway have in common: headers, files, base64."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ai_sdk.messages import FilePart

__all__ = ["bytes_in", "file_in", "headers_for"]


def headers_for(kind: str, model_id: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a request: the caller's, the version of the call options, the model."""
    return {**headers, f"ai-{kind}-model-specification-version": "4", "ai-model-id": model_id}


def file_in(part: FilePart) -> dict[str, str]:
    """A file of the call options: its bytes as base64, or its URL."""
    if part.data is None:
        return {"type": "url", "url": part.url or ""}
    return {"type": "file", "mediaType": _kind(part), "data": part.base64}


def _kind(part: FilePart) -> str:
    if not part.media_type.endswith("/*"):
        return part.media_type
    from ai_sdk.media import media_type_of

    return media_type_of(part.data or b"") or "image/png"


def bytes_in(said: Any) -> bytes:
    """The bytes of base64; raises ``ValueError`` or ``TypeError`` for anything else."""
    if not isinstance(said, str):
        raise TypeError(f"there is a {type(said).__name__} in place of base64")
    return base64.b64decode(said, validate=True)

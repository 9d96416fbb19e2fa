"""What the codecs of providers share: values as they come, settings as they are asked, files as they go out."""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.endpoint import to_json
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.media import media_type_of
from ai_sdk.messages import FilePart
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from ai_sdk.provider import Exchange
    from ai_sdk.requests import RerankRequest

__all__ = [
    "check_text",
    "check_wire_error",
    "documents_as_texts",
    "from_base64",
    "number_of",
    "object_of",
    "objects_of",
    "picture_type",
    "picture_url",
    "plain_number",
    "said_in",
    "size_of",
    "text_of",
    "whole_number",
    "with_bytes",
]


def text_of(value: Any) -> str | None:
    """A string that says something; anything else is None."""
    return value if isinstance(value, str) and value else None


def number_of(value: Any) -> float | None:
    """A finite number, also one that is written as text; anything else is None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def plain_number(value: Any) -> float | None:
    """A finite number; anything else, also a number that is written as text, is None."""
    return None if isinstance(value, str) else number_of(value)


def said_in(data: Any, name: str, provider: str) -> str:
    """The text that an answer must have under a name; raises ``InvalidResponseError``."""
    value = text_of(object_of(data).get(name))
    if value is None:
        raise InvalidResponseError(f"{provider} answered without {name!r}", body=repr(data))
    return value


def object_of(value: Any) -> dict[str, Any]:
    """An object; anything else is an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def objects_of(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, ``TypeError`` for one of something else; no list at all is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"a {type(value).__name__} stands where a list should be")
    found = cast("list[Any]", value)
    if not all(isinstance(each, dict) for each in found):
        raise TypeError("the list has something that is no object")
    return cast("list[dict[str, Any]]", found)


def from_base64(text: Any) -> bytes:
    """The bytes of base64, which a ``data:`` URL may hold; ``TypeError`` or ``ValueError`` for anything else."""
    if not isinstance(text, str):
        raise TypeError(f"base64 is a {type(text).__name__}")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def check_wire_error(data: Any, exchange: Exchange) -> None:
    """Raise the error that an answer with a good status holds, if it holds one."""
    if isinstance(data, dict) and cast("dict[str, Any]", data).get("error"):
        raise exchange.error_of(exchange.endpoint.read_error(data), data)


def check_text(text: str, field: str = "text") -> None:
    """Raise ``InvalidRequestError`` for a text of nothing but space."""
    if not text.strip():
        raise InvalidRequestError(f"{field} is empty: there is nothing to say", field=field)


def size_of(size: str, field: str = "size") -> tuple[int, int]:
    """Width and height of ``"1024x768"``; ``InvalidRequestError`` for anything else."""
    match = re.fullmatch(r"([1-9]\d{0,5})x([1-9]\d{0,5})", size)
    if match is None:
        raise InvalidRequestError(
            f"{field} is {size!r:.80}; allowed is a width and a height such as '1024x768'", field=field
        )
    return int(match[1]), int(match[2])


def whole_number(value: float, field: str) -> int:
    """A number of whole seconds and the like; ``InvalidRequestError`` for a fraction."""
    if value != int(value):
        raise InvalidRequestError(f"{field} is {value!r}; allowed is a whole number", field=field)
    return int(value)


def documents_as_texts(request: RerankRequest) -> tuple[list[str], list[CallWarning]]:
    """The documents for a vendor that takes texts alone: objects are written as JSON, which a warning says."""
    texts = [each if isinstance(each, str) else to_json(each).decode() for each in request.documents]
    if all(isinstance(each, str) for each in request.documents):
        return texts, []
    how = "documents are texts here: the objects were written as JSON"
    return texts, [CallWarning("compatibility", "documents", how)]


def picture_type(part: FilePart) -> str:
    """The media type of a picture; where the part does not know, that which the bytes tell, or PNG."""
    if part.media_type.endswith(("/*", "/octet-stream")):
        return media_type_of(part.data or b"") or "image/png"
    return part.media_type


def picture_url(part: FilePart) -> str:
    """The URL of a picture, or its bytes as a ``data:`` URL of a picture's type."""
    return part.url if part.url is not None else f"data:{picture_type(part)};base64,{part.base64}"


async def with_bytes(part: FilePart, exchange: Exchange) -> FilePart:
    """The file as bytes: a URL is fetched, without any key and from public addresses only."""
    if part.url is None:
        return part
    found = await exchange.download(part.url)
    return FilePart(data=found.data, media_type=found.media_type, filename=part.filename)

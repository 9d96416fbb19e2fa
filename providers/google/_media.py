"""What the models of pictures, films and sound share: files by URL, refusals, and failures of jobs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ai_sdk._frozen import FrozenDict
from ai_sdk.errors import APIError, ContentFilterError, InvalidRequestError
from ai_sdk.messages import FilePart
from ai_sdk.provider import ErrorInfo
from ai_sdk.providers.google._errors import refined
from ai_sdk.providers.google._read import number, said, text

if TYPE_CHECKING:
    from ai_sdk.provider import Exchange

__all__ = [
    "FILTERED",
    "bytes_of",
    "check_aspect_ratio",
    "check_count",
    "failed_job",
    "fetched",
    "file_of",
    "filtered",
    "pixels",
]

FILTERED = re.compile(
    r"usage guidelines|responsible ai|safety|sensitive words|prohibited|violat|blocked by|content polic", re.IGNORECASE
)
_STATUS: Mapping[int, int] = FrozenDict(
    {3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 11: 400, 12: 400, 13: 500, 14: 503, 16: 401}
)
"""HTTP statuses of the codes of ``google.rpc``, in which operations report failures."""
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_RATIO = re.compile(r"\d{1,3}:\d{1,3}")


async def fetched(part: FilePart, exchange: Exchange, *, keep: Callable[[str], bool] = lambda _: False) -> FilePart:
    """The part with its bytes; a URL that ``keep`` accepts, because the vendor reads it itself, stays one."""
    if part.url is None or keep(part.url):
        return part
    found = await exchange.download(part.url)
    return FilePart(data=found.data, media_type=found.media_type, filename=part.filename or found.filename)


def file_of(part: FilePart) -> dict[str, str]:
    """A picture as ``:predict`` takes it: base64, or its place in Cloud Storage."""
    from ai_sdk.media import media_type_of

    kind = part.media_type
    if kind.endswith(("/*", "/octet-stream")):
        kind = media_type_of(part.data or b"") or "image/png"
    if part.url is not None:
        return {"gcsUri": part.url, "mimeType": kind}
    return {"bytesBase64Encoded": part.base64, "mimeType": kind}


def bytes_of(encoded: Any) -> bytes:
    """The bytes of base64 in either alphabet; raises ``ValueError`` for anything else, also for nothing."""
    plain = text(encoded).replace("-", "+").replace("_", "/")
    if not plain:
        raise ValueError("there is no base64 text")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def filtered(exchange: Exchange, words: str, body: Any) -> APIError:
    """The error for what the vendor's filters held back."""
    return exchange.error_of(ErrorInfo(words), body, headers=exchange.headers).as_kind(ContentFilterError)


def failed_job(exchange: Exchange, job: str, error: Any, body: Any) -> APIError:
    """The error for an operation that ended with a ``google.rpc.Status``."""
    code = number(said(error).get("code"))
    message = text(said(error).get("message")) or "the operation failed without saying why"
    info = ErrorInfo(message, text(said(error).get("status")) or None, None if code is None else str(code))
    status = _STATUS.get(code, 500) if code is not None else 500
    found = refined(exchange.error_of(info, body, status=status, headers=exchange.headers, text=message))
    if status in (400, 403, 500) and FILTERED.search(message):
        found = found.as_kind(ContentFilterError)
    found.job = job
    return found


def check_count(n: int, most: int, model_id: str, what: str) -> None:
    """Refuse to ask for more in one call than a model makes."""
    if n > most:
        raise InvalidRequestError(f"n is {n}; {model_id} makes at most {most} {what} in one call", field="n")


def check_aspect_ratio(value: str | None) -> None:
    """Refuse what is no ratio; which ratios a model has, the vendor says."""
    if value is not None and not _RATIO.fullmatch(value):
        raise InvalidRequestError(
            f"aspect_ratio is {value!r:.80}; allowed is a ratio such as '16:9'", field="aspect_ratio"
        )


def pixels(value: str) -> tuple[int, int] | None:
    """Width and height of ``"1280x720"``; None for anything else."""
    match = _SIZE.fullmatch(value)
    return (int(match[1]), int(match[2])) if match and int(match[1]) and int(match[2]) else None

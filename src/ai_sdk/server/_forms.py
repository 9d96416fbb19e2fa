"""A multipart form: fields as texts, its one file as name, media type and bytes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from ai_sdk.errors import MissingExtraError
from ai_sdk.server._failures import Refused

if TYPE_CHECKING:
    from ai_sdk.server._asgi import Exchange

__all__ = ["form_of"]

_MOST_FIELDS = 100


async def form_of(exchange: Exchange) -> dict[str, Any]:
    """The form of a request, read whole and within the limit of a body.

    A file is ``(name, media type, bytes)``; of fields of one name the last one counts. Raises ``Refused`` for what is
    no such form.
    """
    try:
        from starlette.formparsers import MultiPartException, MultiPartParser
    except ImportError as error:
        raise MissingExtraError("forms need: pip install 'ai-sdk-layers[server]'", field="server") from error
    from starlette.datastructures import Headers, UploadFile

    if not exchange.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refused(400, "the body must be multipart/form-data", param="content-type")
    data = await exchange.body()

    async def whole() -> AsyncGenerator[bytes, None]:
        yield data

    headers = Headers(raw=list(exchange.scope["headers"]))
    limits: dict[str, Any] = {"max_files": 1, "max_fields": _MOST_FIELDS, "max_part_size": len(data) + 1}
    try:
        form = await MultiPartParser(headers, whole(), **limits).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        reason = getattr(error, "message", None) or "it is malformed"
        raise Refused(400, f"the form cannot be read: {reason}", param="body") from error
    fields: dict[str, Any] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            fields[name] = (value.filename or "", value.content_type or "", await value.read())
            await value.close()
        else:
            fields[name] = value
    return fields

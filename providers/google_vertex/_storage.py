"""Files in Cloud Storage that a model put there: fetched with the token that asked the model."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange
from ai_sdk.providers.google._errors import read_error, refining

if TYPE_CHECKING:
    from ai_sdk.providers.google_vertex._endpoint import VertexEndpoint

__all__ = ["check_readable", "stored"]

_STORAGE = "https://storage.googleapis.com"


def check_readable(endpoint: VertexEndpoint, option: object) -> None:
    """Refuse ``storageUri`` where what is made could not be fetched: with a key, or behind another address."""
    if option is None:
        return
    if not (isinstance(option, str) and option.startswith("gs://")):
        raise InvalidRequestError(f"storageUri is {option!r:.80}; allowed is gs://bucket/folder", field="storageUri")
    if endpoint.express or endpoint.base_url:
        why = "a key opens no Cloud Storage" if endpoint.express else "the token goes to base_url alone"
        raise InvalidRequestError(f"storageUri cannot be used here, because {why}: leave it out", field="storageUri")


async def stored(uri: str, exchange: Exchange, endpoint: VertexEndpoint) -> tuple[bytes, str]:
    """The bytes of ``gs://bucket/object`` and their type."""
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    if not (uri.startswith("gs://") and bucket and name) or endpoint.express or endpoint.base_url:
        raise InvalidResponseError(f"{endpoint.name} put a file at {uri}, which cannot be fetched from here")
    storage = Endpoint(
        name=endpoint.name,
        base_url=_STORAGE,
        key_required=False,
        auth=lambda _key: EMPTY,
        sign=endpoint.sign,
        http=endpoint.http,
        read_error=read_error,
    )
    there = Exchange(storage, exchange.model_id, exchange.attempt)
    with refining():
        path = f"/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}?alt=media"
        response = await there.send(path, method="GET")
    return response.body, there.headers.get("content-type", "").partition(";")[0]

"""What the models of pictures and films share: files, refusals by filters, and files in S3."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import APIError, BadRequestError, ContentFilterError, InvalidRequestError, ServerError
from ai_sdk.messages import FilePart
from ai_sdk.provider import Exchange
from ai_sdk.providers.amazon_bedrock._errors import named_errors
from ai_sdk.providers.amazon_bedrock._sign import Signer

if TYPE_CHECKING:
    from ai_sdk.providers.amazon_bedrock._door import BedrockEndpoint

__all__ = ["FILTERED", "S3_URI", "check_count", "fetched", "media_errors", "pixels", "storage_of", "stored"]

FILTERED = re.compile(
    r"content filter|content polic|responsible ai|\brai\b|blocked by|acceptable use|moderat|filter reason",
    re.IGNORECASE,
)
S3_URI = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.DOTALL)
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")


@contextmanager
def media_errors() -> Generator[None]:
    """Give errors the class that their name says, and those of the filters their own."""
    try:
        with named_errors():
            yield
    except APIError as error:
        if isinstance(error, BadRequestError | ServerError) and FILTERED.search(error.message):
            raise error.as_kind(ContentFilterError) from None
        raise


async def fetched(part: FilePart, exchange: Exchange) -> FilePart:
    """The part with its bytes; what is in S3 stays there."""
    if part.url is None or part.url.startswith("s3://"):
        return part
    found = await exchange.download(part.url)
    return FilePart(data=found.data, media_type=found.media_type, filename=part.filename)


def check_count(n: int, most: int, model_id: str, what: str) -> None:
    """Refuse to ask for more in one call than a model makes."""
    if n > most:
        raise InvalidRequestError(f"n is {n}; {model_id} makes at most {most} {what} in one call", field="n")


def pixels(value: str, field: str) -> tuple[int, int]:
    """Width and height of ``"1280x720"``; ``InvalidRequestError`` for anything else."""
    match = _SIZE.fullmatch(value)
    if match is None or not (int(match[1]) and int(match[2])):
        raise InvalidRequestError(
            f"{field} is {value!r:.80}; allowed is a width and a height such as '1280x720'", field=field
        )
    return int(match[1]), int(match[2])


def storage_of(endpoint: BedrockEndpoint) -> BedrockEndpoint:
    """S3 in the same region and with the same AWS credentials; an API key of Bedrock's opens nothing there."""
    own = "{region}" not in endpoint.base_url
    return replace(
        endpoint,
        base_url=endpoint.base_url if own else "https://s3.{region}.{domain}",
        base_url_env=None if own else "AWS_ENDPOINT_URL_S3",
        key=None,
        key_env=(),
        auth=_no_key,
        headers=EMPTY,
        sign=Signer("s3", endpoint.place, endpoint.credentials),
    )


def _no_key(_key: str) -> Mapping[str, str]:
    return EMPTY


async def stored(uri: str, exchange: Exchange, storage: BedrockEndpoint) -> tuple[bytes, str]:
    """The bytes of ``s3://bucket/key`` and their type, by a signed GET."""
    match = S3_URI.fullmatch(uri)
    bucket, key = (match[1], match[2] or "") if match else ("", "")
    there = Exchange(storage, exchange.model_id, exchange.attempt)
    try:
        with named_errors():
            response = await there.send(f"/{bucket}/{quote(key)}", method="GET")
    except APIError as error:
        error.args = (f"the video is at {uri}, but it could not be fetched from there: {error.message}",)
        raise
    return response.body, there.headers.get("content-type", "").partition(";")[0]

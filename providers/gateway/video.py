"""Video models of the AI Gateway: ``POST /video-model``, whose answer is one event: the films, or an error."""

from __future__ import annotations

import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk.ending import Ending
from ai_sdk.errors import AISDKError, InvalidRequestError, InvalidResponseError
from ai_sdk.framing import ServerSentEvents
from ai_sdk.provider import ErrorInfo, Exchange, ProviderModel
from ai_sdk.providers.gateway._decode import metadata_in, warnings_in
from ai_sdk.providers.gateway._encode import options_in
from ai_sdk.providers.gateway._media import bytes_in, file_in, headers_for
from ai_sdk.requests import VideoRequest
from ai_sdk.response import ending_of
from ai_sdk.results import CallWarning, GeneratedFile, ResponseInfo, VideoResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_sdk.http import HTTPStream

__all__ = ["GatewayVideoModel"]

_SHOWN = 500


class GatewayVideoModel(ProviderModel[VideoRequest, VideoResult]):
    """A video model. The connection stays open until the film is made; dropping it is all that stops the call."""

    kind = "video"
    max_videos_per_call = sys.maxsize

    def encode(self, request: VideoRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, which says all of it; pure."""
        said: dict[str, Any] = {
            "aspectRatio": request.aspect_ratio,
            "resolution": request.resolution,
            "duration": request.duration,
            "fps": request.fps,
            "seed": request.seed,
            "image": file_in(request.image) if request.image is not None else None,
        }
        given = {name: value for name, value in said.items() if value is not None}
        return {"prompt": request.prompt, "n": request.n, **given, **options_in(request.provider_options)}, []

    async def answer(self, request: VideoRequest, exchange: Exchange, /) -> VideoResult:
        """One exchange, and the download of films that come as URLs."""
        headers = {**headers_for("video", self.model_id, request.headers), "accept": "text/event-stream"}
        stream = await exchange.open("/video-model", self.encode(request)[0], headers)
        answered = exchange.headers
        event = await _first_event(stream, self.provider)
        if event.get("type") == "error":
            raise exchange.error_of(_told(event), event, headers=answered)
        return await decode_films(event, answered, exchange)


async def _first_event(stream: HTTPStream, provider: str) -> dict[str, Any]:
    """The one event, for which the stream is read and then released."""
    ending = Ending("end")
    try:
        events = ServerSentEvents()
        async with aclosing(stream.chunks()) as chunks:
            async for chunk in chunks:
                for event in events.feed(chunk):
                    return _object(event.data, provider)
        for event in events.end():
            return _object(event.data, provider)
        raise InvalidResponseError(f"{provider} ended its answer without a result")
    except BaseException as error:
        ending = ending_of(error)
        raise
    finally:
        stream.release(ending)


def _object(data: bytes, provider: str) -> dict[str, Any]:
    try:
        event = from_json(data)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        text = data[:_SHOWN].decode("utf-8", "replace")
        raise InvalidResponseError(f"{provider} answered with an event that is no object", body=text)
    return cast("dict[str, Any]", event)


def _told(event: Mapping[str, Any]) -> ErrorInfo:
    """``{"type": "error", "message", "errorType", "statusCode", "param"}`` (vendor documents)."""
    message, kind, status = event.get("message"), event.get("errorType"), event.get("statusCode")
    return ErrorInfo(
        message if isinstance(message, str) and message else None,
        kind if isinstance(kind, str) else None,
        None,
        status if isinstance(status, int) and 400 <= status <= 599 else None,
    )


async def decode_films(event: Mapping[str, Any], headers: Mapping[str, str], exchange: Exchange) -> VideoResult:
    """The films: as base64, or as URLs, which are fetched without the key."""
    provider = exchange.endpoint.name
    try:
        warnings = warnings_in(dict(event))
        films = [await _film(each, exchange) for each in event["videos"]]
    except AISDKError as error:
        if not isinstance(error, InvalidRequestError):
            raise
        raise InvalidResponseError(
            f"{provider} answered with the URL of a film that is none: {error.message}"
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a list of films: {error!r}", body=repr(event)
        ) from error
    return VideoResult(
        videos=tuple(films),
        response=ResponseInfo(headers=cast("Any", headers)),
        provider_metadata=metadata_in(dict(event)),
        warnings=warnings,
    )


async def _film(said: dict[str, Any], exchange: Exchange) -> GeneratedFile:
    kind = said.get("mediaType")
    media_type = kind if isinstance(kind, str) else ""
    if said["type"] == "url":
        if not isinstance(said["url"], str):
            raise TypeError("the URL is no text")
        found = await exchange.fetch(said["url"])
        return GeneratedFile(found.data, media_type or found.media_type)
    return GeneratedFile(bytes_in(said["data"]), media_type)

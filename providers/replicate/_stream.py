"""The events of a prediction, streamed from a host of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from pydantic_core import from_json

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import AISDKError
from ai_sdk.framing import ServerSentEvent, ServerSentEvents
from ai_sdk.parts import Finish, ResponseMetadata, StreamStart, TextDelta
from ai_sdk.provider import Exchange
from ai_sdk.providers.replicate._errors import failure
from ai_sdk.providers.replicate._predictions import Prediction, call_off, look_at
from ai_sdk.response import ending_of
from ai_sdk.streaming import decoded

if TYPE_CHECKING:
    from ai_sdk.ending import Ending
    from ai_sdk.http import HTTPStream
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import CallWarning

__all__ = ["Events", "Job", "head_of", "open_events", "streamed"]

_HOSTS = ("replicate.com", "replicate.net")
_CALLING_OFF = 2.0


def _nothing(_key: str) -> Mapping[str, str]:
    return EMPTY


def _keyless(exchange: Exchange, url: str) -> Exchange | None:
    """An exchange with another host of Replicate, without key and headers; None for a host that is not Replicate's."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    known = any(host == each or host.endswith(f".{each}") for each in _HOSTS)
    if parts.scheme != "https" or not known or port not in (None, 443) or "@" in parts.netloc:
        return None
    endpoint = replace(
        exchange.endpoint,
        base_url=f"https://{parts.netloc}",
        base_url_env=None,
        key=None,
        key_env=(),
        key_required=False,
        auth=_nothing,
        headers=EMPTY,
        header_env=EMPTY,
        query=EMPTY,
        sign=None,
    )
    return Exchange(endpoint, exchange.model_id, exchange.attempt)


class Job:
    """A prediction whose events are read: called off when the reader leaves before its end."""

    def __init__(self, exchange: Exchange, made: Prediction) -> None:
        self.exchange = exchange
        self.made = made
        self.over = False
        self._left = False

    def release(self, ending: Ending, /) -> None:
        """Note whether the reader left early."""
        self._left = ending.how != "end"

    async def settle(self) -> None:
        """Call it off, in two seconds at most; that this fails changes nothing."""
        if not self._left or self.over:
            return
        self.over = True
        with suppress(AISDKError, TimeoutError):
            async with asyncio.timeout(_CALLING_OFF):
                await call_off(self.exchange, self.made)


async def open_events(job: Job) -> HTTPStream | None:
    """Open the events of a prediction; None when it must be polled, because it has none or they cannot be opened.

    Their URL must be at our own origin or at a host of Replicate's. Only our own origin gets the key: elsewhere the URL
    itself is what admits to the events. A prediction is called off when the opening is cancelled.
    """
    exchange, url = job.exchange, job.made.stream
    if url is None or job.made.over:
        return None
    headers = {"accept": "text/event-stream", "cache-control": "no-store"}
    own = urlsplit(exchange.endpoint.url(""))
    there = exchange if url.startswith(f"{own.scheme}://{own.netloc}/") else _keyless(exchange, url)
    try:
        return None if there is None else await there.open(url, headers=headers, method="GET")
    except AISDKError:
        return None
    except asyncio.CancelledError as error:
        job.release(ending_of(error))
        await job.settle()
        raise


class Events:
    """Reads the events: ``output`` is text, ``error`` and ``done`` say how it ended; others are left out."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def read(self, event: ServerSentEvent) -> list[LanguagePart]:
        """The parts of one event; raises what ``failure`` makes of one that says so."""
        if self.job.over:
            return []
        text = event.data.decode("utf-8", "replace")
        if event.event == "output":
            return [TextDelta(text)] if text else []
        if event.event in ("error", "done"):
            self._end(event.event, text)
        return []

    def _end(self, kind: str, text: str) -> None:
        try:
            said: Any = from_json(text)
        except ValueError:
            said = text
        words = cast("dict[str, Any]", said) if isinstance(said, dict) else {"detail": said}
        self.job.over = True
        made = self.job.made
        reason = words.get("reason")
        if kind == "error":
            raise failure(self.job.exchange, made.id, "failed", words.get("detail"), said)
        if reason == "canceled":
            raise failure(self.job.exchange, made.id, "canceled", None, said)
        if reason == "error":
            raise failure(self.job.exchange, made.id, "failed", words.get("detail"), said)


def head_of(
    made: Prediction, headers: Mapping[str, str], warnings: list[CallWarning]
) -> list[StreamStart | ResponseMetadata]:
    """The parts with which an answer begins."""
    start: list[StreamStart | ResponseMetadata] = [StreamStart(tuple(warnings))] if warnings else []
    info = made.info(headers)
    return [*start, ResponseMetadata(info.id, info.model, info.timestamp, info.headers)]


def finish_of(prediction: Prediction, provider: str) -> Finish:
    """The end of an answer; Replicate does not say whether it was cut at the token limit."""
    metadata = freeze({provider: prediction.metadata})
    return Finish("stop", prediction.usage, prediction.status, cast("Mapping[str, Any]", metadata))


async def streamed(
    stream: HTTPStream, job: Job, head: list[StreamStart | ResponseMetadata]
) -> AsyncGenerator[LanguagePart, None]:
    """The parts of the events, and a finish with the metrics, for which the prediction is looked at once more."""
    for begin in head:
        yield begin
    events = Events(job)
    async for part in decoded(stream.chunks(), ServerSentEvents(), events.read, over=lambda: job.over):
        yield part
    if not job.over:
        return
    last = replace(job.made, status="succeeded")
    with suppress(AISDKError):
        seen = await look_at(job.exchange, job.made)
        last = seen if seen.over else last
    if last.status != "succeeded":
        raise failure(job.exchange, last.id, last.status, last.error, last.raw)
    yield finish_of(last, job.exchange.endpoint.name)

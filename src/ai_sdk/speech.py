"""Spoken text: at once, or while it arrives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeAlias, Unpack

from ai_sdk._calls import (
    CommonSettings,
    LiveCall,
    OnProgress,
    check_names,
    check_text,
    fields_of,
    raise_when_none,
    told,
    with_attempts,
)
from ai_sdk.call import record_call
from ai_sdk.model import Model, recorded
from ai_sdk.parts import AudioDelta, SpeechPart
from ai_sdk.polling import Polling, polling_with
from ai_sdk.registry import resolve
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import SpeechResponse, SpeechResult

__all__ = ["SpeechModel", "SpeechSettings", "SpeechStream", "generate_speech", "stream_speech"]

SpeechModel: TypeAlias = str | Model[SpeechRequest, SpeechResponse]
"""A model, or its name for the registry: ``"elevenlabs:eleven_flash_v2_5"``."""


class SpeechSettings(CommonSettings, total=False):
    """Settings of a speech request.

    ``voice``: a name or id of the provider's, which has one of its own choice. ``output_format``: ``"mp3"``, ``"wav"``,
    ``"pcm"`` or another word of the provider's. ``instructions``: how to speak. ``speed``: 1.0 is normal. ``language``:
    an ISO 639-1 code such as ``"en"``. ``polling``: how to wait for a provider that works in the background, and
    ``on_progress``: called with each look at it. The others are those of every request: ``headers``,
    ``provider_options``, ``layer_options``.
    """

    voice: str | None
    output_format: str | None
    instructions: str | None
    speed: float | None
    language: str | None
    polling: Polling | None
    on_progress: OnProgress | None


_SETTINGS = frozenset({*SpeechSettings.__annotations__, *CommonSettings.__annotations__})


async def generate_speech(model: SpeechModel, text: str, /, **settings: Unpack[SpeechSettings]) -> SpeechResult:
    """Speak a text: ``result.audio`` are the bytes, in ``result.media_type``; ``result.save("hello.mp3")`` writes them.

    The settings are those of ``SpeechSettings``. Raises ``InvalidRequestError`` before any call,
    ``InvalidResponseError`` for an answer without audio, and what the model raises.
    """
    call, request, polling, on_progress = _plan("generate_speech", model, text, settings, stream=False)
    with record_call("call", "generate_speech", told(on_progress)) as record, polling_with(polling):
        result = await (await call(request)).result()
        raise_when_none(call, result.audio, "audio")
        return with_attempts(result, record)


def stream_speech(model: SpeechModel, text: str, /, **settings: Unpack[SpeechSettings]) -> SpeechStream:
    """Do as ``generate_speech`` does, handing out the audio while it arrives.

    ::

        async with stream_speech(model, "Hello") as stream:
            async for chunk in stream.audio:
                player.write(chunk)

    Returns at once; the call is made when the stream is entered. Raises ``InvalidRequestError`` for bad arguments at
    once.
    """
    call, request, polling, on_progress = _plan("stream_speech", model, text, settings, stream=True)

    async def make() -> SpeechRequest:
        return request

    return SpeechStream("stream_speech", call, make, polling, on_progress)


class SpeechStream(LiveCall[SpeechPart, SpeechResult]):
    """Audio that arrives while it is read, made by ``stream_speech``. Entering it makes the call.

    ``audio``, ``parts`` and ``result()`` share one reader: each goes on where the last one stopped. Errors are raised
    to the reader. Leaving early closes the response.
    """

    @property
    def audio(self) -> AsyncIterator[bytes]:
        """The bytes of the audio, in pieces as they arrive; all of one media type, which ``result()`` says."""
        self._open()
        return self._content

    async def _contents(self, parts: AsyncGenerator[SpeechPart, None]) -> AsyncGenerator[bytes, None]:
        async for part in parts:
            if isinstance(part, AudioDelta) and part.data:
                yield part.data


def _plan(
    name: str, model: SpeechModel, text: str, settings: SpeechSettings, *, stream: bool
) -> tuple[Model[SpeechRequest, SpeechResponse], SpeechRequest, Polling | None, OnProgress | None]:
    check_names(name, settings, _SETTINGS)
    check_text(text, "text")
    fields = fields_of(settings)
    polling, on_progress = fields.pop("polling", None), fields.pop("on_progress", None)
    request = SpeechRequest(text=text, stream=stream, **fields)
    return recorded(resolve(model, "speech")), request, polling, on_progress

"""What was said in a recording: at once, or while it arrives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, TypeAlias, Unpack

from ai_sdk._calls import (
    CommonSettings,
    LiveCall,
    MediaFile,
    OnProgress,
    check_names,
    fields_of,
    file_of,
    told,
    with_attempts,
)
from ai_sdk.call import record_call
from ai_sdk.errors import InvalidRequestError
from ai_sdk.media import media_type_of
from ai_sdk.model import Model, recorded
from ai_sdk.parts import TranscriptDelta, TranscriptionPart
from ai_sdk.polling import Polling, polling_with
from ai_sdk.registry import resolve
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import TranscriptionResponse, TranscriptionResult

__all__ = ["TranscriptionModel", "TranscriptionSettings", "TranscriptionStream", "stream_transcription", "transcribe"]

TranscriptionModel: TypeAlias = str | Model[TranscriptionRequest, TranscriptionResponse]
"""A model, or its name for the registry: ``"deepgram:nova-3"``."""


class TranscriptionSettings(CommonSettings, total=False):
    """Settings of a transcription request.

    ``language``: an ISO 639-1 code such as ``"en"``; without one the provider finds it out where it can. ``prompt``:
    words that help the spelling. ``temperature``. ``polling``: how to wait for a provider that works in the background,
    and ``on_progress``: called with each look at it. The others are those of every request: ``headers``,
    ``provider_options``, ``layer_options``.
    """

    language: str | None
    prompt: str | None
    temperature: float | None
    polling: Polling | None
    on_progress: OnProgress | None


_SETTINGS = frozenset({*TranscriptionSettings.__annotations__, *CommonSettings.__annotations__})


async def transcribe(
    model: TranscriptionModel, audio: MediaFile, /, **settings: Unpack[TranscriptionSettings]
) -> TranscriptionResult:
    """Write down what is said: ``result.text``, ``result.segments`` and ``result.words`` with their seconds.

    ``audio``: bytes, a path, a URL, which is downloaded (see ``ai_sdk.download``), or a ``FilePart``. Which of
    segments, words, speakers and language there are depends on the provider. The settings are those of
    ``TranscriptionSettings``.

    Raises ``InvalidRequestError`` before any call, ``DownloadError`` for a URL that cannot be fetched, and what the
    model raises.
    """
    check_names("transcribe", settings, _SETTINGS)
    fields = fields_of(settings)
    polling, on_progress = fields.pop("polling", None), fields.pop("on_progress", None)
    call = recorded(resolve(model, "transcription"))
    request = await _request(audio, fields, stream=False)
    with record_call("call", "transcribe", told(on_progress)) as record, polling_with(polling):
        return with_attempts(await (await call(request)).result(), record)


def stream_transcription(
    model: TranscriptionModel, audio: MediaFile, /, **settings: Unpack[TranscriptionSettings]
) -> TranscriptionStream:
    """Do as ``transcribe`` does, handing out the text while it arrives, where the provider can.

    ::

        async with stream_transcription(model, "talk.mp3") as stream:
            async for text in stream.text:
                print(text, end="")

    Returns at once; the call is made when the stream is entered.
    """
    check_names("stream_transcription", settings, _SETTINGS)
    fields = fields_of(settings)
    polling, on_progress = fields.pop("polling", None), fields.pop("on_progress", None)
    call = recorded(resolve(model, "transcription"))
    return TranscriptionStream(
        "stream_transcription", call, lambda: _request(audio, fields, stream=True), polling, on_progress
    )


class TranscriptionStream(LiveCall[TranscriptionPart, TranscriptionResult]):
    """A transcript that arrives while it is read, made by ``stream_transcription``. Entering it makes the call.

    ``text``, ``parts`` and ``result()`` share one reader: each goes on where the last one stopped. Errors are raised to
    the reader. Leaving early closes the response.
    """

    @property
    def text(self) -> AsyncIterator[str]:
        """The text, in pieces as they arrive."""
        self._open()
        return self._content

    async def _contents(self, parts: AsyncGenerator[TranscriptionPart, None]) -> AsyncGenerator[str, None]:
        async for part in parts:
            if isinstance(part, TranscriptDelta) and part.text:
                yield part.text


async def _request(audio: MediaFile, fields: dict[str, Any], *, stream: bool) -> TranscriptionRequest:
    file = file_of(audio, "audio", "audio/wav")
    data, kind, name = file.data, file.media_type, file.filename
    if data is None:
        from ai_sdk.download import download

        found = await download(str(file.url))
        data, kind, name = found.data, found.media_type, found.filename
    if not data:
        raise InvalidRequestError("audio is empty", field="audio")
    if not kind.startswith(("audio/", "video/")) or kind.endswith("/*"):
        kind = media_type_of(data) or "audio/wav"
    return TranscriptionRequest(audio=data, media_type=kind, filename=name, stream=stream, **fields)

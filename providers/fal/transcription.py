"""Transcription models at fal: Whisper, Wizper and others."""

from __future__ import annotations

import base64
from typing import Any, cast

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.parts import ResponseMetadata, TranscriptDelta, TranscriptFinish, TranscriptionPart, TranscriptSegment
from ai_sdk.polling import Polling
from ai_sdk.provider import Exchange, options_of, unsupported
from ai_sdk.providers.fal._queue import FalModel
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import CallWarning, Segment, TranscriptionResponse, Usage, fold_transcription
from ai_sdk.streaming import head
from ai_sdk.wire import number_of, text_of

__all__ = ["FalTranscriptionModel", "decode_transcript"]

_KNOWN = frozenset({"text", "output", "chunks", "words", "languages", "inferred_languages", "language_code"})


class FalTranscriptionModel(FalModel[TranscriptionRequest, TranscriptionResponse]):
    """A transcription model; it waits up to half an hour for a long recording."""

    kind = "transcription"
    polling = Polling(timeout=1800.0)

    def encode(self, request: TranscriptionRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The input of the model, and what it could not say; pure."""
        options = options_of(request, self.provider)
        options.pop("direct", None)
        whisper = "whisper" in self.model_id or "wizper" in self.model_id
        body: dict[str, Any] = {}
        if "audio_url" not in options:
            if not request.audio:
                raise InvalidRequestError("audio is empty: there is nothing to write down", field="audio")
            encoded = base64.b64encode(request.audio).decode("ascii")
            body["audio_url"] = f"data:{request.media_type};base64,{encoded}"
        if whisper:
            body["task"] = "transcribe"
        if request.language is not None:
            body["language" if whisper else "language_code"] = request.language
        warnings: list[CallWarning] = []
        if request.prompt is not None:
            if "whisper" in self.model_id:
                body["prompt"] = request.prompt
            else:
                warnings.append(unsupported("prompt", f"{self.model_id} has no such setting"))
        if request.temperature is not None:
            warnings.append(unsupported("temperature", f"{self.model_id} has no such setting"))
        if request.stream:
            warnings.append(unsupported("stream", "fal gives the transcript when all of it is there"))
        return {**body, **options}, warnings

    async def answer(self, request: TranscriptionRequest, exchange: Exchange, /) -> TranscriptionResponse:
        """Run the model."""
        body, warnings = self.encode(request)
        direct = bool(options_of(request, self.provider).get("direct"))
        made = await self.run(body, request.headers, exchange, direct=direct)
        said = decode_transcript(made.data, self.provider, words=body.get("chunk_level") == "word")
        parts = [*head(made.headers, warnings), ResponseMetadata(id=made.id), *said]
        return TranscriptionResponse.of(parts, fold_transcription)


def decode_transcript(data: dict[str, Any], provider: str, *, words: bool = False) -> list[TranscriptionPart]:
    """The parts of a transcript: its text, its segments, the finish; ``words``: the chunks are words."""
    text = data.get("text", data.get("output"))
    if not isinstance(text, str):
        raise InvalidResponseError(f"{provider} answered with something that is not a transcript", body=repr(data))
    chunks = [_chunk(each) for each in _objects(data.get("chunks"))]
    single = [_word(each) for each in _objects(data.get("words")) if each.get("type", "word") == "word"]
    rest = {name: value for name, value in data.items() if name not in _KNOWN}
    finish = TranscriptFinish(
        Usage(),
        language=_language(data),
        duration=number_of(data.get("duration")),
        words=tuple(single or (chunks if words else ())),
        provider_metadata=freeze({provider: rest}) if rest else freeze({}),
    )
    segments = [] if words else [TranscriptSegment(each) for each in chunks]
    return [TranscriptDelta(text), *segments, finish]


def _objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    return [cast("dict[str, Any]", each) for each in cast("list[Any]", value) if isinstance(each, dict)]


def _chunk(said: dict[str, Any]) -> Segment:
    """A chunk of Whisper: ``{"timestamp": [0, 2.5], "text": "...", "speaker": "SPEAKER_00"}``."""
    times = said.get("timestamp")
    both = cast("list[Any]", times) if isinstance(times, list) else []
    start, end = (*both, None, None)[:2]
    return Segment(text_of(said.get("text")) or "", number_of(start), number_of(end), text_of(said.get("speaker")))


def _word(said: dict[str, Any]) -> Segment:
    """A word of ElevenLabs: ``{"text", "start", "end", "type", "speaker_id"}``."""
    return Segment(
        text_of(said.get("text")) or "",
        number_of(said.get("start")),
        number_of(said.get("end")),
        text_of(said.get("speaker_id")),
    )


def _language(data: dict[str, Any]) -> str | None:
    for name in ("languages", "inferred_languages"):
        found = data.get(name)
        if isinstance(found, list) and found:
            return text_of(cast("list[Any]", found)[0])
    return text_of(data.get("language_code")) or text_of(data.get("language"))

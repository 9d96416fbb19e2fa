"""Transcripts by Gemini: ``gemini-3.5-transcribe``, which is made for it, and any model that hears."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.framing import ServerSentEvents
from ai_sdk.messages import FilePart, TextPart, UserMessage
from ai_sdk.parts import (
    Finish,
    ResponseMetadata,
    StreamStart,
    TextDelta,
    TranscriptDelta,
    TranscriptFinish,
    TranscriptSegment,
)
from ai_sdk.provider import Endpoint, Exchange, ProviderModel, parse_json, unsupported
from ai_sdk.providers.google._decode import Context, GenerateDecoder, decode
from ai_sdk.providers.google._encode import options_of
from ai_sdk.providers.google._errors import refining
from ai_sdk.providers.google._media import filtered
from ai_sdk.providers.google._read import objects, said, text
from ai_sdk.requests import LanguageRequest, TranscriptionRequest
from ai_sdk.results import CallWarning, Segment, TranscriptionResponse, fold_transcription
from ai_sdk.streaming import decoded

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart, TranscriptionPart
    from ai_sdk.providers.google.language import GeminiModel

__all__ = ["GeminiTranscriptionModel", "seconds_of"]

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
_ASKED = "Write down word for word what is said in this recording. Answer with the transcript alone."
_SETTINGS = ("wordTimestamp", "diarization", "customVocabulary", "languageCodes", "mode", "sourceText")


class GeminiTranscriptionModel(ProviderModel[TranscriptionRequest, TranscriptionResponse]):
    """A model that writes down what it hears; ``chat`` makes the language model that it is.

    ``gemini-...-transcribe`` has times of words and names of speakers, when the options ask for them. Other models are
    asked in words, and their transcripts have neither.
    """

    kind = "transcription"

    def __init__(self, endpoint: Endpoint, model_id: str, chat: Callable[[Endpoint, str], GeminiModel]) -> None:
        super().__init__(endpoint, model_id)
        self._chat = chat(endpoint, model_id)

    @property
    def dedicated(self) -> bool:
        """Whether it takes the settings of a transcription."""
        return "-transcribe" in self.model_id

    def encode(self, request: TranscriptionRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if not request.audio:
            raise InvalidRequestError("audio is empty: there is nothing to hear", field="audio")
        options = options_of(request, self.provider)
        sound = FilePart(data=request.audio, media_type=request.media_type)
        content: tuple[TextPart | FilePart, ...] = (sound,)
        own, warnings = options, list[CallWarning]()
        if self.dedicated:
            own = _settings(request, options)
        else:
            content = (TextPart(_instruction(request)), sound)
            warnings = [unsupported("timestamps", f"{self.model_id} gives text alone, without times")]
        asked = LanguageRequest(
            messages=(UserMessage(content),),
            temperature=request.temperature,
            provider_options={self.provider: own},
        )
        body, more = self._chat.encode(asked)
        return body, [*warnings, *more]

    async def answer(self, request: TranscriptionRequest, exchange: Exchange, /) -> TranscriptionResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        transcript = _Transcript(exchange)
        with refining():
            if request.stream:
                stream = await exchange.open(self._chat.path(stream=True), body, request.headers)
                decoder = _TranscriptDecoder(transcript, exchange.headers, warnings)
                parts = _streamed(stream.chunks(), decoder, transcript)
                return await TranscriptionResponse.start(parts, fold_transcription, stream)
            response = await exchange.send(self._chat.path(stream=False), body, request.headers)
        decoder = _TranscriptDecoder(transcript, exchange.headers, warnings)
        found = decode(decoder, parse_json(response.body, self.provider))
        return TranscriptionResponse.of(transcript.parts(found), fold_transcription)


def _settings(request: TranscriptionRequest, options: dict[str, Any]) -> dict[str, Any]:
    """The options with ``audioTranscriptionConfig``; words of the prompt, between commas, are its vocabulary."""
    config: dict[str, Any] = {}
    if request.language is not None:
        config["languageCodes"] = [request.language]
    words = [word.strip() for word in (request.prompt or "").split(",") if word.strip()]
    if words:
        config["customVocabulary"] = words
    config |= {name: options.pop(name) for name in _SETTINGS if name in options}
    config |= cast("Mapping[str, Any]", options.pop("audioTranscriptionConfig", None) or EMPTY)
    return {**({"audioTranscriptionConfig": config} if config else {}), **options}


def _instruction(request: TranscriptionRequest) -> str:
    language = f" The language is {request.language}." if request.language else ""
    spelling = f" Words that may occur: {request.prompt}" if request.prompt else ""
    return _ASKED + language + spelling


class _Transcript:
    """What was heard so far: segments by speaker, words with their times."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.segments: list[Segment] = []
        self.words: list[Segment] = []
        self._text = False

    def heard(self, piece: dict[str, Any]) -> str:
        """Note an ``audioTranscription`` and return its text."""
        speaker = text(piece.get("speakerLabel")) or None
        words = [
            Segment(
                text(each.get("word")), seconds_of(each.get("startOffset")), seconds_of(each.get("endOffset")), speaker
            )
            for each in objects(piece.get("words"))
        ]
        self.words += words
        if speaker is not None or words:
            start, end = (words[0].start, words[-1].end) if words else (None, None)
            self.segments.append(Segment(text(piece.get("text")), start, end, speaker))
        return text(piece.get("text"))

    def parts(self, parts: Iterable[LanguagePart]) -> list[TranscriptionPart]:
        """The parts of a transcript among those of an answer."""
        found: list[TranscriptionPart] = []
        for part in parts:
            if isinstance(part, TextDelta) and part.text:
                self._text = True
                found.append(TranscriptDelta(part.text))
            elif isinstance(part, StreamStart | ResponseMetadata):
                found.append(part)
            elif isinstance(part, Finish):
                found += [*map(TranscriptSegment, self.segments), self._finish(part)]
        return found

    def _finish(self, finish: Finish) -> TranscriptFinish:
        provider = self.exchange.endpoint.name
        if not self._text and finish.reason == "content-filter":
            raise filtered(self.exchange, f"no transcript came: {finish.raw_reason}", None)
        own = {**cast("dict[str, Any]", finish.provider_metadata.get(provider) or {})}
        if finish.raw_reason is not None:
            own["finishReason"] = finish.raw_reason
        metadata = freeze({provider: own}) if own else EMPTY
        return TranscriptFinish(finish.usage, words=tuple(self.words), provider_metadata=metadata)


class _TranscriptDecoder(GenerateDecoder):
    """Reads parts that are transcripts of sound, too."""

    def __init__(self, transcript: _Transcript, headers: Mapping[str, str], warnings: list[CallWarning]) -> None:
        super().__init__(Context(exchange=transcript.exchange), headers, warnings)
        self._transcript = transcript

    def _part(self, part: dict[str, Any], *, first: bool) -> list[LanguagePart]:
        piece = said(part.get("audioTranscription"))
        if not piece:
            return super()._part(part, first=first)
        words = self._transcript.heard(piece)
        return super()._part({"text": text(part.get("text")) or words}, first=first)


async def _streamed(
    chunks: AsyncGenerator[bytes, None], decoder: GenerateDecoder, transcript: _Transcript
) -> AsyncGenerator[TranscriptionPart, None]:
    parts = decoded(chunks, ServerSentEvents(), lambda event: decoder.event(event.data, event.event), end=decoder.end)
    async with aclosing(parts):
        async for part in parts:
            for each in transcript.parts([part]):
                yield each


def seconds_of(value: Any) -> float | None:
    """``"1.5s"`` as 1.5."""
    match = _DURATION.fullmatch(text(value))
    return float(match[1]) if match else None

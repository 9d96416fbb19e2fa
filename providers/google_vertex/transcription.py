"""Transcripts by Google Cloud's Speech-to-Text (version 2): Chirp and the other models of ``:recognize``."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.parts import TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.provider import ProviderModel, unsupported
from ai_sdk.providers.google._encode import options_of
from ai_sdk.providers.google._errors import refining
from ai_sdk.providers.google._read import objects, said, text
from ai_sdk.providers.google.transcription import seconds_of
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import CallWarning, Segment, TranscriptionResponse, Usage, fold_transcription
from ai_sdk.streaming import head

if TYPE_CHECKING:
    from ai_sdk.parts import TranscriptionPart
    from ai_sdk.provider import Exchange
    from ai_sdk.providers.google_vertex._endpoint import VertexEndpoint

__all__ = ["ChirpModel"]

_RECOGNIZER = re.compile(r"[A-Za-z0-9_-]+")
_IN_REQUEST = ("configMask", "uri", "content")
_RAW = {"audio/l16": "LINEAR16", "audio/pcm": "LINEAR16", "audio/basic": "MULAW"}


class ChirpModel(ProviderModel[TranscriptionRequest, TranscriptionResponse]):
    """A model of Speech-to-Text, such as ``chirp_3``: up to a minute of sound in one exchange.

    Options are fields of ``config``, but for ``recognizer`` (``_`` unless given), ``configMask``, ``content`` and
    ``uri`` (sound in Cloud Storage), which are of the request.
    """

    kind = "transcription"
    endpoint: VertexEndpoint

    def __init__(self, endpoint: VertexEndpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id)

    def encode(self, request: TranscriptionRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        options = options_of(request, self.provider)
        recognizer = options.pop("recognizer", "_")
        if not (isinstance(recognizer, str) and _RECOGNIZER.fullmatch(recognizer)):
            raise InvalidRequestError(
                f"recognizer is {recognizer!r:.80}; allowed is an id of letters, digits, _ and -", field="recognizer"
            )
        if not request.audio and "uri" not in options and "content" not in options:
            raise InvalidRequestError("audio is empty: there is nothing to hear", field="audio")
        kind = request.media_type.partition(";")[0].strip().lower()
        default = "auto" if self.model_id.startswith("chirp") else "en-US"
        config: dict[str, Any] = {"model": self.model_id, "languageCodes": [request.language or default]}
        if kind not in _RAW and "explicitDecodingConfig" not in options:
            config["autoDecodingConfig"] = {}
        elif kind in _RAW:
            config["explicitDecodingConfig"] = _decoding(kind, request.media_type)
        features = cast("Mapping[str, Any]", options.pop("features", None) or EMPTY)
        config["features"] = {"enableAutomaticPunctuation": True, **features}
        words = [word.strip() for word in (request.prompt or "").split(",") if word.strip()]
        if words:
            phrases = [{"value": word} for word in words]
            config["adaptation"] = {"phraseSets": [{"inlinePhraseSet": {"phrases": phrases}}]}
        own = {name: options.pop(name) for name in _IN_REQUEST if name in options}
        sound = {} if "uri" in own or "content" in own else {"content": b64encode(request.audio).decode("ascii")}
        warnings = [
            unsupported(name, "Speech-to-Text has no such setting in one exchange")
            for name, given in (("temperature", request.temperature is not None), ("stream", request.stream))
            if given
        ]
        return {"config": {**config, **options}, **sound, **own}, warnings

    async def answer(self, request: TranscriptionRequest, exchange: Exchange, /) -> TranscriptionResponse:
        """One exchange."""
        if self.endpoint.express:
            raise InvalidRequestError(
                f"{self.model_id} is not to be had with a key: give project= and credentials", field="api_key"
            )
        body, warnings = self.encode(request)
        recognizer = options_of(request, self.provider).get("recognizer", "_")
        with refining():
            data, headers = await exchange.json(f"/recognizers/{recognizer}:recognize", body, request.headers)
        parts = [*head(headers, warnings), *transcript_of(data, self.provider)]
        return TranscriptionResponse.of(parts, fold_transcription)


def _decoding(kind: str, media_type: str) -> dict[str, Any]:
    """What raw sound is: the rate and the channels that its media type names, else 16 kHz of one channel."""
    from email.message import Message

    said_of = Message()
    said_of["content-type"] = media_type
    values = {name: said_of.get_param(name) for name in ("rate", "channels")}
    numbers = {name: int(value) for name, value in values.items() if isinstance(value, str) and value.isdecimal()}
    return {
        "encoding": _RAW[kind],
        "sampleRateHertz": numbers.get("rate", 16_000),
        "audioChannelCount": numbers.get("channels", 1),
    }


def transcript_of(data: Any, provider: str) -> list[TranscriptionPart]:
    """The parts of a transcript: of every result the likeliest reading, with its words where they were asked for."""
    if not isinstance(data, dict) or not isinstance(said(data).get("results", []), list):
        raise InvalidResponseError(
            f"{provider} answered with something that is not a transcript", body=repr(cast("object", data))
        )
    segments: list[Segment] = []
    words: list[Segment] = []
    before: float | None = 0.0
    language: str | None = None
    for result in objects(said(data).get("results")):
        readings = objects(result.get("alternatives"))
        heard: dict[str, Any] = readings[0] if readings else {}
        language = language or text(result.get("languageCode")) or None
        ends = seconds_of(result.get("resultEndOffset"))
        spoken = [_word(each) for each in objects(heard.get("words"))]
        words += spoken
        if text(heard.get("transcript")):
            begins = spoken[0].start if spoken else before
            speakers = {each.speaker for each in spoken}
            speaker = speakers.pop() if len(speakers) == 1 else None
            segments.append(Segment(text(heard["transcript"]).strip(), begins, ends, speaker))
        before = ends
    metadata = said(said(data).get("metadata"))
    joined = " ".join(segment.text for segment in segments)
    billed = seconds_of(metadata.get("totalBilledDuration"))
    finish = TranscriptFinish(
        Usage(raw=freeze(metadata) if metadata else None),
        language,
        before or billed,
        tuple(words),
        freeze({provider: metadata}) if metadata else EMPTY,
    )
    return [*([TranscriptDelta(joined)] if joined else []), *map(TranscriptSegment, segments), finish]


def _word(each: dict[str, Any]) -> Segment:
    speaker = text(each.get("speakerLabel")) or None
    start, end = seconds_of(each.get("startOffset")), seconds_of(each.get("endOffset"))
    if start is None and end is not None:  # zero is left out
        start = 0.0
    return Segment(text(each.get("word")), start, end, speaker)

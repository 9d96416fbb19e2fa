"""Transcription models of the AI Gateway: ``POST /transcription-model``, whose answer has the whole transcript."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.parts import StreamStart, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.provider import Exchange, ProviderModel, unsupported
from ai_sdk.providers.gateway._decode import metadata_in, usage_from, warnings_in
from ai_sdk.providers.gateway._encode import options_in
from ai_sdk.providers.gateway._media import headers_for
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import CallWarning, Segment, TranscriptionResponse, fold_transcription
from ai_sdk.streaming import head

if TYPE_CHECKING:
    from ai_sdk.parts import TranscriptionPart

__all__ = ["GatewayTranscriptionModel"]


class GatewayTranscriptionModel(ProviderModel[TranscriptionRequest, TranscriptionResponse]):
    """A transcription model; the gateway takes audio and the options of the provider that serves, no settings."""

    kind = "transcription"

    def encode(self, request: TranscriptionRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if not request.audio:
            raise InvalidRequestError("audio is empty: there is nothing to write down", field="audio")
        how = "the gateway has no such setting: say it in the options of the provider that serves the model"
        lacking = [name for name in ("language", "prompt", "temperature") if getattr(request, name) is not None]
        warnings = [unsupported(name, how) for name in lacking]
        if request.stream:
            warnings.append(unsupported("stream", "the transcript comes only at the end"))
        audio = base64.b64encode(request.audio).decode("ascii")
        body = {"audio": audio, "mediaType": request.media_type, **options_in(request.provider_options)}
        return body, warnings

    async def answer(self, request: TranscriptionRequest, exchange: Exchange, /) -> TranscriptionResponse:
        """One exchange."""
        body, warnings = self.encode(request)
        headers = headers_for("transcription", self.model_id, request.headers)
        data, answered = await exchange.json("/transcription-model", body, headers)
        return TranscriptionResponse.of(
            [*head(answered, warnings), *decode_transcript(data, self.provider)], fold_transcription
        )


def decode_transcript(data: Any, provider: str) -> list[TranscriptionPart]:
    """The parts of a whole transcript."""
    try:
        text = data["text"]
        if not isinstance(text, str):
            raise TypeError("text is not a string")
        segments = [TranscriptSegment(_segment(each)) for each in data.get("segments") or ()]
        said, language = warnings_in(data), data.get("language")
        finish = TranscriptFinish(
            usage_from(data.get("usage")),
            language if isinstance(language, str) else None,
            _seconds(data.get("durationInSeconds")),
            provider_metadata=metadata_in(data),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a transcript: {error!r}", body=repr(data)
        ) from error
    start: list[TranscriptionPart] = [StreamStart(said)] if said else []
    return [*start, *([TranscriptDelta(text)] if text else []), *segments, finish]


def _segment(said: dict[str, Any]) -> Segment:
    text, speaker = said["text"], said.get("speaker")
    if not isinstance(text, str):
        raise TypeError("the text of a segment is not a string")
    return Segment(
        text,
        _seconds(said.get("startSecond")),
        _seconds(said.get("endSecond")),
        speaker if isinstance(speaker, str) else None,
    )


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

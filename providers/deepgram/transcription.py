"""Transcription models of Deepgram: ``POST /v1/listen``, whose body is the audio."""

from __future__ import annotations

from typing import Any

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import Exchange, ProviderModel, options_of, parse_json, unsupported
from ai_sdk.providers.deepgram._decode import decode_transcript
from ai_sdk.providers.deepgram._errors import refining
from ai_sdk.providers.deepgram._query import query_of
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import CallWarning, TranscriptionResponse, fold_transcription
from ai_sdk.streaming import head

__all__ = ["DeepgramTranscriptionModel"]


class DeepgramTranscriptionModel(ProviderModel[TranscriptionRequest, TranscriptionResponse]):
    """A transcription model. Words have times, and speakers with ``diarize``."""

    kind = "transcription"

    def encode(self, request: TranscriptionRequest) -> tuple[str, bytes | dict[str, Any], list[CallWarning]]:
        """The path with its query, the body (the audio, or where it is), and what they could not say; pure."""
        options = options_of(request, self.provider)
        url = options.pop("url", None)
        if not request.audio and url is None:
            raise InvalidRequestError("audio is empty: there is nothing to transcribe", field="audio")
        warnings: list[CallWarning] = []
        if request.prompt is not None:
            warnings.append(unsupported("prompt", "Deepgram takes none; the option keyterm helps the spelling"))
        if request.temperature is not None:
            warnings.append(unsupported("temperature", "Deepgram takes none"))
        if request.stream:
            warnings.append(unsupported("stream", f"{self.model_id} gives its transcript only at the end"))
        values = {"model": self.model_id, "language": request.language, **_segmented(options), **options}
        return f"/v1/listen?{query_of(values)}", request.audio if url is None else {"url": url}, warnings

    async def answer(self, request: TranscriptionRequest, exchange: Exchange, /) -> TranscriptionResponse:
        """One exchange."""
        path, body, warnings = self.encode(request)
        content_type = request.media_type if isinstance(body, bytes) else "application/json"
        with refining():
            response = await exchange.send(path, body, request.headers, content_type=content_type)
        data = parse_json(response.body, self.provider)
        parts = [*head(exchange.headers, warnings), *decode_transcript(data, self.provider)]
        return TranscriptionResponse.of(parts, fold_transcription)


def _segmented(options: dict[str, Any]) -> dict[str, Any]:
    """Ask for utterances, which are the segments of the result, unless the options say what these shall be."""
    return {} if options.keys() & {"utterances", "paragraphs"} else {"utterances": True}

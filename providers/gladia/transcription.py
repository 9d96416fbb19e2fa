"""Gladia's transcription models: upload, ``POST /v2/pre-recorded``, and looks at the job until it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.media import extension_of
from ai_sdk.parts import ResponseMetadata, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.polling import Pending, Polling, poll
from ai_sdk.provider import Exchange, PolledModel, options_of, parse_json, unsupported
from ai_sdk.providers.gladia._errors import failed_job
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import CallWarning, Segment, TranscriptionResponse, Usage, fold_transcription
from ai_sdk.streaming import head
from ai_sdk.wire import plain_number, said_in, text_of

if TYPE_CHECKING:
    from ai_sdk.parts import TranscriptionPart

__all__ = ["GladiaTranscriptionModel", "decode_transcript"]

_JOBS = "/v2/pre-recorded"
_LACKING = {
    "prompt": "words to expect go into the option custom_vocabulary_config",
    "temperature": "gladia has no setting temperature",
}


class GladiaTranscriptionModel(PolledModel[TranscriptionRequest, TranscriptionResponse]):
    """A transcription model. The id ``default`` leaves the choice to the vendor."""

    kind = "transcription"
    polling = Polling(interval=1.0, longest=5.0, timeout=1800.0)

    def encode(self, request: TranscriptionRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a job, without the address of the audio, and what it could not say; pure."""
        options = options_of(request, self.provider)
        if not request.audio and "audio_url" not in options:
            raise InvalidRequestError("audio is empty: there is nothing to transcribe", field="audio")
        body: dict[str, Any] = {} if self.model_id == "default" else {"model": self.model_id}
        if request.language is not None:
            body["language_config"] = {"languages": [request.language]}
        warnings = [unsupported(field, why) for field, why in _LACKING.items() if getattr(request, field) is not None]
        if request.stream:
            warnings.append(unsupported("stream", f"{self.provider} gives its transcript only at the end"))
        return {**body, **options}, warnings

    async def answer(self, request: TranscriptionRequest, exchange: Exchange, /) -> TranscriptionResponse:
        """Upload, submit, look until it is done.

        The address of the result is made from the job's id: the key never follows an address that an answer names.
        """
        body, warnings = self.encode(request)
        if "audio_url" not in body:
            body["audio_url"] = await self._uploaded(request, exchange)
        said, _ = await exchange.json(_JOBS, body, request.headers)
        job = said_in(said, "id", self.provider)
        path = f"{_JOBS}/{quote(job, safe='')}"

        async def look() -> dict[str, Any] | Pending:
            said, _ = await exchange.json(path, None, request.headers, method="GET")
            status = said_in(said, "status", self.provider)
            if status == "error":
                raise failed_job(said, job, exchange)
            return said if status == "done" else Pending(status)

        async def delete() -> None:
            await exchange.send(path, None, request.headers, method="DELETE")

        data = await poll(look, job=job, polling=self.polling, first=Pending("queued"), cancel=delete)
        parts = [*head(exchange.headers, warnings), *decode_transcript(data, self.provider)]
        return TranscriptionResponse.of(parts, fold_transcription)

    async def _uploaded(self, request: TranscriptionRequest, exchange: Exchange) -> str:
        from ai_sdk.http import multipart

        name = request.filename or f"audio.{extension_of(request.media_type)}"
        content_type, form = multipart([], [("audio", name, request.audio, request.media_type)])
        response = await exchange.send("/v2/upload", form, request.headers, content_type=content_type)
        return said_in(parse_json(response.body, self.provider), "audio_url", self.provider)


def decode_transcript(data: dict[str, Any], provider: str) -> list[TranscriptionPart]:
    """The parts of a job that is done: its id, the text, a segment for each utterance, the finish with the words.

    Raises ``InvalidResponseError`` for what is no transcript.
    """
    try:
        result = data["result"]
        said = result["transcription"]
        text = said["full_transcript"]
        if not isinstance(text, str):
            raise TypeError("full_transcript is not a string")
        utterances = cast("list[Any]", said.get("utterances") or [])
        segments = [_segment(each["text"], each, each) for each in utterances]
        words = [_segment(word["word"], word, each) for each in utterances for word in each.get("words") or ()]
        languages = [each for each in said.get("languages") or () if isinstance(each, str)]
        measured: dict[str, Any] = result.get("metadata") or {}
        duration = plain_number(measured.get("audio_duration"))
        metadata = {**said, **{name: each for name, each in result.items() if name != "transcription"}}
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a transcript: {error!r}", body=repr(data)
        ) from error
    del metadata["full_transcript"]
    params = data.get("request_params")
    model = cast("dict[str, Any]", params).get("model") if isinstance(params, dict) else None
    return [
        ResponseMetadata(id=text_of(data.get("id")), model=text_of(model)),
        *([TranscriptDelta(text)] if text else []),
        *[TranscriptSegment(each) for each in segments],
        TranscriptFinish(
            Usage(), languages[0] if languages else None, duration, tuple(words), freeze({provider: metadata})
        ),
    ]


def _segment(text: Any, timed: dict[str, Any], utterance: dict[str, Any]) -> Segment:
    """A piece of the transcript; words come with the space before them (recorded), which is left out."""
    if not isinstance(text, str):
        raise TypeError("the text of a segment is not a string")
    speaker = utterance.get("speaker")
    return Segment(
        text.strip(),
        plain_number(timed.get("start")),
        plain_number(timed.get("end")),
        None if speaker is None else str(speaker),
    )

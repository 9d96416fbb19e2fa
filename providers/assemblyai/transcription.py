"""AssemblyAI's transcription models: upload, ``POST /v2/transcript``, and looks at the job until it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.parts import ResponseMetadata, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.polling import Pending, Polling, poll
from ai_sdk.provider import Endpoint, Exchange, PolledModel, options_of, parse_json, unsupported
from ai_sdk.providers.assemblyai._errors import failed_job
from ai_sdk.providers.assemblyai._models import is_legacy, takes_prompt
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import CallWarning, Segment, TranscriptionResponse, Usage, fold_transcription
from ai_sdk.streaming import head
from ai_sdk.wire import plain_number, said_in, text_of

if TYPE_CHECKING:
    from ai_sdk.parts import TranscriptionPart

__all__ = ["AssemblyAITranscriptionModel", "decode_transcript"]

_LANGUAGE = ("language_code", "language_codes", "language_detection", "language_detection_options")
_METADATA = (
    "confidence",
    "language_confidence",
    "speech_model_used",
    "words",
    "entities",
    "sentiment_analysis_results",
    "content_safety_labels",
    "iab_categories_result",
    "auto_highlights_result",
    "chapters",
    "summary",
    "speech_understanding",
)


class AssemblyAITranscriptionModel(PolledModel[TranscriptionRequest, TranscriptionResponse]):
    """A transcription model.

    ``delete_abandoned``: delete the transcript of a job that nobody waits for any longer.
    """

    kind = "transcription"
    polling = Polling(interval=1.0, longest=5.0, timeout=1800.0)

    def __init__(
        self, endpoint: Endpoint, model_id: str, polling: Polling | None = None, *, delete_abandoned: bool = False
    ) -> None:
        super().__init__(endpoint, model_id, polling)
        self._delete_abandoned = delete_abandoned

    def encode(self, request: TranscriptionRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a job, without the address of the audio, and what it could not say; pure."""
        options = options_of(request, self.provider)
        if not request.audio and "audio_url" not in options:
            raise InvalidRequestError("audio is empty: there is nothing to transcribe", field="audio")
        body: dict[str, Any] = (
            {"speech_model": self.model_id} if is_legacy(self.model_id) else {"speech_models": [self.model_id]}
        )
        if request.language is not None:
            body["language_code"] = request.language
        elif options.keys().isdisjoint(_LANGUAGE):
            body["language_detection"] = True
        warnings: list[CallWarning] = []
        for field in ("prompt", "temperature"):
            value = getattr(request, field)
            if value is not None and takes_prompt(self.model_id):
                body[field] = value
            elif value is not None:
                warnings.append(unsupported(field, f"{self.model_id} takes no {field}"))
        if request.stream:
            warnings.append(unsupported("stream", f"{self.provider} gives its transcript only at the end"))
        return {**body, **options}, warnings

    async def answer(self, request: TranscriptionRequest, exchange: Exchange, /) -> TranscriptionResponse:
        """Upload, submit, look until it is done."""
        body, warnings = self.encode(request)
        if "audio_url" not in body:
            body["audio_url"] = await self._uploaded(request, exchange)
        said, _ = await exchange.json("/v2/transcript", body, request.headers)
        job, first = said_in(said, "id", self.provider), said_in(said, "status", self.provider)
        path = f"/v2/transcript/{quote(job, safe='')}"

        async def look() -> dict[str, Any] | Pending:
            said, _ = await exchange.json(path, None, request.headers, method="GET")
            status = said_in(said, "status", self.provider)
            if status == "error":
                raise failed_job(said, job, exchange)
            return said if status == "completed" else Pending(status)

        async def delete() -> None:
            await exchange.send(path, None, request.headers, method="DELETE")

        cancel = delete if self._delete_abandoned else None
        if first == "error":
            raise failed_job(said, job, exchange)
        data = await poll(look, job=job, polling=self.polling, first=Pending(first), cancel=cancel)
        parts = [*head(exchange.headers, warnings), *decode_transcript(data, self.provider)]
        return TranscriptionResponse.of(parts, fold_transcription)

    async def _uploaded(self, request: TranscriptionRequest, exchange: Exchange) -> str:
        """The address of the audio, for the vendor's own use."""
        response = await exchange.send(
            "/v2/upload", request.audio, request.headers, content_type="application/octet-stream"
        )
        return said_in(parse_json(response.body, self.provider), "upload_url", self.provider)


def decode_transcript(data: dict[str, Any], provider: str) -> list[TranscriptionPart]:
    """The parts of a job that is done: its id, the text, a segment for each utterance, the finish with the words.

    Times are milliseconds on the wire. Raises ``InvalidResponseError`` for what is no transcript.
    """
    try:
        text = data.get("text") or ""
        if not isinstance(text, str):
            raise TypeError("text is not a string")
        segments = [TranscriptSegment(_segment(each)) for each in data.get("utterances") or ()]
        words = tuple([_segment(each) for each in data.get("words") or ()])
        duration = plain_number(data.get("audio_duration"))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a transcript: {error!r}", body=repr(data)
        ) from error
    metadata = {name: data[name] for name in _METADATA if data.get(name) is not None}
    return [
        ResponseMetadata(id=text_of(data.get("id")), model=text_of(data.get("speech_model_used"))),
        *([TranscriptDelta(text)] if text else []),
        *segments,
        TranscriptFinish(
            Usage(),
            text_of(data.get("language_code")),
            duration,
            words,
            freeze({provider: metadata} if metadata else {}),
        ),
    ]


def _segment(data: dict[str, Any]) -> Segment:
    text, start, end = data["text"], plain_number(data.get("start")), plain_number(data.get("end"))
    if not isinstance(text, str):
        raise TypeError("the text of a segment is not a string")
    speaker = data.get("speaker") or data.get("channel")
    return Segment(
        text,
        None if start is None else start / 1000,
        None if end is None else end / 1000,
        None if speaker is None else str(speaker),
    )

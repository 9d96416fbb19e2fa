"""Rev AI's transcription models: a job of ``/speechtotext/v1/jobs``, looks at it, and its transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.media import extension_of
from ai_sdk.parts import ResponseMetadata, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.polling import Pending, Polling, poll
from ai_sdk.provider import Endpoint, Exchange, PolledModel, options_of, parse_json, to_json, unsupported
from ai_sdk.providers.revai._errors import failed_job
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import CallWarning, Segment, TranscriptionResponse, Usage, fold_transcription
from ai_sdk.streaming import head
from ai_sdk.wire import plain_number, said_in, text_of

if TYPE_CHECKING:
    from ai_sdk.http import HTTPResponse
    from ai_sdk.parts import TranscriptionPart

__all__ = ["RevAITranscriptionModel", "decode_transcript"]

_JOBS = "/speechtotext/v1/jobs"
_TRANSCRIPT = "application/vnd.rev.transcript.v1.0+json"
_REMOTE = ("source_config", "media_url")
_LACKING = {
    "prompt": "words to expect go into the option custom_vocabularies",
    "temperature": "revai has no setting temperature",
}


class RevAITranscriptionModel(PolledModel[TranscriptionRequest, TranscriptionResponse]):
    """A transcription model; its id is the ``transcriber``. Speakers are told apart by default.

    ``delete_abandoned``: delete a job that nobody waits for any longer, if it is done.
    """

    kind = "transcription"
    polling = Polling(interval=1.0, longest=10.0, timeout=1800.0)

    def __init__(
        self, endpoint: Endpoint, model_id: str, polling: Polling | None = None, *, delete_abandoned: bool = False
    ) -> None:
        super().__init__(endpoint, model_id, polling)
        self._delete_abandoned = delete_abandoned

    def encode(self, request: TranscriptionRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The options of a job, and what they could not say; pure."""
        options = options_of(request, self.provider)
        if not request.audio and options.keys().isdisjoint(_REMOTE):
            raise InvalidRequestError("audio is empty: there is nothing to transcribe", field="audio")
        body: dict[str, Any] = {"transcriber": self.model_id}
        if request.language is not None:
            body["language"] = request.language
        warnings = [unsupported(field, why) for field, why in _LACKING.items() if getattr(request, field) is not None]
        if request.stream:
            warnings.append(unsupported("stream", f"{self.provider} gives its transcript only at the end"))
        return {**body, **options}, warnings

    async def answer(self, request: TranscriptionRequest, exchange: Exchange, /) -> TranscriptionResponse:
        """Submit, look until it is done, fetch the transcript."""
        body, warnings = self.encode(request)
        said: Any = parse_json((await self._submit(body, request, exchange)).body, self.provider)
        job, first = said_in(said, "id", self.provider), said_in(said, "status", self.provider)
        path = f"{_JOBS}/{quote(job, safe='')}"
        accept = {**request.headers, "accept": _TRANSCRIPT}

        async def look() -> tuple[dict[str, Any], Any] | Pending:
            said, _ = await exchange.json(path, None, request.headers, method="GET")
            status = said_in(said, "status", self.provider)
            if status == "failed":
                raise failed_job(said, job, exchange)
            if status != "transcribed":
                return Pending(status)
            return said, (await exchange.json(f"{path}/transcript", None, accept, method="GET"))[0]

        async def delete() -> None:
            await exchange.send(path, None, request.headers, method="DELETE")

        if first == "failed":
            raise failed_job(said, job, exchange)
        cancel = delete if self._delete_abandoned else None
        done, transcript = await poll(look, job=job, polling=self.polling, first=Pending(first), cancel=cancel)
        parts = [*head(exchange.headers, warnings), *decode_transcript(transcript, done, self.provider)]
        return TranscriptionResponse.of(parts, fold_transcription)

    async def _submit(self, body: dict[str, Any], request: TranscriptionRequest, exchange: Exchange) -> HTTPResponse:
        if not body.keys().isdisjoint(_REMOTE):
            return await exchange.send(_JOBS, body, request.headers)
        from ai_sdk.http import multipart

        name = request.filename or f"audio.{extension_of(request.media_type)}"
        fields = [("options", to_json(body).decode())]
        content_type, form = multipart(fields, [("media", name, request.audio, request.media_type)])
        return await exchange.send(_JOBS, form, request.headers, content_type=content_type)


def decode_transcript(data: Any, job: dict[str, Any], provider: str) -> list[TranscriptionPart]:
    """The parts of a transcript: the text, a segment for each monologue, the finish with the words.

    ``job`` knows the language and the duration. Raises ``InvalidResponseError`` for what is no transcript.
    """
    try:
        monologues = [(_speaker(each), cast("list[Any]", each["elements"])) for each in data["monologues"]]
        segments = [_segment(speaker, elements) for speaker, elements in monologues]
        words = [
            Segment(_value(each), plain_number(each.get("ts")), plain_number(each.get("end_ts")), speaker)
            for speaker, elements in monologues
            for each in elements
            if each["type"] == "text"
        ]
        duration = plain_number(job.get("duration_seconds"))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a transcript: {error!r}", body=repr(data)
        ) from error
    segments = [each for each in segments if each.text]
    text = " ".join([each.text for each in segments])
    metadata = freeze({provider: {"job": job, "monologues": data["monologues"]}})
    return [
        ResponseMetadata(id=text_of(job.get("id")), model=text_of(job.get("transcriber"))),
        *([TranscriptDelta(text)] if text else []),
        *[TranscriptSegment(each) for each in segments],
        TranscriptFinish(Usage(), text_of(job.get("language")), duration, tuple(words), metadata),
    ]


def _segment(speaker: str | None, elements: list[Any]) -> Segment:
    """What one speaker said; only words have times."""
    text = "".join([_value(each) for each in elements]).strip()
    starts = [plain_number(each.get("ts")) for each in elements]
    ends = [plain_number(each.get("end_ts")) for each in elements]
    return Segment(
        text,
        next((each for each in starts if each is not None), None),
        next((each for each in reversed(ends) if each is not None), None),
        speaker,
    )


def _value(element: dict[str, Any]) -> str:
    value = element["value"]
    if not isinstance(value, str):
        raise TypeError("the value of an element is not a string")
    return value


def _speaker(monologue: dict[str, Any]) -> str | None:
    speaker = monologue.get("speaker")
    return None if speaker is None else str(speaker)

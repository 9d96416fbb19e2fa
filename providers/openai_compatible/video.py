"""Video models whose provider makes a film in the background: submit a job, look at it, fetch what it made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias
from urllib.parse import quote

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import APIError, ContentFilterError, InvalidRequestError, InvalidResponseError
from ai_sdk.polling import Pending, Polling, poll
from ai_sdk.provider import ErrorInfo, Exchange, PolledModel, unsupported
from ai_sdk.requests import VideoRequest
from ai_sdk.results import CallWarning, GeneratedFile, ResponseInfo, VideoResult
from ai_sdk.wire import check_text, check_wire_error, number_of, object_of, text_of

__all__ = ["Job", "JobState", "VideoJobModel", "check_video", "lacks"]

JobState: TypeAlias = Literal["pending", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Job:
    """What one answer says of a job. ``status`` is the provider's word; ``fraction`` from 0 to 1."""

    id: str
    status: str
    state: JobState
    fraction: float | None = None
    urls: tuple[str, ...] = ()
    said: Mapping[str, Any] = EMPTY


class VideoJobModel(PolledModel[VideoRequest, VideoResult]):
    """A video model; one request makes one film.

    A subclass writes ``encode`` and says: ``path``, where jobs are submitted; ``id_field``; ``states``, the provider's
    words and what they mean, any other is pending; ``can_cancel``, when a ``DELETE`` calls a job off; ``metadata``, the
    fields of the job that become provider metadata.
    """

    kind = "video"
    polling = Polling(interval=2.0, timeout=1800.0)
    max_videos_per_call = 1
    path = "/videos"
    id_field = "id"
    states: ClassVar[Mapping[str, JobState]] = FrozenDict({"completed": "done", "failed": "failed"})
    metadata: ClassVar[tuple[str, ...]] = ()
    can_cancel = False

    def encode(self, request: VideoRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        raise NotImplementedError

    def job_path(self, job: str) -> str:
        """Where a job is looked at."""
        return f"/videos/{quote(job, safe='')}"

    def read(self, data: Any, job: str | None = None) -> Job:
        """What an answer says of a job; pure. ``job`` is its id when it is known already."""
        said = object_of(data)
        identity = job or text_of(said.get(self.id_field))
        if identity is None:
            raise InvalidResponseError(f"{self.provider} answered with something that is no job", body=repr(data))
        status = text_of(said.get("status")) or "pending"
        state = self.states.get(status, "pending")
        return Job(identity, status, state, _fraction(said.get("progress")), tuple(self.urls(said)), freeze(said))

    def urls(self, said: Mapping[str, Any]) -> list[str]:
        """Where the films are, in an answer that says so."""
        return []

    def failure(self, job: Job) -> ErrorInfo:
        """Why a job failed: ``error``, an object with code and message, or a sentence."""
        error = job.said.get("error")
        said = object_of(error)
        message = text_of(said.get("message")) or text_of(error) or f"the job ended as {job.status!r}"
        return ErrorInfo(message, text_of(said.get("type")), text_of(said.get("code")))

    async def submit(self, body: dict[str, Any], request: VideoRequest, exchange: Exchange) -> Any:
        """The exchange that makes a job."""
        data, _ = await exchange.json(self.path, body, request.headers)
        return data

    async def look_at(self, where: str, request: VideoRequest, exchange: Exchange) -> Any:
        """The exchange that looks at a job."""
        data, _ = await exchange.json(where, None, request.headers, method="GET")
        return data

    async def fetch(self, job: Job, request: VideoRequest, exchange: Exchange) -> list[GeneratedFile]:
        """The films of a job that is done."""
        files = [await exchange.fetch(url, job=job.id) for url in job.urls]
        if not files:
            raise InvalidResponseError(
                f"the job {job.id} at {self.provider} is done and has no film", body=repr(dict(job.said))
            )
        return [GeneratedFile(each.data, each.media_type) for each in files]

    async def answer(self, request: VideoRequest, exchange: Exchange, /) -> VideoResult:
        """Submit, wait, fetch."""
        check_video(request, self.model_id, self.max_videos_per_call)
        body, warnings = self.encode(request)
        data = await self.submit(body, request, exchange)
        if not text_of(object_of(data).get(self.id_field)):
            check_wire_error(data, exchange)
        job = self.read(data)
        if job.state == "pending":
            job = await self._wait(job, request, exchange)
        if job.state == "failed":
            raise self.error(job, exchange)
        headers = exchange.headers
        videos = await self.fetch(job, request, exchange)
        return VideoResult(
            videos=tuple(videos),
            warnings=tuple(warnings),
            response=ResponseInfo(job.id, text_of(job.said.get("model")), headers=headers),
            provider_metadata=self._metadata(job),
        )

    async def _wait(self, first: Job, request: VideoRequest, exchange: Exchange) -> Job:
        """The job when it is done or has failed."""
        where = self.job_path(first.id)

        def pending(job: Job) -> Pending:
            return Pending(job.status, job.fraction, wait=self.wait(exchange.headers))

        async def look() -> Job | Pending:
            data = await self.look_at(where, request, exchange)
            if not text_of(object_of(data).get("status")):
                check_wire_error(data, exchange)
            job = self.read(data, first.id)
            return pending(job) if job.state == "pending" else job

        async def cancel() -> None:
            await exchange.send(where, None, request.headers, method="DELETE")

        stop: Callable[[], Awaitable[object]] | None = cancel if self.can_cancel else None
        return await poll(look, job=first.id, polling=self.polling, first=pending(first), cancel=stop)

    def wait(self, headers: Mapping[str, str]) -> float | None:
        """How long the provider wants not to be asked, in seconds."""
        return None

    def error(self, job: Job, exchange: Exchange) -> APIError:
        """The error of a job that failed; one that the moderation stopped is a ``ContentFilterError``."""
        info = self.failure(job)
        error = exchange.error_of(info, dict(job.said))
        if "moderation" in f"{info.code} {info.type}".lower():
            error = error.as_kind(ContentFilterError)
        error.job = job.id
        return error

    def _metadata(self, job: Job) -> Mapping[str, Any]:
        found = {name: job.said[name] for name in self.metadata if job.said.get(name) is not None}
        return freeze({self.provider: found}) if found else EMPTY


def check_video(request: VideoRequest, model_id: str, most: int) -> None:
    """Raise ``InvalidRequestError`` for more films than one call makes, and for no prompt when there is no picture."""
    if request.n > most:
        raise InvalidRequestError(f"n is {request.n}; {model_id} makes at most {most} in one call", field="n")
    if request.image is None:
        check_text(request.prompt, "prompt")


def lacks(request: VideoRequest, model_id: str, *fields: str) -> list[CallWarning]:
    """Warnings about the fields that a request has and the model lacks."""
    return [
        unsupported(field, f"{model_id} has no setting {field}")
        for field in fields
        if getattr(request, field) is not None
    ]


def _fraction(progress: Any) -> float | None:
    percent = number_of(progress)
    return None if percent is None else min(max(percent / 100, 0.0), 1.0)

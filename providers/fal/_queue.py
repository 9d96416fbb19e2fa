"""One run of a model at fal: through the queue, or in one direct call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast
from urllib.parse import quote

from ai_sdk.errors import APIError, InvalidResponseError
from ai_sdk.polling import Pending, poll
from ai_sdk.provider import ErrorInfo, Exchange, PolledModel
from ai_sdk.providers.fal._endpoint import FalEndpoint, app_of, path_of
from ai_sdk.providers.fal._errors import is_of_the_job, is_still_running, understood

if TYPE_CHECKING:
    from ai_sdk.polling import Polling

__all__ = ["FalModel", "Job", "Made", "decode_job", "pending_of"]

Req = TypeVar("Req")
Res = TypeVar("Res")

DONE = "COMPLETED"
_FAILED = frozenset({"FAILED", "ERROR", "CANCELED", "CANCELLED"})
_LONGEST_LINE = 200


class Made(NamedTuple):
    """What a model made: its answer, the id of the request and the headers."""

    data: dict[str, Any]
    id: str | None
    headers: Mapping[str, str]


class Job(NamedTuple):
    """A request in the queue, and the URLs or paths to look at it, fetch its result and call it off."""

    id: str
    status: str
    result: str
    cancel: str
    first: Pending


class FalModel(PolledModel[Req, Res]):
    """A model that runs in fal's queue, or, with the option ``direct``, in one call without it."""

    endpoint: FalEndpoint

    def __init__(self, endpoint: FalEndpoint, model_id: str, polling: Polling | None = None) -> None:
        super().__init__(endpoint, model_id, polling)
        self.path = path_of(model_id)

    async def run(
        self, body: dict[str, Any], headers: Mapping[str, str], exchange: Exchange, *, direct: bool = False
    ) -> Made:
        """Run the model on ``body`` and return what it made; raises ``APIError`` with ``job`` when it failed."""
        if direct:
            data, got = await _asked(exchange, self.endpoint.direct_url.rstrip("/") + self.path, body, headers)
            return Made(_object(data, "an answer"), _id_in(got), got)
        data, _ = await _asked(exchange, self.path, body, headers)
        job = decode_job(data, self.endpoint, app_of(self.path))
        found = await self._wait(job, headers, exchange)
        if isinstance(found, APIError):
            found.job = job.id
            raise found
        return found

    async def _wait(self, job: Job, headers: Mapping[str, str], exchange: Exchange) -> Made | APIError:
        """What the job made, or the error that it failed with, which looking again would not change."""

        async def look() -> Made | APIError | Pending:
            data, _ = await _asked(exchange, job.status, None, headers, "GET")
            said = _object(data, "a status")
            state = str(said.get("status") or "")
            if state in _FAILED:
                return exchange.error_of(_failure(said, state), said)
            if state != DONE:
                return pending_of(said)
            try:
                made, got = await _asked(exchange, job.result, None, headers, "GET")
            except APIError as error:
                if is_still_running(error):
                    return Pending(state)
                if said.get("error") or said.get("error_type") or is_of_the_job(error):
                    return error
                raise
            if said.get("error"):
                return exchange.error_of(_failure(said, state), said)
            return Made(_object(made, "a result"), job.id, got)

        async def cancel() -> None:
            await exchange.send(job.cancel, None, headers, method="PUT")

        return await poll(look, job=job.id, polling=self.polling, first=job.first, cancel=cancel)


async def _asked(
    exchange: Exchange, path: str, body: Any, headers: Mapping[str, str], method: str = "POST"
) -> tuple[Any, Mapping[str, str]]:
    try:
        return await exchange.json(path, body, headers, method=method)
    except APIError as error:
        raise understood(error) from None


def _object(data: Any, what: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InvalidResponseError(f"fal gave {what} that is no object", body=repr(data))
    return cast("dict[str, Any]", data)


def _id_in(headers: Mapping[str, str]) -> str | None:
    return headers.get("x-fal-request-id")


def _failure(said: dict[str, Any], state: str) -> ErrorInfo:
    words, kind = said.get("error") or said.get("detail"), said.get("error_type")
    return ErrorInfo(
        words if isinstance(words, str) and words else f"the request ended as {state}",
        kind if isinstance(kind, str) and kind else state.lower(),
    )


def decode_job(data: Any, endpoint: FalEndpoint, app: str) -> Job:
    """The answer to a submission. Its URLs are taken where they are at the queue's own origin, else built."""
    said = _object(data, "an answer to a submission")
    job = said.get("request_id")
    if not isinstance(job, str) or not job:
        raise InvalidResponseError("fal took the request without naming its id", body=repr(said))
    built = f"{app}/requests/{quote(job, safe='', errors='replace')}"
    status = endpoint.owned(said.get("status_url")) or f"{built}/status"
    return Job(
        job,
        f"{status}{'&' if '?' in status else '?'}logs=1",
        endpoint.owned(said.get("response_url")) or built,
        endpoint.owned(said.get("cancel_url")) or f"{built}/cancel",
        pending_of(said),
    )


def pending_of(said: Mapping[str, Any]) -> Pending:
    """The state of a request that is not done: its place in the queue, or the last line of its log."""
    state = said.get("status")
    place = said.get("queue_position")
    message = _last_line(said.get("logs"))
    if message is None and isinstance(place, int) and not isinstance(place, bool):
        message = f"position {place} in the queue"
    return Pending(state if isinstance(state, str) and state else "unknown", message=message)


def _last_line(logs: Any) -> str | None:
    if not isinstance(logs, list) or not logs:
        return None
    last = cast("list[Any]", logs)[-1]
    line = cast("dict[str, Any]", last).get("message") if isinstance(last, dict) else None
    return line.strip()[:_LONGEST_LINE] or None if isinstance(line, str) else None

"""Batch APIs of providers: many requests in one job, which is done within a day, at a lower price.

A ``BatchModel`` stands around a model of the provider and lets it write each request and read each answer, by an HTTP
door that keeps the request in place of sending it, and by one that has the answer already. A provider adds how a job is
submitted, looked at, read and called off. ``map_rows(make_request, rows, via=openai.batch("gpt-..."))`` does the rest.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar, cast

from ai_sdk.ending import Ending
from ai_sdk.errors import APIError, InvalidRequestError
from ai_sdk.http import HTTP, HTTPRequest, HTTPResponse, default_http
from ai_sdk.messages import to_messages
from ai_sdk.polling import Pending, Polling
from ai_sdk.provider import Endpoint, ErrorInfo, Exchange, ProviderModel, parse_json, to_json
from ai_sdk.requests import LanguageRequest, changed
from ai_sdk.response import Response

__all__ = ["Answered", "BatchItem", "BatchModel", "json_lines", "json_objects"]

Req = TypeVar("Req")
Res = TypeVar("Res")

Answered = HTTPResponse | APIError
"""What a job has for a request: an answer as HTTP would have brought it, or the error in place of one."""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One request of a job: ``id`` comes back with its answer; ``path`` is behind the base URL, ``body`` its JSON.

    ``headers`` are those that it would have been sent with, the key among them.
    """

    id: str
    path: str
    body: dict[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class BatchModel(Generic[Req, Res]):
    """A model whose requests go through its provider's batch API.

    A subclass writes ``submit``, ``look``, ``answers`` and ``cancel``. ``most_requests`` and ``most_bytes`` are for one
    job. ``share`` is what a request costs of the usual price. ``polling`` says how to wait unless the call does.
    """

    most_requests = 50_000
    most_bytes = 100_000_000
    share = 0.5
    polling = Polling(interval=5.0, factor=1.5, longest=60.0, timeout=26 * 3600.0)

    def __init__(self, model: ProviderModel[Req, Any]) -> None:
        self.model = model
        self.exchange = Exchange(model.endpoint, model.model_id)

    @property
    def name(self) -> str:
        """The name of the model, as in ``openai:gpt-4o-mini``."""
        return f"{self.model.provider}:{self.model.model_id}"

    async def submit(self, items: Sequence[BatchItem]) -> str:
        """Begin a job with these requests and return its id."""
        raise NotImplementedError

    async def look(self, job: str) -> Pending | Mapping[str, Any]:
        """Look at a job: what the provider says of it when it is over, also when it was called off or expired.

        Raises APIError with the id as ``job`` when there is nothing to be had of it.
        """
        raise NotImplementedError

    def answers(self, said: Mapping[str, Any]) -> AsyncGenerator[tuple[str, Answered], None]:
        """What a job that is over has, by the id of each request. Those without an answer are left out."""
        raise NotImplementedError

    async def cancel(self, job: str) -> None:
        """Call a job off."""
        raise NotImplementedError

    def failed_job(self, job: str, info: ErrorInfo, said: Any) -> APIError:
        """The error of a job of which there is nothing to be had; it is not looked at again."""
        error = self.exchange.error_of(info, said)
        error.retryable = False
        error.job = job
        return error

    def request_of(self, made: Any) -> Req:
        """What the function made of a row as a request: a text or a list of messages is a prompt."""
        if isinstance(made, str) and self.model.kind == "language":
            return cast("Req", LanguageRequest(messages=to_messages(made)))
        if hasattr(made, "provider_options"):
            return cast("Req", changed(made, stream=False) if getattr(made, "stream", False) else made)
        raise InvalidRequestError(
            f"the function made a {type(made).__name__}; allowed are a prompt and a request such as LanguageRequest",
            field="function",
        )

    async def encoded(self, request: Req, item: str) -> BatchItem:
        """The request as the model would send it."""
        endpoint = self.model.endpoint
        keeping = _Keeping(endpoint.http)
        try:
            await self._answer(request, keeping)
        except _KeptError as kept:
            sent = kept.request
        else:
            raise InvalidRequestError(f"{self.name} answers without asking its provider once", field="via")
        path = sent.url.partition("?")[0].removeprefix(endpoint.url(""))
        return BatchItem(item, path, parse_json(sent.body, endpoint.name), sent.headers)

    async def decoded(self, request: Req, answered: Answered) -> Res:
        """The result of an answer, as the model reads it; raises what the answer says went wrong."""
        if isinstance(answered, APIError):
            raise answered
        found = await self._answer(request, _Answering(self.model.endpoint.http, answered))
        if isinstance(found, Response):
            return cast("Res", await found.result())
        return cast("Res", found)

    async def _answer(self, request: Req, door: HTTP) -> Any:
        endpoint: Endpoint = replace(self.model.endpoint, http=door)
        return await self.model.answer(request, Exchange(endpoint, self.model.model_id))

    def __repr__(self) -> str:
        return f'{self.model.provider}.batch("{self.model.model_id}")'


class _KeptError(Exception):
    """Ends a call of which only the request is wanted."""

    def __init__(self, request: HTTPRequest) -> None:
        super().__init__()
        self.request = request


class _Keeping(HTTP):
    """Takes the request of a call. Files that the call fetches first are fetched."""

    def __init__(self, real: HTTP | None) -> None:
        super().__init__()
        self._real = real

    def guarded(self) -> HTTP:
        return (self._real or default_http()).guarded()

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        raise _KeptError(request)


class _Answering(_Keeping):
    """Has the answer to the request."""

    def __init__(self, real: HTTP | None, answered: HTTPResponse) -> None:
        super().__init__(real)
        self._answered = answered

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        del request
        return self._answered


def json_lines(objects: Sequence[Any]) -> bytes:
    """One JSON text a line."""
    return b"".join([to_json(each) + b"\n" for each in objects])


async def json_objects(exchange: Exchange, path: str) -> AsyncGenerator[dict[str, Any], None]:
    """The objects of a file of JSON lines at the provider, read as they arrive."""
    stream = await exchange.open(path, method="GET")
    try:
        rest = b""
        async for chunk in stream.chunks():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line.strip():
                    yield _object(line, exchange)
        if rest.strip():
            yield _object(rest, exchange)
    finally:
        stream.release(Ending("end"))


def _object(line: bytes, exchange: Exchange) -> dict[str, Any]:
    value = parse_json(line, exchange.endpoint.name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}

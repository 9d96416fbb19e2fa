"""The batch API of Gemini, with the requests in the call itself: at most 20 MB, done within a day, at half the price.

``POST /models/{model}:batchGenerateContent``, ``GET /batches/{id}``, ``POST /batches/{id}:cancel``
(https://ai.google.dev/gemini-api/docs/batch-api). Bigger datasets become several jobs.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, TypeVar

from ai_sdk.batch.jobs import Answered, BatchItem, BatchModel
from ai_sdk.http import HTTPResponse
from ai_sdk.polling import Pending
from ai_sdk.provider import ErrorInfo, to_json
from ai_sdk.wire import object_of, objects_of, plain_number, said_in, text_of

__all__ = ["GoogleBatch"]

Req = TypeVar("Req")
Res = TypeVar("Res")

_STATUS = {3: 400, 4: 504, 5: 404, 7: 403, 8: 429, 9: 400, 11: 400, 13: 500, 14: 503, 16: 401}
"""The HTTP status of each number of ``google.rpc.Code`` that an answer may have."""


class GoogleBatch(BatchModel[Req, Res]):
    """A Gemini through its batch API."""

    most_requests = 10_000
    most_bytes = 18_000_000

    async def submit(self, items: Sequence[BatchItem]) -> str:
        """Send all requests; the name of the batch."""
        requests = [{"request": item.body, "metadata": {"key": item.id}} for item in items]
        path = items[0].path.rpartition(":")[0] + ":batchGenerateContent"
        batch = {"displayName": "ai-sdk-layers", "inputConfig": {"requests": {"requests": requests}}}
        said, _ = await self.exchange.json(path, {"batch": batch})
        return said_in(said, "name", self.model.provider)

    async def look(self, job: str) -> Pending | Mapping[str, Any]:
        """Look at a batch."""
        said, _ = await self.exchange.json(f"/{job}", method="GET")
        found = object_of(said)
        state = str(object_of(found.get("metadata")).get("state") or found.get("state") or "unknown")
        failure = object_of(found.get("error"))
        if state.endswith("_FAILED") or (failure and not _responses(found)):
            raise self.failed_job(job, _info(failure), said)
        over = found.get("done") is True or state.endswith(("_SUCCEEDED", "_CANCELLED", "_EXPIRED"))
        return found if over else Pending(state, _fraction(found))

    async def answers(self, said: Mapping[str, Any]) -> AsyncGenerator[tuple[str, Answered], None]:
        """The answers and errors of a batch, by the key that each request had."""
        for each in _responses(said):
            key = str(object_of(each.get("metadata")).get("key"))
            if each.get("error"):
                error = object_of(each.get("error"))
                yield key, self.exchange.error_of(_info(error), error)
            elif each.get("response"):
                yield key, HTTPResponse(200, {}, to_json(each.get("response")))

    async def cancel(self, job: str) -> None:
        """Call a batch off."""
        await self.exchange.send(f"/{job}:cancel", {})


def _responses(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answers of an operation, which stand in its response or in the output of its metadata."""
    for place in (said.get("response"), object_of(said.get("metadata")).get("output"), said.get("output")):
        found = object_of(object_of(place).get("inlinedResponses")).get("inlinedResponses")
        if found:
            return objects_of(found)
    return []


def _info(status: Mapping[str, Any]) -> ErrorInfo:
    number = plain_number(status.get("code"))
    code = text_of(status.get("status"))
    return ErrorInfo(text_of(status.get("message")), None, code, _STATUS.get(int(number)) if number else None)


def _fraction(said: Mapping[str, Any]) -> float | None:
    stats = object_of(object_of(said.get("metadata")).get("batchStats"))
    total, pending = _count(stats.get("requestCount")), _count(stats.get("pendingRequestCount"))
    return (total - pending) / total if total else None


def _count(value: Any) -> int:
    """A count, which this API writes as text."""
    return int(value) if str(value).isdigit() else 0

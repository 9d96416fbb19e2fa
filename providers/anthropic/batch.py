"""Message batches: at most 100,000 requests and 256 MB in one call, done within a day, at half the price.

``POST /messages/batches``, ``GET /messages/batches/{id}``, ``.../results``, ``.../cancel``
(https://docs.claude.com/en/api/creating-message-batches).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from ai_sdk.batch.jobs import Answered, BatchItem, BatchModel, json_objects
from ai_sdk.http import HTTPResponse
from ai_sdk.polling import Pending
from ai_sdk.provider import to_json
from ai_sdk.wire import object_of, plain_number, said_in

__all__ = ["AnthropicBatch"]

Req = TypeVar("Req")
Res = TypeVar("Res")

_BETA = "anthropic-beta"


class AnthropicBatch(BatchModel[Req, Res]):
    """A model of Anthropic through message batches."""

    most_requests = 100_000
    most_bytes = 250_000_000

    async def submit(self, items: Sequence[BatchItem]) -> str:
        """Send all requests, with the betas of every one of them; the id of the batch."""
        requests = [{"custom_id": item.id, "params": _params(item.body)} for item in items]
        betas = dict.fromkeys(
            name for item in items for each in item.headers.get(_BETA, "").split(",") if (name := each.strip())
        )
        headers = {_BETA: ",".join(betas)} if betas else {}
        said, _ = await self.exchange.json("/messages/batches", {"requests": requests}, headers)
        return said_in(said, "id", self.model.provider)

    async def look(self, job: str) -> Pending | Mapping[str, Any]:
        """Look at a batch."""
        said, _ = await self.exchange.json(_path(job), method="GET")
        found = object_of(said)
        status = str(found.get("processing_status"))
        return found if status == "ended" else Pending(status, _fraction(found))

    async def answers(self, said: Mapping[str, Any]) -> AsyncGenerator[tuple[str, Answered], None]:
        """The messages and errors of a batch; requests that were canceled or expired are left out."""
        path = f"{_path(said_in(said, 'id', self.model.provider))}/results"
        async for line in json_objects(self.exchange, path):
            result = object_of(line.get("result"))
            if result.get("type") == "succeeded":
                yield str(line.get("custom_id")), HTTPResponse(200, {}, to_json(result.get("message")))
            elif result.get("type") == "errored":
                error = object_of(result.get("error"))
                info = self.exchange.endpoint.read_error(error)
                yield str(line.get("custom_id")), self.exchange.error_of(info, error)

    async def cancel(self, job: str) -> None:
        """Call a batch off."""
        await self.exchange.send(f"{_path(job)}/cancel")


def _params(body: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in body.items() if name != "stream"}


def _path(job: str) -> str:
    return f"/messages/batches/{quote(job, safe='')}"


def _fraction(job: Mapping[str, Any]) -> float | None:
    counts = {name: plain_number(count) or 0 for name, count in object_of(job.get("request_counts")).items()}
    total = sum(counts.values())
    return (total - counts.get("processing", 0)) / total if total else None

"""The batch API: a file of requests is uploaded, worked off within a day, and its answers are files.

``POST /files``, ``POST /batches``, ``GET /batches/{id}``, ``GET /files/{id}/content``, ``POST /batches/{id}/cancel``
(https://platform.openai.com/docs/api-reference/batch): at most 50,000 requests and 200 MB a job, half the price.
``FileBatch`` is the same for others whose API is a variant of this one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from ai_sdk.batch.jobs import Answered, BatchItem, BatchModel, json_lines, json_objects
from ai_sdk.errors import APIError
from ai_sdk.http import HTTPResponse, multipart
from ai_sdk.polling import Pending
from ai_sdk.provider import ErrorInfo, parse_json, read_error, to_json
from ai_sdk.wire import object_of, objects_of, plain_number, said_in, text_of

__all__ = ["FileBatch", "OpenAIBatch"]

Req = TypeVar("Req")
Res = TypeVar("Res")

_NOT_DONE = ("batch_expired", "batch_cancelled", "batch_canceled")


class FileBatch(BatchModel[Req, Res]):
    """A batch API with files of JSON lines. A subclass says where its paths, words and fields differ."""

    jobs_path = "/batches"
    upload_path = "/files"
    purpose = "batch"
    over = frozenset({"completed", "expired", "cancelled"})
    failed = frozenset({"failed"})

    def line(self, item: BatchItem) -> dict[str, Any]:
        """A request as a line of the file."""
        return {"custom_id": item.id, "method": "POST", "url": f"/v1{item.path}", "body": item.body}

    def order(self, file: str, path: str) -> dict[str, Any]:
        """What begins a job with an uploaded file."""
        return {"input_file_id": file, "endpoint": f"/v1{path}", "completion_window": "24h"}

    def form(self) -> list[tuple[str, str]]:
        """The fields of the form that uploads a file."""
        return [("purpose", self.purpose)]

    def job_of(self, said: Any) -> dict[str, Any]:
        """The job in an answer."""
        return object_of(said)

    def fraction(self, job: Mapping[str, Any]) -> float | None:
        """How much of a job is done, from 0 to 1."""
        counts = object_of(job.get("request_counts"))
        done, failed, total = (plain_number(counts.get(name)) or 0 for name in ("completed", "failed", "total"))
        return (done + failed) / total if total else None

    def files(self, job: Mapping[str, Any]) -> list[str]:
        """The ids of the files that a job which is over has made."""
        return [file for name in ("output_file_id", "error_file_id") if (file := text_of(job.get(name)))]

    def failure(self, job: Mapping[str, Any]) -> ErrorInfo:
        """Why a job failed."""
        errors = objects_of(object_of(job.get("errors")).get("data"))
        return read_error(errors[0]) if errors else read_error(job)

    async def submit(self, items: Sequence[BatchItem]) -> str:
        """Upload the requests and begin a job; its id."""
        provider = self.model.provider
        file = ("file", "batch.jsonl", json_lines([self.line(item) for item in items]), "application/jsonl")
        content_type, form = multipart(self.form(), [file])
        sent = await self.exchange.send(self.upload_path, form, content_type=content_type)
        uploaded = said_in(parse_json(sent.body, provider), "id", provider)
        said, _ = await self.exchange.json(self.jobs_path, self.order(uploaded, items[0].path))
        return said_in(self.job_of(said), "id", provider)

    async def look(self, job: str) -> Pending | Mapping[str, Any]:
        """Look at a job."""
        said, _ = await self.exchange.json(self._path(job), method="GET")
        found = self.job_of(said)
        status = str(found.get("status"))
        if status.lower() in self.failed:
            raise self.failed_job(job, self.failure(found), said)
        return found if status.lower() in self.over else Pending(status, self.fraction(found))

    async def answers(self, said: Mapping[str, Any]) -> AsyncGenerator[tuple[str, Answered], None]:
        """The answers and errors of a job; requests that it did not get to are left out."""
        for file in self.files(said):
            async for line in json_objects(self.exchange, f"/files/{quote(file, safe='')}/content"):
                answered = self._answered(line)
                if answered is not None:
                    yield str(line.get("custom_id")), answered

    async def cancel(self, job: str) -> None:
        """Call a job off."""
        await self.exchange.send(f"{self._path(job)}/cancel")

    def _path(self, job: str) -> str:
        return f"{self.jobs_path}/{quote(job, safe='')}"

    def _answered(self, line: Mapping[str, Any]) -> Answered | None:
        response = object_of(line.get("response"))
        if response:
            status = plain_number(response.get("status_code"))
            headers = {"content-type": "application/json"}
            if request_id := text_of(response.get("request_id")):
                headers["x-request-id"] = request_id
            return HTTPResponse(int(status or 200), headers, to_json(response.get("body")))
        return self._error(line.get("error"))

    def _error(self, said: Any) -> APIError | None:
        info = read_error({"error": said})
        return None if info.code in _NOT_DONE else self.exchange.error_of(info, said)


class OpenAIBatch(FileBatch[Req, Res]):
    """A model of OpenAI through its batch API."""

    most_requests = 50_000
    most_bytes = 190_000_000

"""The batch API of Together: OpenAI's with other paths and words (https://docs.together.ai/reference/batch-create).

Not every model is served by it, and not every one of them at half the price.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ai_sdk.batch.jobs import BatchItem
from ai_sdk.provider import ErrorInfo, read_error
from ai_sdk.providers.openai.batch import FileBatch
from ai_sdk.wire import object_of, plain_number

__all__ = ["TogetherBatch"]

Req = TypeVar("Req")
Res = TypeVar("Res")


class TogetherBatch(FileBatch[Req, Res]):
    """A model of Together through its batch API: 50,000 requests and 100 MB a job."""

    most_requests = 50_000
    most_bytes = 95_000_000
    upload_path = "/files/upload"
    purpose = "batch-api"

    def line(self, item: BatchItem) -> dict[str, Any]:
        """A request as a line of the file, which names no endpoint."""
        return {"custom_id": item.id, "body": item.body}

    def form(self) -> list[tuple[str, str]]:
        """The fields of the form, which names the file and its type."""
        return [("purpose", self.purpose), ("file_name", "batch.jsonl"), ("file_type", "jsonl")]

    def job_of(self, said: Any) -> dict[str, Any]:
        """The job, which is inside of the answer that begins it."""
        found = object_of(said)
        return object_of(found.get("job")) or found

    def fraction(self, job: Mapping[str, Any]) -> float | None:
        """How much is done; the API says it in percent."""
        percent = plain_number(job.get("progress"))
        return None if percent is None else percent / 100

    def failure(self, job: Mapping[str, Any]) -> ErrorInfo:
        """Why a job failed."""
        return read_error(job)

"""The batch API of Mistral: files as OpenAI's, jobs of its own (https://docs.mistral.ai/capabilities/batch).

``POST /files``, ``POST /batch/jobs``, ``GET /batch/jobs/{id}``, ``POST /batch/jobs/{id}/cancel``: half the price.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ai_sdk.batch.jobs import BatchItem
from ai_sdk.provider import ErrorInfo, read_error
from ai_sdk.providers.openai.batch import FileBatch
from ai_sdk.wire import objects_of, plain_number, text_of

__all__ = ["MistralBatch"]

Req = TypeVar("Req")
Res = TypeVar("Res")


class MistralBatch(FileBatch[Req, Res]):
    """A model of Mistral through its batch API."""

    most_requests = 50_000
    most_bytes = 95_000_000
    jobs_path = "/batch/jobs"
    over = frozenset({"success", "timeout_exceeded", "cancelled"})

    def line(self, item: BatchItem) -> dict[str, Any]:
        """A request as a line of the file, which names no endpoint."""
        return {"custom_id": item.id, "body": item.body}

    def order(self, file: str, path: str) -> dict[str, Any]:
        """What begins a job; it names the model."""
        return {"input_files": [file], "endpoint": f"/v1{path}", "model": self.model.model_id}

    def fraction(self, job: Mapping[str, Any]) -> float | None:
        """How much of a job is done."""
        done, total = plain_number(job.get("completed_requests")), plain_number(job.get("total_requests"))
        return done / total if done is not None and total else None

    def files(self, job: Mapping[str, Any]) -> list[str]:
        """The ids of the files of answers and of errors."""
        return [file for name in ("output_file", "error_file") if (file := text_of(job.get(name)))]

    def failure(self, job: Mapping[str, Any]) -> ErrorInfo:
        """Why a job failed."""
        errors = objects_of(job.get("errors"))
        return read_error(errors[0]) if errors else read_error(job)

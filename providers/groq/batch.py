"""The batch API of Groq: OpenAI's, for chat (https://console.groq.com/docs/batch)."""

from __future__ import annotations

from typing import TypeVar

from ai_sdk.providers.openai.batch import FileBatch

__all__ = ["GroqBatch"]

Req = TypeVar("Req")
Res = TypeVar("Res")


class GroqBatch(FileBatch[Req, Res]):
    """A model of Groq through its batch API: 50,000 requests and 100 MB a job, half the price."""

    most_requests = 50_000
    most_bytes = 95_000_000

"""DeepInfra's own API, which stands beside that of the OpenAI dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint

__all__ = ["inference_url"]


def inference_url(endpoint: Endpoint, model_id: str) -> str:
    """Where a model runs: ``/v1/inference/{model}`` for the base URL ``/v1/openai``."""
    base = endpoint.url("").rstrip("/").removesuffix("/openai")
    return f"{base}/inference/{quote(model_id)}"

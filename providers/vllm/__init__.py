"""A vLLM server, by default on this machine: http://localhost:8000/v1. It needs no key.

``VLLM_BASE_URL`` names another address, ``VLLM_API_KEY`` a key for servers that want one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.provider import Endpoint
from ai_sdk.providers.openai_compatible import Quirks, StructuredOutput, TextProvider
from ai_sdk.providers.openai_compatible._quirks import SETTINGS

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.openai_compatible.reranking import RerankModel
    from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

__all__ = ["VLLM", "create_vllm", "vllm"]

QUIRKS = Quirks(
    settings=FrozenDict({**SETTINGS, "top_k": "top_k"}),
    structured_output=lambda _model_id: "json_schema",
)


class VLLM(TextProvider):
    """The models of a vLLM server by id; which kinds there are depends on what the server was started with."""

    def transcription(self, model_id: str) -> TranscriptionModel:
        """Make a transcription model, such as Whisper or Voxtral."""
        from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

        return TranscriptionModel(self.endpoint, model_id)

    def reranking(self, model_id: str) -> RerankModel:
        """Make a reranking model: a cross encoder."""
        from ai_sdk.providers.openai_compatible.reranking import RerankModel

        return RerankModel(self.endpoint, model_id)


def create_vllm(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> VLLM:
    """Make another instance of the provider, with its own address, key or headers."""
    endpoint = Endpoint(
        name="vllm",
        base_url=base_url or "http://localhost:8000/v1",
        base_url_env=None if base_url else "VLLM_BASE_URL",
        key=api_key,
        key_env=("VLLM_API_KEY",),
        key_required=False,
        headers=headers or EMPTY,
        http=http,
    )
    return VLLM(
        endpoint,
        QUIRKS,
        structured_output=structured_output,
        docs="https://docs.vllm.ai/en/latest/serving/openai_compatible_server",
    )


vllm = create_vllm()

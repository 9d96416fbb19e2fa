"""Cerebras: chat. ``CEREBRAS_API_KEY`` is the key.

Options: ``CerebrasOptions``, and all else of the API as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.provider import Endpoint
from ai_sdk.providers.cerebras._models import ModelId
from ai_sdk.providers.cerebras._options import CerebrasOptions
from ai_sdk.providers.openai_compatible import DialectProvider, Quirks, StructuredOutput
from ai_sdk.providers.openai_compatible._quirks import SETTINGS

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.openai_compatible.language import ChatModel

__all__ = ["Cerebras", "CerebrasOptions", "ModelId", "cerebras", "create_cerebras"]

QUIRKS = Quirks(
    settings=FrozenDict({**SETTINGS, "max_output_tokens": "max_completion_tokens"}),
    structured_output=lambda _model_id: "json_schema",
    reasoning_key="reasoning",
    metadata=("service_tier", "system_fingerprint", "time_info"),
    calls_beside_json_are_noise=True,
)


class Cerebras(DialectProvider):
    """Cerebras' models by id."""

    def __call__(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return super().language(model_id)


def create_cerebras(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> Cerebras:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="cerebras",
        base_url=base_url or "https://api.cerebras.ai/v1",
        key=api_key,
        key_env=("CEREBRAS_API_KEY",),
        headers=headers or EMPTY,
        http=http,
    )
    docs = "https://inference-docs.cerebras.ai/api-reference"
    return Cerebras(endpoint, QUIRKS, structured_output=structured_output, docs=docs)


cerebras = create_cerebras()

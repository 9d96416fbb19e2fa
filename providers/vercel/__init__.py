"""Vercel's v0: chat. ``VERCEL_API_KEY`` is the key.

Vercel withdrew this API in 2026: expect no answer from it. The door is here for servers that stand in for it; each
answer carries a warning. The AI Gateway of Vercel is another provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.provider import Endpoint
from ai_sdk.providers.openai_compatible import DialectProvider, Quirks, StructuredOutput
from ai_sdk.providers.openai_compatible._quirks import SETTINGS
from ai_sdk.providers.vercel._models import ModelId
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.openai_compatible.language import ChatModel
    from ai_sdk.requests import LanguageRequest

__all__ = ["ModelId", "Vercel", "create_vercel", "vercel"]


class Vercel(DialectProvider):
    """The models of v0 by id; withdrawn by Vercel."""

    def __call__(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return super().language(model_id)


def _adjust(_body: dict[str, Any], _request: LanguageRequest, model_id: str) -> list[CallWarning]:
    return [CallWarning("other", "vercel", f"Vercel withdrew the API of v0 in 2026: {model_id} may not answer")]


QUIRKS = Quirks(
    settings=FrozenDict({field: word for field, word in SETTINGS.items() if field != "reasoning"}),
    adjust=_adjust,
)


def create_vercel(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> Vercel:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="vercel",
        base_url=base_url or "https://api.v0.dev/v1",
        key=api_key,
        key_env=("VERCEL_API_KEY",),
        headers=headers or EMPTY,
        http=http,
    )
    return Vercel(endpoint, QUIRKS, structured_output=structured_output, docs="https://v0.app/docs/api")


vercel = create_vercel()

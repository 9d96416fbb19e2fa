"""Reranking models of Fireworks: ``POST /rerank``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sdk.providers.openai_compatible.reranking import RerankModel

if TYPE_CHECKING:
    from ai_sdk.requests import RerankRequest
    from ai_sdk.results import CallWarning

__all__ = ["FireworksRerankModel"]


class FireworksRerankModel(RerankModel):
    """A reranking model; the option ``task`` says what the ranking is for."""

    def encode(self, request: RerankRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure. The documents need not come back."""
        body, warnings = super().encode(request)
        return {"return_documents": False, **body}, warnings

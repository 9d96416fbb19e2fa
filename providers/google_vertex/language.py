"""The language models of Google Cloud: Gemini, Claude, and those of other makers."""

from __future__ import annotations

from typing import Any

from ai_sdk.provider import Endpoint
from ai_sdk.providers.anthropic._rules import MessagesRules
from ai_sdk.providers.anthropic.language import MessagesModel
from ai_sdk.providers.google._rules import GeminiRules
from ai_sdk.providers.google.language import GeminiModel

__all__ = ["VertexClaude", "VertexGemini"]

RULES = GeminiRules(namespaces=("google_vertex", "google"), any_url=True, tells_server_tools=False)
_ANTHROPIC_VERSION = "vertex-2023-10-16"


class VertexGemini(GeminiModel):
    """Gemini on Google Cloud; an id such as ``endpoints/123`` is a tuned model."""

    def __init__(self, endpoint: Endpoint, model_id: str, rules: GeminiRules = RULES) -> None:
        super().__init__(endpoint, model_id, rules)

    @property
    def resource(self) -> str:
        """The model's path behind the location."""
        if self.model_id.startswith(("endpoints/", "publishers/")):
            return f"/{self.model_id}"
        return f"/publishers/google/models/{self.model_id.removeprefix('models/')}"


class VertexClaude(MessagesModel):
    """Claude on Google Cloud: the model stands in the path and not in the body."""

    def __init__(self, endpoint: Endpoint, model_id: str, rules: MessagesRules | None = None) -> None:
        super().__init__(endpoint, model_id, rules or CLAUDE_RULES)

    def path(self, stream: bool) -> str:
        """Where to send, behind the location."""
        return f"/publishers/anthropic/models/{self.model_id}:{'streamRawPredict' if stream else 'rawPredict'}"

    def body(self, encoded: dict[str, Any], betas: tuple[str, ...]) -> dict[str, Any]:
        """The body without the model, and with the version that this house asks for."""
        body = super().body(encoded, betas)
        return {"anthropic_version": _ANTHROPIC_VERSION, **{key: each for key, each in body.items() if key != "model"}}


CLAUDE_RULES = MessagesRules(
    native_structured_output=False, strict_tools=False, url_images=False, url_documents=False, namespace="anthropic"
)

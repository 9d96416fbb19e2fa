"""Claude in Anthropic's own words: ``POST /model/{id}/invoke`` and ``/invoke-with-response-stream``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sdk.providers.amazon_bedrock._errors import named_errors, stream_error
from ai_sdk.providers.amazon_bedrock._framing import ChunkFraming
from ai_sdk.providers.amazon_bedrock.language import count_tokens, model_path
from ai_sdk.providers.anthropic._rules import MessagesRules
from ai_sdk.providers.anthropic.language import MessagesModel

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint, Exchange
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import LanguageResponse
    from ai_sdk.streaming import Framing

__all__ = ["BedrockMessagesModel"]

VERSION = "bedrock-2023-05-31"
_BETAS = frozenset(
    {
        "computer-use-2024-10-22",
        "computer-use-2025-01-24",
        "computer-use-2025-11-24",
        "context-management-2025-06-27",
        "compact-2026-01-12",
    }
)
_RULES = MessagesRules(
    url_images=False,
    url_documents=False,
    betas_in_body=True,
    betas=_BETAS,
    provider_tools=frozenset({"bash", "text_editor", "computer", "memory", "tool_search_tool_regex"}),
    namespace="anthropic",
)


class BedrockMessagesModel(MessagesModel):
    """A Claude with all that Anthropic's API has and Converse lacks; options and metadata are of ``anthropic``."""

    def __init__(self, endpoint: Endpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id, _RULES)

    def path(self, stream: bool) -> str:
        """Where to send, behind the base URL."""
        return model_path(self.model_id, "invoke-with-response-stream" if stream else "invoke")

    def body(self, encoded: dict[str, Any], betas: tuple[str, ...]) -> dict[str, Any]:
        """The body: the path says the model and whether to stream, and the version stands in the body."""
        own = {name: value for name, value in encoded.items() if name not in ("model", "stream")}
        return super().body({"anthropic_version": VERSION, **own}, betas)

    def framing(self) -> Framing[tuple[str, bytes]]:
        """What cuts a stream into events."""
        from ai_sdk.provider import Exchange

        exchange = Exchange(self.endpoint, self.model_id)
        return ChunkFraming(lambda event: stream_error(event, exchange))

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One exchange; streamed when the request wishes."""
        with named_errors():
            return await super().answer(request, exchange)

    async def count_tokens(self, request: LanguageRequest) -> int:
        """Ask how many input tokens a request has (``POST /model/{id}/count-tokens``)."""
        import base64

        from ai_sdk.provider import to_json

        encoded, _, headers = self.encode(request)
        betas = tuple(name.strip() for name in headers.pop("anthropic-beta", "").split(",") if name.strip())
        body = base64.b64encode(to_json(self.body(encoded, betas))).decode("ascii")
        return await count_tokens(self.endpoint, self.model_id, {"invokeModel": {"body": body}}, headers)

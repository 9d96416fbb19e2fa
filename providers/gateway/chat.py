"""The gateway's surface for the OpenAI dialect: ``POST https://ai-gateway.vercel.sh/v1/chat/completions``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import FrozenDict, freeze
from ai_sdk.parts import Finish
from ai_sdk.providers.gateway._options import KNOWN
from ai_sdk.providers.openai_compatible._quirks import SETTINGS, Quirks, StructuredOutput
from ai_sdk.providers.openai_compatible.language import ChatModel
from ai_sdk.providers.openrouter._details import DetailedDecoder
from ai_sdk.providers.openrouter._quirks import encode_reasoning, encode_routed

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.provider import Exchange
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import CallWarning, Usage

__all__ = ["QUIRKS", "GatewayChatDecoder", "GatewayChatModel"]


def _takes_schemas(_model_id: str) -> StructuredOutput:
    return "json_schema"


def _adjust(body: dict[str, Any], request: LanguageRequest, model_id: str) -> list[CallWarning]:
    """Options of the gateway that are known, and those of other providers, go into ``providerOptions``."""
    own = {name: body.pop(name) for name in KNOWN & body.keys()}
    options = {name: each for name, each in request.provider_options.items() if name != "gateway"}
    options = {**options, **({"gateway": own} if own else {})}
    if options:
        body["providerOptions"] = {**options, **body.get("providerOptions", {})}
    return encode_reasoning(body, request, model_id)


def _count(usage: Usage) -> Usage:
    """Tokens written to a cache stand beside the details (recorded)."""
    written = (usage.raw or {}).get("cache_creation_input_tokens")
    if usage.cache_write_tokens is not None or not isinstance(written, int):
        return usage
    return replace(usage, cache_write_tokens=written)


QUIRKS = Quirks(
    settings=FrozenDict({**SETTINGS, "top_k": "top_k", "reasoning": "reasoning"}),
    structured_output=_takes_schemas,
    reasoning_key="reasoning",
    messages=encode_routed,
    count=_count,
    metadata=("generationId", "service_tier", "system_fingerprint"),
    adjust=_adjust,
)


class GatewayChatDecoder(DetailedDecoder):
    """Reads chat answers with the metadata of the gateway (routing, cost, ids) and of who served (recorded)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._others: dict[str, Any] = {}

    def _choice(self, choice: dict[str, Any]) -> list[LanguagePart]:
        said = self.delta_of(choice).get("provider_metadata")
        if isinstance(said, dict):
            self._others.update(cast("dict[str, Any]", said))
        return super()._choice(choice)

    def finish(self) -> list[LanguagePart]:
        """The end of the answer, with the metadata of all."""
        own = self._others.pop(self.context.provider, None)
        if isinstance(own, dict):
            self._metadata.update(cast("dict[str, Any]", own))
        parts = super().finish()
        return [self._named(part) if isinstance(part, Finish) else part for part in parts]

    def _named(self, finish: Finish) -> Finish:
        return replace(finish, provider_metadata=freeze({**self._others, **finish.provider_metadata}))


class GatewayChatModel(ChatModel):
    """A chat model by the surface for the OpenAI dialect.

    Options of ``GatewayOptions`` and of other providers go into ``providerOptions``; other names of the gateway's
    options go into the body as they are.
    """

    def decoder(
        self,
        request: LanguageRequest,
        exchange: Exchange,
        headers: Mapping[str, str],
        warnings: list[CallWarning],
    ) -> GatewayChatDecoder:
        """What reads the answer to a request; pure."""
        return GatewayChatDecoder(self.context(request, exchange), headers, warnings, previews=request.stream)

"""Chat models of OpenRouter: the OpenAI dialect with reasoning details, costs, sources and errors of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import FrozenDict, freeze
from ai_sdk.parts import TextDelta
from ai_sdk.providers.openai_compatible.language import ChatModel
from ai_sdk.providers.openrouter._details import DetailedDecoder, objects_in

if TYPE_CHECKING:
    from ai_sdk.messages import SourcePart
    from ai_sdk.parts import LanguagePart
    from ai_sdk.provider import Exchange
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import CallWarning

__all__ = ["OpenRouterChatModel", "OpenRouterDecoder", "costs_of"]

_COSTS = ("cost", "market_cost", "is_byok")


class OpenRouterDecoder(DetailedDecoder):
    """Reads OpenRouter's chat answers.

    Metadata: ``provider`` (who served), ``cost`` and ``upstream_cost`` (in US dollars), ``is_byok``,
    ``native_finish_reason``, and ``annotations`` about files that were read, which also ride on the text so that they
    go back with it: the file is then not read again.
    """

    def _choice(self, choice: dict[str, Any]) -> list[LanguagePart]:
        if choice.get("error"):
            raise self.error({"error": choice["error"]})
        if choice.get("native_finish_reason"):
            self._metadata["native_finish_reason"] = choice["native_finish_reason"]
        files = [each for each in objects_in(self.delta_of(choice), "annotations") if each.get("type") == "file"]
        parts = super()._choice(choice)
        return [*parts, self._annotated(files)] if files else parts

    def _annotated(self, files: list[dict[str, Any]]) -> TextDelta:
        gathered = [*self._metadata.get("annotations", ()), *files]
        self._metadata["annotations"] = gathered
        return TextDelta("", provider_metadata=freeze({self.context.provider: {"annotations": gathered}}))

    def _source(self, annotation: dict[str, Any]) -> list[SourcePart]:
        """A source, with what was cited of it in its metadata."""
        cited = annotation.get("url_citation")
        said = cast("dict[str, Any]", cited) if isinstance(cited, dict) else annotation
        more = {name: said[name] for name in ("content", "start_index", "end_index") if said.get(name) is not None}
        metadata = FrozenDict({self.context.provider: freeze(more)})
        return [replace(source, provider_metadata=metadata) for source in super()._source(annotation)]

    def finish(self) -> list[LanguagePart]:
        """The end of the answer, with what it cost."""
        self._metadata.update(costs_of(self._usage))
        return super().finish()


def costs_of(usage: Any) -> dict[str, Any]:
    """What an answer cost, in US dollars, as its usage says; empty when it does not."""
    if not isinstance(usage, Mapping):
        return {}
    said = cast("Mapping[str, Any]", usage)
    costs = {name: said[name] for name in _COSTS if said.get(name) is not None}
    details = said.get("cost_details")
    upstream = (
        cast("Mapping[str, Any]", details).get("upstream_inference_cost") if isinstance(details, Mapping) else None
    )
    return costs if upstream is None else {**costs, "upstream_cost": upstream}


class OpenRouterChatModel(ChatModel):
    """A chat model of OpenRouter."""

    def decoder(
        self,
        request: LanguageRequest,
        exchange: Exchange,
        headers: Mapping[str, str],
        warnings: list[CallWarning],
    ) -> OpenRouterDecoder:
        """What reads the answer to a request; pure."""
        return OpenRouterDecoder(self.context(request, exchange), headers, warnings, previews=request.stream)

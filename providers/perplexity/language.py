"""Chat models of Perplexity, whose answers rest on a search of the web."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.providers.openai_compatible._citations import Cited, CitingDecoder, strings
from ai_sdk.providers.openai_compatible.language import ChatModel

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.provider import Exchange
    from ai_sdk.providers.openai_compatible._decode import ChatDecoder
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import CallWarning

__all__ = ["PerplexityDecoder", "PerplexityModel"]

_SPENT = ("citation_tokens", "num_search_queries", "search_context_size", "cost")


class PerplexityModel(ChatModel):
    """A chat model; its sources are numbered as in its text, ``[1]`` is the first."""

    def decoder(
        self, request: LanguageRequest, exchange: Exchange, headers: Mapping[str, str], warnings: list[CallWarning]
    ) -> ChatDecoder:
        """What reads the answer to a request; pure."""
        return PerplexityDecoder(self.context(request, exchange), headers, warnings, previews=request.stream)


class PerplexityDecoder(CitingDecoder):
    """Reads ``citations``, ``search_results`` and what a search cost; each event repeats them (recorded)."""

    hurried = False

    def cited(self, chunk: dict[str, Any]) -> list[Cited]:
        """The URLs of ``citations``, with the titles of ``search_results``, then what only these name."""
        found = {each.url: each for each in map(_found, _objects(chunk.get("search_results"))) if each is not None}
        urls = dict.fromkeys([*strings(chunk.get("citations")), *found])
        return [found.get(url) or Cited(url) for url in urls]

    def finish(self) -> list[LanguagePart]:
        """The end of the answer, with the cost of it in the metadata."""
        usage: dict[str, Any] = self._usage or {}
        self._metadata.update({name: usage[name] for name in _SPENT if usage.get(name) is not None})
        return super().finish()


def _found(result: dict[str, Any]) -> Cited | None:
    url, title = result.get("url"), result.get("title")
    if not isinstance(url, str) or not url:
        return None
    more = {name: result[name] for name in ("date", "last_updated", "snippet") if result.get(name)}
    return Cited(url, title if isinstance(title, str) and title else None, more)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in cast("list[Any]", value) if isinstance(each, dict)] if isinstance(value, list) else []

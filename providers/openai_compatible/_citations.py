"""Answers that name their sources beside the choices: ``citations``, in one event or again in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.messages import SourcePart
from ai_sdk.providers.openai_compatible._decode import ChatDecoder

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart

__all__ = ["Cited", "CitingDecoder"]


class Cited(NamedTuple):
    """A source as an answer names it; ``more`` becomes its provider metadata."""

    url: str
    title: str | None = None
    more: Mapping[str, Any] = EMPTY


class CitingDecoder(ChatDecoder):
    """Gives each cited URL once, after the first text of the answer, else at its end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._urls: set[str] = set()
        self._waiting: list[SourcePart] = []

    def cited(self, chunk: dict[str, Any]) -> list[Cited]:
        """The sources of one event, in the order in which the text numbers them."""
        return [Cited(url) for url in strings(chunk.get("citations"))]

    def chunk(self, chunk: Any, name: str = "message") -> list[LanguagePart]:
        """The parts of one decoded event; raises whatever a strange shape leads to."""
        parts = super().chunk(chunk, name)
        for cited in self.cited(cast("dict[str, Any]", chunk)):
            self._cite(cited)
        if self._texted and self._waiting:
            parts += self._waiting
            self._waiting = []
        return parts

    def _cite(self, cited: Cited) -> None:
        if cited.url in self._urls:
            return
        self._urls.add(cited.url)
        metadata = freeze({self.context.provider: cited.more}) if cited.more else EMPTY
        self._waiting.append(SourcePart(f"source_{self._sources}", cited.url, cited.title, provider_metadata=metadata))
        self._sources += 1

    def finish(self) -> list[LanguagePart]:
        """The end of the answer."""
        parts = super().finish()
        parts[-1:-1] = self._waiting
        self._waiting = []
        return parts


def strings(value: Any) -> list[str]:
    """The strings of a list, without what else it holds; none when it is no list."""
    if not isinstance(value, list):
        return []
    return [each for each in cast("list[Any]", value) if isinstance(each, str) and each]

"""What an answer rests on: grounding chunks become sources, each once."""

from __future__ import annotations

from typing import Any

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.messages import SourcePart
from ai_sdk.providers.google._read import objects, said, text

__all__ = ["Sources"]

_KINDS = ("web", "maps", "image", "retrievedContext")
_MORE = ("fileSearchStore", "documentName", "customMetadata", "placeId", "imageUri", "domain")


class Sources:
    """Gives a source for every grounding chunk that was not given yet; events repeat earlier chunks."""

    __slots__ = ("_provider", "_seen")

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._seen: set[tuple[str, ...]] = set()

    def of(self, metadata: dict[str, Any]) -> list[SourcePart]:
        """The new sources in the ``groundingMetadata`` of an event."""
        found = [
            self._source(said(chunk.get(kind))) for chunk in objects(metadata.get("groundingChunks")) for kind in _KINDS
        ]
        return [source for source in found if source is not None]

    def _source(self, chunk: dict[str, Any]) -> SourcePart | None:
        """A page has a URL; a document of a file search has a title or a name, or nothing but its text (recorded)."""
        url = text(chunk.get("uri")) or text(chunk.get("sourceUri"))
        title = text(chunk.get("title"))
        passage = text(chunk.get("text"))
        store = text(chunk.get("fileSearchStore")) or text(chunk.get("documentName"))
        if not (url or title or passage):
            return None
        key = (url,) if url else (title, store, "" if title else passage)
        if key in self._seen:
            return None
        self._seen.add(key)
        more = {name: chunk[name] for name in _MORE if chunk.get(name)}
        if passage and not url:
            more["text"] = passage
        return SourcePart(
            f"source_{len(self._seen) - 1}",
            url or None,
            title or None,
            provider_metadata=freeze({self._provider: more}) if more else EMPTY,
        )

"""The blocks of an answer, to parts: text, thinking, tool calls and their results, and what is only kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.messages import SourcePart, ToolCallPart, ToolResultPart
from ai_sdk.parts import ReasoningDelta, TextDelta, ToolInputDelta
from ai_sdk.provider import to_json

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart

__all__ = ["JSON_TOOL", "Block", "BlockReader", "object_of", "text_of"]

JSON_TOOL = "json"
"""The name of the tool whose input is the answer, for models that take no schema."""

_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_CALL_FIELDS = frozenset({"type", "id", "name", "input"})
_RESULT_FIELDS = frozenset({"tool_use_id", "content", "is_error"})
_URL_RESULTS = frozenset({"web_search_result", "web_fetch_result"})


class Block:
    """A block of an answer while it arrives. ``start`` is what it began with, ``id`` its place as text."""

    __slots__ = ("citations", "id", "kind", "pieces", "seen", "start")

    def __init__(self, identity: str, start: dict[str, Any]) -> None:
        self.id = identity
        self.start = start
        self.kind = text_of(start.get("type"))
        self.pieces: list[str] = []
        self.citations: list[Any] = []
        self.seen = False


class BlockReader:
    """Turns the blocks of one answer into parts.

    ``called``: a tool of the caller's was called. ``gave_json``: the input of the ``json`` tool was the answer; then
    the text beside it is noise, and text is held back until it is known whether that tool is called.
    """

    def __init__(self, namespace: str, *, json_tool: bool, previews: bool) -> None:
        self.called = False
        self.gave_json = False
        self._namespace = namespace
        self._json_tool = json_tool
        self._previews = previews
        self._names: dict[str, str] = {}
        self._sources: set[Any] = set()
        self._texts: list[LanguagePart] = []

    def start(self, block: Block) -> list[LanguagePart]:
        """The parts of a block's beginning: all of it, in an answer that came whole."""
        start = block.start
        if block.kind == "text":
            parts = self._text(block, text_of(start.get("text")))
            citations = start.get("citations")
            for citation in cast("list[Any]", citations) if isinstance(citations, list) else []:
                parts += self._cite(block, object_of(citation, "a citation"))
            return parts
        if block.kind == "thinking":
            thinking = text_of(start.get("thinking"))
            return [ReasoningDelta(thinking, block.id)] if thinking else []
        if block.kind == "redacted_thinking":
            redacted = self._metadata({"redacted_data": text_of(start.get("data"))})
            return [ReasoningDelta("", block.id, redacted)]
        if block.kind in _CALLS:
            return self._call(block)
        if block.kind.endswith("_tool_result"):
            return self._result(start)
        return []

    def delta(self, block: Block, delta: dict[str, Any]) -> list[LanguagePart]:
        """The parts of more of a block."""
        kind = delta.get("type")
        if kind == "text_delta":
            return self._text(block, text_of(delta.get("text")))
        if kind == "input_json_delta":
            return self._input(block, text_of(delta.get("partial_json")))
        if kind == "thinking_delta":
            thinking = text_of(delta.get("thinking"))
            return [ReasoningDelta(thinking, block.id)] if thinking else []
        if kind == "signature_delta" and block.kind == "thinking":
            block.pieces.append(text_of(delta.get("signature")))
        if kind == "citations_delta":
            return self._cite(block, object_of(delta.get("citation"), "a citation"))
        if kind == "compaction_delta":
            block.start = {**block.start, **{name: each for name, each in delta.items() if name != "type"}}
        return []

    def stop(self, block: Block) -> list[LanguagePart]:
        """The parts of a block's end."""
        if block.kind == "text":
            cited = self._metadata({"citations": block.citations}) if block.citations else None
            return self._give([TextDelta("", block.id, cited)] if cited else [])
        if block.kind == "thinking":
            signature = "".join(block.pieces) or text_of(block.start.get("signature"))
            return [ReasoningDelta("", block.id, self._metadata({"signature": signature}))] if signature else []
        if block.kind in _CALLS:
            return self._called(block)
        if block.kind == "redacted_thinking" or block.kind.endswith("_tool_result"):
            return []
        return [ReasoningDelta("", block.id, self._metadata({"block": block.start}))] if block.kind else []

    def held(self) -> list[LanguagePart]:
        """The text that was held back, when it is the answer after all."""
        texts, self._texts = self._texts, []
        return [] if self.gave_json else texts

    def _metadata(self, own: dict[str, Any]) -> FrozenDict[str, Any]:
        return FrozenDict({self._namespace: freeze(own)})

    def _give(self, parts: list[LanguagePart]) -> list[LanguagePart]:
        if not self._json_tool:
            return parts
        self._texts += parts
        return []

    def _text(self, block: Block, text: str) -> list[LanguagePart]:
        if not text:
            return []
        block.seen = True
        return self._give([TextDelta(text, block.id)])

    def _cite(self, block: Block, citation: dict[str, Any]) -> list[LanguagePart]:
        """The source of a citation, once; the text keeps its place before the source."""
        first: list[LanguagePart] = [] if block.seen else [TextDelta("", block.id)]
        block.seen = True
        block.citations.append(citation)
        return self._give([*first, *self._cited(citation)])

    def _cited(self, citation: dict[str, Any]) -> list[SourcePart]:
        url = text_of(citation.get("url")) or None
        title = text_of(citation.get("title") or citation.get("document_title")) or None
        source = text_of(citation.get("source")) or None
        kind = None if url or source else "text/plain"
        if text_of(citation.get("type")) == "page_location":
            kind = "application/pdf"
        return self._source(url or freeze(citation), url or source, title, kind, citation)

    def _source(self, key: Any, url: str | None, title: str | None, kind: str | None, said: Any) -> list[SourcePart]:
        if key in self._sources:
            return []
        self._sources.add(key)
        name = f"source_{len(self._sources) - 1}"
        return [SourcePart(name, url, title, kind, provider_metadata=self._metadata(said))]

    def _call(self, block: Block) -> list[LanguagePart]:
        start = block.start
        identity, name = text_of(start.get("id")) or f"toolu_{block.id}", text_of(start.get("name"))
        if not name:
            raise ValueError("a tool call has no name")
        block.start = {**start, "id": identity}
        self._names[identity] = name
        if self._is_answer(block):
            self.gave_json = True
            return []
        return [ToolInputDelta(identity, name, "")] if self._previews else []

    def _is_answer(self, block: Block) -> bool:
        return self._json_tool and block.kind == "tool_use" and block.start.get("name") == JSON_TOOL

    def _input(self, block: Block, text: str) -> list[LanguagePart]:
        if not text or block.kind not in _CALLS:
            return []
        block.pieces.append(text)
        if self._is_answer(block):
            return [TextDelta(text, block.id)]
        return [ToolInputDelta(block.start["id"], block.start["name"], text)] if self._previews else []

    def _called(self, block: Block) -> list[LanguagePart]:
        start = block.start
        given = start.get("input")
        text = "".join(block.pieces) or (to_json(given).decode() if given is not None else "{}")
        if self._is_answer(block):
            return [] if block.pieces else [TextDelta(text, block.id)]
        extra = {name: each for name, each in start.items() if name not in _CALL_FIELDS and each is not None}
        executed = block.kind != "tool_use"
        self.called = self.called or not executed
        own = {"type": block.kind, **extra} if executed else extra
        return [ToolCallPart(start["id"], start["name"], text, executed, self._metadata(own) if own else EMPTY)]

    def _result(self, start: dict[str, Any]) -> list[LanguagePart]:
        identity, kind = text_of(start.get("tool_use_id")), text_of(start.get("type"))
        output = start.get("content")
        failed = start.get("is_error") is True or _code_of(output) is not None
        own = {name: each for name, each in start.items() if name not in _RESULT_FIELDS and each is not None}
        name = self._names.get(identity) or kind.removesuffix("_tool_result")
        part = ToolResultPart(identity, name, output, failed, True, self._metadata(own))
        return [part, *self._found(output)]

    def _found(self, output: Any) -> list[SourcePart]:
        """What a search found, and what was fetched."""
        found: list[SourcePart] = []
        for each in cast("list[Any]", output) if isinstance(output, list) else [output]:
            item = cast("dict[str, Any]", each) if isinstance(each, dict) else {}
            url = text_of(item.get("url"))
            if not url or item.get("type") not in _URL_RESULTS:
                continue
            document = cast("dict[str, Any]", item["content"]) if isinstance(item.get("content"), dict) else {}
            title = text_of(item.get("title") or document.get("title")) or None
            own = {name: item[name] for name in ("page_age", "retrieved_at") if item.get(name) is not None}
            found += self._source(url, url, title, None, own)
        return found


def _code_of(output: Any) -> Any:
    return cast("dict[str, Any]", output).get("error_code") if isinstance(output, dict) else None


def object_of(value: Any, what: str) -> dict[str, Any]:
    """An object; None is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError(f"{what} is a {type(value).__name__}, not an object")
    return cast("dict[str, Any]", value)


def text_of(value: Any) -> str:
    """A string; what is none is empty."""
    return value if isinstance(value, str) else ""

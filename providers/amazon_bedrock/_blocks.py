"""The blocks of an answer, to parts: text with its citations, reasoning, tool calls and their results, images."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.messages import FilePart, SourcePart, ToolCallPart, ToolResultPart
from ai_sdk.parts import ReasoningDelta, TextDelta, ToolInputDelta
from ai_sdk.provider import to_json
from ai_sdk.providers.amazon_bedrock._tools import JSON_TOOL

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart

__all__ = ["Block", "BlockReader", "object_of", "text_of"]

_SERVER_TOOL = "server_tool_use"
_NO_NAMES: Mapping[str, str] = FrozenDict()


class Block:
    """A block of an answer while it arrives. ``id`` is its place as text; ``start`` is what it began with, if that."""

    __slots__ = ("citations", "id", "images", "kind", "pieces", "redacted", "results", "start", "whole")

    def __init__(self, identity: str) -> None:
        self.id = identity
        self.kind = ""
        self.start: dict[str, Any] = {}
        self.pieces: list[str] = []
        self.redacted: list[str] = []
        self.citations: list[Any] = []
        self.results: list[Any] = []
        self.images: list[str] = []
        self.whole: Any = None


class BlockReader:
    """Turns the blocks of one answer into parts.

    ``names``: tools whose name differs on the wire. ``called``: a tool of the caller's was called. ``gave_json``: the
    input of the tool ``json`` was the answer. When that tool is offered, everything from the first text on is held
    back, until it is called, which makes the text noise, or until the end.
    """

    def __init__(
        self, provider: str, *, names: Mapping[str, str] = _NO_NAMES, json_tool: bool = False, previews: bool = True
    ) -> None:
        self.called = False
        self.gave_json = False
        self._provider = provider
        self._wire_names = names
        self._json_tool = json_tool
        self._previews = previews
        self._names: dict[str, str] = {}
        self._sources: set[Any] = set()
        self._held: list[LanguagePart] = []

    def start(self, block: Block, start: dict[str, Any]) -> list[LanguagePart]:
        """The parts of a block's announced beginning: only tool calls, their results and images have one (recorded)."""
        if "toolUse" in start:
            return self._begin_call(block, object_of(start["toolUse"], "toolUse"))
        if "toolResult" in start:
            block.kind, block.start = "toolResult", object_of(start["toolResult"], "toolResult")
        elif "image" in start:
            block.kind, block.start = "image", object_of(start["image"], "image")
        return []

    def delta(self, block: Block, delta: dict[str, Any]) -> list[LanguagePart]:
        """The parts of more of a block."""
        if "text" in delta:
            text = text_of(delta["text"])
            return self.give([TextDelta(text, block.id)]) if text else []
        if "toolUse" in delta:
            return self._input(block, text_of(object_of(delta["toolUse"], "toolUse").get("input")))
        if "reasoningContent" in delta:
            return self._reasoning(block, object_of(delta["reasoningContent"], "reasoningContent"))
        if "citation" in delta:
            return self._cite(block, object_of(delta["citation"], "citation"))
        if "toolResult" in delta:
            block.results += _list(delta["toolResult"])
        elif "image" in delta:
            source = object_of(object_of(delta["image"], "image").get("source"), "source")
            block.images.append(text_of(source.get("bytes")))
        return []

    def stop(self, block: Block) -> list[LanguagePart]:
        """The parts of a block's end."""
        if block.kind == "toolUse":
            return self._called(block)
        if block.kind == "toolResult":
            return self.give([self._result(block)])
        if block.kind == "image":
            return self._image(block)
        if block.redacted:
            return self.give(
                [ReasoningDelta("", block.id, self._metadata({"redactedContent": _joined(block.redacted)}))]
            )
        if block.kind == "reasoningContent" and block.pieces:
            return self.give([ReasoningDelta("", block.id, self._metadata({"signature": "".join(block.pieces)}))])
        if block.citations:
            cited = self._metadata({"citations": block.citations})
            return self.give([TextDelta("", block.id, cited), *self._cited(block.citations)])
        return []

    def entire(self, block: Block, said: dict[str, Any]) -> list[LanguagePart]:
        """The parts of a block that came whole."""
        if "citationsContent" in said:
            cited = object_of(said["citationsContent"], "citationsContent")
            pieces = [{"text": object_of(each, "content").get("text")} for each in _list(cited.get("content"))]
            deltas = [*pieces, *({"citation": each} for each in _list(cited.get("citations")))]
        elif "reasoningContent" in said:
            thought = object_of(said["reasoningContent"], "reasoningContent")
            deltas = [{"reasoningContent": {**thought, **object_of(thought.get("reasoningText"), "reasoningText")}}]
        elif "toolUse" in said:
            block.whole = object_of(said["toolUse"], "toolUse").get("input")
            deltas = []
        elif "toolResult" in said:
            deltas = [{"toolResult": object_of(said["toolResult"], "toolResult").get("content")}]
        else:
            deltas = [said]
        parts = self.start(block, said)
        for delta in deltas:
            parts += self.delta(block, delta)
        return [*parts, *self.stop(block)]

    def give(self, parts: list[LanguagePart]) -> list[LanguagePart]:
        """The parts, unless they must wait for whether there will be JSON."""
        if not self._json_tool or self.gave_json:
            return [] if self.gave_json and parts and isinstance(parts[0], TextDelta) else parts
        if not self._held and not (parts and isinstance(parts[0], TextDelta)):
            return parts
        self._held += parts
        return []

    def held(self) -> list[LanguagePart]:
        """What was held back, when no JSON came."""
        parts, self._held = self._held, []
        return parts

    def _begin_call(self, block: Block, use: dict[str, Any]) -> list[LanguagePart]:
        identity, name = text_of(use.get("toolUseId")) or f"tooluse_{block.id}", text_of(use.get("name"))
        if not name:
            raise ValueError("a tool call has no name")
        name = self._wire_names.get(name, name)
        block.kind, block.start = "toolUse", {"id": identity, "name": name, "type": use.get("type")}
        self._names[identity] = name
        if self._is_answer(block):
            self.gave_json = True
            return [part for part in self.held() if not isinstance(part, TextDelta)]
        return self.give([ToolInputDelta(identity, name, "")]) if self._previews else []

    def _is_answer(self, block: Block) -> bool:
        return self._json_tool and block.kind == "toolUse" and block.start["name"] == JSON_TOOL

    def _input(self, block: Block, text: str) -> list[LanguagePart]:
        if block.kind != "toolUse":
            raise ValueError("the input of a tool belongs to no call")
        if not text:
            return []
        block.pieces.append(text)
        if self._is_answer(block):
            return [TextDelta(text, block.id)]
        return self.give([ToolInputDelta(block.start["id"], block.start["name"], text)]) if self._previews else []

    def _called(self, block: Block) -> list[LanguagePart]:
        text = "".join(block.pieces) or (to_json(block.whole).decode() if block.whole is not None else "{}")
        if self._is_answer(block):
            return [] if block.pieces else [TextDelta(text, block.id)]
        executed = block.start["type"] == _SERVER_TOOL
        self.called = self.called or not executed
        metadata = self._metadata({"type": _SERVER_TOOL}) if executed else EMPTY
        return self.give([ToolCallPart(block.start["id"], block.start["name"], text, executed, metadata)])

    def _result(self, block: Block) -> ToolResultPart:
        """What a tool that Bedrock ran itself answered; one piece of data or text is the output as it is."""
        start = block.start
        identity, kind = text_of(start.get("toolUseId")), text_of(start.get("type"))
        own: dict[str, Any] = {"type": kind}
        output: Any = block.results
        single = object_of(output[0], "a result") if len(output) == 1 else {}
        if isinstance(single.get("json"), Mapping) and len(single) == 1:
            output = single["json"]
        elif isinstance(single.get("text"), str) and len(single) == 1:
            output = single["text"]
        else:
            own["content"] = block.results
        name = self._names.get(identity) or kind.removesuffix("_result") or "tool"
        failed = start.get("status") == "error"
        return ToolResultPart(identity, name, output, failed, True, self._metadata(own))

    def _reasoning(self, block: Block, said: dict[str, Any]) -> list[LanguagePart]:
        block.kind = "reasoningContent"
        signature, text = text_of(said.get("signature")), text_of(said.get("text"))
        redacted = text_of(said.get("redactedContent")) or text_of(said.get("data"))
        if signature:
            block.pieces.append(signature)
        if redacted:
            block.redacted.append(redacted)
        return self.give([ReasoningDelta(text, block.id)]) if text else []

    def _cite(self, block: Block, citation: dict[str, Any]) -> list[LanguagePart]:
        block.citations.append(citation)
        return []

    def _cited(self, citations: list[Any]) -> list[LanguagePart]:
        """The sources of citations, each once."""
        parts: list[LanguagePart] = []
        for citation in citations:
            key = freeze(citation)
            if key in self._sources:
                continue
            self._sources.add(key)
            parts.append(self._source(citation))
        return parts

    def _source(self, citation: dict[str, Any]) -> SourcePart:
        location = object_of(citation.get("location"), "location")
        web = object_of(location.get("web"), "web")
        named = text_of(citation.get("source")) or None
        url = text_of(web.get("url")) or (named if named and "://" in named else None)
        kind = "application/pdf" if "documentPage" in location else None if url else "text/plain"
        title = text_of(citation.get("title")) or text_of(web.get("domain")) or None
        return SourcePart(
            f"source_{len(self._sources) - 1}", url, title, kind, provider_metadata=self._metadata(citation)
        )

    def _image(self, block: Block) -> list[LanguagePart]:
        if not any(block.images):
            return []
        data = b"".join(base64.b64decode(each) for each in block.images)
        return self.give([FilePart(data=data, media_type=f"image/{text_of(block.start.get('format')) or 'png'}")])

    def _metadata(self, own: dict[str, Any]) -> FrozenDict[str, Any]:
        metadata: FrozenDict[str, Any] = freeze({self._provider: own})
        return metadata


def _joined(pieces: list[str]) -> str:
    """One base64 text of the pieces, each of which is one."""
    if len(pieces) == 1:
        return pieces[0]
    return base64.b64encode(b"".join(base64.b64decode(each) for each in pieces)).decode("ascii")


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


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []

"""From messages to the wire: pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast
from zlib import crc32

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    UserMessage,
)
from ai_sdk.provider import to_json
from ai_sdk.providers.anthropic._rules import MessagesRules
from ai_sdk.results import CallWarning

__all__ = ["MessageEncoder", "tool_id"]

Body = dict[str, Any]
_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))
_STRANGE = re.compile(r"[^a-zA-Z0-9_-]")
_OURS = frozenset({"block", "file_id", "container_upload"})


def tool_id(identity: str) -> str:
    """The id of a call in letters, digits, ``_`` and ``-``, as the API wants it; the same for call and result."""
    if identity and not _STRANGE.search(identity):
        return identity
    return f"{_STRANGE.sub('_', identity) or 'toolu'}_{crc32(identity.encode('utf-8', 'surrogatepass')):08x}"


class MessageEncoder:
    """Encodes messages one by one: ``system`` and ``messages`` are what the wire takes, ``warnings`` what was lost.

    Messages of one side in a row become one; in a user's turn the tool results come first, and texts of nothing but
    white space are left out, because the API refuses them otherwise (vendor documents). Instructions after
    the first turn stay there for models that take them (recorded), and move to the beginning for the others.
    """

    def __init__(self, namespace: str, rules: MessagesRules, *, system_anywhere: bool) -> None:
        self.system: list[Body] = []
        self.messages: list[Body] = []
        self.warnings: list[CallWarning] = []
        self.files = False
        self._namespace = namespace
        self._rules = rules
        self._system_anywhere = system_anywhere

    def add(self, message: Message) -> None:
        """Take the next message."""
        if isinstance(message, SystemMessage):
            self._add_system(message)
        elif isinstance(message, UserMessage):
            self._extend("user", [block for part in message.content for block in self._user(part)], message)
        elif isinstance(message, AssistantMessage):
            self._extend("assistant", [block for part in message.content for block in self._assistant(part)], message)
        else:
            self._extend("user", [self._result(part) for part in message.content], message)

    def finish(self) -> None:
        """Bring the turns into the order and shape that the API wants."""
        for message in self.messages:
            blocks = cast("list[Body]", message["content"])
            if message["role"] == "user":
                blocks.sort(key=lambda block: block["type"] != "tool_result")
        self._trim_prefill()
        for message in self.messages:
            blocks = message["content"]
            if message["role"] == "system":
                continue
            if len(blocks) == 1 and blocks[0]["type"] == "text" and len(blocks[0]) == 2:
                message["content"] = blocks[0]["text"]

    def _trim_prefill(self) -> None:
        """The beginning of an answer may not end in white space (vendor documents)."""
        while self.messages and self.messages[-1]["role"] == "assistant":
            blocks = cast("list[Body]", self.messages[-1]["content"])
            if blocks[-1]["type"] != "text":
                return
            blocks[-1]["text"] = blocks[-1]["text"].rstrip()
            if blocks[-1]["text"]:
                return
            blocks.pop()
            if not blocks:
                self.messages.pop()

    def own(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What options or metadata say to this wire."""
        said: Any = options.get(self._namespace) or EMPTY
        if not isinstance(said, Mapping):
            raise InvalidRequestError(
                f"options of {self._namespace} are a {type(said).__name__}; allowed is a mapping",
                field="provider_options",
            )
        return dict(cast("Mapping[str, Any]", said))

    def _lost(self, feature: str, why: str) -> None:
        self.warnings.append(CallWarning("unsupported", feature, f"{why}; it was left out"))

    def _add_system(self, message: SystemMessage) -> None:
        own = self.own(message.provider_options)
        if "block" in own:
            block = self._verbatim(own)
        elif message.content.strip():
            block = {"type": "text", "text": message.content, **own}
        else:
            return
        if self.messages and self._system_anywhere:
            self.messages.append({"role": "system", "content": [block]})
            return
        if self.messages:
            how = "this model takes instructions only at the beginning: they were moved there"
            self.warnings.append(CallWarning("compatibility", "system message", how))
        self.system.append(block)

    def _extend(self, role: str, blocks: list[Body], message: Message) -> None:
        if not blocks:
            return
        blocks[-1] = {**blocks[-1], **self.own(message.provider_options)}
        if self.messages and self.messages[-1]["role"] == role:
            self.messages[-1]["content"] += blocks
        else:
            self.messages.append({"role": role, "content": blocks})

    def _user(self, part: TextPart | FilePart) -> list[Body]:
        own = self.own(part.provider_metadata)
        if "block" in own:
            return [self._verbatim(own)]
        if isinstance(part, FilePart):
            return [self._file(part, own)]
        return [{"type": "text", "text": part.text, **own}] if part.text.strip() else []

    def _verbatim(self, own: dict[str, Any]) -> Body:
        more = {"cache_control": own["cache_control"]} if "cache_control" in own else {}
        self.files = self.files or "file_id" in own["block"]
        return {**own["block"], **more}

    def _file(self, part: FilePart, own: dict[str, Any]) -> Body:
        more = {name: each for name, each in own.items() if name not in _OURS}
        if own.get("container_upload"):
            self.files = True
            return {"type": "container_upload", "file_id": own.get("file_id"), **more}
        image = part.media_type.startswith("image/")
        source = self._source(part, own, image=image)
        if image:
            return {"type": "image", "source": source, **more}
        title = {"title": part.filename} if part.filename else {}
        return {"type": "document", "source": source, **title, **more}

    def _source(self, part: FilePart, own: dict[str, Any], *, image: bool) -> Body:
        if own.get("file_id"):
            self.files = True
            return {"type": "file", "file_id": own["file_id"]}
        if part.data is None:
            if not (self._rules.url_images if image else self._rules.url_documents):
                raise UnsupportedError(
                    f"this provider takes {part.media_type} only as bytes, not as a URL: download {part.url} first",
                    field="messages",
                )
            return {"type": "url", "url": part.url}
        if image:
            return {"type": "base64", "media_type": _image_type(part), "data": part.base64}
        if part.media_type.startswith("text/"):
            return {"type": "text", "media_type": "text/plain", "data": part.data.decode("utf-8", "replace")}
        if part.media_type != "application/pdf":
            raise UnsupportedError(
                f"{self._namespace} takes no files of type {part.media_type}; allowed are image/*, application/pdf and "
                "text/*",
                field="messages",
            )
        return {"type": "base64", "media_type": part.media_type, "data": part.base64}

    def _assistant(self, part: Any) -> list[Body]:
        if isinstance(part, TextPart | FilePart | ReasoningPart | ToolCallPart | ToolResultPart):
            own = self.own(part.provider_metadata)
            if "block" in own:
                return [self._verbatim(own)]
            if isinstance(part, TextPart):
                return [{"type": "text", "text": part.text, **own}] if part.text else []
            if isinstance(part, ReasoningPart):
                return self._thinking(part, own)
            if isinstance(part, ToolCallPart):
                return self._call(part, own)
            if isinstance(part, ToolResultPart):
                return self._executed(part, own)
            self._lost("a generated file", "an assistant message takes no files")
        return []

    def _thinking(self, part: ReasoningPart, own: dict[str, Any]) -> list[Body]:
        """Only thinking that carries a signature can be sent back: that of another provider is left out."""
        if own.get("cache_control"):
            self._lost("cache_control", "thinking cannot be a cache breakpoint")
        if own.get("redacted_data"):
            return [{"type": "redacted_thinking", "data": own["redacted_data"]}]
        if "signature" in own:
            return [{"type": "thinking", "thinking": part.text, "signature": own["signature"]}]
        return []

    def _call(self, part: ToolCallPart, own: dict[str, Any]) -> list[Body]:
        kind = own.pop("type", "tool_use")
        if part.provider_executed and kind == "tool_use":
            self._lost(part.name, "another provider ran this tool")
            return []
        return [{"type": kind, "id": tool_id(part.id), "name": part.name, "input": _input(part.input), **own}]

    def _executed(self, part: ToolResultPart, own: dict[str, Any]) -> list[Body]:
        kind = own.pop("type", None)
        if kind is None:
            return []
        failed = {"is_error": part.is_error} if kind == "mcp_tool_result" else {}
        return [{"type": kind, "tool_use_id": tool_id(part.id), "content": part.output, **failed, **own}]

    def _result(self, part: ToolResultPart) -> Body:
        own = self.own(part.provider_metadata)
        failed = {"is_error": True} if part.is_error else {}
        content = self._output(part.output)
        return {"type": "tool_result", "tool_use_id": tool_id(part.id), "content": content, **failed, **own}

    def _output(self, output: Any) -> Any:
        if isinstance(output, str):
            return output
        if isinstance(output, tuple) and output:
            parts = cast("tuple[Any, ...]", output)
            if all(isinstance(each, TextPart | FilePart) for each in parts):
                return [block for each in parts for block in self._user(each)]
        return to_json(output).decode()


def _input(text: str) -> Any:
    """The arguments as an object; text that is none is sent as ``{"INVALID_JSON": ...}`` (vendor documents)."""
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {"INVALID_JSON": text}
    return cast("Any", value) if isinstance(value, dict) else {"INVALID_JSON": text}


def _image_type(part: FilePart) -> str:
    """The type of an image; that of bytes that are just ``image/*`` is read from the bytes."""
    data = part.data or b""
    if not part.media_type.endswith("/*"):
        return "image/jpeg" if part.media_type == "image/jpg" else part.media_type
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), "image/png")

"""From messages to Cohere's wire: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from ai_sdk.errors import UnsupportedError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolMessage,
    ToolResultPart,
    UserContent,
    UserMessage,
)
from ai_sdk.provider import to_json
from ai_sdk.results import CallWarning

__all__ = ["TOOL_PLAN", "Encoded", "encode_messages"]

TOOL_PLAN = "tool_plan"
"""The kind, in its metadata, of the reasoning that goes out as the plan before tool calls."""

_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))
_TEXTS = ("application/json", "application/xml", "application/yaml", "application/x-yaml")


class Encoded(NamedTuple):
    """The wire's messages, the documents among what the users sent, and what could not be said."""

    messages: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    warnings: list[CallWarning]


def encode_messages(messages: Sequence[Message], provider: str) -> Encoded:
    """Encode a conversation. Files of text become documents, which the model may cite.

    Provider options of a message, and provider metadata of a user's parts and of tool results, are written into it as
    they are.
    """
    encoder = _Encoder(provider)
    for message in messages:
        encoder.add(message)
    return encoder.encoded


class _Encoder:
    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.encoded = Encoded([], [], [])

    def add(self, message: Message) -> None:
        more = cast("dict[str, Any]", message.provider_options.get(self.provider) or {})
        if isinstance(message, SystemMessage):
            self._say({"role": "system", "content": message.content, **more})
        elif isinstance(message, UserMessage):
            self._say({"role": "user", "content": self._user_content(message.content), **more})
            if message.name is not None:
                self._warn("unsupported", "name", "a user has no name here; it was left out")
        elif isinstance(message, AssistantMessage):
            self._say({**self._assistant(message), **more})
        else:
            self._tool(message, more)

    def _say(self, message: dict[str, Any]) -> None:
        self.encoded.messages.append(message)

    def _warn(self, kind: Any, feature: str, message: str) -> None:
        self.encoded.warnings.append(CallWarning(kind, feature, message))

    def _own(self, part: Any) -> dict[str, Any]:
        return cast("dict[str, Any]", part.provider_metadata.get(self.provider) or {})

    def _user_content(self, content: Sequence[UserContent]) -> Any:
        blocks: list[dict[str, Any]] = []
        for part in content:
            if isinstance(part, FilePart) and not part.media_type.startswith("image/"):
                self.encoded.documents.append(self._document(part))
            else:
                blocks.append(self._user_block(part))
        if len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
            return blocks[0]["text"]
        return blocks or ""

    def _user_block(self, part: UserContent) -> dict[str, Any]:
        own = dict(self._own(part))
        if isinstance(part, TextPart):
            return {"type": "text", "text": part.text, **own}
        detail = {"detail": own.pop("detail")} if "detail" in own else {}
        return {"type": "image_url", "image_url": {"url": _image_url(part), **detail}, **own}

    def _document(self, part: FilePart) -> dict[str, Any]:
        title = {"title": part.filename} if part.filename else {}
        return {"data": {"text": self._text_of(part), **title}, **self._own(part)}

    def _text_of(self, part: FilePart) -> str:
        if not (part.media_type.startswith("text/") or part.media_type in _TEXTS):
            raise UnsupportedError(
                f"{self.provider} takes no files of type {part.media_type}; allowed are image/*, text/* and "
                f"{', '.join(_TEXTS)}",
                field="messages",
            )
        if part.data is None:
            raise UnsupportedError(
                f"{self.provider} takes {part.media_type} only as bytes, not as a URL: download {part.url} first",
                field="messages",
            )
        return part.data.decode("utf-8", "replace")

    def _assistant(self, message: AssistantMessage) -> dict[str, Any]:
        """What was said, thinking in its place among the texts; before tool calls there may be no content at all."""
        content: list[dict[str, Any]] = []
        plan: list[str] = []
        for part in message.content:
            if isinstance(part, TextPart) and part.text:
                content.append({"type": "text", "text": part.text})
            elif isinstance(part, ReasoningPart) and part.text and self._own(part).get("type") == TOOL_PLAN:
                plan.append(part.text)
            elif isinstance(part, ReasoningPart) and part.text:
                content.append({"type": "thinking", "thinking": part.text})
            elif isinstance(part, FilePart):
                self._warn("unsupported", "a generated file", "an assistant message takes no files; it was left out")
        calls = [
            {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": part.input or "{}"}}
            for part in message.tool_calls
            if not part.provider_executed
        ]
        encoded: dict[str, Any] = {"role": "assistant"}
        if content or not calls:
            encoded["content"] = _shortest(content)
        if plan:
            encoded[TOOL_PLAN] = "".join(plan)
        return {**encoded, "tool_calls": calls} if calls else encoded

    def _tool(self, message: ToolMessage, more: dict[str, Any]) -> None:
        images: list[FilePart] = []
        for result in message.content:
            content = self._tool_content(result, images)
            self._say({"role": "tool", "tool_call_id": result.id, "content": content, **self._own(result), **more})
        if images:
            how = "a tool message takes no images: they follow in a user message"
            self._warn("compatibility", "files in tool results", how)
            self._say({"role": "user", "content": [self._user_block(each) for each in images]})

    def _tool_content(self, result: ToolResultPart, images: list[FilePart]) -> Any:
        output = result.output
        if isinstance(output, str):
            return output
        parts = cast("tuple[Any, ...]", output) if isinstance(output, tuple) else ()
        if not parts or not all(isinstance(each, TextPart | FilePart) for each in parts):
            return to_json(output).decode()
        blocks: list[dict[str, Any]] = []
        for part in cast("tuple[TextPart | FilePart, ...]", parts):
            if isinstance(part, TextPart):
                blocks.append({"type": "text", "text": part.text})
            elif part.media_type.startswith("image/"):
                images.append(part)
            else:
                blocks.append({"type": "document", "document": self._document(part)})
        return blocks or "The files follow."


def _shortest(content: list[dict[str, Any]]) -> Any:
    if not content:
        return ""
    return content[0]["text"] if len(content) == 1 and content[0]["type"] == "text" else content


def _image_url(part: FilePart) -> str:
    """The URL, or the bytes as a data: URL; the type of bytes that are just ``image/*`` is read from the bytes."""
    if part.data is None or not part.media_type.endswith("/*"):
        return part.data_url
    data = part.data
    kind = next((kind for magic, kind in _MAGIC if data.startswith(magic)), "image/png")
    return f"data:{kind};base64,{part.base64}"

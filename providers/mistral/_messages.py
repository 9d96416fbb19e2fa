"""From messages to Mistral's wire: pure."""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Sequence
from typing import Any, cast

from ai_sdk.errors import UnsupportedError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    SourcePart,
    SystemMessage,
    TextPart,
    ToolMessage,
    ToolResultPart,
    UserContent,
    UserMessage,
)
from ai_sdk.provider import to_json
from ai_sdk.results import CallWarning

__all__ = ["encode_messages", "tool_id"]

_TOOL_ID = re.compile(r"[A-Za-z0-9]{9}")
_ALPHABET = string.digits + string.ascii_letters
_LENGTH = 9
_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


def tool_id(identity: str) -> str:
    """The id of a tool call as Mistral takes it, nine letters and digits: its own as they are, others hashed."""
    if _TOOL_ID.fullmatch(identity):
        return identity
    number = int.from_bytes(hashlib.sha256(identity.encode("utf-8", "surrogatepass")).digest()[:8])
    digits: list[str] = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)


def encode_messages(
    messages: Sequence[Message], provider: str, _reasoning_key: str | None = None
) -> tuple[list[dict[str, Any]], list[CallWarning]]:
    """The wire's messages, and what could not be said in them.

    An assistant message at the end is a prefix: the answer goes on from it. Provider options of a message, and provider
    metadata of a user's parts, are written into it as they are.
    """
    encoder = _Encoder(provider)
    for message in messages:
        encoder.add(message)
    last = encoder.messages[-1] if encoder.messages else {}
    if last.get("role") == "assistant" and "tool_calls" not in last:
        last.setdefault("prefix", True)
    return encoder.messages, encoder.warnings


class _Encoder:
    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.messages: list[dict[str, Any]] = []
        self.warnings: list[CallWarning] = []

    def add(self, message: Message) -> None:
        more = cast("dict[str, Any]", message.provider_options.get(self.provider) or {})
        if isinstance(message, SystemMessage):
            self.messages.append({"role": "system", "content": message.content, **more})
        elif isinstance(message, UserMessage):
            self.messages.append({"role": "user", "content": self._user_content(message.content), **more})
            if message.name is not None:
                self.warnings.append(CallWarning("unsupported", "name", "a user has no name here; it was left out"))
        elif isinstance(message, AssistantMessage):
            self.messages.append({**self._assistant(message), **more})
        else:
            self._tool(message, more)

    def _own(self, part: Any) -> dict[str, Any]:
        return cast("dict[str, Any]", part.provider_metadata.get(self.provider) or {})

    def _user_content(self, content: Sequence[UserContent]) -> Any:
        if len(content) == 1 and isinstance(content[0], TextPart) and not self._own(content[0]):
            return content[0].text
        return [self._user_part(part) for part in content]

    def _user_part(self, part: UserContent) -> dict[str, Any]:
        own = dict(self._own(part))
        if isinstance(part, TextPart):
            return {"type": "text", "text": part.text, **own}
        if "file_id" in own:
            return {"type": "file", **own}
        kind = part.media_type.partition("/")[0]
        if kind == "image":
            detail = own.pop("detail", None)
            image = _image_url(part) if detail is None else {"url": _image_url(part), "detail": detail}
            return {"type": "image_url", "image_url": image, **own}
        if kind == "audio":
            return {"type": "input_audio", "input_audio": part.url or part.base64, **own}
        if kind == "text" and part.data is not None:
            return {"type": "text", "text": part.data.decode("utf-8", "replace"), **own}
        if kind in ("application", "text"):
            name = {"document_name": part.filename} if part.filename else {}
            return {"type": "document_url", "document_url": part.data_url, **name, **own}
        raise UnsupportedError(
            f"{self.provider} takes no files of type {part.media_type}; allowed are image/*, audio/*, text/* and "
            "application/*, such as application/pdf",
            field="messages",
        )

    def _assistant(self, message: AssistantMessage) -> dict[str, Any]:
        content = self._assistant_content(message)
        plain = all(chunk["type"] == "text" for chunk in content)
        encoded: dict[str, Any] = {
            "role": "assistant",
            "content": "".join([chunk["text"] for chunk in content]) if plain else content,
        }
        calls = [
            {
                "id": tool_id(part.id),
                "type": "function",
                "function": {"name": part.name, "arguments": part.input or "{}"},
            }
            for part in message.tool_calls
            if not part.provider_executed
        ]
        return {**encoded, "tool_calls": calls} if calls else encoded

    def _assistant_content(self, message: AssistantMessage) -> list[dict[str, Any]]:
        """What was said, in its order: text, thinking, and the references between."""
        content: list[dict[str, Any]] = []
        for part in message.content:
            if isinstance(part, TextPart) and part.text:
                content.append({"type": "text", "text": part.text})
            elif isinstance(part, ReasoningPart) and part.text:
                closed = {"closed": self._own(part)["closed"]} if "closed" in self._own(part) else {}
                content.append({"type": "thinking", "thinking": [{"type": "text", "text": part.text}], **closed})
            elif isinstance(part, SourcePart) and "reference_id" in self._own(part):
                self._refer(content, self._own(part)["reference_id"])
            elif isinstance(part, FilePart):
                why = "an assistant message takes no files; it was left out"
                self.warnings.append(CallWarning("unsupported", "a generated file", why))
        return content

    def _refer(self, content: list[dict[str, Any]], identity: Any) -> None:
        if content and content[-1]["type"] == "reference":
            content[-1]["reference_ids"].append(identity)
        else:
            content.append({"type": "reference", "reference_ids": [identity]})

    def _tool(self, message: ToolMessage, more: dict[str, Any]) -> None:
        files: list[FilePart] = []
        for result in message.content:
            text, found = _tool_output(result)
            files += found
            said = {"tool_call_id": tool_id(result.id), "name": result.name, "content": text}
            self.messages.append({"role": "tool", **said, **more})
        if files:
            how = "a tool message takes only text: the files follow in a user message"
            self.warnings.append(CallWarning("compatibility", "files in tool results", how))
            self.messages.append({"role": "user", "content": [self._user_part(file) for file in files]})


def _tool_output(result: ToolResultPart) -> tuple[str, list[FilePart]]:
    output = result.output
    if isinstance(output, str):
        return output, []
    parts = cast("tuple[Any, ...]", output) if isinstance(output, tuple) else ()
    if not parts or not all(isinstance(each, TextPart | FilePart) for each in parts):
        return to_json(output).decode(), []
    texts = [part.text for part in parts if isinstance(part, TextPart)]
    files = [part for part in parts if isinstance(part, FilePart)]
    return "\n".join(texts) or "The files follow.", files


def _image_url(part: FilePart) -> str:
    """The URL, or the bytes as a data: URL; the type of bytes that are just ``image/*`` is read from the bytes."""
    if part.data is None or not part.media_type.endswith("/*"):
        return part.data_url
    data = part.data
    kind = next((kind for magic, kind in _MAGIC if data.startswith(magic)), "image/png")
    return f"data:{kind};base64,{part.base64}"

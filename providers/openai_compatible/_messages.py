"""From messages to the wire: pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import UnsupportedError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserContent,
    UserMessage,
)
from ai_sdk.provider import to_json
from ai_sdk.results import CallWarning

__all__ = ["encode_messages"]

_AUDIO_FORMATS = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
}
_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


def encode_messages(
    messages: Sequence[Message],
    provider: str,
    reasoning_key: str | None,
    *,
    file_urls: bool = False,
    audio_formats: Mapping[str, str] = EMPTY,
) -> tuple[list[dict[str, Any]], list[CallWarning]]:
    """The wire's messages, and what could not be said in them.

    Provider options of a message, and provider metadata of a user's parts, are written into it as they are.
    ``file_urls``: documents may be URLs. ``audio_formats``: media types taken besides wav and mp3, and their words.
    """
    formats = {**_AUDIO_FORMATS, **audio_formats} if audio_formats else _AUDIO_FORMATS
    encoder = _Encoder(provider, reasoning_key, file_urls, formats)
    for message in messages:
        encoder.add(message)
    return encoder.messages, encoder.warnings


class _Encoder:
    def __init__(
        self, provider: str, reasoning_key: str | None, file_urls: bool, audio_formats: Mapping[str, str]
    ) -> None:
        self.provider = provider
        self.reasoning_key = reasoning_key
        self.file_urls = file_urls
        self.audio_formats = audio_formats
        self.messages: list[dict[str, Any]] = []
        self.warnings: list[CallWarning] = []

    def add(self, message: Message) -> None:
        more: dict[str, Any] = message.provider_options.get(self.provider) or {}
        if isinstance(message, SystemMessage):
            self.messages.append({"role": "system", "content": message.content, **more})
        elif isinstance(message, UserMessage):
            name = {"name": message.name} if message.name is not None else {}
            self.messages.append({"role": "user", "content": self._user_content(message.content), **name, **more})
        elif isinstance(message, AssistantMessage):
            self.messages.append({**self._assistant(message), **more})
        else:
            self._tool(message, more)

    def _user_content(self, content: Sequence[UserContent]) -> Any:
        if len(content) == 1 and isinstance(content[0], TextPart) and not self._own(content[0]):
            return content[0].text
        return [self._user_part(part) for part in content]

    def _own(self, part: Any) -> dict[str, Any]:
        own: dict[str, Any] = part.provider_metadata.get(self.provider) or {}
        return own

    def _user_part(self, part: UserContent) -> dict[str, Any]:
        own = dict(self._own(part))
        if isinstance(part, TextPart):
            return {"type": "text", "text": part.text, **own}
        kind = part.media_type.partition("/")[0]
        if kind == "image":
            detail = {"detail": own.pop("detail")} if "detail" in own else {}
            return {"type": "image_url", "image_url": {"url": _image_url(part), **detail}, **own}
        if kind == "video":
            return {"type": "video_url", "video_url": {"url": part.data_url}, **own}
        if kind == "audio":
            return {"type": "input_audio", "input_audio": self._audio(part), **own}
        if part.media_type == "application/pdf":
            return {"type": "file", "file": self._pdf(part), **own}
        if kind == "text":
            return {"type": "text", "text": self._bytes(part).decode("utf-8", "replace"), **own}
        raise UnsupportedError(
            f"{self.provider} takes no files of type {part.media_type}; allowed are image/*, audio/wav, audio/mpeg, "
            "video/*, application/pdf and text/*",
            field="messages",
        )

    def _bytes(self, part: FilePart) -> bytes:
        if part.data is None:
            raise UnsupportedError(
                f"{self.provider} takes {part.media_type} only as bytes, not as a URL: download {part.url} first",
                field="messages",
            )
        return part.data

    def _audio(self, part: FilePart) -> dict[str, Any]:
        format_ = self.audio_formats.get(part.media_type)
        if format_ is None:
            allowed = sorted(set(self.audio_formats) - {"audio/x-wav", "audio/wave", "audio/mp3"}, reverse=True)
            raise UnsupportedError(
                f"{self.provider} takes no {part.media_type}; allowed are {' and '.join(allowed)}", field="messages"
            )
        return {"data": base64.b64encode(self._bytes(part)).decode("ascii"), "format": format_}

    def _pdf(self, part: FilePart) -> dict[str, Any]:
        if not self.file_urls:
            self._bytes(part)
        return {"filename": part.filename or "document.pdf", "file_data": part.data_url}

    def _assistant(self, message: AssistantMessage) -> dict[str, Any]:
        text: list[str] = []
        refusal: list[str] = []
        for part in message.content:
            if isinstance(part, TextPart):
                (refusal if self._own(part).get("refusal") else text).append(part.text)
            elif isinstance(part, FilePart) and not self._own(part).get("id"):
                self.warnings.append(_lost("a generated file", "an assistant message takes no files"))
        calls = [_tool_call(part, self._own(part)) for part in message.tool_calls if not part.provider_executed]
        encoded: dict[str, Any] = {"role": "assistant", "content": "".join(text)}
        if not encoded["content"] and (calls or refusal):
            encoded["content"] = None
        if refusal:
            encoded["refusal"] = "".join(refusal)
        reasoning = "".join([part.text for part in message.content if isinstance(part, ReasoningPart)])
        if reasoning and self.reasoning_key is not None:
            encoded[self.reasoning_key] = reasoning
        if calls:
            encoded["tool_calls"] = calls
        for part in message.content:
            if isinstance(part, FilePart) and self._own(part).get("id"):
                encoded["audio"] = {"id": self._own(part)["id"]}
        return encoded

    def _tool(self, message: ToolMessage, more: dict[str, Any]) -> None:
        files: list[FilePart] = []
        for result in message.content:
            text, found = _tool_output(result)
            files += found
            self.messages.append({"role": "tool", "tool_call_id": result.id, "content": text, **more})
        if files:
            how = "a tool message takes only text: the files follow in a user message"
            self.warnings.append(CallWarning("compatibility", "files in tool results", how))
            self.messages.append({"role": "user", "content": [self._user_part(file) for file in files]})


def _lost(feature: str, why: str) -> CallWarning:
    return CallWarning("unsupported", feature, f"{why}; it was left out")


def _tool_call(part: ToolCallPart, own: dict[str, Any]) -> dict[str, Any]:
    extra = {"extra_content": own["extra_content"]} if "extra_content" in own else {}
    if own.get("type") == "custom":
        return {"id": part.id, "type": "custom", "custom": {"name": part.name, "input": part.input}, **extra}
    function = {"name": part.name, "arguments": part.input or "{}"}
    return {"id": part.id, "type": "function", "function": function, **extra}


def _tool_output(result: ToolResultPart) -> tuple[str, list[FilePart]]:
    output = result.output
    if isinstance(output, str):
        return output, []
    if _is_content(output):
        parts = cast("tuple[TextPart | FilePart, ...]", output)
        texts = [part.text for part in parts if isinstance(part, TextPart)]
        files = [part for part in parts if isinstance(part, FilePart)]
        return "\n".join(texts) or "The files follow.", files
    return to_json(output).decode(), []


def _is_content(output: Any) -> bool:
    if not isinstance(output, tuple) or not output:
        return False
    return all(isinstance(each, TextPart | FilePart) for each in cast("tuple[Any, ...]", output))


def _image_url(part: FilePart) -> str:
    """The URL, or the bytes as a data: URL; the type of bytes that are just ``image/*`` is read from the bytes."""
    if part.data is None or not part.media_type.endswith("/*"):
        return part.data_url
    data = part.data
    kind = next((kind for magic, kind in _MAGIC if data.startswith(magic)), "image/png")
    return f"data:{kind};base64,{part.base64}"

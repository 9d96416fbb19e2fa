"""From messages to contents: pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic_core import from_json

from ai_sdk.errors import UnsupportedError
from ai_sdk.messages import (
    AssistantContent,
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserMessage,
)
from ai_sdk.providers.google._models import generation_of, takes_no_system
from ai_sdk.providers.google._read import said
from ai_sdk.providers.google._rules import GENERATED_ID, GeminiRules, own_metadata
from ai_sdk.results import CallWarning

__all__ = ["encode_contents"]

Part = dict[str, Any]

_UNSIGNED = base64.b64encode(b"skip_thought_signature_validator").decode()
"""What a call that Gemini did not make has in place of a signature (vendor documents, recorded)."""
_ALWAYS_FETCHED = re.compile(
    r"gs://|https://generativelanguage\.googleapis\.com/[^/]+/files/|https?://(?:[\w-]+\.)?(?:youtube\.com|youtu\.be)/"
)
_IN_RESULTS = ("image/", "application/pdf", "text/plain")


def encode_contents(
    messages: Sequence[Message], model_id: str, rules: GeminiRules
) -> tuple[list[dict[str, Any]], dict[str, Any] | None, list[CallWarning]]:
    """The contents, the system instruction if there is one, and what could not be said in them.

    Provider options of a message and provider metadata of a user's parts are written into it as they are.
    """
    encoder = _Encoder(model_id, rules)
    for message in messages:
        encoder.add(message)
    return encoder.contents, encoder.instruction(), encoder.warnings


class _Encoder:
    def __init__(self, model_id: str, rules: GeminiRules) -> None:
        self.model_id = model_id
        self.rules = rules
        self.generation: tuple[int, int] = generation_of(model_id) or (2, 5)
        self.contents: list[dict[str, Any]] = []
        self.system: list[Part] = []
        self.warnings: list[CallWarning] = []
        self._answering = False

    def add(self, message: Message) -> None:
        answering, self._answering = self._answering, isinstance(message, ToolMessage)
        if isinstance(message, SystemMessage):
            if self.contents:
                how = "instructions between messages moved to the top"
                self.warnings.append(CallWarning("compatibility", "system", how))
            self.system.append({"text": message.content})
        elif isinstance(message, UserMessage):
            self._say("user", [self._user_part(part) for part in message.content], message)
        elif isinstance(message, AssistantMessage):
            self._say("model", self._model_parts(message), message)
        elif answering:
            self.contents[-1]["parts"] += self._results(message)
        else:
            self._say("user", self._results(message), message)

    def instruction(self) -> dict[str, Any] | None:
        """The system instruction; for models without one it goes before the first text of the user."""
        if not self.system:
            return None
        if not takes_no_system(self.model_id):
            return {"parts": self.system}
        first = next((each for each in self.contents if each["role"] == "user"), None)
        if first is None:
            self.contents.insert(0, {"role": "user", "parts": self.system})
        else:
            first["parts"] = [{"text": part["text"] + "\n\n"} for part in self.system] + first["parts"]
        return None

    def _say(self, role: str, parts: list[Part], message: Message) -> None:
        if parts:
            content: dict[str, Any] = {"role": role, "parts": parts}
            for name in reversed(self.rules.namespaces):
                content.update(said(message.provider_options.get(name)))
            self.contents.append(content)

    def _own(self, part: Any) -> dict[str, Any]:
        return own_metadata(part, self.rules.namespaces)

    def _user_part(self, part: TextPart | FilePart) -> Part:
        content = {"text": part.text} if isinstance(part, TextPart) else self._file(part)
        return {**content, **self._own(part)}

    def _file(self, part: FilePart) -> Part:
        kind = None if part.media_type.endswith("/*") else part.media_type
        if part.url is None:
            mime = kind or _sniffed(part.data or b"") or "image/png"
            return {"inlineData": {"mimeType": mime, "data": part.base64}}
        fetched = self.rules.any_url or self.generation >= (2, 5) or _ALWAYS_FETCHED.match(part.url)
        if not fetched:
            raise UnsupportedError(
                f"{self.model_id} fetches no URL but those of YouTube, gs:// and uploaded files: download {part.url}"
                " first",
                field="messages",
            )
        return {"fileData": {"fileUri": part.url, **({"mimeType": kind} if kind else {})}}

    def _model_parts(self, message: AssistantMessage) -> list[Part]:
        parts: list[Part] = []
        called = False
        for part in message.content:
            encoded = self._model_part(part)
            if encoded is None:
                continue
            if "functionCall" in encoded:
                if not called and "thoughtSignature" not in encoded and self.generation >= (3, 0):
                    encoded["thoughtSignature"] = _UNSIGNED
                called = True
            parts.append(encoded)
        return parts

    def _model_part(self, part: AssistantContent) -> Part | None:
        own = self._own(part)
        signature = {"thoughtSignature": own["thoughtSignature"]} if own.get("thoughtSignature") else {}
        if isinstance(part, TextPart):
            return {"text": part.text, **signature} if part.text or signature else None
        if isinstance(part, ReasoningPart):
            return {"text": part.text, "thought": True, **signature} if own else None
        if isinstance(part, FilePart):
            return {**self._file(part), **({"thought": True} if own.get("thought") else {}), **signature}
        if isinstance(part, ToolCallPart):
            if part.provider_executed:
                return _server_call(part, own, signature)
            return {"functionCall": {"id": part.id, "name": part.name, "args": _arguments(part.input)}, **signature}
        if isinstance(part, ToolResultPart):
            return _server_result(part, own, signature)
        return None

    def _results(self, message: ToolMessage) -> list[Part]:
        parts: list[Part] = []
        late: list[Part] = []
        for result in message.content:
            texts, files = _content(result.output)
            inside = [file for file in files if self._fits_in_result(file)]
            late += [self._user_part(file) for file in files if not self._fits_in_result(file)]
            output = "\n".join(texts) or "The files follow." if files or texts else result.output
            answer = _response(output, result.is_error)
            response: dict[str, Any] = {"id": result.id, "name": result.name, "response": answer}
            if inside:
                response["parts"] = [self._file(file) for file in inside]
            parts.append({"functionResponse": response})
        if late:
            how = "a function response of this model takes no such files: they follow it"
            self.warnings.append(CallWarning("compatibility", "files in tool results", how))
        return parts + late

    def _fits_in_result(self, file: FilePart) -> bool:
        """Gemini 3 takes pictures, PDF and plain text inside a function response (vendor documents, recorded)."""
        return self.generation >= (3, 0) and file.media_type.startswith(_IN_RESULTS)


def _with_id(identity: str, content: dict[str, Any]) -> dict[str, Any]:
    """The id first; one that we made up is not sent back."""
    return content if GENERATED_ID.fullmatch(identity) else {"id": identity, **content}


def _server_call(part: ToolCallPart, own: dict[str, Any], signature: Part) -> Part | None:
    """A call of Google's own tool, as it came; that of another provider's is left out."""
    given = _arguments(part.input)
    if own.get("kind") == "executableCode":
        return {"executableCode": _with_id(part.id, given), **signature}
    if own.get("kind") == "toolCall":
        call = {"toolType": own.get("toolType"), **({"args": given} if given else {})}
        return {"toolCall": _with_id(part.id, call), **signature}
    return None


def _server_result(part: ToolResultPart, own: dict[str, Any], signature: Part) -> Part | None:
    output = said(part.output)
    if own.get("kind") == "codeExecutionResult":
        return {"codeExecutionResult": _with_id(part.id, output), **signature}
    if own.get("kind") == "toolResponse":
        answer = {"toolType": own.get("toolType"), **({"response": output} if output else {})}
        return {"toolResponse": _with_id(part.id, answer), **signature}
    return None


def _arguments(text: str) -> dict[str, Any]:
    """Arguments as an object, which the wire wants whatever another model may have written."""
    try:
        value: Any = from_json(text) if text.strip() else {}
    except ValueError:
        value = text
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {"input": value}


def _content(output: Any) -> tuple[list[str], list[FilePart]]:
    if not isinstance(output, tuple) or not output:
        return [], []
    parts = cast("tuple[Any, ...]", output)
    if not all(isinstance(each, TextPart | FilePart) for each in parts):
        return [], []
    texts = [part.text for part in parts if isinstance(part, TextPart)]
    return texts, [part for part in parts if isinstance(part, FilePart)]


def _response(output: Any, failed: bool) -> dict[str, Any]:
    """An object as it is; anything else under ``output``, or under ``error`` (vendor documents)."""
    if failed:
        return {"error": output}
    return cast("dict[str, Any]", output) if isinstance(output, Mapping) else {"output": output}


_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


def _sniffed(data: bytes) -> str | None:
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)

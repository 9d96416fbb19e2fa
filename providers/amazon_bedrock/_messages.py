"""From messages to the wire: pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import InvalidRequestError
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
    UserMessage,
)
from ai_sdk.provider import to_json
from ai_sdk.providers.amazon_bedrock._files import DocumentNames, file_block
from ai_sdk.providers.amazon_bedrock._names import ToolNames, call_id
from ai_sdk.results import CallWarning

__all__ = ["MessageEncoder", "own_of"]

Block = dict[str, Any]

_NOTHING_SAID = "(no output)"
_SERVER_TOOL = "server_tool_use"


def own_of(options: Mapping[str, Any], provider: str) -> dict[str, Any]:
    """What options or metadata say to this provider, as a new dict."""
    said: Any = options.get(provider) or EMPTY
    if not isinstance(said, Mapping):
        raise InvalidRequestError(
            f"options of {provider} are a {type(said).__name__}; allowed is a mapping", field="provider_options"
        )
    return dict(cast("Mapping[str, Any]", said))


class MessageEncoder:
    """Gathers the ``system`` and the ``messages`` of a body.

    Messages of one role that follow each other become one; blank texts are left out, because Bedrock refuses them; so
    are tool calls and their results when no tool is offered. Instructions between the messages move to the beginning.
    A part with the option ``block`` is that block, as it is.
    """

    def __init__(self, provider: str, family: str, names: ToolNames, *, tools: bool) -> None:
        self.system: list[Block] = []
        self.messages: list[Block] = []
        self.warnings: list[CallWarning] = []
        self._provider = provider
        self._family = family
        self._names = names
        self._tools = tools
        self._documents = DocumentNames()
        self._stripped = False

    def add(self, message: Message) -> None:
        """Take the next message."""
        if isinstance(message, SystemMessage):
            self._add_system(message)
        elif isinstance(message, UserMessage):
            self._push("user", [block for part in message.content for block in self._user(part)], message)
        elif isinstance(message, AssistantMessage):
            self._push("assistant", [block for part in message.content for block in self._assistant(part)], message)
        else:
            self._push("user", self._results(message), message)

    def finish(self) -> None:
        """Take note that there is no further message; what the assistant began to say must not end in white space."""
        if not self.messages:
            raise InvalidRequestError(
                "messages has nothing but blank texts: there is nothing to answer", field="messages"
            )
        if self._stripped:
            lost = "no tool is offered, so that Bedrock takes no calls and results of tools; they were left out"
            self.warnings.append(CallWarning("unsupported", "tool calls", lost))
        last = self.messages[-1]
        if last["role"] == "assistant" and "text" in last["content"][-1]:
            last["content"][-1] = {"text": last["content"][-1]["text"].rstrip()}

    def own(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What options or metadata say to this provider."""
        return own_of(options, self._provider)

    def _push(self, role: str, blocks: list[Block], message: Message) -> None:
        if not blocks:
            return
        blocks += _cache_point(self.own(message.provider_options))
        if self.messages and self.messages[-1]["role"] == role:
            self.messages[-1]["content"] += blocks
        else:
            self.messages.append({"role": role, "content": blocks})

    def _add_system(self, message: SystemMessage) -> None:
        own = self.own(message.provider_options)
        if not message.content.strip():
            return
        if self.messages:
            how = "instructions stand at the beginning alone: they were moved there"
            self.warnings.append(CallWarning("compatibility", "system message", how))
        self.system += [_text(message.content, own), *_cache_point(own)]

    def _user(self, part: TextPart | FilePart) -> list[Block]:
        own = self.own(part.provider_metadata)
        if "block" in own:
            return [own["block"], *_cache_point(own)]
        if isinstance(part, FilePart):
            return [file_block(part, self._documents, own), *_cache_point(own)]
        return [_text(part.text, own), *_cache_point(own)] if part.text.strip() else []

    def _assistant(self, part: Any) -> list[Block]:
        if not isinstance(part, TextPart | FilePart | ReasoningPart | ToolCallPart | ToolResultPart):
            return []
        own = self.own(part.provider_metadata)
        if "block" in own:
            return [own["block"]]
        if isinstance(part, TextPart):
            return self._said(part, own)
        if isinstance(part, ReasoningPart):
            return self._thought(part, own)
        if isinstance(part, FilePart):
            lost = "an assistant message takes no files; it was left out"
            self.warnings.append(CallWarning("unsupported", "a generated file", lost))
            return []
        if not self._tools:
            self._stripped = True
            return []
        if isinstance(part, ToolCallPart):
            return self._call(part, own)
        return self._executed(part, own)

    def _said(self, part: TextPart, own: dict[str, Any]) -> list[Block]:
        if not part.text.strip():
            return []
        if own.get("citations"):
            cited = {"content": [{"text": part.text}], "citations": own["citations"]}
            return [{"citationsContent": cited}, *_cache_point(own)]
        return [{"text": part.text}, *_cache_point(own)]

    def _thought(self, part: ReasoningPart, own: dict[str, Any]) -> list[Block]:
        """Only what carries a proof that the model thought it: a signature, also one of Anthropic's own API."""
        if own.get("redactedContent"):
            return [{"reasoningContent": {"redactedContent": own["redactedContent"]}}]
        signature = own.get("signature")
        if signature is None and self._family == "anthropic":
            signature = own_of(part.provider_metadata, "anthropic").get("signature")
        if not signature:
            return []
        return [{"reasoningContent": {"reasoningText": {"text": part.text, "signature": signature}}}]

    def _call(self, part: ToolCallPart, own: dict[str, Any]) -> list[Block]:
        if part.provider_executed and own.get("type") != _SERVER_TOOL:
            return []
        use: Block = {
            "toolUseId": call_id(part.id, self._family),
            "name": self._names.wire(part.name),
            "input": _input(part.input),
        }
        if part.provider_executed:
            use["type"] = _SERVER_TOOL
        return [{"toolUse": use}, *_cache_point(own)]

    def _executed(self, part: ToolResultPart, own: dict[str, Any]) -> list[Block]:
        """The result of a tool that Bedrock ran itself; that of another provider is left out."""
        if "type" not in own:
            return []
        result: Block = {
            "toolUseId": call_id(part.id, self._family),
            "content": own.get("content") or self._output(part.output),
            "status": "error" if part.is_error else "success",
            "type": own["type"],
        }
        return [{"toolResult": result}]

    def _results(self, message: ToolMessage) -> list[Block]:
        if not self._tools:
            self._stripped = self._stripped or bool(message.content)
            return []
        blocks: list[Block] = []
        for part in message.content:
            result: Block = {"toolUseId": call_id(part.id, self._family), "content": self._output(part.output)}
            if part.is_error:
                result["status"] = "error"
            blocks += [{"toolResult": result}, *_cache_point(self.own(part.provider_metadata))]
        return blocks

    def _output(self, output: Any) -> list[Block]:
        """What a tool answered. Data that is no object goes out as text, because ``json`` takes nothing else."""
        if isinstance(output, Mapping):
            return [{"json": output}]
        if _is_content(output):
            parts = cast("Sequence[TextPart | FilePart]", output)
            blocks = [block for part in parts for block in self._user(part) if "cachePoint" not in block]
            return blocks or [{"text": _NOTHING_SAID}]
        text = output if isinstance(output, str) else to_json(output).decode()
        return [{"text": text if text.strip() else _NOTHING_SAID}]


def _text(text: str, own: Mapping[str, Any]) -> Block:
    guarded = own.get("guardContent")
    if guarded is None:
        return {"text": text}
    more = cast("Mapping[str, Any]", guarded) if isinstance(guarded, Mapping) else EMPTY
    return {"guardContent": {"text": {"text": text, **more}}}


def _cache_point(own: Mapping[str, Any]) -> list[Block]:
    return [{"cachePoint": own["cachePoint"]}] if own.get("cachePoint") else []


def _is_content(output: Any) -> bool:
    if not isinstance(output, tuple) or not output:
        return False
    return all(isinstance(each, TextPart | FilePart) for each in cast("tuple[Any, ...]", output))


def _input(text: str) -> Any:
    """The arguments as an object; text that is none is sent as ``{"INVALID_JSON": ...}``."""
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {"INVALID_JSON": text}
    return cast("Any", value) if isinstance(value, dict) else {"INVALID_JSON": text}

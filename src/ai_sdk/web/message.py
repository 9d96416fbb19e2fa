"""Events of a stream to the UI message that a page makes of them, and stored messages to UI messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from ai_sdk.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, TextPart, UserMessage
from ai_sdk.parts import ReasoningDelta, TextDelta
from ai_sdk.steps import StepStart
from ai_sdk.web.chunks import Chunk
from ai_sdk.web.encoder import ToolErrorText, UIMessageEncoder, shown, tool_failed
from ai_sdk.web.signing import Signer

__all__ = ["UIMessageBuilder", "to_ui_messages"]

_WHOLE = {
    "file": ("mediaType", "url"),
    "reasoning-file": ("mediaType", "url"),
    "source-url": ("sourceId", "url", "title"),
    "source-document": ("sourceId", "mediaType", "title", "filename"),
    "custom": ("kind",),
}
_OUTPUTS = {"tool-output-available": "output", "tool-output-error": "errorText", "tool-output-denied": None}


class UIMessageBuilder:
    """Builds the UI message of a stream, as a page does: for an application that stores its chats.

    ``message``: the one that the stream goes on with, None for a new one. ``add`` takes the events in order; the
    attribute ``message`` is JSON, at any time.
    """

    def __init__(self, message: Mapping[str, Any] | None = None, *, message_id: str = "") -> None:
        given = message or {}
        self.message: dict[str, Any] = {"id": given.get("id", message_id), "role": "assistant"}
        if given.get("metadata") is not None:
            self.message["metadata"] = given["metadata"]
        self._parts: list[dict[str, Any]] = [dict(each) for each in given.get("parts", ())]
        self.message["parts"] = self._parts
        self._blocks: dict[tuple[str, str], dict[str, Any]] = {}

    def add(self, chunk: Chunk) -> None:
        """Take an event; one that is not known changes nothing. An end or a delta without its start is not for here."""
        kind: str = chunk["type"]
        if kind in ("start", "finish", "message-metadata"):
            self._about(chunk)
        elif kind == "start-step":
            self._parts.append({"type": "step-start"})
        elif kind == "reset-step":
            self._reset()
        elif kind.startswith(("text-", "reasoning-")) and kind not in _WHOLE:
            self._words(chunk, *kind.split("-"))
        elif kind in _WHOLE:
            fields = ("type", *_WHOLE[kind], "providerMetadata")
            self._parts.append({name: chunk[name] for name in fields if chunk.get(name) is not None})
        elif kind.startswith("tool-"):
            self._tool(chunk)
        elif kind.startswith("data-") and not chunk.get("transient"):
            self._data(chunk)

    def _about(self, chunk: Chunk) -> None:
        if chunk.get("messageId") is not None:
            self.message["id"] = chunk["messageId"]
        if chunk.get("messageMetadata") is not None:
            self.message["metadata"] = _merged(self.message.get("metadata"), chunk["messageMetadata"])

    def _step(self) -> int:
        """Where the parts of the current step begin."""
        marks = [at for at, part in enumerate(self._parts) if part["type"] == "step-start"]
        return marks[-1] + 1 if marks else 0

    def _reset(self) -> None:
        self._blocks.clear()
        del self._parts[self._step() :]

    def _words(self, chunk: Chunk, kind: str, event: str) -> None:
        key = kind, chunk["id"]
        if event == "start":
            own = {"id": chunk["id"]} if kind == "reasoning" else {}
            self._blocks[key] = {"type": kind, **own, "text": "", "state": "streaming"}
            self._parts.append(self._blocks[key])
        part = self._blocks[key]
        if event == "delta":
            part["text"] += chunk["delta"]
        if chunk.get("providerMetadata") is not None:
            part["providerMetadata"] = chunk["providerMetadata"]
        if event == "end":
            part["state"] = "done"
            del self._blocks[key]

    def _tool(self, chunk: Chunk) -> None:
        kind: str = chunk["type"]
        if kind == "tool-approval-response":
            self._approved(chunk)
        elif kind.startswith("tool-input-"):
            self._input(chunk)
        elif (part := self._find(chunk["toolCallId"], 0)) is not None:
            if kind == "tool-approval-request":
                named = {"id": "approvalId", "requestReason": "reason", "signature": "signature"}
                found = {name: chunk[given] for name, given in named.items() if chunk.get(given) is not None}
                part.update(state="approval-requested", approval=found)
            elif kind in _OUTPUTS:
                self._output(chunk, part, _OUTPUTS[kind])

    def _input(self, chunk: Chunk) -> None:
        kind: str = chunk["type"]
        part = self._find(chunk["toolCallId"], self._step())
        if part is None:
            part = self._call(chunk)
        elif "toolName" in chunk and part["type"] != "dynamic-tool":
            part["type"] = f"tool-{chunk['toolName']}"
        if kind == "tool-input-delta":
            part["rawInput"] = part.get("rawInput", "") + chunk["inputTextDelta"]
            return
        part["state"] = "input-streaming" if kind == "tool-input-start" else "input-available"
        for name in ("rawInput", "output", "errorText"):
            part.pop(name, None)
        if "input" in chunk:
            part["input"] = chunk["input"]
        if kind == "tool-input-error":
            part.update(state="output-error", errorText=chunk["errorText"])
        if chunk.get("providerExecuted") is not None:
            part["providerExecuted"] = chunk["providerExecuted"]
        if chunk.get("providerMetadata") is not None:
            metadata = "resultProviderMetadata" if kind == "tool-input-error" else "callProviderMetadata"
            part[metadata] = chunk["providerMetadata"]

    def _call(self, chunk: Chunk) -> dict[str, Any]:
        name = chunk.get("toolName", "")
        about = {"type": "dynamic-tool", "toolName": name} if chunk.get("dynamic") else {"type": f"tool-{name}"}
        part = {**about, "toolCallId": chunk["toolCallId"]}
        self._parts.append(part)
        return part

    def _output(self, chunk: Chunk, part: dict[str, Any], field: str | None) -> None:
        if field is None:
            part["state"] = "output-denied"
            return
        part.pop("output", None)
        part.pop("errorText", None)
        part.update({"state": chunk["type"].removeprefix("tool-"), field: chunk.get(field)})
        if chunk.get("providerExecuted") is not None:
            part["providerExecuted"] = chunk["providerExecuted"]
        if chunk.get("providerMetadata") is not None:
            part["resultProviderMetadata"] = chunk["providerMetadata"]

    def _approved(self, chunk: Chunk) -> None:
        for part in self._parts:
            if part.get("approval", {}).get("id") == chunk["approvalId"]:
                answer = {"approved": chunk["approved"]} | ({"reason": chunk["reason"]} if "reason" in chunk else {})
                part.update(state="approval-responded", approval={**part["approval"], **answer})
                return

    def _find(self, call_id: str, start: int) -> dict[str, Any] | None:
        """The tool part of a call: in this step, else the last one before it."""
        step = self._step()
        here = [part for part in self._parts[step:] if part.get("toolCallId") == call_id]
        before = [part for part in self._parts[start:step] if part.get("toolCallId") == call_id]
        return here[0] if here else before[-1] if before else None

    def _data(self, chunk: Chunk) -> None:
        for part in self._parts:
            if chunk.get("id") is not None and part["type"] == chunk["type"] and part.get("id") == chunk["id"]:
                part["data"] = chunk.get("data")
                return
        self._parts.append({name: chunk[name] for name in ("type", "id", "data") if name in chunk})


def _merged(old: Any, new: Any) -> Any:
    """Objects are merged, all else is replaced."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    before, after = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
    return {**before, **{key: _merged(before.get(key), value) for key, value in after.items()}}


def to_ui_messages(
    messages: Iterable[Message],
    *,
    signer: Signer | None = None,
    tool_error_text: ToolErrorText = tool_failed,
    message_id: Callable[[int], str] = "message-{}".format,
) -> list[dict[str, Any]]:
    """Stored messages as the JSON that a chat begins with (the ``messages`` of ``useChat``).

    An assistant's messages and the results of its tools between two of the user's become one message of several steps.
    System messages are left out: they are not for the browser. ``message_id`` gives the id of each, by its number.
    """
    found: list[dict[str, Any]] = []
    run: list[Message] = []
    for message in (*messages, None):
        if message is not None and not isinstance(message, UserMessage | SystemMessage):
            run.append(message)
            continue
        if run:
            found.append(_answer(run, message_id(len(found)), signer, tool_error_text))
            run = []
        if isinstance(message, UserMessage):
            parts = [shown(each) for each in message.content]
            found.append({"id": message_id(len(found)), "role": "user", "parts": parts})
    return found


def _answer(run: Sequence[Message], name: str, signer: Signer | None, text: ToolErrorText) -> dict[str, Any]:
    encoder = UIMessageEncoder(message_id=name, signer=signer, tool_error_text=text)
    builder = UIMessageBuilder(message_id=name)
    for step, message in enumerate(run):
        parts: list[Any] = [StepStart(step)] if isinstance(message, AssistantMessage) else []
        for at, part in enumerate(cast("tuple[Any, ...]", message.content)):
            if isinstance(part, TextPart):
                parts.append(TextDelta(part.text, str(at), part.provider_metadata))
            elif isinstance(part, ReasoningPart):
                parts.append(ReasoningDelta(part.text, str(at), part.provider_metadata))
            else:
                parts.append(part)
        for each in parts:
            for chunk in encoder.encode(each):
                builder.add(chunk)
    for chunk in encoder.end():
        builder.add(chunk)
    return builder.message

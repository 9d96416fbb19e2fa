"""Parts to the events of a UI message stream: pure, and any sequence of parts gives a valid stream."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal, TypeAlias, cast

from ai_sdk.approval import ApprovalRequest
from ai_sdk.errors import InvalidToolInputError
from ai_sdk.messages import FilePart, SourcePart, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.parts import Finish, ReasoningDelta, TextDelta, ToolInputDelta
from ai_sdk.steps import StepFinish, StepStart, TextFinish
from ai_sdk.web.chunks import NAMESPACE, Chunk, as_javascript, dumps, plain
from ai_sdk.web.parts import DataPart, MessageMetadata, StepReset, WebPart
from ai_sdk.web.signing import Signer

__all__ = ["ErrorText", "ToolErrorText", "UIMessageEncoder", "failed", "tool_failed"]

ErrorText: TypeAlias = Callable[[Exception], str]
"""What a browser is told of an error."""

ToolErrorText: TypeAlias = Callable[[ToolResultPart], str]
"""What a browser is told of a tool that failed."""

Form: TypeAlias = Literal["data", "content", "error"]
"""What the output of a tool is: JSON, text and files, or the text of an error."""

Metadata: TypeAlias = Callable[[WebPart], Mapping[str, Any] | None]
"""Asked with each part for metadata of the message; None for none."""


def failed(_error: Exception) -> str:
    """Tell nothing but that it failed: an error's own words may name keys, hosts and other people's data."""
    return "Something went wrong."


def tool_failed(_result: ToolResultPart) -> str:
    """Tell nothing but that the tool failed."""
    return "The tool failed."


_INTERRUPTED = "It was interrupted and may have done its work already; to approve is to run it again."


class UIMessageEncoder:
    """Encodes one answer. Each method returns the events to send; after ``end``, ``fail`` or ``abort`` there are none.

    ``message_id``: the id of the message; when it goes on with an earlier one, that one's. ``known``: the tool calls
    that the message has already. ``denied``: ids of tool calls that the user refused. ``signer``: marks what is to be
    believed when it comes back. ``reasoning``, ``sources``: whether the browser gets them. ``metadata``: asked with
    each part for metadata of the message.
    """

    def __init__(
        self,
        *,
        message_id: str | None = None,
        known: Iterable[ToolCallPart] = (),
        denied: Collection[str] = (),
        signer: Signer | None = None,
        error_text: ErrorText = failed,
        tool_error_text: ToolErrorText = tool_failed,
        reasoning: bool = True,
        sources: bool = True,
        metadata: Metadata | None = None,
    ) -> None:
        self._message_id = message_id
        self._denied = frozenset(denied)
        self._signer = signer
        self._error_text = error_text
        self._tool_error_text = tool_error_text
        self._shows: dict[type[Any], bool] = {ReasoningDelta: reasoning, SourcePart: sources}
        self._metadata = metadata
        self._calls = {call.id: call for call in known}
        self._inputs: dict[str, bool] = {}
        self._blocks: dict[tuple[str, str], dict[str, Any]] = {}
        self._begun = self._over = self._in_step = False
        self._reason: str | None = None
        self._out: list[Chunk] = []

    def start(self) -> list[Chunk]:
        """Begin the message; the first part does it too."""
        if not self._begun and not self._over:
            self._begun = True
            self._put("start", messageId=self._message_id)
        return self._taken()

    def encode(self, part: WebPart) -> list[Chunk]:
        """The events of a part."""
        if self._over:
            return []
        self._out = self.start()
        handle = _HANDLERS.get(type(part))
        if handle is not None and self._shows.get(type(part), True):
            handle(self, part)
        if self._metadata is not None:
            value = self._metadata(part)
            if value is not None:
                self._message_metadata(MessageMetadata(value))
        return self._taken()

    def end(self) -> list[Chunk]:
        """End a complete message."""
        if self._over:
            return []
        self._out = self.start()
        self._close_step()
        self._put("finish", finishReason=self._reason)
        return self._last()

    def fail(self, error: Exception) -> list[Chunk]:
        """End a message that an error has cut short; the error comes last, since a browser reads no further."""
        if self._over:
            return []
        self._out = self.start()
        self._close_step()
        self._put("error", errorText=_text(self._error_text(error)))
        return self._last()

    def abort(self, reason: str | None = None) -> list[Chunk]:
        """End a message that was stopped on purpose."""
        if self._over:
            return []
        self._out = self.start()
        self._close_step()
        self._put("abort", reason=reason)
        return self._last()

    def _last(self) -> list[Chunk]:
        self._over = True
        return self._taken()

    def _taken(self) -> list[Chunk]:
        out, self._out = self._out, []
        return out

    def _put(self, kind: str, **fields: Any) -> None:
        """Add an event; fields that are None are left out."""
        chunk: Chunk = {"type": kind}
        chunk.update({name: value for name, value in fields.items() if value is not None})
        self._out.append(chunk)

    def _open_step(self) -> None:
        if not self._in_step:
            self._in_step = True
            self._put("start-step")

    def _close_blocks(self) -> None:
        for (kind, name), metadata in self._blocks.items():
            self._put(f"{kind}-end", id=name, providerMetadata=self._marked(kind, metadata))
        self._blocks.clear()

    def _close_step(self) -> None:
        self._close_blocks()
        self._inputs.clear()
        if self._in_step:
            self._in_step = False
            self._put("finish-step")

    def _marked(
        self, kind: str, metadata: Mapping[str, Any], *values: Any, always: bool = False, **own: Any
    ) -> dict[str, Any] | None:
        """Provider metadata with the words of this library and a mark on all of it; None when there is nothing."""
        found = plain({name: each for name, each in metadata.items() if isinstance(each, Mapping)})
        found.pop(NAMESPACE, None)
        if self._signer is not None and (found or always):
            own["signature"] = self._signer.sign(kind, *values, found)
        if own:
            found[NAMESPACE] = own
        return found or None

    def _delta(self, part: TextDelta | ReasoningDelta) -> None:
        kind = "text" if isinstance(part, TextDelta) else "reasoning"
        if not part.text and not part.provider_metadata:
            return
        self._open_step()
        block = self._blocks.get((kind, part.id))
        if block is None:
            block = self._blocks[kind, part.id] = {}
            self._put(f"{kind}-start", id=part.id)
        for name, value in part.provider_metadata.items():
            if isinstance(value, Mapping):
                block[name] = {**block.get(name, {}), **plain(value)}
        if part.text:
            self._put(f"{kind}-delta", id=part.id, delta=part.text)

    def _input_delta(self, part: ToolInputDelta) -> None:
        self._open_step()
        state = self._inputs.get(part.id)
        if state is None:
            self._inputs[part.id] = False
            self._put("tool-input-start", toolCallId=part.id, toolName=part.name)
        if part.delta and not state:
            self._put("tool-input-delta", toolCallId=part.id, inputTextDelta=part.delta)

    def _call(self, part: ToolCallPart) -> None:
        self._open_step()
        self._inputs[part.id] = True
        self._calls[part.id] = part
        about: Chunk = {"toolCallId": part.id, "toolName": part.name}
        if part.provider_executed:
            about["providerExecuted"] = True
        given = arguments(part)
        if given is None:
            metadata = self._marked("call", part.provider_metadata, *call_values(part))
            self._put("tool-input-error", **about, providerMetadata=metadata, errorText="The arguments are not JSON.")
            self._out[-1]["input"] = part.input
            return
        own: dict[str, Any] = {} if dumps(as_javascript(given)).decode() == part.input else {"input": part.input}
        metadata = self._marked("call", part.provider_metadata, *call_values(part), **own)
        self._put("tool-input-available", **about, input=given, providerMetadata=metadata)

    def _result(self, part: ToolResultPart) -> None:
        self._known(ToolCallPart(part.id, part.name, "{}", part.provider_executed))
        if part.id in self._denied and part.is_error:
            self._put("tool-output-denied", toolCallId=part.id)
            return
        call = self._calls[part.id]
        about: Chunk = {"toolCallId": part.id}
        if part.provider_executed:
            about["providerExecuted"] = True
        form: Form = "error" if part.is_error else "content" if has_parts(part.output) else "data"
        if form == "error":
            output: Any = _text(self._tool_error_text(part))
        else:
            output = [shown(each) for each in part.output] if form == "content" else plain(part.output)
        own = {"content": True} if form == "content" else {}
        values = result_values(call, output, form)
        about["providerMetadata"] = self._marked("result", part.provider_metadata, *values, always=True, **own)
        if part.is_error:
            self._put("tool-output-error", **about, errorText=output)
        else:
            self._put("tool-output-available", **about)
            self._out[-1]["output"] = output

    def _approval(self, part: ApprovalRequest) -> None:
        self._known(part.call)
        self._put(
            "tool-approval-request",
            approvalId=part.id,
            toolCallId=part.call.id,
            reason=_INTERRUPTED if part.interrupted else None,
            signature=part.signature or None,
        )

    def _known(self, call: ToolCallPart) -> None:
        """Show a call of which the browser has not heard; what it knows needs no step, which would begin a new one."""
        if call.id not in self._calls:
            self._call(call)

    def _source(self, part: SourcePart) -> None:
        self._open_step()
        metadata = self._marked("source", part.provider_metadata)
        if part.url is not None:
            self._put("source-url", sourceId=part.id, url=part.url, title=part.title, providerMetadata=metadata)
            return
        self._put(
            "source-document",
            sourceId=part.id,
            mediaType=part.media_type or "application/octet-stream",
            title=part.title or part.filename or part.id,
            filename=part.filename,
            providerMetadata=metadata,
        )

    def _file(self, part: FilePart) -> None:
        self._open_step()
        metadata = self._marked("file", part.provider_metadata)
        self._put(
            "file", url=part.data_url, mediaType=part.media_type, filename=part.filename, providerMetadata=metadata
        )

    def _data(self, part: DataPart) -> None:
        self._put(f"data-{part.name}", id=part.id, transient=part.transient or None)
        self._out[-1]["data"] = plain(part.data)

    def _message_metadata(self, part: MessageMetadata) -> None:
        self._put("message-metadata", messageMetadata=plain(part.value))

    def _step_start(self, _part: StepStart) -> None:
        self._close_step()  # the new one is opened by what is in it

    def _step_finish(self, part: StepFinish) -> None:
        self._reason = part.result.finish_reason or self._reason
        self._close_step()

    def _step_reset(self, _part: StepReset) -> None:
        self._blocks.clear()
        self._inputs.clear()
        self._put("reset-step")

    def _finish(self, part: Finish) -> None:
        self._reason = part.reason
        self._close_blocks()

    def _text_finish(self, part: TextFinish) -> None:
        self._reason = part.result.finish_reason or self._reason


_HANDLERS: dict[type[Any], Callable[[UIMessageEncoder, Any], None]] = {
    TextDelta: UIMessageEncoder._delta,
    ReasoningDelta: UIMessageEncoder._delta,
    ToolInputDelta: UIMessageEncoder._input_delta,
    ToolCallPart: UIMessageEncoder._call,
    ToolResultPart: UIMessageEncoder._result,
    ApprovalRequest: UIMessageEncoder._approval,
    SourcePart: UIMessageEncoder._source,
    FilePart: UIMessageEncoder._file,
    DataPart: UIMessageEncoder._data,
    MessageMetadata: UIMessageEncoder._message_metadata,
    StepStart: UIMessageEncoder._step_start,
    StepFinish: UIMessageEncoder._step_finish,
    StepReset: UIMessageEncoder._step_reset,
    Finish: UIMessageEncoder._finish,
    TextFinish: UIMessageEncoder._text_finish,
}


def arguments(call: ToolCallPart) -> dict[str, Any] | None:
    """The arguments of a call as a browser can have them; None when they are no JSON object."""
    try:
        given = call.arguments()
    except InvalidToolInputError:
        return None
    return cast("dict[str, Any]", plain(given))


def call_values(call: ToolCallPart) -> tuple[Any, ...]:
    """What the mark on the metadata of a call stands for."""
    given = arguments(call)
    return call.id, call.name, call.input if given is None else given


def result_values(call: ToolCallPart, output: Any, form: Form) -> tuple[Any, ...]:
    """What the mark on a result stands for: that this call, with these arguments, was answered so."""
    return *call_values(call), output, form


def has_parts(output: Any) -> bool:
    """Whether the output of a tool is text and file parts, not data."""
    if not isinstance(output, tuple) or not output:
        return False
    return all(isinstance(each, TextPart | FilePart) for each in cast("tuple[Any, ...]", output))


def shown(part: TextPart | FilePart) -> Chunk:
    """A part of a tool's output, in the shape of a part of a UI message."""
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    name = {} if part.filename is None else {"filename": part.filename}
    return {"type": "file", "mediaType": part.media_type, "url": part.data_url, **name}


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value)

"""What a chat in a browser posts, to messages of ours. All of it is untrusted."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.approval import Approval
from ai_sdk.errors import InvalidToolInputError
from ai_sdk.messages import (
    AssistantContent,
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    SourcePart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserContent,
    UserMessage,
)
from ai_sdk.web.chunks import NAMESPACE, as_javascript, canonical, dumps, plain
from ai_sdk.web.encoder import Form, call_values, result_values
from ai_sdk.web.signing import Signer
from ai_sdk.web.untrusted import Field, Limits

__all__ = ["Conversation", "from_ui_messages"]

_ID = 1_024
_URL = 8_192
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}(/([A-Za-z0-9!#$&^_.+-]{1,127}|\*))?(;.{0,200})?")
_STATES = (
    "input-streaming",
    "input-available",
    "approval-requested",
    "approval-responded",
    "output-available",
    "output-error",
    "output-denied",
)
_ANSWERED = ("output-available", "output-error", "output-denied")
_NOT_FOR_MODELS = ("step-start", "source-url", "source-document", "custom", "reasoning-file")


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation that came from a browser.

    ``approvals``: what the user said to tools that wait, in the last message. ``continues``: the id of the assistant's
    message that the answer goes on with; None when it is a new message. ``calls``: the tool calls that this message
    has. ``denied``: the ids of those that the user refused just now. ``left_out``: where parts stood that were not
    believed, such as results of tools without the mark of this server.
    """

    messages: tuple[Message, ...]
    approvals: tuple[Approval, ...] = ()
    continues: str | None = None
    calls: tuple[ToolCallPart, ...] = ()
    denied: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()


def from_ui_messages(
    value: object,
    *,
    signer: Signer | None = None,
    trust: bool = False,
    client_tools: Collection[str] = (),
    system: bool = False,
    limits: Limits = Limits(),  # noqa: B008 - it is immutable
) -> Conversation:
    """The messages of a chat's JSON (the ``messages`` that it posts, decoded) as messages of ours.

    Results of tools and metadata for providers are kept when they carry the mark of ``signer``; results of
    ``client_tools``, which run in the browser, always; ``trust=True`` keeps all of them, for messages that the
    application has stored itself. What is not kept is named in ``left_out``; a tool call without its result goes with
    it. ``system=True`` allows system messages, which are otherwise refused.

    A tool call that waits for an approval is kept in the last message alone, and only with an answer to it. Raises
    ``ChatRequestError``, which names the field, what was given and what is allowed.
    """
    reader = _Reader(signer, trust, frozenset(client_tools), system, limits)
    return reader.conversation(Field(value, "messages", limits))


@dataclass(slots=True)
class _Block:
    """What lies between two step marks of an assistant's message: one answer, and the results of its tools."""

    content: list[AssistantContent] = field(default_factory=list[AssistantContent])
    results: list[ToolResultPart] = field(default_factory=list[ToolResultPart])

    def messages(self) -> list[Message]:
        """As messages, without those that would be empty."""
        found: list[Message] = [AssistantMessage(tuple(self.content))] if self.content else []
        return [*found, ToolMessage(tuple(self.results))] if self.results else found


class _Reader:
    """Reads one conversation."""

    def __init__(
        self, signer: Signer | None, trust: bool, client_tools: frozenset[str], system: bool, limits: Limits
    ) -> None:
        self.signer = signer
        self.trust = trust
        self.client_tools = client_tools
        self.system = system
        self.limits = limits
        self.left_out: list[str] = []
        self.approvals: list[Approval] = []
        self.denied: list[str] = []
        self.calls: list[ToolCallPart] = []
        self.budget = limits.parts

    def conversation(self, value: Field) -> Conversation:
        """The whole of it."""
        given = value.items(self.limits.messages)
        if not given:
            value.refuse("an array of at least one message")
        messages: list[Message] = []
        for at, each in enumerate(given):
            messages += self.message(each, last=at == len(given) - 1)
        if not messages:
            value.refuse("an array with something in it that a model can be asked")
        last = given[-1]
        continues = last.get("id").optional_text(_ID) if last.get("role").value == "assistant" else None
        return Conversation(
            tuple(messages),
            tuple(self.approvals),
            continues,
            tuple(self.calls),
            frozenset(self.denied),
            tuple(self.left_out),
        )

    def message(self, message: Field, *, last: bool) -> list[Message]:
        """The messages of one: an assistant's is one of each step and one of its tools' results."""
        role = message.get("role").one_of("system", "user", "assistant")
        parts = message.get("parts").items(self.budget)
        self.budget -= len(parts)
        if role == "assistant":
            return self.assistant(parts, last=last)
        if role == "user":
            content = [each for part in parts for each in self.user_content(part)]
            return [UserMessage(tuple(content))] if content else []
        if not self.system:
            message.get("role").refuse("user or assistant: instructions are the server's to give")
        texts = [part.get("text").text() for part in parts if part.get("type").value == "text"]
        return [SystemMessage("".join(texts))]

    def user_content(self, part: Field) -> Sequence[UserContent]:
        """Text and files; what the page keeps for itself is left out."""
        kind = part.get("type").text(_ID)
        if kind == "text":
            text = part.get("text").text()
            return (TextPart(text),) if text else ()
        if kind == "file":
            return (self.file(part),)
        if kind.startswith("data-") or kind in _NOT_FOR_MODELS:
            return ()
        return part.get("type").refuse("text, file or data-... in a message of the user")

    def assistant(self, parts: Sequence[Field], *, last: bool) -> list[Message]:
        """The steps of an answer."""
        blocks = [_Block()]
        kinds = [part.get("type").text(_ID) for part in parts]
        steps = kinds.count("step-start")
        for part, kind in zip(parts, kinds, strict=True):
            if kind == "step-start":
                blocks.append(_Block())
            elif kind == "dynamic-tool" or kind.startswith("tool-"):
                name = part.get("toolName").text(_ID) if kind == "dynamic-tool" else kind.removeprefix("tool-")
                call = self.call(part, name)
                if last:
                    self.calls.append(call)
                self.tool(part, call, blocks[-1], waits=last and len(blocks) > steps)
            else:
                blocks[-1].content += self.assistant_content(part, kind)
        return [message for block in blocks for message in block.messages()]

    def assistant_content(self, part: Field, kind: str) -> Sequence[AssistantContent]:
        """What a model said, other than its tool calls."""
        if kind == "text":
            text, metadata = part.get("text").text(), self.metadata(part, "text")
            return (TextPart(text, metadata),) if text or metadata else ()
        if kind == "reasoning":
            text, metadata = part.get("text").text(), self.metadata(part, "reasoning")
            return (ReasoningPart(text, metadata),) if text or metadata else ()
        if kind == "file":
            return (self.file(part),)
        if kind in ("source-url", "source-document"):
            return (self.source(part, kind),)
        if kind.startswith("data-") or kind in (*_NOT_FOR_MODELS, "steering-message"):
            return ()
        return part.get("type").refuse(
            "text, reasoning, file, source-url, source-document, step-start, dynamic-tool, tool-... or data-..."
        )

    def source(self, part: Field, kind: str) -> SourcePart:
        """What an answer rests on."""
        return SourcePart(
            part.get("sourceId").text(_ID),
            part.get("url").text(_URL) if kind == "source-url" else None,
            part.get("title").optional_text(),
            part.get("mediaType").optional_text(_ID),
            part.get("filename").optional_text(_ID),
            self.metadata(part, "source"),
        )

    def file(self, part: Field, *, anywhere: bool = False) -> FilePart:
        """A file, as a data: URL or as an https: URL that the provider fetches; any URL if it may be ``anywhere``."""
        media_type = self.media_type(part.get("mediaType"))
        name = part.get("filename").optional_text(_ID)
        metadata = self.metadata(part, "file")
        place = part.get("url")
        if isinstance(place.value, str) and place.value.startswith("data:"):
            data = self.data_url(place)
            return FilePart(data=data, media_type=media_type, filename=name, provider_metadata=metadata)
        url = place.text(_URL)
        if not anywhere and (not url.lower().startswith("https://") or any(ord(each) <= ord(" ") for each in url)):
            place.refuse("a data: or https: URL")
        return FilePart(url=url, media_type=media_type, filename=name, provider_metadata=metadata)

    def media_type(self, value: Field) -> str:
        """A media type; a kind alone, such as ``image``, stands for all of its types."""
        text = value.text(_ID)
        if not _MEDIA_TYPE.fullmatch(text):
            value.refuse("a media type such as image/png")
        return text if "/" in text else f"{text}/*"

    def data_url(self, place: Field) -> bytes:
        """The bytes of a data: URL."""
        text = place.text(self.limits.file_bytes * 4 // 3 + _ID)
        head, comma, body = text.partition(",")
        if not comma or not head.endswith(";base64"):
            place.refuse("a data: URL in base64")
        try:
            data = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            place.refuse("a data: URL in valid base64")
        if len(data) > self.limits.file_bytes:
            place.refuse(f"a file of at most {self.limits.file_bytes} bytes", 413)
        return data

    def tool(self, part: Field, call: ToolCallPart, block: _Block, *, waits: bool) -> None:
        """A tool call in any of its states; ``waits``: whether one that was approved is still to run."""
        state = part.get("state").one_of(*_STATES)
        if state in _ANSWERED:
            result = self.result(part, call, state)
            if result is None:
                self.left_out.append(part.path)
                return
            block.content.append(call)
            if call.provider_executed:
                block.content.append(result)
            else:
                block.results.append(result)
        elif state == "approval-responded" and waits:
            block.content.append(call)
            self.approval(part.get("approval"), call)
        elif state == "approval-responded" and part.get("approval").get("approved").flag() is False:
            block.content.append(call)
            block.results.append(_denial(call, part.get("approval").get("reason").optional_text()))

    def call(self, part: Field, name: str) -> ToolCallPart:
        """The call, with its arguments in the model's own words where the browser still has them."""
        identifier = part.get("toolCallId").text(_ID)
        own = self.own(part, "callProviderMetadata")
        given = part.value.get("input", part.value.get("rawInput"))
        text = given if isinstance(given, str) else dumps(as_javascript(plain({} if given is None else given))).decode()
        written = own.get("input")
        if isinstance(written, str) and _means(written, given):
            text = written
        call = ToolCallPart(identifier, name, text, part.get("providerExecuted").flag())
        metadata = self.metadata(part, "call", *call_values(call), name="callProviderMetadata")
        return ToolCallPart(identifier, name, text, call.provider_executed, metadata) if metadata else call

    def result(self, part: Field, call: ToolCallPart, state: str) -> ToolResultPart | None:
        """What the tool answered; None when that is not to be believed."""
        if state == "output-denied":
            approval = part.get("approval")
            return _denial(call, approval.get("reason").optional_text() if approval.value is not None else None)
        is_error = state == "output-error"
        given = part.get("errorText").text() if is_error else part.value.get("output")
        own = self.own(part, "resultProviderMetadata")
        metadata = plain(self.given_metadata(part, "resultProviderMetadata"))
        form: Form = "error" if is_error else "content" if own.get("content") is True else "data"
        known = self.trust or (
            self.signer is not None
            and self.signer.knows(own.get("signature"), "result", *result_values(call, given, form), metadata)
        )
        if not known and (call.provider_executed or call.name not in self.client_tools):
            return None
        output = self.parts(part.get("output"), anywhere=known) if form == "content" else given
        kept = metadata if known else EMPTY
        return ToolResultPart(call.id, call.name, output, is_error, call.provider_executed, kept)

    def parts(self, output: Field, *, anywhere: bool) -> tuple[TextPart | FilePart, ...]:
        """Text and files that a tool answered with."""
        return tuple(
            TextPart(each.get("text").text())
            if each.get("type").value == "text"
            else self.file(each, anywhere=anywhere)
            for each in output.items(self.limits.parts)
        )

    def approval(self, approval: Field, call: ToolCallPart) -> None:
        """What the user said to a tool that waits."""
        identifier = approval.get("id").text(4 * _ID)
        approved = approval.get("approved")
        if not isinstance(approved.value, bool):
            approved.refuse("true or false")
        reason = approval.get("reason").optional_text()
        signature = approval.get("signature").optional_text(4 * _ID) or ""
        if not approved.value:
            self.denied.append(call.id)
        self.approvals.append(Approval(identifier, approved.value, reason, signature))

    def given_metadata(self, part: Field, name: str) -> dict[str, Any]:
        """The metadata of a part as it came, without this library's own."""
        value = part.get(name)
        if value.value is None:
            return {}
        for key in value.object():
            value.get(key).object()
        return {key: each for key, each in value.object().items() if key != NAMESPACE}

    def own(self, part: Field, name: str) -> dict[str, Any]:
        """This library's own words in the metadata of a part."""
        value = part.get(name)
        own = value.object().get(NAMESPACE) if value.value is not None else None
        return cast("dict[str, Any]", own) if isinstance(own, dict) else {}

    def metadata(self, part: Field, kind: str, *values: Any, name: str = "providerMetadata") -> Any:
        """The metadata of a part, if they are to be believed."""
        given = plain(self.given_metadata(part, name))
        if not given:
            return EMPTY
        mark = self.own(part, name).get("signature")
        if self.trust or (self.signer is not None and self.signer.knows(mark, kind, *values, given)):
            return given
        self.left_out.append(f"{part.path}.{name}")
        return EMPTY


def _denial(call: ToolCallPart, reason: str | None) -> ToolResultPart:
    said = f": {reason}" if reason else ""
    return ToolResultPart(call.id, call.name, f"denied by the user{said}", is_error=True)


def _means(written: str, given: Any) -> bool:
    """Whether the model's own words are the arguments that the browser shows."""
    try:
        arguments = ToolCallPart("", "", written).arguments()
    except InvalidToolInputError:
        return False
    return canonical(arguments) == canonical({} if given is None else given)

"""Messages and the content in them.

A prompt is a string, a list of content (strings and files), or ``messages``: a sequence of the four message classes or
of plain dicts in the shape of ``message_to_dict``. All of it becomes a tuple of messages before any call.
"""

from __future__ import annotations

import base64
import json
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias, cast

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import InvalidRequestError, InvalidToolInputError

__all__ = [
    "AssistantContent",
    "AssistantMessage",
    "FilePart",
    "Message",
    "Prompt",
    "ReasoningPart",
    "SourcePart",
    "SystemMessage",
    "TextPart",
    "ToolCallPart",
    "ToolMessage",
    "ToolResultPart",
    "UserContent",
    "UserMessage",
    "assistant",
    "message_from_dict",
    "message_to_dict",
    "system",
    "to_messages",
    "tool_results",
    "user",
]

Options: TypeAlias = FrozenDict[str, Any]
"""Provider options or metadata: ``{"groq": {...}}``, namespaced by provider."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text."""

    type: ClassVar[Literal["text"]] = "text"
    text: str
    provider_metadata: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "provider_metadata", freeze(self.provider_metadata))


@dataclass(frozen=True, slots=True)
class ReasoningPart:
    """What the model thought before it answered. A provider's signature rides in ``provider_metadata``."""

    type: ClassVar[Literal["reasoning"]] = "reasoning"
    text: str
    provider_metadata: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "provider_metadata", freeze(self.provider_metadata))


@dataclass(frozen=True, slots=True)
class FilePart:
    """An image, a document, audio or any other file, as bytes or as a URL; exactly one of the two.

    ``media_type`` such as ``image/png`` (``image/*`` when only the kind is known). As a stream part it is a whole
    generated file.
    """

    type: ClassVar[Literal["file"]] = "file"
    content: ClassVar[bool] = True
    last: ClassVar[bool] = False
    data: bytes | None = field(default=None, repr=False)
    url: str | None = None
    media_type: str = "application/octet-stream"
    filename: str | None = None
    provider_metadata: Options = EMPTY

    def __post_init__(self) -> None:
        if (self.data is None) == (self.url is None):
            raise InvalidRequestError("FilePart takes exactly one of data= (bytes) and url= (a string)", field="data")
        object.__setattr__(self, "provider_metadata", freeze(self.provider_metadata))

    @classmethod
    def from_path(cls, path: str | Path, *, media_type: str | None = None, **options: Any) -> FilePart:
        """Read a file; its media type is guessed from its name."""
        path = Path(path)
        guessed = media_type or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return cls(data=path.read_bytes(), media_type=guessed, filename=path.name, **options)

    @classmethod
    def from_url(cls, url: str, *, media_type: str | None = None, **options: Any) -> FilePart:
        """Refer to a URL that the provider fetches; its media type is guessed: an image when nothing says more."""
        if url.startswith("data:"):
            kind, data = _parse_data_url(url)
            return cls(data=data, media_type=media_type or kind, **options)
        guessed = media_type or mimetypes.guess_type(url.partition("?")[0])[0] or "image/*"
        return cls(url=url, media_type=guessed, **options)

    @property
    def base64(self) -> str:
        """The bytes as base64; empty for a URL."""
        return base64.b64encode(self.data or b"").decode("ascii")

    @property
    def data_url(self) -> str:
        """The URL, or the bytes as a ``data:`` URL."""
        return self.url if self.url is not None else f"data:{self.media_type};base64,{self.base64}"


def _parse_data_url(url: str) -> tuple[str, bytes]:
    head, comma, body = url[5:].partition(",")
    if not comma or not head.endswith(";base64"):
        raise InvalidRequestError(f"a data: URL must be base64, not {url[:40]!r}...", field="url")
    try:
        return head.removesuffix(";base64") or "text/plain", base64.b64decode(body, validate=True)
    except ValueError as error:
        raise InvalidRequestError(f"the data: URL {url[:40]!r}... is not valid base64", field="url") from error


@dataclass(frozen=True, slots=True)
class ToolCallPart:
    """The model asks for a tool. ``input`` is the JSON text of the arguments exactly as the model wrote it.

    ``provider_executed``: the provider runs the tool itself. As a stream part it is authoritative and complete.
    """

    type: ClassVar[Literal["tool-call"]] = "tool-call"
    content: ClassVar[bool] = True
    last: ClassVar[bool] = False
    id: str
    name: str
    input: str
    provider_executed: bool = False
    provider_metadata: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "provider_metadata", freeze(self.provider_metadata))

    def arguments(self) -> dict[str, Any]:
        """Decode the arguments; empty input is no arguments.

        Raises ``InvalidToolInputError`` for anything but a JSON object.
        """
        if not self.input.strip():
            return {}
        try:
            value = json.loads(self.input)
        except ValueError as error:
            raise InvalidToolInputError(
                f"the arguments of {self.name} are not valid JSON: {error}",
                tool=self.name,
                call_id=self.id,
                input=self.input,
            ) from error
        if not isinstance(value, dict):
            raise InvalidToolInputError(
                f"the arguments of {self.name} must be a JSON object, not {type(value).__name__}",
                tool=self.name,
                call_id=self.id,
                input=self.input,
            )
        return cast("dict[str, Any]", value)


@dataclass(frozen=True, slots=True)
class ToolResultPart:
    """What a tool answered. ``output`` is text, plain JSON data, or a tuple of text and file parts.

    ``is_error``: the tool failed or was denied and ``output`` says why, for the model to read.
    """

    type: ClassVar[Literal["tool-result"]] = "tool-result"
    content: ClassVar[bool] = True
    last: ClassVar[bool] = False
    id: str
    name: str
    output: Any
    is_error: bool = False
    provider_executed: bool = False
    provider_metadata: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "output", freeze(self.output))
        object.__setattr__(self, "provider_metadata", freeze(self.provider_metadata))


@dataclass(frozen=True, slots=True)
class SourcePart:
    """Something that the answer rests on: a web page (``url``) or a document (``title``, ``filename``)."""

    type: ClassVar[Literal["source"]] = "source"
    content: ClassVar[bool] = True
    last: ClassVar[bool] = False
    id: str
    url: str | None = None
    title: str | None = None
    media_type: str | None = None
    filename: str | None = None
    provider_metadata: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "provider_metadata", freeze(self.provider_metadata))


UserContent: TypeAlias = TextPart | FilePart
AssistantContent: TypeAlias = TextPart | ReasoningPart | FilePart | ToolCallPart | ToolResultPart | SourcePart


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """Instructions to the model."""

    role: ClassVar[Literal["system"]] = "system"
    content: str
    provider_options: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "provider_options", freeze(self.provider_options))


@dataclass(frozen=True, slots=True)
class UserMessage:
    """What the user said: text and files. ``name`` tells speakers apart where the provider takes it."""

    role: ClassVar[Literal["user"]] = "user"
    content: tuple[UserContent, ...]
    name: str | None = None
    provider_options: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "content", tuple(self.content))
        object.__setattr__(self, "provider_options", freeze(self.provider_options))

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "".join([part.text for part in self.content if isinstance(part, TextPart)])


@dataclass(frozen=True, slots=True)
class AssistantMessage:
    """What the model answered."""

    role: ClassVar[Literal["assistant"]] = "assistant"
    content: tuple[AssistantContent, ...]
    provider_options: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "content", tuple(self.content))
        object.__setattr__(self, "provider_options", freeze(self.provider_options))

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "".join([part.text for part in self.content if isinstance(part, TextPart)])

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The tool calls, in order."""
        return tuple([part for part in self.content if isinstance(part, ToolCallPart)])


@dataclass(frozen=True, slots=True)
class ToolMessage:
    """What the tools answered to the tool calls of the assistant message before."""

    role: ClassVar[Literal["tool"]] = "tool"
    content: tuple[ToolResultPart, ...]
    provider_options: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "content", tuple(self.content))
        object.__setattr__(self, "provider_options", freeze(self.provider_options))


Message: TypeAlias = SystemMessage | UserMessage | AssistantMessage | ToolMessage
_MESSAGES = (SystemMessage, UserMessage, AssistantMessage, ToolMessage)
Prompt: TypeAlias = str | Sequence[str | UserContent]


def system(text: str, **provider_options: Any) -> SystemMessage:
    """A system message."""
    return SystemMessage(text, freeze(provider_options))


def user(*content: str | UserContent, name: str | None = None, **provider_options: Any) -> UserMessage:
    """A user message of strings and files."""
    parts = tuple(TextPart(each) if isinstance(each, str) else each for each in content)
    return UserMessage(parts, name, freeze(provider_options))


def assistant(*content: str | AssistantContent, **provider_options: Any) -> AssistantMessage:
    """An assistant message, as if the model had said it."""
    parts = tuple(TextPart(each) if isinstance(each, str) else each for each in content)
    return AssistantMessage(parts, freeze(provider_options))


def tool_results(*results: ToolResultPart, **provider_options: Any) -> ToolMessage:
    """A tool message with the answers to tool calls."""
    return ToolMessage(results, freeze(provider_options))


def to_messages(
    prompt: Prompt | None = None,
    messages: Sequence[Message | Mapping[str, Any]] | None = None,
    system: str | None = None,
) -> tuple[Message, ...]:
    """One conversation from prompt sugar: ``system`` first, then ``messages``, then ``prompt`` as a user message.

    Raises ``InvalidRequestError`` when there is neither a prompt nor messages, or a message cannot be understood.
    """
    if prompt is None and not messages:
        raise InvalidRequestError("give a prompt or messages=[...]: there is nothing to answer", field="prompt")
    head: tuple[Message, ...] = (SystemMessage(system),) if system is not None else ()
    middle = tuple(
        each
        if isinstance(each, SystemMessage | UserMessage | AssistantMessage | ToolMessage)
        else _from_mapping(each, at)
        for at, each in enumerate(messages or ())
    )
    tail: tuple[Message, ...] = (_prompt_message(prompt),) if prompt is not None else ()
    return head + middle + tail


def _prompt_message(prompt: Prompt) -> UserMessage:
    if isinstance(prompt, str):
        return UserMessage((TextPart(prompt),))
    for at, each in enumerate(cast("Sequence[object]", prompt)):
        if not isinstance(each, str | TextPart | FilePart):
            raise InvalidRequestError(
                f"prompt[{at}] is a {type(each).__name__}; allowed are str, TextPart and FilePart "
                "(for a conversation use messages=[...])",
                field=f"prompt[{at}]",
            )
    return user(*prompt)


def _from_mapping(value: Any, at: int) -> Message:
    if not isinstance(value, Mapping):
        raise InvalidRequestError(
            f"messages[{at}] is a {type(value).__name__}; allowed are the message classes and mappings with a role",
            field=f"messages[{at}]",
        )
    try:
        return message_from_dict(cast("Mapping[str, Any]", value))
    except InvalidRequestError as error:
        raise InvalidRequestError(f"messages[{at}]: {error.message}", field=f"messages[{at}]") from error


_PARTS: dict[str, type[Any]] = {
    each.type: each for each in (TextPart, ReasoningPart, FilePart, ToolCallPart, ToolResultPart, SourcePart)
}
_ALLOWED: dict[str, tuple[str, ...]] = {
    "user": ("text", "file"),
    "assistant": tuple(_PARTS),
    "tool": ("tool-result",),
}


def message_to_dict(message: Message) -> dict[str, Any]:
    """A message as plain JSON data; ``message_from_dict`` gives an equal message back. Bytes become base64."""
    content = message.content if isinstance(message.content, str) else [_part_to_dict(part) for part in message.content]
    data: dict[str, Any] = {"role": message.role, "content": content}
    if isinstance(message, UserMessage) and message.name is not None:
        data["name"] = message.name
    if message.provider_options:
        data["provider_options"] = _plain(message.provider_options)
    return data


def _part_to_dict(part: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"type": part.type}
    names = cast("tuple[str, ...]", part.__slots__)
    for name in names:
        value = getattr(part, name)
        if name == "data" and value is not None:
            data["data"] = part.base64
        elif name == "output" and isinstance(value, tuple) and _has_parts(cast("tuple[Any, ...]", value)):
            data["output"] = {"content": [_part_to_dict(each) for each in cast("tuple[Any, ...]", value)]}
        elif name == "output":
            data["output"] = _plain(value)
        elif value is not None and value is not False and value != EMPTY:
            data[name] = _plain(value)
    return data


def _has_parts(value: tuple[Any, ...]) -> bool:
    return bool(value) and all(isinstance(each, TextPart | FilePart) for each in value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in cast("tuple[Any, ...]", value)]
    return value


def message_from_dict(data: Mapping[str, Any]) -> Message:
    """The message of a plain dict: ``{"role": ..., "content": ...}`` with a string or a list of part dicts."""
    role, content = data.get("role"), data.get("content")
    options: Options = freeze(data.get("provider_options") or {})
    if role == "system":
        if not isinstance(content, str):
            raise InvalidRequestError("the content of a system message must be a string", field="content")
        return SystemMessage(content, options)
    if role not in _ALLOWED:
        raise InvalidRequestError(f"role is {role!r}; allowed are system, user, assistant and tool", field="role")
    if isinstance(content, str) and role != "tool":
        parts: tuple[Any, ...] = (TextPart(content),)
    elif isinstance(content, Sequence) and not isinstance(content, str | bytes):
        parts = tuple(_part_from(each, role) for each in cast("Sequence[Any]", content))
    else:
        raise InvalidRequestError(
            f"content is a {type(content).__name__}; a {role} message takes a list of parts", field="content"
        )
    if role == "user":
        return UserMessage(parts, data.get("name"), options)
    return AssistantMessage(parts, options) if role == "assistant" else ToolMessage(parts, options)


def _part_from(value: Any, role: str) -> Any:
    if isinstance(value, str):
        return TextPart(value)
    if isinstance(value, tuple(_PARTS.values())):
        return value
    if not isinstance(value, Mapping):
        raise InvalidRequestError(f"a part is a {type(value).__name__}; allowed are strings and dicts", field="content")
    data = dict(cast("Mapping[str, Any]", value))
    kind = data.pop("type", None)
    if kind not in _ALLOWED[role]:
        allowed = ", ".join(_ALLOWED[role])
        raise InvalidRequestError(f"a part of type {kind!r} in a {role} message; allowed are {allowed}", field="type")
    if isinstance(data.get("data"), str):
        data["data"] = base64.b64decode(data["data"])
    output = data.get("output")
    if kind == "tool-result" and isinstance(output, Mapping) and set(cast("Any", output)) == {"content"}:
        data["output"] = tuple(_part_from(each, "user") for each in cast("Any", output)["content"])
    try:
        return _PARTS[kind](**data)
    except TypeError as error:
        fields = ", ".join(_PARTS[kind].__slots__)
        raise InvalidRequestError(f"a {kind} part has the fields {fields}: {error}", field="content") from error

"""Messages and the content in them.

A prompt is a string, a list of content (strings and files), or ``messages``: a sequence of the four message classes or
of plain dicts in the shape of ``message_to_dict``. All of it becomes a tuple of messages before any call.
"""

from __future__ import annotations

import base64
import json
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, ClassVar, Literal, NoReturn, TypeAlias, cast

from ai_sdk._frozen import EMPTY, freeze, frozen
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

Options: TypeAlias = Mapping[str, Any]
"""Provider options or metadata: ``{"groq": {...}}``, namespaced by provider."""


@frozen()
class TextPart:
    """Text."""

    type: ClassVar[Literal["text"]] = "text"
    text: str
    provider_metadata: Options = EMPTY

    def __post_init__(self) -> None:
        if self.provider_metadata is not EMPTY:
            object.__setattr__(self, "provider_metadata", freeze(self.provider_metadata))


@frozen()
class ReasoningPart:
    """What the model thought before it answered. A provider's signature rides in ``provider_metadata``."""

    type: ClassVar[Literal["reasoning"]] = "reasoning"
    text: str
    provider_metadata: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "provider_metadata", freeze(self.provider_metadata))


@frozen()
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


@frozen()
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
        except (ValueError, RecursionError) as error:
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


@frozen()
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


@frozen()
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


def _checked(content: Any, role: str) -> tuple[Any, ...]:
    if type(content) is not tuple and (isinstance(content, str) or not isinstance(content, Sequence)):
        _refuse("content", cast("object", content), f"a sequence of parts; the helpers of {__name__} take strings too")
    parts = tuple(cast("Sequence[Any]", content))
    for at, part in enumerate(parts):
        if getattr(part, "type", None) not in _ALLOWED[role]:
            _refuse(f"content[{at}]", part, f"one of the parts {', '.join(_ALLOWED[role])} in a {role} message")
    return parts


UserContent: TypeAlias = TextPart | FilePart
AssistantContent: TypeAlias = TextPart | ReasoningPart | FilePart | ToolCallPart | ToolResultPart | SourcePart


@frozen()
class SystemMessage:
    """Instructions to the model."""

    role: ClassVar[Literal["system"]] = "system"
    content: str
    provider_options: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "provider_options", freeze(self.provider_options))


@frozen()
class UserMessage:
    """What the user said: text and files. ``name`` tells speakers apart where the provider takes it."""

    role: ClassVar[Literal["user"]] = "user"
    content: tuple[UserContent, ...]
    name: str | None = None
    provider_options: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "content", _checked(self.content, self.role))
        if self.provider_options is not EMPTY:
            object.__setattr__(self, "provider_options", freeze(self.provider_options))

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "".join([part.text for part in self.content if isinstance(part, TextPart)])


@frozen()
class AssistantMessage:
    """What the model answered."""

    role: ClassVar[Literal["assistant"]] = "assistant"
    content: tuple[AssistantContent, ...]
    provider_options: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "content", _checked(self.content, self.role))
        if self.provider_options is not EMPTY:
            object.__setattr__(self, "provider_options", freeze(self.provider_options))

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "".join([part.text for part in self.content if isinstance(part, TextPart)])

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The tool calls, in order."""
        return tuple([part for part in self.content if isinstance(part, ToolCallPart)])


@frozen()
class ToolMessage:
    """What the tools answered to the tool calls of the assistant message before."""

    role: ClassVar[Literal["tool"]] = "tool"
    content: tuple[ToolResultPart, ...]
    provider_options: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "content", _checked(self.content, self.role))
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
    if type(prompt) is str and messages is None and system is None:
        return (UserMessage((TextPart(prompt),)),)
    _check_conversation(messages, system)
    if not messages and (prompt is None or (type(prompt) is not str and prompt in ([], ()))):
        raise InvalidRequestError("give a prompt or messages=[...]: there is nothing to answer", field="prompt")
    head: tuple[Message, ...] = (SystemMessage(system),) if system is not None else ()
    middle = tuple(
        each if isinstance(each, _MESSAGES) else _from_mapping(each, at) for at, each in enumerate(messages or ())
    )
    tail: tuple[Message, ...] = (_prompt_message(prompt),) if prompt is not None else ()
    return head + middle + tail


def _refuse(field: str, value: object, allowed: str) -> NoReturn:
    raise InvalidRequestError(f"{field} is a {type(value).__name__}; allowed is {allowed}", field=field)


def _check_conversation(messages: object, system: object) -> None:
    if isinstance(messages, str | Mapping) or not isinstance(messages, Sequence | None):
        _refuse("messages", cast("object", messages), "a list of messages or of mappings with a role")
    if not isinstance(system, str | None):
        _refuse("system", system, "a string")


def _prompt_message(prompt: Prompt) -> UserMessage:
    if isinstance(prompt, str):
        return UserMessage((TextPart(prompt),))
    if not isinstance(cast("object", prompt), Sequence):
        _refuse("prompt", prompt, "a string or a list of strings and files")
    for at, each in enumerate(cast("Sequence[object]", prompt)):
        if not isinstance(each, str | TextPart | FilePart):
            _refuse(f"prompt[{at}]", each, "a str, TextPart or FilePart (for a conversation use messages=[...])")
    return user(*prompt)


def _from_mapping(value: Any, at: int) -> Message:
    if not isinstance(value, Mapping):
        _refuse(f"messages[{at}]", value, "a message or a mapping with a role")
    try:
        return message_from_dict(cast("Mapping[str, Any]", value))
    except InvalidRequestError as error:
        raise InvalidRequestError(f"messages[{at}]: {error.message}", field=f"messages[{at}]") from error


_PARTS: dict[str, type[Any]] = {
    each.type: each for each in (TextPart, ReasoningPart, FilePart, ToolCallPart, ToolResultPart, SourcePart)
}
_TEXTS = frozenset({"text", "url", "media_type", "filename", "id", "name", "input", "title"})
_ALLOWED: dict[str, tuple[str, ...]] = {
    "user": ("text", "file"),
    "assistant": tuple(_PARTS),
    "tool": ("tool-result",),
}


def message_to_dict(message: Message) -> dict[str, Any]:
    """A message as plain JSON data; ``message_from_dict`` gives an equal message back.

    Bytes become base64; a tool result of text and file parts has them under ``content`` in place of ``output``.
    """
    content = message.content if isinstance(message.content, str) else [_part_to_dict(part) for part in message.content]
    data: dict[str, Any] = {"role": message.role, "content": content}
    if isinstance(message, UserMessage) and message.name is not None:
        data["name"] = message.name
    if message.provider_options:
        data["provider_options"] = _plain(message.provider_options)
    return data


def _part_to_dict(part: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"type": part.type}
    for name in cast("tuple[str, ...]", part.__slots__):
        value = getattr(part, name)
        if name == "data" and value is not None:
            data["data"] = part.base64
        elif name == "output" and isinstance(value, tuple) and _has_parts(cast("tuple[Any, ...]", value)):
            data["content"] = [_part_to_dict(each) for each in cast("tuple[Any, ...]", value)]
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
    role: Any = data.get("role")
    content: Any = data.get("content")
    _check_fields(data, role)
    options: Options = freeze(data.get("provider_options") or {})
    if role == "system":
        if not isinstance(content, str):
            _refuse("content", content, "a string in a system message")
        return SystemMessage(content, options)
    if isinstance(content, str) and role != "tool":
        content = [content]
    parts = _parts_from(content, role)
    if role == "user":
        return UserMessage(parts, data.get("name"), options)
    return AssistantMessage(parts, options) if role == "assistant" else ToolMessage(parts, options)


def _check_fields(data: Mapping[str, Any], role: Any) -> None:
    if role not in ("system", "user", "assistant", "tool"):
        raise InvalidRequestError(f"role is {role!r}; allowed are system, user, assistant and tool", field="role")
    allowed = ("role", "content", "provider_options", *(("name",) if role == "user" else ()))
    for name in data:
        if name not in allowed:
            raise InvalidRequestError(f"a {role} message has no {name!r}; allowed are {', '.join(allowed)}", field=name)
    if not isinstance(data.get("provider_options"), Mapping | None):
        _refuse("provider_options", data["provider_options"], "a mapping, by provider")


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise InvalidRequestError(f"the data of a file part is not valid base64: {error}", field="data") from error


def _parts_from(content: Any, role: str) -> tuple[Any, ...]:
    if not isinstance(content, Sequence) or isinstance(content, str | bytes):
        _refuse("content", content, f"a list of parts ({', '.join(_ALLOWED[role])}) in a {role} message")
    return tuple(_part_from(each, role) for each in cast("Sequence[Any]", content))


def _part_from(value: Any, role: str) -> Any:
    if isinstance(value, str):
        value = TextPart(value)
    given = cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {"type": getattr(value, "type", None)}
    data = {name: each for name, each in given.items() if each is not None or name == "output"}
    kind = data.pop("type", None)
    if kind not in _ALLOWED[role]:
        found = f"content of a {role} message has a part of type {kind!r}"
        raise InvalidRequestError(f"{found}; allowed are {', '.join(_ALLOWED[role])}", field="content")
    if isinstance(value, _PARTS[kind]):
        return cast("Any", value)
    for name, each in data.items():
        if name in _TEXTS and not isinstance(each, str):
            _refuse(name, each, f"a string in a {kind} part")
    encoded: Any = data.get("data")
    if isinstance(encoded, str):
        data["data"] = _from_base64(encoded)
    if kind == "tool-result" and "content" in data:
        data["output"] = _parts_from(data.pop("content"), "user")
    try:
        return _PARTS[kind](**data)
    except TypeError as error:
        fields = ", ".join(_PARTS[kind].__slots__)
        raise InvalidRequestError(
            f"content has a {kind} part that does not fit ({error}); allowed are {fields}", field="content"
        ) from error

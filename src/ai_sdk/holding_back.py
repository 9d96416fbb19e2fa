"""Rewriting the text of requests and of live answers, where a stretch of text must be seen before its start is shown.

A layer says in a ``Shape`` what becomes of text. ``shaped_request`` applies it to a request. ``held_back`` applies it
to the parts of a response, block by block: a block takes in deltas and gives out what may be shown, holding back what
it has not decided yet. The laws of ``held_back``:

- the folded result has its content in the order in which it came, however the blocks interleave and are held back: a
  block that has shown nothing yet takes its place, as an empty delta, before later content is shown;
- what one block holds back delays no other content; all of it is shown before the finish;
- when the stream breaks after content was shown, the rest of what had come is shown before the error; when nothing was
  shown, the error comes at once, so that a layer around can still call again.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.messages import (
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
    UserMessage,
)
from ai_sdk.parts import LanguagePart, ReasoningDelta, TextDelta, ToolInputDelta
from ai_sdk.requests import LanguageRequest, changed
from ai_sdk.results import LanguageResponse

__all__ = [
    "Block",
    "Delta",
    "Shape",
    "held_back",
    "part_or_error",
    "reshaped",
    "shaped_content",
    "shaped_request",
]

Delta: TypeAlias = TextDelta | ReasoningDelta | ToolInputDelta
Change: TypeAlias = Callable[[AsyncIterator[LanguagePart]], AsyncGenerator[LanguagePart, None]]
Content = TypeVar("Content")


class Block(Protocol):
    """The text of one block while it arrives: of text, of reasoning, or of the preview of one tool call's input."""

    async def feed(self, text: str, /) -> str:
        """Take in more text, and give out what may be shown now."""
        ...

    async def end(self) -> str:
        """Give out the rest: no more text comes."""
        ...


class Shape(Protocol):
    """What becomes of text. A method that changes nothing gives back the very object."""

    def block(self, kind: type[Delta], /) -> Block:
        """A new block of a live answer."""
        ...

    async def text(self, text: str, /) -> str:
        """A text that is here as a whole."""
        ...

    async def json(self, text: str, /) -> str:
        """The JSON text of a tool call's arguments."""
        ...

    async def data(self, value: Any, /) -> Any:
        """Plain data, as a tool answers with."""
        ...


async def shaped_request(request: LanguageRequest, shape: Shape, roles: Collection[str]) -> LanguageRequest:
    """The request with the messages of these roles shaped; the very request when nothing changed."""
    messages = tuple([await _shaped_message(each, shape) if each.role in roles else each for each in request.messages])
    if all(one is other for one, other in zip(messages, request.messages, strict=True)):
        return request
    return changed(request, messages=messages)


async def _shaped_message(message: Message, shape: Shape) -> Message:
    if isinstance(message, SystemMessage):
        text = await shape.text(message.content)
        return message if text == message.content else replace(message, content=text)
    content: Any = await _shaped_all(message.content, shape)
    return message if content is message.content else _with_content(message, content)


def _with_content(message: UserMessage | AssistantMessage | ToolMessage, content: Any) -> Message:
    return replace(message, content=content)


async def _shaped_all(content: tuple[Content, ...], shape: Shape) -> tuple[Content, ...]:
    shaped = tuple([await shaped_content(each, shape) for each in content])
    return content if all(one is other for one, other in zip(shaped, content, strict=True)) else shaped


async def shaped_content(part: Content, shape: Shape) -> Content:
    """A whole part of a message or answer, shaped: text, reasoning, tool call, tool result, the words of a source."""
    changes: dict[str, Any] = {}
    if isinstance(part, TextPart | ReasoningPart):
        changes["text"] = await shape.text(part.text)
    elif isinstance(part, ToolCallPart):
        changes["input"] = await shape.json(part.input)
    elif isinstance(part, ToolResultPart):
        changes["output"] = await _shaped_output(part.output, shape)
    elif isinstance(part, SourcePart):
        for name, value in (("url", part.url), ("title", part.title), ("filename", part.filename)):
            changes[name] = value and await shape.text(value)
    changes = {name: value for name, value in changes.items() if value is not getattr(part, name)}
    return cast("Content", replace(cast("Any", part), **changes)) if changes else part


async def _shaped_output(output: Any, shape: Shape) -> Any:
    if isinstance(output, str):
        return await shape.text(output)
    if isinstance(output, tuple):
        parts = cast("tuple[Any, ...]", output)
        if parts and all(isinstance(each, TextPart | FilePart) for each in parts):
            return await _shaped_all(parts, shape)
    return await shape.data(output)


async def reshaped(response: LanguageResponse, change: Change, *, live: bool) -> LanguageResponse:
    """The response through ``change``, which may refuse: inside the ``await`` until its first content is out.

    An answer that was not asked for as a stream (``live`` False) is read to its end here, so that all of it can still
    be retried or failed over.
    """
    shaped = await response.through(change, peek=True)
    return shaped if live else LanguageResponse.of([part async for part in shaped], shaped.fold)


async def part_or_error(parts: AsyncIterator[LanguagePart]) -> LanguagePart | Exception | None:
    """The next part, the error that broke the stream, or None at its end."""
    try:
        return await anext(parts)
    except StopAsyncIteration:
        return None
    except Exception as error:  # noqa: BLE001 - the caller raises it, after what it has to show first
        return error


class _Held:
    """One block, and the metadata of its deltas that has not been shown."""

    __slots__ = ("_block", "_first", "_metadata")

    def __init__(self, first: Delta, block: Block) -> None:
        self._first = first
        self._block = block
        self._metadata: list[Mapping[str, Any]] = []

    async def feed(self, delta: Delta) -> list[LanguagePart]:
        if isinstance(delta, ToolInputDelta):
            return self._parts(await self._block.feed(delta.delta))
        text = await self._block.feed(delta.text)
        if text == delta.text and text and not self._metadata:
            return [delta]
        if delta.provider_metadata:
            self._metadata.append(delta.provider_metadata)
        return self._parts(text)

    async def end(self) -> list[LanguagePart]:
        text = await self._block.end()
        return self._parts(text) if text or not self._metadata else self.place()

    def place(self) -> list[LanguagePart]:
        """An empty delta, so that this block comes before what is shown next."""
        return self._deltas("")

    def _parts(self, text: str) -> list[LanguagePart]:
        return self._deltas(text) if text else []

    def _deltas(self, text: str) -> list[LanguagePart]:
        first = self._first
        if isinstance(first, ToolInputDelta):
            return [ToolInputDelta(first.id, first.name, text)]
        metadata = self._metadata or [EMPTY]
        self._metadata = []
        kind = type(first)
        return [*(kind("", first.id, each) for each in metadata[:-1]), kind(text, first.id, metadata[-1])]


class _Blocks:
    """The blocks of one response that are open, in the order in which they came."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._open: dict[tuple[type[Delta], str], _Held] = {}
        self._unplaced: list[_Held] = []

    async def feed(self, delta: Delta) -> list[LanguagePart]:
        key = (type(delta), delta.id)
        held = self._open.get(key)
        if held is None:
            held = self._open[key] = _Held(delta, self._shape.block(type(delta)))
            if not isinstance(delta, ToolInputDelta):
                self._unplaced.append(held)
        shown = await held.feed(delta)
        return [*self._places(held), *shown] if shown and held in self._unplaced else shown

    async def whole(self, part: LanguagePart) -> list[LanguagePart]:
        """Content that came as a whole, after the places of the blocks before it and the rest of its own preview."""
        shaped = await shaped_content(part, self._shape)
        preview = self._open.pop((ToolInputDelta, part.id), None) if isinstance(part, ToolCallPart) else None
        rest = await preview.end() if preview is not None else []
        return [*rest, *self._places(None), shaped]

    async def end(self) -> list[LanguagePart]:
        rest = [part for held in self._open.values() for part in await held.end()]
        self._open.clear()
        self._unplaced.clear()
        return rest

    def _places(self, of: _Held | None) -> list[LanguagePart]:
        """The places of the blocks that came before ``of``, or of all."""
        until = self._unplaced.index(of) if of is not None else len(self._unplaced)
        places = [part for held in self._unplaced[:until] for part in held.place()]
        del self._unplaced[: until + 1]
        return places


async def held_back(parts: AsyncIterator[LanguagePart], shape: Shape) -> AsyncGenerator[LanguagePart, None]:
    """The parts, shaped; see the module's words for the laws. What the shape raises comes out as it is."""
    blocks = _Blocks(shape)
    begun = False
    while (part := await part_or_error(parts)) is not None:
        if isinstance(part, Exception):
            rest: list[LanguagePart] = []
            with contextlib.suppress(Exception):  # what is refused now is not shown; the stream's own error is raised
                rest = await blocks.end() if begun else []
            for each in rest:
                yield each
            try:
                raise part
            finally:
                del part
        if isinstance(part, Delta):
            shown = await blocks.feed(part)
        elif part.last:
            shown = [*await blocks.end(), part]
        else:
            shown = await blocks.whole(part) if part.content else [part]
        for each in shown:
            begun = begun or each.content
            yield each

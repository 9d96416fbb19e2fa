"""Take the JSON out of an answer that was asked for as JSON and came in a fence, or with words around it.

The law: text that is valid JSON passes byte for byte. Where the text holds an object or a list of JSON, that is the
text: the fence and the words around it are dropped. Where it holds none, nothing is lost but a fence in front of what
began as JSON and did not end as such. Several values in a row stay as they are. Where the provider cut the text changes
nothing.

A value that stands at the beginning, or in a fence at the beginning, is shown while it arrives; what comes behind it is
held until it shows itself as white space, words or more data. An answer that begins with words is held to its end, when
the best value in it is chosen: one that fits the schema of the request before one that does not, one in a fence before
one that is in none, an earlier one before a later. Reasoning, tool calls and all else pass.
"""

from __future__ import annotations

import json
import re
from bisect import bisect
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

from ai_sdk.fitting import problems
from ai_sdk.holding_back import Block, Delta, held_back, reshaped
from ai_sdk.layer_options import check_kind
from ai_sdk.model import Layer, Model, layer
from ai_sdk.parts import LanguagePart, TextDelta
from ai_sdk.repair import MOST_READ, NOT_READ, read_json
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse

__all__ = ["extract_json"]

_MOST_TRIED = 1000
_MOST_UNDECIDED = 4096
_FENCE = re.compile(r"`{3,}[^\n`]*\n")
_FENCE_SO_FAR = re.compile(r"`{1,2}|`{3,}[^\n`]*")
_OPENING = re.compile(r"[{\[]")
_MARK = re.compile(r'[{}\[\]"]')
_QUOTE = re.compile(r'["\\]')
_DECODER = json.JSONDecoder()
_AFTER = {"{": '"}', "[": '"{[]-0123456789tfn'}


def extract_json(*, always: bool = False) -> Layer[LanguageRequest, LanguageResponse]:
    """Make the text of an answer the JSON value in it, when the request has a ``response_format``.

    ``always``: also when it has none, for models that are asked for JSON in the prompt alone.
    """

    @layer
    async def extract_json(
        request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]
    ) -> LanguageResponse:
        check_kind(request, LanguageRequest, "extract_json")
        if request.response_format is None and not always:
            return await call(request)
        shape = _Shape(request.response_format.schema if request.response_format is not None else None)

        def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            return held_back(parts, shape)

        return await reshaped(await call(request), change, live=request.stream)

    return extract_json


class _Shape:
    """Text is extracted; everything else stays."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema

    def block(self, kind: type[Delta], /) -> Block:
        return _Text(self._schema) if kind is TextDelta else _Same()

    async def text(self, text: str, /) -> str:
        return text

    async def json(self, text: str, /) -> str:
        return text

    async def data(self, value: Any, /) -> Any:
        return value


class _Same:
    """A block that stays."""

    async def feed(self, text: str, /) -> str:
        return text

    async def end(self) -> str:
        return ""


class _Text:
    """One block of text. ``_state`` is what its next characters belong to."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._state = self._beginning
        self._held: list[str] = []
        self._fenced = False
        self._value: list[str] = []
        self._closers: list[str] = []
        self._in_string = False
        self._escaped = False

    async def feed(self, text: str, /) -> str:
        return self._state(text)

    async def end(self) -> str:
        held = "".join(self._held)
        if self._state == self._words:
            return _chosen(held, self._schema)
        return "" if self._state == self._behind and self._fenced else held

    def _beginning(self, text: str) -> str:
        """White space, perhaps a fence, and the first two characters of a value; else it is words."""
        held = "".join((*self._held, text))
        self._held = [held]
        body = held.lstrip()
        fence = _FENCE.match(body)
        if fence is not None:
            body = body[fence.end() :].lstrip()
        second = body[1:].lstrip()
        if len(held) - len(second) > _MOST_UNDECIDED:
            self._state = self._words
            return ""
        if not body or (fence is None and _FENCE_SO_FAR.fullmatch(body)) or (body[0] in _AFTER and not second):
            return ""
        if not second or second[0] not in _AFTER.get(body[0], ""):
            self._state = self._words
            return ""
        self._held = []
        self._fenced = fence is not None
        self._state = self._inside
        return self._inside(body if self._fenced else held)

    def _words(self, text: str) -> str:
        self._held.append(text)
        return ""

    def _inside(self, text: str) -> str:
        """The value, up to the bracket that closes it."""
        end = self._scan(text)
        if end is None:
            self._value.append(text)
            return text
        self._value.append(text[:end])
        whole = end >= 0 and read_json("".join(self._value)) is not NOT_READ
        self._value = []
        if not whole:
            self._state = self._as_it_is
            return text
        self._state = self._behind
        return text[:end] + self._behind(text[end:])

    def _scan(self, text: str) -> int | None:
        """Where the value ends in the text, None when it goes on, -1 when its brackets do not fit."""
        at = 0
        while at < len(text):
            if self._escaped:
                self._escaped = False
                at += 1
                continue
            mark = (_QUOTE if self._in_string else _MARK).search(text, at)
            if mark is None:
                return None
            at = mark.end()
            each = mark[0]
            if each == "\\":
                self._escaped = True
            elif each == '"':
                self._in_string = not self._in_string
            elif each in "{[":
                self._closers.append("}" if each == "{" else "]")
            elif self._closers.pop() != each:
                return -1
            elif not self._closers:
                return at
        return None

    def _behind(self, text: str) -> str:
        """White space is held; more data is not lost; anything else is dropped."""
        self._held.append(text)
        if not text or text.isspace():
            return ""
        held = "".join(self._held)
        if held.lstrip()[:1] in ("{", "[", '"', ",") and not self._fenced:
            self._held = []
            self._state = self._as_it_is
            return held
        self._state = self._dropped
        self._held = []
        return ""

    def _as_it_is(self, text: str) -> str:
        return text

    def _dropped(self, text: str) -> str:
        return ""


def _chosen(text: str, schema: Any) -> str:
    """The best value in a text with words in it, or the text."""
    if len(text) > MOST_READ or read_json(text) is not NOT_READ:
        return text
    fences = [each.start() for each in re.finditer("```", text)]
    best: tuple[tuple[bool, bool], str] | None = None
    for start, end, value in _values_in(text):
        fits = schema is None or not problems(value, schema, most=1)
        rank = (fits, bisect(fences, start) % 2 == 1)
        if best is None or rank > best[0]:
            best = (rank, text[start:end])
    return text if best is None else best[1]


def _values_in(text: str) -> Iterator[tuple[int, int, Any]]:
    """Objects and lists that stand in a text, with their places; of those in each other the outermost."""
    at, work = 0, 0
    for _ in range(_MOST_TRIED):
        opening = _OPENING.search(text, at)
        if opening is None or work > 8 * len(text) + 1_000_000:
            return
        try:
            value, end = _DECODER.raw_decode(text, opening.start())
        except json.JSONDecodeError as error:
            work += error.pos - opening.start()
            at = opening.end()
        except (ValueError, RecursionError):
            work += 1000
            at = opening.end()
        else:
            yield opening.start(), end, value
            at = end

"""Reading JSON while it is still being written.

``PartialJSON`` takes the text in any pieces. At any time ``snapshot()`` is the value as far as it is certain: objects
and arrays without what is missing, strings cut off where the text ends, numbers and literals only once they are
complete. ``end()`` is exactly what ``json.loads`` makes of the whole text.

Reading looks at every character once. A snapshot copies the containers that are still open and shares the finished
ones, so that no snapshot ever changes afterwards (and none may be changed). Copies can cost more than the text that
came in between; ``affordable`` says whether the next one keeps the cost of all of them linear in the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final, cast

from ai_sdk.errors import InvalidResponseError

__all__ = ["MISSING", "PartialJSON"]


def _name_missing(_self: object) -> str:
    return "MISSING"


MISSING: Final[Any] = type("Missing", (), {"__repr__": _name_missing})()
"""The snapshot when there is no value yet."""

COPIES_PER_CHARACTER = 64
FREE_COPIES = 4096

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_TOKEN = re.compile(r"[-+.0-9A-Za-z]*")
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class PartialJSON:
    """A JSON text that is still arriving."""

    __slots__ = (
        "_high",
        "_key",
        "_keys",
        "_length",
        "_open",
        "_pending",
        "_pieces",
        "_spent",
        "_stack",
        "_start",
        "_state",
        "_value",
        "changed",
        "error",
        "seen",
    )

    def __init__(self) -> None:
        self.changed = False
        self.error: str | None = None
        self.seen = 0
        self._spent = 0
        self._start = ""
        self._state: Callable[[PartialJSON, str, int], int] = PartialJSON._read_value
        self._stack: list[Any] = []
        self._keys: list[str] = []
        self._key = False
        self._pieces: list[str] = []
        self._length = 0
        self._open = 0
        self._pending = ""
        self._high = ""
        self._value: Any = MISSING

    def feed(self, text: str) -> bool:
        """Read more text; whether the snapshot is another than the last one that was taken.

        Once the text is not JSON, reading stops where it went wrong, and ``end`` says so.
        """
        if len(self._start) < 500:
            self._start += text[: 500 - len(self._start)]
        at, length = 0, len(text)
        while at < length and self.error is None:
            at = self._state(self, text, at)
        self.seen += length
        return self.changed

    @property
    def affordable(self) -> bool:
        """Whether a snapshot now keeps all copying within a fixed number of copies for each character."""
        return self._spent + self._price() <= FREE_COPIES + COPIES_PER_CHARACTER * self.seen

    @property
    def work(self) -> int:
        """What was done: characters read, and characters and items copied for snapshots."""
        return self.seen + self._spent

    def snapshot(self) -> Any:
        """The value as far as it has arrived, ``MISSING`` when none has. It never changes, and shares with others."""
        self._spent += self._price()
        self.changed = False
        inner = self._open_string()
        for depth in range(len(self._stack) - 1, -1, -1):
            container = self._stack[depth]
            if type(container) is dict:
                copy: Any = cast("dict[str, Any]", container).copy()
                if inner is not MISSING:
                    copy[self._keys[depth]] = inner
            else:
                copy = list(container)
                if inner is not MISSING:
                    copy.append(inner)
            inner = copy
        return self._value if inner is MISSING else inner

    def end(self) -> Any:
        """The value of the whole text.

        Raises ``InvalidResponseError`` when the text was no JSON or stops in the middle.
        """
        if self.error is None and self._state is PartialJSON._read_token:
            self._finish_token()
        if self.error is None and self._state is not PartialJSON._read_rest:
            self.error = "it stops in the middle" if self.seen else "it is empty"
        if self.error is not None:
            raise InvalidResponseError(f"the text is not valid JSON: {self.error}", body=self._start)
        return self._value

    def _price(self) -> int:
        return self._open + len(self._stack) + self._length + 1

    def _open_string(self) -> Any:
        if self._key or self._state not in _IN_STRING:
            return MISSING
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def _fail(self, reason: str, text: str, at: int) -> int:
        self.error = f"{reason}, not {text[at]!r}, at character {self.seen + at}"
        return at

    def _read_value(self, text: str, at: int) -> int:
        return self._begin(text, at, "a value")

    def _read_first_item(self, text: str, at: int) -> int:
        return self._begin(text, at, "a value or ]", close="]")

    def _begin(self, text: str, at: int, wanted: str, close: str = "") -> int:
        at = _end_of(_SPACE, text, at)
        if at == len(text):
            return at
        char = text[at]
        if char == '"':
            self._begin_string(key=False)
        elif char in "{[":
            self._stack.append({} if char == "{" else [])
            self._keys.append("")
            self._state = PartialJSON._read_first_key if char == "{" else PartialJSON._read_first_item
            self.changed = True
        elif char == close:
            self._close_container()
        elif _end_of(_TOKEN, text, at) > at:
            self._state = PartialJSON._read_token
            return at
        else:
            return self._fail(f"expected {wanted}", text, at)
        return at + 1

    def _begin_string(self, *, key: bool) -> None:
        self._key = key
        self._state = PartialJSON._read_string
        self.changed = self.changed or not key

    def _read_first_key(self, text: str, at: int) -> int:
        return self._read_key(text, at, close="}")

    def _read_key(self, text: str, at: int, close: str = "") -> int:
        at = _end_of(_SPACE, text, at)
        if at == len(text):
            return at
        if text[at] == '"':
            self._begin_string(key=True)
        elif text[at] == close:
            self._close_container()
        else:
            return self._fail("expected a property name in double quotes", text, at)
        return at + 1

    def _read_colon(self, text: str, at: int) -> int:
        at = _end_of(_SPACE, text, at)
        if at == len(text):
            return at
        if text[at] != ":":
            return self._fail("expected a colon", text, at)
        self._state = PartialJSON._read_value
        return at + 1

    def _read_next(self, text: str, at: int) -> int:
        at = _end_of(_SPACE, text, at)
        if at == len(text):
            return at
        in_object = type(self._stack[-1]) is dict
        if text[at] == ",":
            self._state = PartialJSON._read_key if in_object else PartialJSON._read_value
        elif text[at] == ("}" if in_object else "]"):
            self._close_container()
        else:
            return self._fail(f"expected a comma or {'}' if in_object else ']'}", text, at)
        return at + 1

    def _read_rest(self, text: str, at: int) -> int:
        at = _end_of(_SPACE, text, at)
        return at if at == len(text) else self._fail("expected nothing more", text, at)

    def _read_string(self, text: str, at: int) -> int:
        stop = _end_of(_PLAIN, text, at)
        if stop > at:
            self._add(text[at:stop])
        if stop == len(text):
            return stop
        char = text[stop]
        if char == "\\":
            self._state = PartialJSON._read_escape
        elif char == '"':
            self._finish_string()
        else:
            return self._fail("expected a control character to be escaped", text, stop)
        return stop + 1

    def _add(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)
        self.changed = self.changed or not self._key

    def _read_escape(self, text: str, at: int) -> int:
        char = text[at]
        if char == "u":
            self._state = PartialJSON._read_hex
        elif char in _ESCAPES:
            self._add(_ESCAPES[char])
            self._state = PartialJSON._read_string
        else:
            return self._fail("expected an escape", text, at)
        return at + 1

    def _read_hex(self, text: str, at: int) -> int:
        digits = self._pending + text[at : at + 4 - len(self._pending)]
        at += len(digits) - len(self._pending)
        self._pending = digits
        if len(digits) < 4:
            return at
        if not _HEX.fullmatch(digits):
            return self._fail("expected four hex digits", text, at - 1)
        self._add_unit(chr(int(digits, 16)))
        return at

    def _add_unit(self, char: str) -> None:
        """Add a UTF-16 code unit; the first half of a surrogate pair waits in ``_high`` for the second."""
        high, self._high = self._high, ""
        self._pending = ""
        self._state = PartialJSON._read_string
        if high and "\udc00" <= char <= "\udfff":
            self._add(chr(0x10000 + ((ord(high) - 0xD800) << 10) + (ord(char) - 0xDC00)))
            return
        if high:
            self._add(high)
        if "\ud800" <= char <= "\udbff":
            self._high = char
            self._state = PartialJSON._read_second_half
        else:
            self._add(char)

    def _give_up_pair(self) -> None:
        self._add(self._high)
        self._high = ""

    def _read_second_half(self, text: str, at: int) -> int:
        r"""After the first half of a surrogate pair: another ``\u`` may follow."""
        if text[at] != "\\":
            self._give_up_pair()
            self._state = PartialJSON._read_string
            return at
        self._state = PartialJSON._read_second_escape
        return at + 1

    def _read_second_escape(self, text: str, at: int) -> int:
        if text[at] == "u":
            self._state = PartialJSON._read_hex
            return at + 1
        self._give_up_pair()
        return self._read_escape(text, at)

    def _read_token(self, text: str, at: int) -> int:
        stop = _end_of(_TOKEN, text, at)
        self._pieces.append(text[at:stop])
        if stop < len(text):
            self._finish_token()
        return stop

    def _finish_token(self) -> None:
        token = self._take_pieces()
        if token not in _WORDS and not _NUMBER.fullmatch(token):
            self.error = f"{token[:40]!r} is no value"
            return
        try:
            self._put(json.loads(token))
        except ValueError as error:
            self.error = str(error)

    def _take_pieces(self) -> str:
        text = "".join(self._pieces)
        self._pieces = []
        self._length = 0
        return text

    def _finish_string(self) -> None:
        value = self._take_pieces()
        if self._key:
            self._key = False
            self._keys[-1] = value
            self._state = PartialJSON._read_colon
        else:
            self._put(value)

    def _close_container(self) -> None:
        self._keys.pop()
        container = self._stack.pop()
        self._open -= len(container)
        self._put(container)

    def _put(self, value: Any) -> None:
        """Put a finished value where it belongs."""
        self.changed = self.changed or not isinstance(value, str | dict | list)
        if not self._stack:
            self._value = value
            self._state = PartialJSON._read_rest
            return
        container = self._stack[-1]
        self._open -= len(container)
        if type(container) is dict:
            container[self._keys[-1]] = value
        else:
            container.append(value)
        self._open += len(self._stack[-1])
        self._state = PartialJSON._read_next


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


_IN_STRING = (
    PartialJSON._read_string,
    PartialJSON._read_escape,
    PartialJSON._read_hex,
    PartialJSON._read_second_half,
    PartialJSON._read_second_escape,
)

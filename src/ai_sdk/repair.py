"""Reading tool calls and JSON answers that a model has written badly.

``mended`` brings the arguments of a call into a form that fits the tool's schema, or leaves them alone. It goes from
the sure to the heuristic and stops at the first that fits: what is around the JSON (code fences, special tokens) is
taken off; control characters in strings are allowed; JSON in a string is decoded; the styles of Python and JavaScript
are read; the form of values is changed (``ai_sdk.fitting``); and at last ``json_repair`` reads what is no JSON. The
last step closes what is open, so it is taken only when the text is surely closed by itself, or when the caller knows
that the answer was complete.

Guards around ``json_repair``: texts up to ``MOST_REPAIRED`` characters, ``MOST_DEPTH`` deep, a bounded number of looks
at each character, and every letter that the model wrote, comments apart, and every empty value, must be in what comes
out (it drops some: an empty last item of a list, for one).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from ai_sdk.errors import MissingExtraError
from ai_sdk.fitting import MOST_DEPTH, fitted, problems

__all__ = [
    "MOST_READ",
    "MOST_REPAIRED",
    "NOT_READ",
    "Mended",
    "calls_in",
    "is_surely_closed",
    "mended",
    "need_repairer",
    "offered_name",
    "read_json",
    "read_object",
    "why_not_json",
    "written_json",
]

MOST_READ = 1_048_576
"""Characters of arguments that are looked at; longer ones are left alone."""
MOST_REPAIRED = 32_768
"""Characters that ``json_repair`` is given."""
_MOST_TOKENIZED = 262_144
_LOOKS_PER_CHARACTER = 40

_NOISE = re.compile(r"(?:\s|`{3,}+[A-Za-z0-9]*+|<\|[^<>|]{1,40}\|>|</?[A-Za-z_:-]{1,40}>|[\]});])*+")
_HEAD = re.compile(r"(?:\s|`{3,}+[A-Za-z0-9]*+|<\|[^<>|]{1,40}\|>|<[A-Za-z_:-]{1,40}>)*+")
_TOKEN = re.compile(
    r"""\s++|"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|[{}\[\],:]|[^\s"'{}\[\],:#/`]++|.""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LINE_COMMENT = re.compile(r"(?://|#)[^\n]*+")
_FUNCTION = re.compile(r"\s*(?:<function[=/ ])?\s*([\w.:-]{1,128})\s*[>(]?\s*(\{.*\})\s*[>)]?\s*", re.DOTALL)
_UNDEFINED = re.compile(r"[:,\[]\s*undefined\b")
_EMPTY = re.compile(r"""\{\s*\}|\[\s*\]|(?<=[\s:,\[{])(?:""|'')""")
_EMPTY_LAST = re.compile(rf"({_EMPTY.pattern})\s+(?=\])")
_NAME = re.compile(r"[^\W\d][\w-]*")
_WORDS = {"True": "true", "False": "false", "None": "null"}
_NOT_NAMES = frozenset({"true", "false", "null", "undefined", "NaN", "Infinity"})
_DECODER = json.JSONDecoder()
_LINES = json.JSONDecoder(strict=False)


class _NotRead:
    """There is no value."""


NOT_READ: Final = _NotRead()
"""What is read where there is no value."""


class Mended(NamedTuple):
    """The arguments of a call in a form that fits, and what was done, in words that quote nothing of them."""

    text: str
    what: str


def read_json(text: str) -> Any:
    """The value of a JSON text, ``NOT_READ`` for what is none or is nested too deeply."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return NOT_READ


def why_not_json(text: str) -> str:
    """What is wrong with a text that is no JSON, and where."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError):
        return "it is too large or nested too deeply"
    return ""


def read_object(text: str) -> Any:
    """The value of an answer that was asked for as JSON, also in one Markdown fence, or ``NOT_READ``."""
    value = read_json(text)
    stripped = text.strip()
    if value is not NOT_READ or not (stripped.startswith("```") and stripped.endswith("```")):
        return value
    _, newline, body = stripped[:-3].partition("\n")
    return read_json(body) if newline else NOT_READ


def written_json(value: Any) -> str:
    """The JSON text of a value. Raises ValueError for what JSON cannot say, such as an infinite number."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def mended(text: str, schema: Mapping[str, Any], *, coerce: bool = True, complete: bool | None = True) -> Mended | None:
    """The arguments so that they are a JSON object of the schema, None when that cannot be had.

    Arguments that fit already come back as they are, with nothing in ``what``. ``complete``: whether the answer that
    they are from was complete; None when that is not known yet: asking again with the answer may then give more. With
    ``coerce`` False the form of values is not changed. Never raises but MissingExtraError.
    """
    if len(text) > MOST_READ:
        return None
    value = read_json(text if text.strip() else "{}")
    if isinstance(value, dict) and not problems(value, schema, most=1):
        return Mended(text, "")
    for candidate, what in _readings(text, value, complete):
        found = _in_form(candidate, schema, coerce)
        if found is not None:
            new, changed = found
            try:
                return Mended(written_json(new), " and ".join(filter(None, (what, changed))))
            except (ValueError, RecursionError):
                return None
    return None


def _in_form(value: Any, schema: Mapping[str, Any], coerce: bool) -> tuple[Any, str] | None:
    if not isinstance(value, dict):
        return None
    if not problems(cast("object", value), schema, most=1):
        return cast("object", value), ""
    if coerce:
        try:
            return fitted(cast("object", value), schema), "brought values into the form of the schema"
        except ValueError:
            return None
    return None


def _readings(text: str, value: Any, complete: bool | None) -> Iterator[tuple[Any, str]]:
    """What the text may say, the surest first."""
    if value is not NOT_READ:
        yield value, ""
        if isinstance(value, str):
            for inner, what in _readings(value, read_json(value), complete):
                if not isinstance(inner, str):
                    yield inner, " and ".join(filter(None, ("decoded it twice", what)))
        return
    for decoder, done in ((_DECODER, "took off what was around it"), (_LINES, "escaped the control characters in it")):
        bare = _without_wrapping(text, decoder)
        if bare is not NOT_READ:
            for inner, what in _readings("", bare, complete) if isinstance(bare, str) else ((bare, ""),):
                yield inner, " and ".join(filter(None, (done, what)))
            return
    tokens = _tokens(text)
    restyled = NOT_READ if tokens is None else _restyled(tokens)
    if restyled is not NOT_READ:
        yield restyled, "repaired its JSON"
    elif complete or tokens is not None:
        repaired = _repaired(text)
        if repaired is not NOT_READ:
            yield repaired, "repaired its JSON"


def _without_wrapping(text: str, decoder: json.JSONDecoder) -> Any:
    """The value of a JSON text with nothing but fences, special tokens and needless brackets around it."""
    head = _HEAD.match(text)
    try:
        value, end = decoder.raw_decode(text, head.end() if head else 0)
    except (ValueError, RecursionError):
        return NOT_READ
    return value if _NOISE.fullmatch(text, end) else NOT_READ


def is_surely_closed(text: str) -> bool:
    """Whether an object or a list, in whatever bad style, begins and surely ends in the text.

    Surely: every bracket and quote has its partner, what stands between them is separated, only noise follows.
    """
    return _tokens(text) is not None


def _tokens(text: str) -> list[str] | None:
    """The words, strings and marks of a text that is surely closed; None of any other."""
    if len(text) > _MOST_TOKENIZED:
        return None
    closers: list[str] = []
    tokens: list[str] = []
    after_value = False
    head = _HEAD.match(text)
    for token in _TOKEN.finditer(text, head.end() if head else 0):
        each = token[0]
        if each.isspace():
            continue
        tokens.append(each)
        if each in ("{", "["):
            if after_value or len(closers) >= MOST_DEPTH:
                return None
            closers.append("}" if each == "{" else "]")
        elif not closers:
            return None
        elif each in ("}", "]"):
            if closers.pop() != each:
                return None
            if not closers:
                return tokens if _NOISE.fullmatch(text, token.end()) else None
            after_value = True
        elif each in (",", ":"):
            after_value = False
        elif after_value or (len(each) == 1 and each in "\"'`#/"):
            return None
        else:
            after_value = True
    return None


def _restyled(tokens: list[str]) -> Any:
    """The value that tokens say in the styles of Python and JavaScript, ``NOT_READ`` where that is not quite sure."""
    text: list[str] = []
    for each, following in zip(tokens, (*tokens[1:], ""), strict=True):
        if each == "," and following in ("}", "]"):
            continue
        if each[0] == "'":
            text.append('"' + each[1:-1].replace("\\'", "'").replace('"', '\\"') + '"')
        elif each in _WORDS and following != ":":
            text.append(_WORDS[each])
        elif _NAME.fullmatch(each) and each not in _NOT_NAMES:
            text.append(f'"{each}"')
        else:
            text.append(each)
    try:
        return _LINES.decode("".join(text))
    except (ValueError, RecursionError):
        return NOT_READ


class _TooMuchWorkError(Exception):
    """The repairer has looked too often."""


class _Metered(str):
    """A text that counts how often it is looked at, and refuses at some point: bad input must not stop the loop."""

    __slots__ = ("_left",)

    def metered(self) -> _Metered:
        self._left = _LOOKS_PER_CHARACTER * len(self) + 4096
        return self

    def __getitem__(self, at: Any, /) -> str:
        self._left -= 1 if isinstance(at, int) else len(self)
        if self._left < 0:
            raise _TooMuchWorkError
        return str.__getitem__(self, at)

    def __iter__(self) -> Iterator[str]:
        self._left -= len(self)
        if self._left < 0:
            raise _TooMuchWorkError
        return str.__iter__(self)


def need_repairer() -> None:
    """Make sure that the repairer is there, without importing it. Raises MissingExtraError."""
    from importlib.util import find_spec

    if find_spec("json_repair") is None:
        raise MissingExtraError("repairing JSON needs its package: pip install 'ai-sdk-layers[repair]'")


def _repaired(text: str) -> Any:
    """What ``json_repair`` makes of the text, ``NOT_READ`` when it makes nothing or has lost something."""
    if len(text) > MOST_REPAIRED or _is_deep(text) or _UNDEFINED.search(text):
        return NOT_READ
    try:
        from json_repair import loads
    except ImportError as error:
        raise MissingExtraError("repairing JSON needs its package: pip install 'ai-sdk-layers[repair]'") from error
    core = _core(text)
    try:
        value: Any = loads(_Metered(core).metered(), skip_json_loads=True, strict=True)
    except Exception:  # noqa: BLE001 - whatever it stumbles over, the call stays as it was
        return NOT_READ
    if not isinstance(value, dict | list) or _lost_letters(core, value) or _took_a_quote(core, value):
        return NOT_READ
    if len(_EMPTY.findall(core)) > _count_empty(value):
        return NOT_READ
    return cast("Any", value)


def _core(text: str) -> str:
    """The text from its first opening bracket to its last closing one, when only noise follows that.

    White space behind an empty last item goes: the repairer would lose the item.
    """
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    start = min(starts, default=0)
    end = max(text.rfind("}"), text.rfind("]")) + 1
    core = text[start:end] if end > start and _NOISE.fullmatch(text, end) else text[start:]
    return _EMPTY_LAST.sub(r"\1", core)


def _is_deep(text: str) -> bool:
    depth = 0
    for each in re.finditer(r"[{}\[\]()]", text):
        depth = depth + 1 if each[0] in "{[(" else max(0, depth - 1)
        if depth > MOST_DEPTH:
            return True
    return False


def _lost_letters(text: str, value: Any) -> bool:
    """Whether letters of the text, comments apart, are not in the value; the letter e is also part of numbers."""
    words: list[str] = []
    _gather(value, words)
    lost = _letters(_ESCAPE.sub(" ", text))
    lost.subtract(_letters("".join(words)))
    commented = _letters(_comments(text))
    return any(count > commented[letter] for letter, count in lost.items() if letter != "e")


def _letters(text: str) -> Counter[str]:
    return Counter(each for each in text.casefold() if each.isalpha())


def _gather(value: Any, words: list[str]) -> None:
    if isinstance(value, dict):
        for name, each in cast("dict[str, Any]", value).items():
            words.append(name)
            _gather(each, words)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            _gather(each, words)
    else:
        words.append("null none" if value is None else str(value))


def _count_empty(value: Any) -> int:
    """How many empty objects, lists and strings are in a value; ``json_repair`` loses some of them."""
    if isinstance(value, dict):
        inner = [*cast("dict[str, Any]", value), *cast("dict[str, Any]", value).values()]
        return sum(map(_count_empty, inner)) or int(not inner)
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return sum(map(_count_empty, items)) or int(not items)
    return int(value == "")


def _comments(text: str) -> str:
    found = [each[0] for each in _LINE_COMMENT.finditer(text)]
    start = text.find("/*")
    while start >= 0 and (end := text.find("*/", start + 2)) >= 0:
        found.append(text[start:end])
        start = text.find("/*", end)
    return "".join(found)


def _took_a_quote(text: str, value: Any) -> bool:
    """Whether a string has swallowed the quote that ended it, as after an apostrophe between single quotes."""
    words: list[str] = []
    _gather(value, words)
    ending = [each for each in words if each[-1:] in ("'", '"', "`")]
    if len(ending) > 50:
        return True
    return any(
        (at := text.find(each)) >= 0 and text[at + len(each) :].lstrip()[:1] not in ("'", '"', "`", "\\")
        for each in ending
    )


def offered_name(name: str, offered: Collection[str]) -> str | None:
    """The offered tool that is meant: of this name, or the only one of it up to case, ``-`` and ``_``, a prefix
    ``functions.`` and special tokens behind it. None when there is no such one.
    """
    if name in offered:
        return name
    plain = _plain_name(name)
    alike = [each for each in offered if _plain_name(each) == plain]
    return alike[0] if len(alike) == 1 else None


def _plain_name(name: str) -> str:
    return name.partition("<|")[0].strip().removeprefix("functions.").replace("-", "_").casefold()


def calls_in(text: str) -> list[tuple[str, str]]:
    """The tool calls, as names and arguments, in a generation that the provider could not read; [] when it has
    anything but calls.

    Known are ``{"name", "arguments"}`` (or ``parameters``, or under ``function``), lists and sequences of such,
    ``{"tool_calls": [...]}``, all also in fences or tags, and ``<function=name>{...}</function>``.
    """
    if len(text) > MOST_REPAIRED:
        return []
    if "</function>" in text:
        return _tagged_calls(text)
    calls: list[tuple[str, str]] = []
    for value in _values(text):
        found = _written_calls(value)
        if not found:
            return []
        calls += found
    return calls


def _tagged_calls(text: str) -> list[tuple[str, str]]:
    *pieces, rest = text.split("</function>")
    calls: list[tuple[str, str]] = []
    for piece in pieces:
        match = _FUNCTION.fullmatch(piece)
        if match is None:
            return []
        calls.append((match[1], match[2]))
    return calls if _NOISE.fullmatch(rest) else []


def _values(text: str) -> list[Any]:
    """The JSON values that a text consists of."""
    head = _HEAD.match(text)
    at = head.end() if head else 0
    values: list[Any] = []
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        values.append(value)
        noise = re.compile(r"[\s;,]*+").match(text, at)
        at = noise.end() if noise else at
    if values and _NOISE.fullmatch(text, at):
        return values
    tokens = _tokens(text)
    repaired = NOT_READ if tokens is None else _restyled(tokens)
    if repaired is NOT_READ and tokens is not None:
        repaired = _repaired(text)
    return [] if repaired is NOT_READ else [repaired]


def _written_calls(value: Any) -> list[tuple[str, str]]:
    if isinstance(value, list):
        each_of = [_written_calls(each) for each in cast("list[Any]", value)]
        return [call for calls in each_of for call in calls] if all(each_of) else []
    if not isinstance(value, dict):
        return []
    call = cast("dict[str, Any]", value)
    if isinstance(call.get("tool_calls"), list):
        return _written_calls(call["tool_calls"])
    function = call.get("function")
    if isinstance(function, dict):
        call = {**call, **cast("dict[str, Any]", function)}
    name = call.get("name")
    given = [call[key] for key in ("arguments", "parameters") if key in call]
    if not isinstance(name, str) or len(given) != 1:
        return []
    arguments: Any = given[0]
    return [(name, arguments if isinstance(arguments, str) else written_json(arguments))]

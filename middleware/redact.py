"""Keep secrets and personal data away from a model, and out of its answers.

The law: what a pattern finds is replaced before the request leaves and before a part of the answer is shown, wherever
the provider cuts the text: the folded stream equals the whole answer, redacted. No part of a match of at most
``window`` characters is ever shown. With ``restore=True`` the request carries placeholders, one for each value, the
same for the same value of a call; in the answer they become the values again, so that a model which repeats a
redacted request gives back the original.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.holding_back import Block, Delta, held_back, reshaped, shaped_request
from ai_sdk.layer_options import check_kind
from ai_sdk.model import Layer, Model, layer
from ai_sdk.parts import ToolInputDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse
from ai_sdk.sensitive import Hide, Scan, Sensitive, kinds

__all__ = ["redact"]

Replace: TypeAlias = str | Callable[[str], str]
_ALL = ("system", "user", "assistant", "tool")


def redact(
    *patterns: str | re.Pattern[str],
    replace: Replace = "[redacted]",
    input: bool = True,  # noqa: A002 - the word that a reader expects
    output: bool = True,
    restore: bool = False,
    window: int = 128,
) -> Layer[LanguageRequest, LanguageResponse]:
    r"""Replace what the patterns find: ``redact("email", "credit_card", r"ACME-\d{6}")``; without any, all kinds.

    ``patterns``: kinds that are known (``email``, ``credit_card`` with a valid check digit, ``phone`` numbers with a
    country code or in the American form, ``iban`` with a valid check number, ``api_key`` with a known prefix), and
    regular expressions as strings or compiled. What begins first is replaced first; of what begins at the same place,
    what stands first in the list.
    ``replace``: the text that stands in its place, or a function of what was found.
    ``input``: in all messages, also in the arguments and results of tools. ``output``: in text, reasoning, the
    arguments of tool calls (as JSON, its strings and numbers; in the preview as text), provider-side tool results and
    sources. Files, provider options and metadata, and errors are left alone.
    ``restore``: put placeholders such as ``[email-1]`` into the request and the values back into the answer.
    ``window``: how many characters of an answer are held back for regular expressions, and so the length of the longest
    match that is surely found in a stream; a known kind holds back only what may be the beginning of a match. A match
    that is still growing is held until it ends. A regular expression may look at most ``window`` characters around.

    Raises InvalidRequestError for options that make no sense, when the layer is made.
    """
    _check_options(window, input, restore)
    looked_for = tuple(_kind(each, window) for each in patterns or tuple(kinds()))

    def put(_kind: Sensitive, found: str) -> str:
        return replace if isinstance(replace, str) else replace(found)

    @layer
    async def redact(request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]) -> LanguageResponse:
        check_kind(request, LanguageRequest, "redact")
        vault = _Vault(request) if restore else None
        if input:
            shape = _Redacted(looked_for, vault.hide if vault is not None else put)
            request = await shaped_request(request, shape, _ALL)
        response = await call(request)
        hidden = vault.kinds() if vault is not None else ()
        shown_as = (*hidden, *(looked_for if output else ()))
        if not shown_as:
            return response

        def shown(kind: Sensitive, found: str) -> str:
            return vault.value(found) if vault is not None and kind.name == _PLACEHOLDER else put(kind, found)

        answer = _Redacted(shown_as, shown)
        return await reshaped(response, lambda parts: held_back(parts, answer), live=request.stream)

    return redact


class _Redacted:
    """The shape of texts in which secrets are hidden, or placeholders become values again."""

    def __init__(self, kinds: Sequence[Sensitive], hide: Hide) -> None:
        self._kinds = kinds
        self._hide = hide

    def block(self, kind: type[Delta], /) -> Block:
        return Scan(self._kinds, self._escaped if kind is ToolInputDelta else self._hide)

    async def text(self, text: str, /) -> str:
        return self._text(text)

    async def json(self, text: str, /) -> str:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return self._text(text, self._escaped)
        hidden = self._data(value)
        return text if hidden is value else json.dumps(hidden, ensure_ascii=False)

    async def data(self, value: Any, /) -> Any:
        return self._data(value)

    def _text(self, text: str, hide: Hide | None = None) -> str:
        scan = Scan(self._kinds, hide or self._hide)
        hidden = scan.whole(text)
        return text if hidden == text else hidden

    def _escaped(self, kind: Sensitive, found: str) -> str:
        return json.dumps(self._hide(kind, found), ensure_ascii=False)[1:-1]

    def _data(self, value: Any) -> Any:
        """Strings, names and numbers in plain data; the very object when nothing was found."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            given = cast("Mapping[Any, Any]", value)
            hidden = {self._data(name): self._data(each) for name, each in given.items()}
            return given if _same((*hidden, *hidden.values()), (*given, *given.values())) else hidden
        if isinstance(value, list | tuple):
            several = cast("Sequence[Any]", value)
            hidden_each = [self._data(each) for each in several]
            return several if _same(hidden_each, several) else hidden_each
        if isinstance(value, int | float) and not isinstance(value, bool):
            text = str(value)
            hidden_text = self._text(text)
            return value if hidden_text == text else hidden_text
        return value


def _same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


_PLACEHOLDER = "placeholder"


class _Vault:
    """The values that one request's placeholders stand for."""

    def __init__(self, request: LanguageRequest) -> None:
        self._messages = request.messages
        self._original: str | None = None
        self._placeholders: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def hide(self, kind: Sensitive, found: str) -> str:
        """The placeholder of a value."""
        placeholder = self._placeholders.get((kind.name, found))
        if placeholder is None:
            placeholder = self._placeholders[kind.name, found] = self._new(kind.name)
            self._values[placeholder] = found
        return placeholder

    def _new(self, name: str) -> str:
        """A placeholder that the request does not contain."""
        if self._original is None:
            self._original = repr(self._messages)
        while True:
            number = self._counts[name] = self._counts.get(name, 0) + 1
            placeholder = f"[{name}-{number}]"
            if placeholder not in self._original:
                return placeholder

    def value(self, placeholder: str) -> str:
        """The value that a placeholder stands for."""
        return self._values[placeholder]

    def kinds(self) -> tuple[Sensitive, ...]:
        """The placeholders as something to look for."""
        if not self._values:
            return ()
        pattern = re.compile("|".join(map(re.escape, self._values)))
        longest = max(map(len, self._values))
        return (Sensitive(_PLACEHOLDER, pattern, longest, "".join(set("".join(self._values)))),)


def _kind(pattern: object, window: int) -> Sensitive:
    if isinstance(pattern, str) and pattern in kinds():
        return kinds()[pattern]
    if isinstance(pattern, str) and (not pattern or pattern.replace("_", "").isalnum()):
        raise InvalidRequestError(
            f"redact: {pattern!r} is not a known kind; allowed are {', '.join(kinds())} and regular expressions"
            " (a plain word as re.compile(...))",
            field="patterns",
        )
    try:
        compiled = re.compile(cast("str", pattern))
    except (re.error, TypeError) as error:
        raise InvalidRequestError(f"redact: a pattern is no regular expression: {error}", field="patterns") from None
    if not isinstance(cast("object", compiled.pattern), str):
        raise InvalidRequestError("redact: a pattern is for bytes; allowed are patterns for text", field="patterns")
    return Sensitive("secret", compiled, window)


def _check_options(window: int, input: bool, restore: bool) -> None:  # noqa: A002 - as above
    if type(window) is not int or window < 1:
        raise InvalidRequestError(f"redact: window is {window!r}; allowed is a number from 1", field="window")
    if restore and not input:
        raise InvalidRequestError(
            "redact: restore=True needs input=True: it puts back what was taken out of the request", field="restore"
        )

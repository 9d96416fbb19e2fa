"""Check, refuse or rewrite what goes to a model and what comes from it.

The law: a model is only asked what the input check let pass, and nothing is shown that the output check has not seen
with the ``window`` characters that follow it. So a phrase of at most ``window`` characters that the check refuses is
never shown, not in part either, wherever the provider cuts the text; what is shown is always the beginning of the
checked whole; and the check is asked about the same texts for every way of cutting. A refusal before the first content
is raised inside the ``await``, where a fallback around can act on it; a later one is raised to the reader and carries
the ``partial`` result of what was shown. A check that fails lets nothing pass.

A check is a function, also an async one, of a text. It returns None or True (fine), False (refused), or a text to go on
with instead; or it raises a GuardrailError of its own. It should find fault with a text whenever it does so with a
beginning of it.
"""

from __future__ import annotations

import contextlib
import inspect
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import Any, Literal, TypeAlias, cast

from ai_sdk.errors import GuardrailError, InvalidRequestError
from ai_sdk.holding_back import Block, Delta, held_back, reshaped, shaped_request
from ai_sdk.layer_options import check_kind
from ai_sdk.model import Layer, Model, layer
from ai_sdk.parts import Finish, LanguagePart, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, Usage, fold_language

__all__ = ["Check", "guardrail"]

Verdict: TypeAlias = bool | str | None
Check: TypeAlias = Callable[[str], Verdict | Awaitable[Verdict]]
Checks: TypeAlias = Check | Sequence[Check]
Role: TypeAlias = Literal["system", "user", "assistant", "tool"]

_ROLES = ("system", "user", "assistant", "tool")


def guardrail(
    *,
    input: Checks | None = None,  # noqa: A002 - the word that a reader expects
    output: Checks | None = None,
    window: int | None = 100,
    every: int | None = None,
    on_violation: str = "raise",
    roles: Collection[Role] = ("user", "tool"),
) -> Layer[LanguageRequest, LanguageResponse]:
    """Let ``input`` check what is asked and ``output`` what is answered; each is one check or several, in order.

    ``input`` gets each text of the messages of these ``roles``, and the data of tool results as JSON.
    ``output`` gets each block of text, of reasoning and of the preview of a tool call, from its beginning, again after
    every ``every`` characters (half a window, when None) and at its end; and as a whole the arguments of tool calls, as
    JSON, and the words of provider-side tool results and sources. Objects come as text or as tool calls. Files and
    provider metadata are not checked. A block is checked by itself: a phrase that lies over two blocks is not found.
    ``window``: how many characters are held back, and so the length of the longest phrase that cannot slip through a
    stream. None holds back everything to its end. An answer that was not asked for as a stream is checked once, whole.
    A rewriting check may change its mind only about the last ``window`` characters of a text; when it changes what was
    shown, that is a refusal.
    ``on_violation``: ``raise``, or a text to answer in place of what was refused, with finish reason content-filter.

    Raises GuardrailError for a refusal; InvalidRequestError for options that make no sense, when the layer is made, and
    for a check that returns something else.
    """
    before, after = _checks("input", input), _checks("output", output)
    _check_options(before or after, window, every, on_violation, roles)
    step = every or max(1, (window or 0) // 2)

    @layer
    async def guardrail(request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]) -> LanguageResponse:
        check_kind(request, LanguageRequest, "guardrail")
        if before:
            judge = _Judge(before, "input", None, step)
            try:
                request = await shaped_request(request, judge, roles)
            except GuardrailError as error:
                if on_violation == "raise" or not judge.refused(error):
                    raise
                return LanguageResponse.of(_instead(on_violation), fold_language)
        response = await call(request)
        if not after:
            return response
        change = _guarded(_Judge(after, "output", window if request.stream else None, step), on_violation)
        return await reshaped(response, change, live=request.stream)

    return guardrail


def _guarded(
    judge: _Judge, on_violation: str
) -> Callable[[AsyncIterator[LanguagePart]], AsyncGenerator[LanguagePart, None]]:
    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        shown: list[LanguagePart] = []
        async with contextlib.aclosing(held_back(parts, judge)) as checked:
            try:
                async for part in checked:
                    shown.append(part)
                    yield part
                return
            except GuardrailError as error:
                if not judge.refused(error):
                    raise
                if on_violation == "raise":
                    cast("Any", error).partial = fold_language(shown)
                    raise
        for part in _instead(on_violation):
            yield part

    return change


def _instead(text: str) -> list[LanguagePart]:
    return [TextDelta(text, "guardrail"), Finish("content-filter", Usage())]


class _Judge:
    """The checks of one direction of one call."""

    def __init__(self, checks: Sequence[Check], direction: str, window: int | None, every: int) -> None:
        self.window = window
        self.every = every
        self._checks = checks
        self._direction = direction
        self._refusal: GuardrailError | None = None
        self._last: tuple[str, str] | None = None

    def refused(self, error: GuardrailError) -> bool:
        """Whether the error is this judge's, and not one of the model inside."""
        return error is self._refusal

    def refuse(self, why: str) -> GuardrailError:
        """A refusal to raise."""
        self._refusal = GuardrailError(f"guardrail: {why}")
        return self._refusal

    def block(self, _kind: type[Delta], /) -> Block:
        return _Judged(self)

    async def text(self, text: str, /) -> str:
        if self._last is not None and self._last[0] == text:
            return self._last[1]
        passed = text
        for check in self._checks:
            passed = await self._passed(check, passed)
        self._last = (text, passed)
        return passed

    json = text

    async def data(self, value: Any, /) -> Any:
        text = json.dumps(value, ensure_ascii=False, default=str)
        passed = await self.text(text)
        if passed == text:
            return value
        try:
            return json.loads(passed)
        except ValueError:
            return passed

    async def _passed(self, check: Check, text: str) -> str:
        try:
            verdict: object = check(text)
            if inspect.isawaitable(verdict):
                verdict = await verdict
        except GuardrailError as error:
            self._refusal = error
            raise
        if verdict is None or verdict is True:
            return text
        if isinstance(verdict, str):
            return verdict
        if verdict is False:
            raise self.refuse(f"the {self._direction} was refused")
        raise InvalidRequestError(
            f"guardrail: a check returned a {type(verdict).__name__}; allowed are None, True, False and a text",
            field=self._direction,
        )


class _Judged:
    """One block of an answer. ``_next`` is the length at which its text is checked next."""

    def __init__(self, judge: _Judge) -> None:
        self._judge = judge
        self._text = ""
        self._shown = ""
        self._next = (judge.window or 0) + judge.every

    async def feed(self, text: str, /) -> str:
        self._text += text
        window = self._judge.window
        shown = len(self._shown)
        while window is not None and len(self._text) >= self._next:
            passed = await self._checked(self._text[: self._next])
            self._shown = passed[: max(len(self._shown), len(passed) - window)]
            self._next += self._judge.every
        return self._shown[shown:]

    async def end(self) -> str:
        return (await self._checked(self._text))[len(self._shown) :] if self._text else ""

    async def _checked(self, text: str) -> str:
        passed = await self._judge.text(text)
        if not passed.startswith(self._shown):
            raise self._judge.refuse("the check rewrote what had been shown: it needs a larger window")
        return passed


def _checks(name: str, given: Checks | None) -> tuple[Check, ...]:
    several = isinstance(given, Sequence) and not isinstance(given, str)
    checks: Any = () if given is None else tuple(cast("Sequence[Check]", given)) if several else (given,)
    for each in cast("tuple[object, ...]", checks):
        if not callable(each):
            raise InvalidRequestError(
                f"guardrail: {name} is a {type(each).__name__}; allowed is a function of a text, or several", field=name
            )
    return cast("tuple[Check, ...]", checks)


def _check_options(
    checks: Sequence[Check], window: int | None, every: int | None, on_violation: object, roles: Collection[str]
) -> None:
    if not checks:
        raise InvalidRequestError("guardrail: there is no check; give input= or output=, or both", field="output")
    for name, value, least in (("window", window, 0), ("every", every, 1)):
        if value is not None and (type(value) is not int or value < least):
            raise InvalidRequestError(
                f"guardrail: {name} is {value!r}; allowed is a number of characters from {least}, or None", field=name
            )
    if not isinstance(on_violation, str) or not on_violation:
        raise InvalidRequestError(
            f"guardrail: on_violation is {on_violation!r}; allowed are 'raise' and a text to answer instead",
            field="on_violation",
        )
    for role in roles:
        if role not in _ROLES:
            raise InvalidRequestError(f"guardrail: roles has {role!r}; allowed are {', '.join(_ROLES)}", field="roles")

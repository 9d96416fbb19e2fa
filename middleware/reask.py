"""Ask again when a tool call or an object does not fit its schema, with the error for the model to read.

The law: the model is asked at most ``attempts`` times more, each time for an answer that is over and closed; the next
ask has the conversation, the answers that failed and what was wrong with them, and is otherwise the same request. An
answer without a fault passes as it is. When the last one has a fault, too, it is handed on with a warning, so that what
follows (the step loop, ``generate_object``) treats it as ever. An answer that was cut off is never asked for again.

What the reader of a live response sees is never repeated or taken back. Tool calls wait for the finish, as does the
text where the request asks for JSON, and what comes after them; everything else passes at once. When the answer is
refused, what waited is dropped. Of later answers, once anything has been shown, only whole parts come (tool calls, the
object, files and sources that are new), no other text, no reasoning and no previews; when nothing has been shown, a
later answer comes as if it were the first. Usage is the sum over all asks.

Put it outside of fallback, retry and rate_limit, so that each ask is admitted, counted and recorded.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ai_sdk.call import current_call, entered
from ai_sdk.deadline import deadline, deadline_at
from ai_sdk.errors import InvalidRequestError
from ai_sdk.holding_back import part_or_error, reshaped
from ai_sdk.judging import Faults, Judge, Validate, retold
from ai_sdk.layer_options import check_kind, own_options
from ai_sdk.messages import FilePart, SourcePart, ToolCallPart
from ai_sdk.model import Layer, Model, layer
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.requests import LanguageRequest, changed
from ai_sdk.results import CallWarning, LanguageResponse, LanguageResult, Usage, fold_language

if TYPE_CHECKING:
    from ai_sdk.retry_budget import RetryBudget

__all__ = ["Validate", "reask"]

LanguageModel: TypeAlias = Model[LanguageRequest, LanguageResponse]
_PASSING = (ToolInputDelta, ResponseMetadata, StreamStart)
_DELTAS = (TextDelta, ReasoningDelta, ToolInputDelta)


def reask(
    *, attempts: int = 2, validate: Validate | None = None, budget: RetryBudget | None = None
) -> Layer[LanguageRequest, LanguageResponse]:
    """Ask again, up to ``attempts`` times after the first, for calls and objects that do not fit.

    Judged are calls of offered tools that this side runs: their arguments must be a JSON object of the tool's schema;
    and, in an answer without such calls to a request with a ``response_format``, the text: it must be JSON, of the
    schema if there is one, a Markdown fence around it allowed. Calls of other tools are the caller's business.
    ``validate``: what else must hold, such as what a schema cannot say.
    ``budget``: shared with ``retry``; a further ask that it refuses is not made.

    A failed call goes back as its result, marked as an error, and its siblings with the word that they were not run; a
    failed object goes back with a user message. Arguments that are no JSON go back as ``{}`` with the text quoted in
    the error, because providers refuse them in a conversation. An error of a further ask is raised as it is.

    Reports ``reasked`` (detail: what was wrong). ``layer_options={"reask": {"attempts": 0}}`` sets the number for one
    call. Raises InvalidRequestError for ``attempts`` that are no integer from 0.
    """
    _check(attempts, "attempts")

    @layer
    async def reask(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        check_kind(request, LanguageRequest, "reask")
        own = own_options(request, "reask", "attempts")
        most: Any = own.get("attempts", attempts)
        _check(most, "layer_options.reask.attempts")
        judge = Judge(request, validate)
        if not judge.has_something:
            return await call(request)
        asking = _Asking(request, call, judge, most, budget)
        return await reshaped(await call(request), asking.parts, live=request.stream)

    return reask


def _check(attempts: Any, field: str) -> None:
    if type(attempts) is not int or attempts < 0:
        raise InvalidRequestError(f"reask: attempts is {attempts!r}; allowed is an integer from 0", field=field)


class _Asking:
    """The asks of one call: what came, what waits, what has been shown."""

    def __init__(
        self, request: LanguageRequest, call: LanguageModel, judge: Judge, most: int, budget: RetryBudget | None
    ) -> None:
        self._request = request
        self._call = call
        self._judge = judge
        self._most = most
        self._budget = budget
        self._record = current_call()
        self._deadline = deadline()
        self._usage: Usage | None = None
        self._asks = 0
        self._begun = False
        self._shown: list[LanguagePart] = []

    async def parts(self, parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        """The parts of the answer that is handed on, and of those before it what cannot wait."""
        response: LanguageResponse | None = None
        try:
            while True:
                answer = _Answer(self._judge.wants_object, bare=self._begun)
                while (part := await part_or_error(parts)) is not None:
                    failed = part if isinstance(part, Exception) else None
                    shown = self._rest(answer) if failed is not None else answer.shown(cast("LanguagePart", part))
                    for each in shown:
                        if self._is_new(each):
                            yield each
                    if failed is not None:
                        try:
                            raise failed
                        finally:
                            del failed, part
                faults = await self._judge.faults(answer.result())
                if not faults or not self._may_ask():
                    break
                response = await self._ask(answer.result(), faults)
                parts = aiter(response)
            for each in answer.waiting:
                if self._is_new(each):
                    yield each
            yield self._finished(answer, faults)
        finally:
            if response is not None:
                await response.aclose()

    def _rest(self, answer: _Answer) -> list[LanguagePart]:
        """What is shown before an error; nothing when a layer around can still call again."""
        return answer.waiting if self._begun else []

    def _is_new(self, part: LanguagePart) -> bool:
        """Whether the part is to be shown; warnings, sources and files that were shown are not."""
        if isinstance(part, StreamStart | SourcePart | FilePart):
            if self._asks and part in self._shown:
                return False
            self._shown.append(part)
        self._begun = self._begun or part.content
        return True

    def _may_ask(self) -> bool:
        return self._asks < self._most and (self._budget is None or self._budget.withdraw())

    async def _ask(self, answer: LanguageResult, faults: Faults) -> LanguageResponse:
        """Ask again, in the record and under the deadline of the call; nothing of it spans a ``yield``."""
        self._asks += 1
        self._usage = answer.usage if self._usage is None else self._usage + answer.usage
        messages = (*self._request.messages, *retold(answer, faults))
        self._request = changed(self._request, messages=messages)
        record, at = self._record, self._deadline
        if record is not None:
            record.tell("reasked", "; ".join(faults.values()))
        with (
            entered(record) if record is not None else nullcontext(),
            deadline_at(at) if at is not None else nullcontext(),
        ):
            return await self._call(self._request)

    def _finished(self, answer: _Answer, faults: Faults) -> Finish:
        finish = answer.finish
        assert finish is not None
        if self._usage is not None:
            finish = replace(finish, usage=self._usage + finish.usage)
        if faults:
            what = "the object does not fit" if None in faults else f"{len(faults)} tool calls do not fit"
            warning = CallWarning("other", "reask", f"{what}, also after {self._asks} further asks")
            finish = replace(finish, warnings=(*finish.warnings, warning))
        return finish


class _Answer:
    """One answer while it arrives. ``bare``: of its deltas only those of an object are shown."""

    def __init__(self, wants_object: bool, *, bare: bool) -> None:
        self._wants_object = wants_object
        self._bare = bare
        self._parts: list[LanguagePart] = []
        self.waiting: list[LanguagePart] = []
        self.finish: Finish | None = None

    def shown(self, part: LanguagePart) -> list[LanguagePart]:
        """What is shown of a part at once."""
        self._parts.append(part)
        if isinstance(part, Finish):
            self.finish = part
            return []
        is_object = self._wants_object and isinstance(part, TextDelta)
        if self._bare and isinstance(part, _DELTAS) and not is_object:
            return []
        is_call = isinstance(part, ToolCallPart) and not part.provider_executed
        if is_call or is_object or (self.waiting and not isinstance(part, _PASSING)):
            self.waiting.append(part)
            return []
        return [part]

    def result(self) -> LanguageResult:
        """The answer, folded."""
        return fold_language(self._parts)

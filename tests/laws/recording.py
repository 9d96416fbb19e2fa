"""Law 6: one record of what happened, one owner of retries; watching changes nothing and costs nothing when absent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import strategies as st
from laws.harness import FINISH, STREAMED, WHOLE, A, LanguageModel, search
from laws.layers import passing, trying

from ai_sdk.call import Attempt, CallRecord, Observer, attempts_of, current_call, record_call
from ai_sdk.errors import ServerError
from ai_sdk.model import Model, wrap_model
from ai_sdk.parts import LanguagePart
from ai_sdk.requests import LanguageRequest
from ai_sdk.testing import HANG, Hang, run

Send: TypeAlias = Callable[[LanguageRequest], Any]
Script: TypeAlias = list[LanguagePart | float | BaseException | Hang]
ANSWERS: tuple[Script, ...] = ([A, FINISH], [A, A, FINISH], [FINISH])
FAILURES: tuple[Script, ...] = ([ServerError("busy")], [KeyError("foreign")])


def one_attempt_a_call(make: Callable[[list[Script], list[object]], LanguageModel]) -> None:
    """A model sends once for each call, whatever comes back, and reports that one attempt from start to end.

    ``make`` builds the model around a script; the model adds to the list whenever it sends.
    """

    def law(scripts: list[Script], stream: bool) -> None:
        async def trial() -> None:
            sent: list[object] = []
            model = make(scripts, sent)
            for number, script in enumerate(scripts, 1):
                with record_call() as record:
                    failed = await _outcome(model, STREAMED if stream else WHOLE)
                assert (failed is not None) == isinstance(script[-1], Exception)
                assert len(sent) == number, "the model sent more than once"
                _complete(record, failed)

        run(trial())

    search(law, st.lists(st.sampled_from([*ANSWERS, *FAILURES]), min_size=1, max_size=4), st.booleans(), tries=30)


def _complete(record: CallRecord, failed: Exception | None) -> None:
    assert len(record.attempts) == 1, f"{len(record.attempts)} attempts were reported for one call"
    (attempt,) = record.attempts
    assert attempt.record is record
    assert attempt.ended is not None, "the attempt never ended"
    assert attempt.ended >= attempt.started
    assert attempt.error is failed, "the attempt does not know its error"
    assert (attempt.first_content is not None) == (failed is None), "the first content was not reported"
    assert attempt.ending is not None
    assert attempt.ending.how == ("end" if failed is None else "error")


async def _outcome(model: LanguageModel, request: LanguageRequest) -> Exception | None:
    try:
        await (await model(request)).result()
    except Exception as error:
        return error
    return None


def every_attempt_is_known(wrap: Callable[..., LanguageModel], make: Callable[..., LanguageModel]) -> None:
    """A stack's record, and an exception of any class that leaves it, knows every attempt, in order."""

    def law(failures: list[Script], attempts: int, stream: bool) -> None:
        async def trial() -> None:
            scripts = [*failures, ANSWERS[0]]
            model = wrap(make(scripts, []), [passing, trying(attempts), passing])
            failed = await _outcome(model, STREAMED if stream else WHOLE)
            assert current_call() is None, "a record was left in the context"
            made = min(attempts, len(scripts))
            if failed is None:
                assert made > len(failures)
                return
            known = attempts_of(failed)
            assert [attempt.error for attempt in known] == [script[-1] for script in scripts[:made]]
            assert known[-1].error is failed
            assert all(attempt.ended is not None for attempt in known)

        run(trial())

    failing = st.lists(st.sampled_from(FAILURES), max_size=4)
    search(law, failing, st.integers(1, 3), st.booleans(), tries=30)


EVENTS = ("record-opened", "attempt-started", "first-content", "attempt-ended", "record-closed")


def observers_see_it_in_order(make: Callable[[list[Script], list[object]], LanguageModel]) -> None:
    """An observer is told each event once, in order, in the task that causes it; a live attempt ends after its call."""

    def law(script: Script, stream: bool) -> None:
        async def trial() -> None:
            seen: list[str] = []
            tasks: set[Any] = set()

            def observe(record: CallRecord, kind: str, detail: Any) -> None:
                seen.append(kind)
                tasks.add(asyncio.current_task())
                if kind.startswith(("attempt", "first")):
                    assert isinstance(detail, Attempt)

            model = make([script], [])
            failed = False
            try:
                with record_call(observers=(observe,)):
                    response = await model(STREAMED if stream else WHOLE)
                await response.result()
            except Exception:
                failed = True
            expected = [event for event in EVENTS if event != "first-content" or not failed]
            if stream and not failed:
                expected = [*expected[:3], "record-closed", "attempt-ended"]
            assert seen == expected
            assert tasks == {asyncio.current_task()}

        run(trial())

    search(law, st.sampled_from([*ANSWERS, *FAILURES]), st.booleans(), tries=20)


def watching_changes_nothing(tell: Callable[[tuple[Observer, ...]], Any]) -> None:
    """An observer that raises changes neither the answer, nor the error, nor a cancellation.

    ``tell`` opens a record with the observers, as ``record_call`` does.
    """

    def law(script: Script, bad: set[str]) -> None:
        async def trial() -> None:
            reports: list[Any] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))

            def observe(_record: CallRecord, kind: str, _detail: Any) -> None:
                if kind in bad:
                    raise RuntimeError("observer")

            async def use() -> str:
                with tell((observe,)):
                    return (await (await wrap_model(_scripted([script], []), [passing])(STREAMED)).result()).text

            task = asyncio.create_task(use())
            await asyncio.sleep(1)
            task.cancel()
            await asyncio.wait([task])
            if script[-1] is HANG:
                assert task.cancelled(), f"the cancellation became {task.exception()!r}"
            elif isinstance(script[-1], Exception):
                assert task.exception() is script[-1], f"the error became {task.exception()!r}"
            else:
                assert task.exception() is None, f"the answer became {task.exception()!r}"
            assert len(reports) == len(bad) - ("first-content" in bad and not isinstance(script[0], type(A)))

        run(trial())

    scripts = st.sampled_from([[A, FINISH], [A, HANG], [HANG], [ServerError("busy")]])
    search(law, scripts, st.sets(st.sampled_from(EVENTS)), tries=40)


def _scripted(scripts: list[Script], sent: list[object]) -> LanguageModel:
    return reporting(scripts, sent)


def reporting(scripts: list[Script], sent: list[object]) -> LanguageModel:
    """The scripted model, which reports its own attempts."""
    from ai_sdk.testing import ScriptedModel

    class Sending(ScriptedModel):
        async def __call__(self, request: LanguageRequest, /) -> Any:
            sent.append(request)
            return await super().__call__(request)

    return Sending(scripts)


def plain(scripts: list[Script], sent: list[object]) -> LanguageModel:
    """A plain function that reports nothing, under a stack, which reports for it."""
    model = reporting(scripts, sent)

    async def function(request: LanguageRequest) -> Any:
        outer = current_call()
        assert outer is not None
        return await _unrecorded(model, request)

    return wrap_model(function, [passing])


async def _unrecorded(model: Model[LanguageRequest, Any], request: LanguageRequest) -> Any:
    from ai_sdk.call import _current

    token = _current.set(None)
    try:
        return await model(request)
    finally:
        _current.reset(token)

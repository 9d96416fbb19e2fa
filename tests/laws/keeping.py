"""What every layer keeps on every kind of call: order, the request, the answer, closing, cancellation, errors, records.

A law takes a kind and a function that makes a fresh layer, and raises ``AssertionError`` when the layer breaks it.
"""

from __future__ import annotations

import asyncio
import gc
import pickle
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from hypothesis import strategies as st
from laws.harness import no_task_left, search, turns
from laws.layers import holding, marking, trying
from layer_laws.kinds import KINDS, Answer, Kind, Script, read

from ai_sdk._frozen import EMPTY
from ai_sdk.call import attempts_of, current_call, record_call
from ai_sdk.deadline import deadline
from ai_sdk.errors import BadRequestError, ContentFilterError, InvalidRequestError, ServerError
from ai_sdk.model import wrap_model
from ai_sdk.requests import changed
from ai_sdk.response import Response
from ai_sdk.testing import HANG, run

Make: TypeAlias = Callable[[], Any]
Law: TypeAlias = Callable[[Kind, Make], None]
Use: TypeAlias = Callable[[Any, Any], Awaitable[None]]


async def all_over(model: Script) -> None:
    """Assert that no wire is open and no task is left."""
    assert not [wire for wire in model.wires if wire.open], "a wire is open"
    await no_task_left()


def given_on(got: Answer, answer: Answer) -> None:
    """Assert that the very objects came, in order."""
    assert len(got) == len(answer), f"{len(got)} came of {len(answer)}"
    assert all(one is other for one, other in zip(got, answer, strict=True)), "something else came"


def stands_in_its_place(kind: Kind, make: Make) -> None:
    """Law 1: what is before it in the list is around it, what is after it inside; nesting stacks changes nothing."""

    async def trial(cuts: tuple[int, ...]) -> None:
        log: list[str] = []
        model = kind.script(kind.answer)
        layers = [marking("outer", log), make(), marking("inner", log)]
        stack: Any = model
        for start, end in zip((*cuts, 0), (3, *cuts), strict=True):
            stack = wrap_model(stack, layers[start:end])
        given_on(await read(stack, kind.request), kind.answer)
        assert log == ["outer in", "inner in", "inner out", "outer out"]
        assert len(model.calls) == 1

    for cuts in ((), (1,), (2,), (2, 1)):
        run(trial(cuts))


def leaves_the_request(kind: Kind, make: Make) -> None:
    """Law 2: every attempt sees an equal request, the caller's own but for headers, and that one never changes."""

    def law(request: Any, failures: int) -> None:
        before = pickle.dumps(request)

        async def trial(inside: bool) -> None:
            model = kind.script(*[ServerError("broken", status=500)] * failures, kind.answer)
            await read(wrap_model(model, [make(), trying()] if inside else [trying(), make()]), request)
            assert len(model.calls) == failures + 1
            assert all(each == model.calls[0] for each in model.calls), "an attempt saw another request"
            assert changed(model.calls[0], headers=EMPTY) == changed(request, headers=EMPTY), "the request changed"
            assert pickle.dumps(request) == before, "the caller's request was changed"

        run(trial(inside=False))
        run(trial(inside=True))

    search(law, kind.requests, st.integers(0, 2), tries=6)


def gives_on_the_answer(kind: Kind, make: Make) -> None:
    """Law 3: the answer comes as the very parts or the very result, and folds the same; one call is made for it."""

    def law(request: Any, answer: Answer) -> None:
        async def trial() -> None:
            model = kind.script(answer)
            stack = wrap_model(model, [make()])
            response: Any = await stack(request)
            assert isinstance(response, Response) == (kind.fold is not None)
            if kind.fold is None:
                given_on((response,), answer)
            else:
                given_on(tuple([part async for part in response]), answer)
                assert await response.result() == kind.result(answer)
            assert len(model.calls) == 1, f"{len(model.calls)} calls were made"
            await all_over(model)

        run(trial())

    search(law, kind.requests, kind.answers, tries=6)


async def to_the_end(stack: Any, request: Any) -> None:
    """Read everything."""
    await read(stack, request)


async def leaving(stack: Any, request: Any) -> None:
    """Leave after the first part."""
    async with await stack(request) as response:
        async for _ in response:
            break


async def unread(stack: Any, request: Any) -> None:
    """Close without reading."""
    await (await stack(request)).aclose()


async def dropping(stack: Any, request: Any) -> None:
    """Forget the response after the first part."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        response: Any = await stack(request)
        async for _ in response:
            break
        del response
        gc.collect()
        await turns()


async def interrupted(stack: Any, request: Any) -> None:
    """Be cancelled while reading, or while waiting for the answer."""
    task = asyncio.create_task(to_the_end(stack, request))
    await asyncio.sleep(0.5)
    task.cancel()
    await asyncio.wait([task])


_ENDINGS: dict[Use, str] = {
    to_the_end: "end",
    leaving: "closed",
    unread: "closed",
    interrupted: "cancelled",
}


async def _closed(kind: Kind, make: Make, use: Use) -> list[Any]:
    """What was released, in order, when a reader ended in this way."""
    model = kind.script((*kind.answer[:-1], 1.0, kind.answer[-1]))
    await use(wrap_model(model, [holding("outer", model.log), make(), holding("inner", model.log)]), kind.request)
    assert len(model.calls) == 1
    await all_over(model)
    return model.log


def closes_inside_first(kind: Kind, make: Make) -> None:
    """Law 4: however the reader ends, all is released once, inner before outer; the outer hears how it ended."""

    async def trial(use: Use, how: str) -> None:
        log = await _closed(kind, make, use)
        names = [getattr(each, "name", each) for each in log]
        assert names == [*["wire"] * kind.live, "inner", "outer"], f"released: {names}"
        assert [ending.how for ending in log[-1].endings] == [how]
        assert len(log[-2].endings) == 1

    for use, how in _ENDINGS.items():
        if kind.live or use in (to_the_end, interrupted):
            run(trial(use, how))


def closes_when_dropped(kind: Kind, make: Make, *, task: bool = False) -> None:
    """Law 4: a response that is forgotten is closed, too; what a layer has in a ``task`` ends when that does."""

    async def trial() -> None:
        log = await _closed(kind, make, dropping)
        names = [getattr(each, "name", each) for each in log]
        expected = ["wire", "inner", "outer"]
        assert (sorted(names) if task else names) == (sorted(expected) if task else expected), f"released: {names}"
        assert [each.how for each in log if getattr(each, "name", "") == "outer"] == ["dropped"]

    if kind.live:
        run(trial())


def lets_itself_be_cancelled(kind: Kind, make: Make) -> None:
    """Law 5: a cancellation stays one, wherever it comes; nobody calls again, and all is closed."""

    async def trial(script: tuple[Any, ...], early: int) -> None:
        model = kind.script(script)
        task = asyncio.create_task(read(wrap_model(model, [make()]), kind.request))
        await turns(early)
        asked = len(model.calls)
        task.cancel()
        await asyncio.wait([task], timeout=1)
        assert task.done(), "the cancelled call goes on"
        assert task.cancelled(), f"the cancellation became {task.exception()!r}"
        assert len(model.calls) <= max(asked, 1), "a cancelled call was made again"
        await all_over(model)

    for early in (0, 1, 2, 3, 5, 8, 13):
        for script in ((HANG,), (*kind.answer[:-1], HANG)):
            run(trial(script, early))


def passes_errors(kind: Kind, make: Make) -> None:
    """Law 6: an error that nobody can mend is raised as the object that it is, after one call."""

    async def raised(*script: Any, error: Exception) -> Script:
        model = kind.script((*script, error))
        try:
            await read(wrap_model(model, [make()]), kind.request)
        except Exception as caught:  # noqa: BLE001 - that it is the very one is the law
            assert caught is error, f"{error!r} became {caught!r}"
        else:
            raise AssertionError("no error came")
        assert len(model.calls) == 1
        await all_over(model)
        return model

    for error in (BadRequestError("no", status=400), ContentFilterError("no", status=400), ValueError("a bug")):
        run(raised(error=error))
    if kind.live:
        broken = ServerError("broken", status=500)
        run(raised(*kind.answer[:-1], error=broken))
        assert broken.partial == kind.result(kind.answer[:-1]), "what had arrived is not in the error"


def is_in_the_record(kind: Kind, make: Make) -> None:
    """Law 6: the attempt is in the record of the call, with its times, its end, its usage and its error."""

    async def answered() -> None:
        model = kind.script((*kind.answer[:-1], 2.0, kind.answer[-1]))
        with record_call() as record:
            response: Any = await wrap_model(model, [make()])(kind.request)
        if kind.fold is not None:
            await response.result()
        assert [each.model for each in record.attempts] == ["scripted:model"]
        (attempt,) = record.attempts
        assert (attempt.started, attempt.first_content, attempt.ended) == (0.0, 0.0 if kind.live else 2.0, 2.0)
        assert attempt.error is None
        assert attempt.usage == kind.result(kind.answer).usage

    async def failed() -> None:
        error = BadRequestError("no", status=400)
        try:
            await read(wrap_model(kind.script((1.0, error)), [make()]), kind.request)
        except BadRequestError as caught:
            assert [(each.ended, each.error) for each in attempts_of(caught)] == [(1.0, error)]
        else:
            raise AssertionError("no error came")

    run(answered())
    run(failed())


def leaves_the_context(kind: Kind, make: Make) -> None:
    """Law 4: no record and no deadline of the layer is there once the ``await`` is over."""

    async def trial() -> None:
        response: Any = await make()(kind.script((*kind.answer[:-1], 1.0, kind.answer[-1])))(kind.request)
        assert current_call() is None
        assert deadline() is None
        if kind.fold is not None:
            async for _ in response:
                assert current_call() is None
                assert deadline() is None

    run(trial())


LAWS: tuple[Law, ...] = (
    stands_in_its_place,
    leaves_the_request,
    gives_on_the_answer,
    closes_inside_first,
    lets_itself_be_cancelled,
    passes_errors,
    is_in_the_record,
    leaves_the_context,
)
"""The laws of all layers; of ``closes_when_dropped`` it must be said whether the layer has a task."""


def refuses_the_kind(kind: Kind, make: Make) -> None:
    """Law 11: a layer for another kind says so before anybody is asked, and names what it is for."""

    async def trial() -> None:
        model = kind.script(kind.answer)
        try:
            await read(wrap_model(model, [make()]), kind.request)
        except InvalidRequestError as error:
            assert error.field == "request"
            given = type(kind.request).__name__
            assert f"the request is a {given}; allowed is a" in str(error)
        except AttributeError as error:
            raise AssertionError("a bug came and no refusal") from error
        else:
            raise AssertionError("it was not refused")
        assert not model.calls

    run(trial())


def others(name: str) -> tuple[Kind, ...]:
    """The kinds that a layer for one kind alone must refuse."""
    return tuple(kind for kind in KINDS if (kind.name != "embedding" if name == "batch" else not kind.is_language))

"""Law 4: a response is closed exactly once, inner before outer, in time, where it is read, and told how it ended."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from hypothesis import strategies as st
from laws.coherence import Start
from laws.harness import FINISH, STREAMED, A, B, C, LanguageLayer, LanguageModel, no_task_left, search, turns, within
from laws.layers import Tag

from ai_sdk.ending import Ending, Releasable
from ai_sdk.errors import AllModelsFailedError, ResponseClosedError, ServerError, TruncatedStreamError
from ai_sdk.model import layer, wrap_model
from ai_sdk.parts import LanguagePart, ResponseMetadata
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language
from ai_sdk.testing import HANG, Hang, run

Steps: TypeAlias = Sequence[LanguagePart | float | BaseException | Hang]
META = ResponseMetadata("r")
OK: Steps = [META, A, B, C, FINISH]


class Hold(Protocol):
    """How a layer holds something until the response closes."""

    async def __call__(
        self, resource: Releasable, model: LanguageModel, request: LanguageRequest, /
    ) -> LanguageResponse: ...


@dataclass
class House:
    """The contract that is tried: how responses are made, held and mapped; and what the trial saw."""

    start: Start
    hold: Hold
    through: Callable[[LanguageResponse, Any, bool], Awaitable[LanguageResponse]]
    log: list[Tag] = field(default_factory=list[Tag])

    def stack(self, names: Sequence[str], steps: Steps) -> LanguageModel:
        """A wire under the named layers, under one layer that holds."""
        layers: list[LanguageLayer] = [self.holding("outermost")]
        for at, name in enumerate(names):
            layers.append(self.holding(f"hold{at}") if name == "hold" else self.mapping(peek=name == "peek"))
        model: LanguageModel = self.wire(steps)
        if "nest" in names:
            return wrap_model(wrap_model(model, layers[2:]), layers[:2])
        return wrap_model(model, layers)

    def wire(self, steps: Steps) -> LanguageModel:
        async def wire(request: LanguageRequest, /) -> LanguageResponse:
            return await self.start(_live(steps), fold_language, Tag("wire", self.log))

        return wire

    def holding(self, name: str) -> LanguageLayer:
        @layer
        async def holding(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
            return await self.hold(Tag(name, self.log), call, request)

        return holding

    def mapping(self, *, peek: bool) -> LanguageLayer:
        @layer
        async def mapping(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
            return await self.through(await call(request), _same, peek)

        return mapping


async def _same(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
    async for part in parts:
        yield part


async def _live(steps: Steps) -> AsyncGenerator[LanguagePart, None]:
    for step in steps:
        if isinstance(step, BaseException):
            raise step
        if isinstance(step, Hang):
            await asyncio.get_running_loop().create_future()
        elif isinstance(step, float | int):
            await asyncio.sleep(step)
        else:
            yield step


async def to_the_end(model: LanguageModel) -> None:
    seen_open = False
    response = await model(STREAMED)
    async for part in response:
        seen_open = seen_open or not response.closed
        assert not (part.last and response.closed), "closed before the reader had the last part"
    assert response.closed, "the reader saw the end before the response was closed"
    assert seen_open


async def result(model: LanguageModel) -> None:
    response = await model(STREAMED)
    assert (await response.result()).text == "abc"
    assert (await response.result()).text == "abc"


async def break_and_go_on(model: LanguageModel) -> None:
    response = await model(STREAMED)
    async for _ in response:
        break
    await turns()
    assert not response.closed, "break alone must not close"
    assert [part async for part in response] == OK[1:]


async def leave_early(model: LanguageModel) -> None:
    async with await model(STREAMED) as response:
        async for _ in response:
            break
        assert not response.closed
    await _refuses(response)


async def raise_in_the_body(model: LanguageModel) -> None:
    try:
        async with await model(STREAMED) as response:
            async for _ in response:
                raise KeyError
    except KeyError:
        pass


async def close_unread(model: LanguageModel) -> None:
    response = await model(STREAMED)
    await response.aclose()
    await response.aclose()
    await _refuses(response)


async def _refuses(response: LanguageResponse) -> None:
    assert response.closed
    try:
        await response.result()
    except ResponseClosedError:
        return
    raise AssertionError("a closed response could be read")


async def fails(model: LanguageModel) -> None:
    try:
        async for _ in await model(STREAMED):
            pass
    except (ServerError, TruncatedStreamError, AllModelsFailedError):
        return
    raise AssertionError("the failure did not reach the reader")


Use: TypeAlias = Callable[[LanguageModel], Awaitable[None]]
ENDS: tuple[tuple[str, Use, Steps], ...] = (
    ("end", to_the_end, OK),
    ("end", result, OK),
    ("end", break_and_go_on, OK),
    ("end", to_the_end, [META, FINISH]),
    ("closed", leave_early, OK),
    ("closed", raise_in_the_body, OK),
    ("closed", close_unread, OK),
    ("closed", leave_early, [A, HANG]),
    ("error", fails, [META, A, B, ServerError("broke")]),
    ("error", fails, [META, ServerError("refused")]),
    ("error", fails, [META, A]),
    ("error", fails, [META]),
)
STACKS = st.lists(st.sampled_from(["hold", "map", "peek", "nest"]), max_size=4)


def ends_in_the_reader(make: Callable[[], House]) -> None:
    """Read, left, failed: all is released once, inner first, told the same, in the reading task, nothing left."""

    def law(names: list[str], end: tuple[str, Use, Steps]) -> None:
        house, (how, use, steps) = make(), end

        async def trial() -> None:
            await use(house.stack(names, steps))
            _released(house, names, how)
            me = asyncio.current_task()
            assert all(tag.task is me for tag in house.log), "something was released elsewhere"
            await no_task_left()

        run(trial())
        _released(house, names, how)

    search(law, STACKS, st.sampled_from(ENDS), tries=120)


def _released(house: House, names: Sequence[str], how: str) -> None:
    holds = [f"hold{at}" for at, name in enumerate(names) if name == "hold"]
    expected = ["wire", *reversed(holds), "outermost"]
    assert [tag.name for tag in house.log] == expected, f"released {house.log}, expected {expected}"
    assert all(tag.how == how for tag in house.log), f"told {[tag.how for tag in house.log]}, it was {how}"
    assert all((tag.endings[0].error is not None) == (how in ("error", "cancelled")) for tag in house.log)


def cancelled_anywhere(make: Callable[[], House]) -> None:
    """A cancellation at any turn, once or twice, in the call or a read, ends the task and releases all in order."""

    def law(names: list[str], steps: Steps, first: int, second: int | None) -> None:
        house = make()

        async def use() -> None:
            async for _ in await house.stack(names, steps)(STREAMED):
                pass

        async def trial() -> None:
            task = asyncio.create_task(use())
            await turns(first)
            task.cancel()
            if second is not None:
                await turns(second)
                task.cancel()
            await asyncio.wait([task])
            assert task.cancelled(), "the cancellation was swallowed"
            await no_task_left()

        run(trial())
        if house.log or first > len(names) + 3:
            _released(house, names, "cancelled")

    hanging = st.sampled_from([[HANG], [META, HANG], [META, A, HANG], [A, B, 0.0, 0.0, C, HANG]])
    search(law, STACKS, hanging, st.integers(0, 12), st.one_of(st.none(), st.integers(0, 3)), tries=120)


def dropped_without_closing(make: Callable[[], House]) -> None:
    """Dropping the last reference releases all, in order, on the response's loop, and warns."""

    def law(names: list[str], reads: int | None) -> None:
        house = make()

        async def trial() -> None:
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                await _use_and_drop(house.stack(names, OK), reads)
                await turns()
            assert len([each for each in seen if each.category is ResourceWarning]) == 1, "no word about the drop"
            del seen
            await no_task_left()
            assert all(tag.task is None and tag.thread == threading.get_ident() for tag in house.log)

        run(trial())
        _released(house, names, "dropped")

    search(law, STACKS, st.one_of(st.none(), st.integers(1, 4)), tries=60)


async def _use_and_drop(model: LanguageModel, reads: int | None) -> None:
    response = await model(STREAMED)
    if reads is not None:
        async for _ in response:
            reads -= 1
            if not reads:
                return


def dropped_after_its_loop(make: Callable[[], House]) -> None:
    """When the loop is gone the release is synchronous, even inside a collection, even if warnings are errors."""

    def law(names: list[str], reads: int | None, strict: bool) -> None:
        house = make()

        async def trial() -> LanguageResponse:
            response = await house.stack(names, OK)(STREAMED)
            if reads is not None:
                async for _ in response:
                    break
            return response

        cycle: list[Any] = [run(trial())]
        assert not house.log
        cycle.append(cycle)
        with warnings.catch_warnings():
            warnings.simplefilter("error" if strict else "ignore", ResourceWarning)
            with _finalisers_may_raise():
                del cycle
                gc.collect()
        _released(house, names, "dropped")

    search(law, STACKS, st.sampled_from([None, 1]), st.booleans(), tries=20)


@contextmanager
def _finalisers_may_raise() -> Generator[None, None, None]:
    def ignore(_: object) -> None:
        return

    hook, sys.unraisablehook = sys.unraisablehook, ignore
    try:
        yield
    finally:
        sys.unraisablehook = hook


def dropped_in_another_thread(make: Callable[[], House]) -> None:
    """A response that another thread drops is released on its own loop's thread."""

    def law(names: list[str]) -> None:
        house = make()

        async def trial() -> None:
            box = [await house.stack(names, OK)(STREAMED)]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                thread = threading.Thread(target=box.clear)
                thread.start()
                await asyncio.get_running_loop().run_in_executor(None, thread.join)
            await no_task_left()
            assert all(tag.thread == threading.get_ident() for tag in house.log)

        run(trial())
        _released(house, names, "dropped")

    search(law, STACKS, tries=8)


def closed_by_another_task(make: Callable[[], House]) -> None:
    """``aclose`` while another task reads releases all at once; the reader is told, or can be cancelled."""

    def law(names: list[str], steps: Steps) -> None:
        house = make()

        async def trial() -> None:
            response = await house.stack(names, steps)(STREAMED)
            reader = asyncio.create_task(response.result())
            await turns()
            await within(1, response.aclose, "closing waited for the reader")
            _released(house, names, "closed")
            try:
                async with asyncio.timeout(10):
                    await reader
            except (ResponseClosedError, TimeoutError):
                await no_task_left()
                return
            raise AssertionError("a closed response was read to its end")

        run(trial())

    search(law, STACKS, st.sampled_from([[A, HANG], [A, 1.0, B, FINISH]]), tries=20)


def one_bad_release_keeps_no_other(make: Callable[[], House]) -> None:
    """A release or settle that fails is reported, once each, and neither keeps the others nor changes the ending."""

    def law(end: tuple[str, Use, Steps], bad: list[bool]) -> None:
        house, reports = make(), list[Any]()
        how, use, steps = end

        def failing(at: int, fails: bool) -> LanguageLayer:
            @layer
            async def failing(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
                tag = Bad(f"bad{at}", house.log, fails=fails)
                return await house.hold(tag, call, request)

            return failing

        layers = [failing(at, fails) for at, fails in enumerate(bad)]

        async def trial() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
            await use(wrap_model(house.wire(steps), layers))

        run(trial())
        assert [tag.name for tag in house.log] == ["wire", *[f"bad{at}" for at in reversed(range(len(bad)))]]
        assert all(tag.how == how for tag in house.log)
        assert [tag.settled for tag in house.log if isinstance(tag, Bad)] == [1] * len(bad), "settle was not awaited"
        assert len(reports) == 2 * sum(bad)

    search(law, st.sampled_from(ENDS), st.lists(st.booleans(), min_size=1, max_size=3), tries=40)


@dataclass(eq=False)
class Bad(Tag):
    """A tag that may fail whenever it can."""

    fails: bool = True
    settled: int = 0

    def release(self, ending: Ending, /) -> None:
        super().release(ending)
        if self.fails:
            raise RuntimeError("release")

    async def settle(self) -> None:
        self.settled += 1
        if self.fails:
            raise RuntimeError("settle")


def an_early_stop_is_not_an_end(make: Callable[[], House]) -> None:
    """A layer that stops reading before the end closes what is inside; only a response read to its end says ``end``."""

    def law(names: list[str], peek: bool) -> None:
        house = make()

        async def stopping(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            async for part in parts:
                yield part
                if part.content:
                    break
            yield FINISH

        async def trial() -> None:
            response = await house.through(await house.stack(names, OK)(STREAMED), stopping, peek)
            response.keep(Tag("around", house.log))
            assert (await response.result()).text == "a"

        run(trial())
        around = house.log.pop()
        assert (around.name, around.how) == ("around", "end")
        assert around.endings[0].result().finish_reason == "stop"
        _released(house, names, "closed")
        for tag in house.log:
            arrived = tag.endings[0].result()
            assert arrived.finish_reason is None, "an incomplete answer was said to be complete"

    search(law, STACKS, st.booleans(), tries=25)


def endings_know_what_arrived(make: Callable[[], House]) -> None:
    """However it ends, an ending folds on demand what had arrived by then, also what nobody had read."""

    def law(names: list[str], reads: int) -> None:
        house = make()

        async def trial() -> None:
            left = reads
            async with await house.stack(names, OK)(STREAMED) as response:
                reader = aiter(response)
                while left:
                    await anext(reader)
                    left -= 1

        run(trial())
        for tag in house.log:
            arrived = tag.endings[0].result()
            assert arrived is not None
            assert arrived.response.id == "r"
            assert arrived.text == "abc"[: max(1, reads - 1)], "what arrives in the call has arrived"
            assert arrived.finish_reason is None

    search(law, st.lists(st.sampled_from(["hold", "peek"]), max_size=3), st.integers(0, 4), tries=25)

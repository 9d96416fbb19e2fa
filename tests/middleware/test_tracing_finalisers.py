"""Where ``tracing`` ends its spans: coroutines that are thrown away, finalisers, other threads, failing observers."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import threading
import warnings
from contextvars import Context, copy_context
from typing import Any

import pytest
from laws.harness import STREAMED, turns
from laws.telemetry_kit import Kept
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider

from ai_sdk.middleware import tracing
from ai_sdk.model import wrap_model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.results import Usage
from ai_sdk.telemetry import recording
from ai_sdk.telemetry.finishing import finish
from ai_sdk.testing import HANG, ScriptedModel, run

PARTS: list[Any] = [TextDelta("a"), TextDelta("b"), Finish("stop", Usage(1, 1))]


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_call_that_is_thrown_away_ends_and_is_nowhere_the_current_one(
    elsewhere: bool, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Kept()
    stack: Any = tracing(**kept.options)(wrap_model(ScriptedModel([[HANG]]), [tracing(**kept.options)]))
    here = copy_context()
    call = stack(STREAMED)
    here.run(call.send, None)
    assert here.run(trace.get_current_span) is not trace.INVALID_SPAN
    context = Context() if elsewhere else here
    with caplog.at_level(logging.WARNING), contextlib.suppress(ValueError):  # a record cannot be left elsewhere, either
        context.run(call.close)
    assert context.run(trace.get_current_span) is trace.INVALID_SPAN
    await turns()
    assert sorted(each.name for each in kept.spans) == ["attempt model", "attempt model", "chat model", "chat model"]
    inner = [dict(each.attributes or {}) for each in kept.spans if each.name == "chat model"][-1]
    assert inner.get("ai_sdk.stream.abandoned")
    assert "error.type" not in inner
    assert not [each for each in caplog.records if each.name.startswith("opentelemetry")]


async def test_a_read_that_is_thrown_away_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    kept = Kept()
    response = await wrap_model(ScriptedModel([[TextDelta("a"), HANG]]), [tracing(**kept.options)])(STREAMED)
    reader = aiter(response)
    assert await anext(reader) == TextDelta("a")
    for context in (copy_context(), Context()):
        there = copy_context()
        read: Any = recording.TracedCall.read(response._watches[0], asyncio.get_running_loop().create_future)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        there.run(read.send, None)
        context.run(read.close)
        assert context.run(trace.get_current_span) is trace.INVALID_SPAN
    await response.aclose()
    assert len(kept.spans) == 2
    assert not [each for each in caplog.records if each.name.startswith("opentelemetry")]


class Locked(SpanProcessor):
    """A processor that takes a lock when a span ends, as those of the SDK do."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.threads: list[int] = []
        self.blocked: list[int] = []
        self.done = threading.Event()

    def on_end(self, span: ReadableSpan) -> None:
        """Take the lock."""
        me = threading.get_ident()
        if me in self.threads:
            self.blocked.append(me)
            return
        with self.lock:
            if span.name.startswith("chat"):
                self.done.set()


def _collected_inside(of: Locked) -> None:
    """Drop a response, whose loop has ended, in a collection that runs inside of the processor's lock."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(of)

    async def call() -> Any:
        return await wrap_model(ScriptedModel([PARTS]), [tracing(tracer_provider=provider)])(STREAMED)

    cycle: list[Any] = [run(call())]
    cycle.append(cycle)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        with of.lock:
            of.threads.append(threading.get_ident())
            del cycle
            gc.collect()
            of.threads.clear()
    assert not of.blocked, "the finaliser waits for a lock that it holds"
    assert of.done.wait(10)


def test_a_collection_inside_of_a_processor_does_not_deadlock() -> None:
    _collected_inside(Locked())


def test_that_finds_out_who_ends_spans_in_finalisers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "finish", lambda job, _loop, **_options: job())  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    with pytest.raises(AssertionError, match="waits for a lock"):
        _collected_inside(Locked())


async def test_jobs_run_now_or_on_their_loop() -> None:
    done: list[str] = []
    loop = asyncio.get_running_loop()
    finish(lambda: done.append("now"), loop)
    finish(lambda: done.append("soon"), loop, finaliser=True)
    assert done == ["now"]
    await turns()
    assert done == ["now", "soon"]
    thread = threading.Thread(target=lambda: finish(lambda: done.append("from elsewhere"), loop))
    thread.start()
    thread.join()
    await turns()
    assert done == ["now", "soon", "from elsewhere"]


async def test_content_that_cannot_be_written_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context["message"]))

    def broken(_request: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(recording, "input_of", broken)
    kept = Kept()
    response = await wrap_model(ScriptedModel([PARTS]), [tracing(**kept.options, content=True)])(STREAMED)
    assert (await response.result()).text == "ab"
    assert reports == ["tracing a call failed"]
    assert len(kept.spans) == 2


def test_one_layer_works_in_several_loops_and_threads() -> None:
    kept = Kept()
    stack = wrap_model(ScriptedModel([PARTS]), [tracing(**kept.options)])
    errors: list[BaseException] = []

    async def one() -> None:
        for _ in range(5):
            await (await stack(STREAMED)).result()

    def target() -> None:
        try:
            asyncio.run(one())
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=target) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert not errors
    assert len(kept.tree) == 20
    assert all(list(below) == ["attempt model"] for below in kept.tree.values())

"""Which span is the current one inside of a call that is not sampled, and where OpenTelemetry keeps it."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from importlib import reload
from typing import Any

import pytest
from laws.harness import STREAMED
from laws.telemetry_kit import Kept
from laws.tracing_trials import Probing
from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from ai_sdk.call import CallRecord, current_call
from ai_sdk.messages import ToolCallPart
from ai_sdk.middleware import tracing
from ai_sdk.model import AnyLayer, Model, layer, wrap_model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.results import Usage
from ai_sdk.telemetry import recording, scope
from ai_sdk.testing import HANG, ScriptedModel


def dropping() -> TracerProvider:
    """A provider whose sampler takes nothing."""
    return TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)


async def test_a_stream_that_is_not_sampled_carries_its_context_into_every_read() -> None:
    model = Probing(["good"])
    response: Any = await wrap_model(model, [tracing(tracer_provider=dropping())])(STREAMED)
    outside = [trace.get_current_span()]
    async for _ in response:
        outside.append(trace.get_current_span())
    (seen,) = model.seen.values()
    assert len(seen) == 4
    assert {each.get_span_context().span_id for each in seen} == {seen[0].get_span_context().span_id}
    assert all(each.get_span_context().is_valid and not each.is_recording() for each in seen)
    assert all(each is trace.INVALID_SPAN for each in outside)


class Unread(recording.TracedCall):
    """Forgets the reads of what is not sampled."""

    def carry(self, response: object) -> None:
        return


async def test_that_finds_out_who_forgets_the_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "TracedCall", Unread)
    with pytest.raises(AssertionError):
        await test_a_stream_that_is_not_sampled_carries_its_context_into_every_read()


async def test_what_is_not_sampled_has_no_observers_and_starts_one_span(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    records: list[CallRecord | None] = []
    provider = dropping()
    tracer = type(provider.get_tracer("x"))
    start: Callable[..., Any] = tracer.start_span

    def counted(self: Any, name: str, *args: Any, **options: Any) -> Any:
        started.append(name)
        return start(self, name, *args, **options)

    monkeypatch.setattr(tracer, "start_span", counted)

    @layer
    async def seeing(request: Any, call: Model[Any, Any]) -> Any:
        records.append(current_call())
        return await call(request)

    made: Any = seeing
    watching: AnyLayer = made
    stack = wrap_model(ScriptedModel(["ok"]), [tracing(tracer_provider=provider), watching])
    await (await stack(STREAMED)).result()
    assert started == ["chat model"]
    (record,) = records
    assert record is not None
    assert (record.name, record.observers) == ("scripted:model", ())


async def test_a_run_that_is_not_sampled_is_one_trace() -> None:
    from ai_sdk import generate_text, tool

    seen: list[int] = []

    @tool
    async def look(x: int) -> int:
        """Look."""
        seen.append(trace.get_current_span().get_span_context().trace_id)
        return x

    class Seeing(ScriptedModel):
        async def __call__(self, request: Any, /) -> Any:
            seen.append(trace.get_current_span().get_span_context().trace_id)
            return await super().__call__(request)

    turns: list[Any] = [[ToolCallPart("c", "look", '{"x": 1}'), Finish("tool-calls", Usage(1, 1))], "done"]
    await generate_text(wrap_model(Seeing(turns), [tracing(tracer_provider=dropping())]), "hi", tools=[look])
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert seen[0] != 0


def test_another_runtime_context_is_used_by_its_own_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere:
        """A runtime context that is not the usual one, with a variable of the same name."""

        _current_context = contextvars.ContextVar("elsewhere", default=otel.Context())

    assert isinstance(scope.attach.__self__, contextvars.ContextVar)  # type: ignore[attr-defined] # pyright: ignore[reportFunctionMemberAccess]
    try:
        monkeypatch.setattr(otel, "_RUNTIME_CONTEXT", Elsewhere())
        reload(scope)
        assert (scope.attach, scope.detach, scope.current_context) == (otel.attach, otel.detach, otel.get_current)
    finally:
        monkeypatch.undo()
        reload(scope)
    assert scope.attach != otel.attach


async def test_a_read_that_ends_in_another_context_gives_on_its_part() -> None:
    kept = Kept()
    response: Any = await wrap_model(ScriptedModel([[TextDelta("a"), HANG]]), [tracing(**kept.options)])(STREAMED)
    for same in (True, False):
        future = asyncio.get_running_loop().create_future()

        async def source(future: asyncio.Future[str] = future) -> str:
            return await future

        began = contextvars.copy_context()
        read: Any = recording.TracedCall.read(response._watches[0], source)
        began.run(read.send, None)
        assert began.run(trace.get_current_span).is_recording()
        future.set_result("part")
        with pytest.raises(StopIteration, match="part"):
            (began if same else contextvars.copy_context()).run(read.send, None)
        assert began.run(trace.get_current_span).is_recording() == (not same)
        assert trace.get_current_span() is trace.INVALID_SPAN
    await response.aclose()


async def test_by_the_public_methods_all_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, method in (("attach", otel.attach), ("detach", otel.detach), ("current_context", otel.get_current)):
        monkeypatch.setattr(recording, name, method)
    kept, model = Kept(), Probing(["good"])
    await (await wrap_model(model, [tracing(**kept.options)])(STREAMED)).result()
    (seen,) = model.seen.values()
    assert {each.name for each in seen} == {"attempt model"}
    assert trace.get_current_span() is trace.INVALID_SPAN

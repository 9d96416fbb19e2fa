"""The step loop: tools, stop conditions, what changes between steps, records and usage."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk import (
    AnyLayer,
    CallRecord,
    Ending,
    FilePart,
    LanguageRequest,
    LanguageResponse,
    LanguageResult,
    Model,
    PrepareStep,
    ServerError,
    SourcePart,
    StepOverrides,
    StreamPart,
    SystemMessage,
    TextDelta,
    TextPart,
    TextResult,
    ToolCallPart,
    ToolContext,
    ToolDefinition,
    ToolMessage,
    Usage,
    current_call,
    generate_text,
    has_tool_call,
    hold,
    record_call,
    step_count,
    stream_text,
    tool,
    user,
    wrap_model,
)
from ai_sdk.testing import HANG, ScriptedModel, run


@tool
def double(n: int) -> int:
    """Double a number."""
    return 2 * n


def calls(
    *calls: tuple[str, str], text: str = "", reason: Any = "tool-calls", usage: Usage | None = None
) -> LanguageResult:
    """A turn that calls tools, by name and input; the ids are c0, c1, ..."""
    parts = [ToolCallPart(f"c{at}", name, given) for at, (name, given) in enumerate(calls)]
    content = (*((TextPart(text),) if text else ()), *parts)
    return LanguageResult(content=content, finish_reason=reason, usage=usage or Usage())


async def streamed(model: Any, prompt: str | None = "hi", **settings: Any) -> tuple[list[StreamPart], TextResult]:
    async with stream_text(model, prompt, **settings) as stream:
        parts = [part async for part in stream.parts]
        return parts, await stream.result()


class Slot:
    """A slot of one: whoever comes second waits until the first response has closed."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()

    def release(self, _ending: Ending, /) -> None:
        if self.lock.locked():
            self.lock.release()


def one_at_a_time() -> AnyLayer:
    slot = Slot()

    def build(model: Any) -> Any:
        async def call(request: Any) -> Any:
            await slot.lock.acquire()
            return await hold(slot, model, request)

        return call

    return build


async def test_files_and_sources_of_all_steps_are_in_the_result() -> None:
    source, file = SourcePart("1", url="https://a"), FilePart(b"x", media_type="image/png")
    first = LanguageResult(content=(source, ToolCallPart("1", "double", '{"n": 1}')), finish_reason="tool-calls")
    second = LanguageResult(content=(file, TextPart("done")), finish_reason="stop")
    result = await generate_text(ScriptedModel([first, second]), "hi", tools=[double])
    assert result.sources == (source,)
    assert result.files == (file,)
    assert result.content == (file, TextPart("done"))


async def test_tools_run_and_their_results_go_back() -> None:
    model = ScriptedModel([calls(("double", '{"n": 2}'), ("double", '{"n": "3"}'), text="wait"), "7"])
    result = await generate_text(model, "hi", tools=[double])
    assert result.text == "7"
    assert [each.output for each in result.steps[0].tool_results] == [4, 6]
    assert [message.role for message in result.messages] == ["assistant", "tool", "assistant"]
    assert model.calls[1].messages == (user("hi"), *result.messages[:2])
    assert (result.tool_calls, result.tool_results) == ((), ())
    assert [each.name for each in model.calls[0].tools] == ["double"]


async def test_an_error_of_a_later_step_knows_all_attempts() -> None:
    model = ScriptedModel([calls(("double", '{"n": 1}')), ServerError("broken", status=500)])
    with pytest.raises(ServerError) as caught:
        await streamed(model, tools=[double])
    assert len(caught.value.attempts) == 2


@pytest.mark.parametrize("stream", [False, True])
async def test_a_tool_may_call_its_own_model_through_a_slot_of_one(stream: bool) -> None:
    inner = ScriptedModel([calls(("ask", '{"question": "why?"}')), "because", "so: because"])
    model: Model[LanguageRequest, LanguageResponse] = wrap_model(inner, [one_at_a_time()])

    @tool
    async def ask(question: str) -> str:
        if stream:
            async with stream_text(model, question) as nested:
                return "".join([delta async for delta in nested.text])
        return (await generate_text(model, question)).text

    async with asyncio.timeout(100):
        if stream:
            _, result = await streamed(model, tools=[ask])
        else:
            result = await generate_text(model, "hi", tools=[ask])
    assert result.text == "so: because"
    assert result.steps[0].tool_results[0].output == "because"


@given(st.lists(st.floats(0, 10), min_size=1, max_size=6), st.booleans())
def test_tools_run_side_by_side_and_answer_in_the_order_of_the_calls(delays: list[float], stream: bool) -> None:
    async def main() -> None:
        @tool
        async def wait(seconds: float) -> float:
            await asyncio.sleep(seconds)
            return seconds

        model = ScriptedModel([calls(*[("wait", f'{{"seconds": {each}}}') for each in delays]), "done"])
        start = asyncio.get_running_loop().time()
        if stream:
            _, result = await streamed(model, tools=[wait])
        else:
            result = await generate_text(model, "hi", tools=[wait])
        assert [each.output for each in result.steps[0].tool_results] == delays
        assert [each.id for each in result.steps[0].tool_results] == [f"c{at}" for at in range(len(delays))]
        assert asyncio.get_running_loop().time() - start == pytest.approx(max(delays), abs=1e-6)

    run(main())


COUNTS = st.none() | st.integers(0, 1000)
USAGES = st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)


@given(st.lists(USAGES, min_size=1, max_size=5), st.lists(USAGES, max_size=3))
def test_usage_is_the_sum_over_steps_and_failed_attempts(steps: list[Usage], failed: list[Usage]) -> None:
    async def main() -> None:
        turns: list[Any] = [calls(("double", '{"n": 1}'), usage=each) for each in steps[:-1]]
        inner = ScriptedModel([*turns, LanguageResult(content=(), finish_reason="stop", usage=steps[-1])])
        first = True

        async def retrying(request: LanguageRequest) -> LanguageResponse:
            nonlocal first
            record = current_call()
            assert record is not None
            for usage in failed if first else ():
                attempt = record.attempt("failed")
                attempt.release(Ending("error", ServerError("x"), lambda used=usage: LanguageResult(usage=used)))  # type: ignore[misc]
            first = False
            return await inner(request)

        retrying.records_attempts = True  # type: ignore[attr-defined]
        result = await generate_text(retrying, "hi", tools=[double])
        assert result.usage == sum([*steps, *failed], Usage())
        assert len(result.attempts) == len(steps) + len(failed)

    run(main())


async def test_a_call_without_a_function_is_the_callers() -> None:
    theirs = ToolDefinition("theirs")
    model = ScriptedModel([calls(("double", '{"n": 1}'), ("theirs", "{}")), "never"])
    result = await generate_text(model, "hi", tools=[double, theirs])
    assert len(model.calls) == 1
    assert [call.name for call in result.tool_calls] == ["double", "theirs"]
    assert [each.output for each in result.tool_results] == [2]
    assert isinstance(result.messages[-1], ToolMessage)


async def test_calls_without_any_function_are_returned() -> None:
    model = ScriptedModel([calls(("theirs", "{}"), ("other", "{}"))])
    result = await generate_text(model, "hi", tools=[ToolDefinition("theirs")])
    assert (len(model.calls), len(result.tool_calls), result.tool_results) == (1, 2, ())


async def test_what_the_provider_runs_is_not_run_here() -> None:
    call = ToolCallPart("1", "double", '{"n": 1}', provider_executed=True)
    result = await generate_text(
        ScriptedModel([LanguageResult(content=(call, TextPart("x")), finish_reason="stop")]), "hi", tools=[double]
    )
    assert (result.text, result.tool_results, len(result.steps)) == ("x", (), 1)


@pytest.mark.parametrize("reason", ["length", "content-filter", "error"])
async def test_tools_of_an_answer_that_was_cut_off_do_not_run(reason: Any) -> None:
    result = await generate_text(ScriptedModel([calls(("double", '{"n": 1}'), reason=reason)]), "hi", tools=[double])
    assert (result.finish_reason, result.tool_results, len(result.steps)) == (reason, (), 1)


async def test_the_loop_stops_after_ten_steps_by_default() -> None:
    model = ScriptedModel([calls(("double", '{"n": 1}'))])
    assert len((await generate_text(model, "hi", tools=[double])).steps) == 10


async def test_stop_conditions() -> None:
    model = ScriptedModel([calls(("double", '{"n": 1}')), calls(("other", "{}"))])
    assert len((await generate_text(model, "hi", tools=[double], stop_when=step_count(3))).steps) == 3

    @tool
    def other() -> str:
        return "x"

    model = ScriptedModel([calls(("double", '{"n": 1}')), calls(("other", "{}"))])
    result = await generate_text(model, "hi", tools=[double, other], stop_when=[step_count(5), has_tool_call("other")])
    assert len(result.steps) == 2
    assert len(result.tool_results) == 1

    async def seen_enough(steps: tuple[Any, ...]) -> bool:
        await asyncio.sleep(1)
        return len(steps) == 4

    model = ScriptedModel([calls(("double", '{"n": 1}'))])
    assert len((await generate_text(model, "hi", tools=[double], stop_when=seen_enough)).steps) == 4
    assert len((await generate_text(model, "hi", tools=[double], stop_when=lambda steps: True)).steps) == 1


async def test_prepare_step_changes_one_step() -> None:
    other = ScriptedModel(["from the other"])
    model = ScriptedModel([calls(("double", '{"n": 1}')), calls(("double", '{"n": 2}')), "end"])
    seen: list[PrepareStep] = []

    async def prepare(about: PrepareStep) -> StepOverrides | None:
        seen.append(about)
        if about.number == 1:
            return {"system": "be brief", "temperature": 0.1, "tool_choice": "required", "tools": [double]}
        if about.number == 2:
            return {"model": other, "messages": [user("short")], "tools": []}
        return None

    result = await generate_text(model, "hi", system="be kind", tools=[double], prepare_step=prepare)
    assert result.text == "from the other"
    assert [each.number for each in seen] == [0, 1, 2]
    assert [len(each.steps) for each in seen] == [0, 1, 2]
    assert [len(each.messages) for each in seen] == [2, 4, 6]
    second, (third,) = model.calls[1], other.calls
    assert (second.temperature, second.tool_choice) == (0.1, "required")
    assert second.messages[:2] == (SystemMessage("be brief"), user("hi"))
    assert (third.messages, third.tools, third.temperature) == ((user("short"),), (), None)
    with pytest.raises(TypeError, match="prepare_step.*temprature.*temperature"):
        await generate_text(ScriptedModel(), "hi", prepare_step=lambda _: {"temprature": 1})  # type: ignore[arg-type,return-value] # pyright: ignore[reportArgumentType]


async def test_records_are_nested_and_never_left_current() -> None:
    seen: list[CallRecord | None] = []

    @tool
    async def look(context: ToolContext) -> str:
        seen.append(current_call())
        await generate_text(ScriptedModel(["nested"]), "deeper")
        return f"{context.step} {context.call_id} {len(context.messages)}"

    model = ScriptedModel([calls(("look", "{}")), "end"])
    async with stream_text(model, "hi", tools=[look]) as stream:
        async for _ in stream.parts:
            assert current_call() is None
        result = await stream.result()
    (record,) = seen
    assert record is not None
    assert (record.kind, record.name) == ("tool", "look")
    step = record.parent
    assert step is not None
    assert step.kind == "step"
    call = step.parent
    assert call is not None
    assert (call.kind, call.name, call.parent, len(call.children)) == ("call", "stream_text", None, 2)
    assert len(record.attempts) == 1
    assert len(result.attempts) == 2
    assert [len(each.attempts) for each in result.steps] == [1, 1]
    assert result.steps[0].tool_results[0].output == "0 c0 2"


async def test_observers_see_every_record_close_once_inner_first() -> None:
    events: list[tuple[str, str]] = []

    def observe(record: CallRecord, kind: str, _detail: object) -> None:
        if kind.startswith("record"):
            events.append((record.kind, kind.removeprefix("record-")))

    with record_call("layer", observers=(observe,)):
        await generate_text(ScriptedModel([calls(("double", '{"n": 1}')), "x"]), "hi", tools=[double])
        nested = events[1:]
        events.clear()
        async with stream_text(ScriptedModel([[TextDelta("a"), HANG]]), "hi") as stream:
            async for _ in stream.text:
                break
        assert events == [("call", "opened"), ("step", "opened"), ("step", "closed"), ("call", "closed")]
    assert nested == [
        ("call", "opened"),
        ("step", "opened"),
        ("tool", "opened"),
        ("tool", "closed"),
        ("step", "closed"),
        ("step", "opened"),
        ("step", "closed"),
        ("call", "closed"),
    ]


async def test_an_approval_that_raises_ends_the_call_after_closing_its_records() -> None:
    closed: list[str] = []

    def observe(record: CallRecord, kind: str, detail: object) -> None:
        if kind == "record-closed" and isinstance(detail, PermissionError):
            closed.append(record.kind)

    def approve(call: ToolCallPart, arguments: dict[str, Any]) -> bool:
        raise PermissionError(call.name)

    model = ScriptedModel([calls(("double", '{"n": 1}'))])
    with record_call("layer", observers=(observe,)), pytest.raises(PermissionError):
        await generate_text(model, "hi", tools=[double], approve_tool=approve)
    assert closed == ["step", "call"]

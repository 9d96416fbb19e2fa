"""The laws of ``reask`` (P5 and its own), each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
import gc
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_reask as wrong
from layer_laws.kit import caught, check_closed, examples, rejects

from ai_sdk import generate_object, generate_text
from ai_sdk.call import CallRecord, EventKind, record_call
from ai_sdk.deadline import deadline, deadline_at
from ai_sdk.errors import InvalidRequestError, NoObjectGeneratedError, RateLimitError, StreamError
from ai_sdk.messages import ToolCallPart, ToolMessage, ToolResultPart, UserMessage, user
from ai_sdk.middleware import reask, retry
from ai_sdk.model import wrap_model
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.requests import JSONFormat, LanguageRequest, ToolDefinition
from ai_sdk.response import Response
from ai_sdk.results import CallWarning, FinishReason, Usage, fold_language
from ai_sdk.retry_budget import RetryBudget
from ai_sdk.testing import HANG, ScriptedModel, run
from ai_sdk.tools import tool

Make = Callable[..., Any]

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
ADD = ToolDefinition("add", input_schema=SCHEMA)
TOOLS = LanguageRequest(messages=(user("hi"),), tools=(ADD, ToolDefinition("any")), stream=True)
OBJECT = LanguageRequest(messages=(user("hi"),), response_format=JSONFormat(SCHEMA), stream=True)
DONE = Finish("tool-calls", Usage(input_tokens=2, output_tokens=3))
GOOD = ['{"a": 1}', '{"a": 2, "b": "x"}']
BAD = ['{"a": "1"}', "{}", "no", "[1]", '{"a": 1', '{"a": 1.5}']


def call(text: str, name: str = "add", number: int = 1) -> ToolCallPart:
    """A tool call."""
    return ToolCallPart(f"c{number}", name, text)


def answer(parts: Sequence[Any], finish: Finish = DONE) -> list[Any]:
    """The parts of a whole answer."""
    return [*parts, finish]


def asked(make: Make, turns: Sequence[Any], request: LanguageRequest = TOOLS, **options: Any) -> Any:
    """The parts that are seen, the model, and the folded result."""

    async def trial() -> tuple[list[LanguagePart], ScriptedModel, Any]:
        model = ScriptedModel(list(turns))
        seen = [part async for part in await wrap_model(model, [make(**options)])(request)]
        check_closed(model)
        return seen, model, fold_language(seen)

    return run(trial())


TURNS = st.lists(st.one_of(st.sampled_from(GOOD), st.sampled_from(BAD), st.sampled_from(BAD)), min_size=4, max_size=4)


def law_attempts(make: Make) -> None:
    @examples(60)
    @given(TURNS, st.integers(0, 3), st.booleans(), st.booleans())
    def law(texts: list[str], attempts: int, stream: bool, is_object: bool) -> None:
        request = replace(OBJECT if is_object else TOOLS, stream=stream)
        turns = [answer([TextDelta(text)] if is_object else [call(text)]) for text in texts]
        _, model, result = asked(make, turns, request, attempts=attempts)
        first_good = next((at for at, text in enumerate(texts) if text in GOOD), 99)
        assert len(model.calls) == min(first_good, attempts) + 1
        told = result.text if is_object else result.tool_calls[0].input
        assert told == texts[len(model.calls) - 1]
        assert len(result.warnings) == (first_good > attempts)

    law()


def test_P5_it_asks_at_most_so_often_and_stops_at_the_first_good_answer() -> None:
    law_attempts(reask)
    rejects(law_attempts, wrong.reask_once_too_often)
    rejects(law_attempts, wrong.reask_for_ever_good)
    rejects(law_attempts, wrong.reask_with_tools_only)
    rejects(law_attempts, wrong.reask_in_silence)


NOT_JUDGED: tuple[FinishReason, ...] = ("length", "content-filter", "error")


def law_cut_off(make: Make) -> None:
    @examples(30)
    @given(st.sampled_from(BAD), st.sampled_from(NOT_JUDGED))
    def law(text: str, reason: FinishReason) -> None:
        _, model, result = asked(make, [answer([call(text)], replace(DONE, reason=reason))])
        assert len(model.calls) == 1
        assert result.tool_calls[0].input == text

    law()


def test_an_answer_that_was_cut_off_is_handed_on() -> None:
    law_cut_off(reask)
    rejects(law_cut_off, wrong.reask_what_was_cut_off)


BEFORE = st.lists(
    st.one_of(
        st.builds(TextDelta, st.sampled_from(["x", "y ", ""])),
        st.builds(ReasoningDelta, st.just("r")),
        st.builds(ToolInputDelta, st.just("c1"), st.just("add"), st.just("{")),
        st.just(ResponseMetadata("r1")),
    ),
    max_size=4,
)


def law_prefix(make: Make) -> None:
    @examples(100)
    @given(st.lists(st.tuples(BEFORE, st.sampled_from([*GOOD, *BAD]), BEFORE), min_size=4, max_size=4), st.booleans())
    def law(script: list[Any], stream: bool) -> None:
        turns = [answer([*before, call(text), *after]) for before, text, after in script]
        seen, model, _ = asked(make, turns, replace(TOOLS, stream=stream))
        last = len(model.calls) - 1
        deltas = TextDelta | ReasoningDelta | ToolInputDelta
        expected: list[Any] = []
        for at, (before, _text, after) in enumerate(script[: last + 1]):
            bare = any(isinstance(part, deltas) for part in expected)
            passing = [part for part in after if isinstance(part, ToolInputDelta)]
            kept = [*before, *(passing if at < last else after)]
            expected += [] if bare else [part for part in kept if isinstance(part, deltas)]
        got = [part for part in seen if isinstance(part, deltas)]
        assert sorted(map(repr, got)) == sorted(map(repr, expected))
        assert fold_language(got).text == fold_language(expected).text
        assert [part for part in seen if isinstance(part, ToolCallPart)] == [call(script[last][1])]

    law()


def test_text_is_never_repeated_and_refused_calls_are_never_seen() -> None:
    law_prefix(reask)
    rejects(law_prefix, wrong.reask_that_shows_every_text)
    rejects(law_prefix, wrong.reask_that_shows_bad_calls)


def law_coherent(make: Make) -> None:
    @examples(60)
    @given(st.lists(st.tuples(BEFORE, st.sampled_from([*GOOD, *BAD]), BEFORE), min_size=3, max_size=3), st.booleans())
    def law(script: list[Any], is_object: bool) -> None:
        request = OBJECT if is_object else TOOLS
        turns = [
            answer([*before, TextDelta(text) if is_object else call(text), *after]) for before, text, after in script
        ]
        whole = asked(make, turns, replace(request, stream=False))[2]
        assert asked(make, turns, request)[2] == whole

    law()


def test_M4_a_stream_folds_to_the_whole_answer() -> None:
    law_coherent(reask)
    rejects(law_coherent, wrong.reask_in_another_way_without_a_stream)


def law_untouched(make: Make) -> None:
    @examples(60)
    @given(BEFORE, st.lists(st.sampled_from(GOOD), max_size=3), BEFORE)
    def law(before: list[Any], texts: list[str], after: list[Any]) -> None:
        calls = [call(text, number=at) for at, text in enumerate(texts)]
        parts = answer([*before, *calls, *after])
        seen = asked(make, [parts])[0]
        assert sorted(map(id, seen)) == sorted(map(id, parts))
        assert fold_language(seen) == fold_language(parts)

    law()


def test_M3_a_good_answer_passes_as_it_is() -> None:
    law_untouched(reask)
    rejects(law_untouched, wrong.reask_that_shows_every_text)


def law_usage(make: Make) -> None:
    @examples(30)
    @given(TURNS)
    def law(texts: list[str]) -> None:
        turns = [answer([call(text)], Finish("stop", Usage(at + 1, 10 * at + 1))) for at, text in enumerate(texts)]
        _, model, result = asked(make, turns)
        count = len(model.calls)
        assert result.usage == Usage(sum(range(1, count + 1)), sum(10 * at + 1 for at in range(count)))

    law()


def test_usage_is_the_sum_over_all_asks() -> None:
    law_usage(reask)
    rejects(law_usage, wrong.reask_with_the_last_usage)


def law_closed_first(make: Make) -> None:
    @examples(40)
    @given(st.lists(st.sampled_from(BAD), min_size=1, max_size=3), BEFORE)
    def law(texts: list[str], before: list[Any]) -> None:
        async def trial() -> None:
            model = ScriptedModel([answer([*before, call(text)]) for text in texts])

            async def watched(request: LanguageRequest) -> Any:
                assert not [wire for wire in model.wires if wire.open], "two answers are open"
                return await model(request)

            await (await make()(watched)(TOOLS)).result()
            check_closed(model)

        run(trial())

    law()


def test_an_answer_is_closed_before_the_model_is_asked_again() -> None:
    law_closed_first(reask)
    rejects(law_closed_first, wrong.reask_with_both_answers_open)


def law_told(make: Make) -> None:
    _, model, _ = asked(
        make, [answer([TextDelta("so"), call('{"a": "1"}')]), answer([call("{}")]), answer([call('{"a": 1}')])]
    )
    first, second, third = model.calls
    assert first == TOOLS
    assert replace(second, messages=TOOLS.messages) == replace(third, messages=TOOLS.messages) == TOOLS
    assert second.messages[:1] == TOOLS.messages
    assert third.messages[: len(second.messages)] == second.messages
    assert [each.role for each in second.messages[1:]] == ["assistant", "tool"]
    said, results = second.messages[1:]
    assert (said.text, said.tool_calls) == ("so", (call('{"a": "1"}'),))
    assert isinstance(results, ToolMessage)
    assert results.content[0].is_error
    assert "a: must be of type integer" in results.content[0].output


def test_the_model_reads_what_it_said_and_what_was_wrong() -> None:
    law_told(reask)
    rejects(law_told, wrong.reask_without_the_error)


def test_siblings_get_a_result_too_and_bad_json_goes_back_in_words() -> None:
    calls = [call('{"a": 1}', number=1), call('{"a": 1', number=2), call("[1]", number=3), call("no", "else", number=4)]
    _, model, result = asked(reask, [answer(calls), answer([call('{"a": 2}')])])
    said, results = model.calls[1].messages[1:]
    assert [each.input for each in said.tool_calls] == ['{"a": 1}', "{}", "{}", "{}"]
    assert [each.id for each in results.content] == ["c1", "c2", "c3", "c4"]
    assert "repeat it" in results.content[0].output
    assert "not valid JSON" in results.content[1].output
    assert results.content[1].output.endswith('{"a": 1')
    assert "JSON object" in results.content[2].output
    assert all(each.is_error for each in results.content)
    assert [each.input for each in result.tool_calls] == ['{"a": 2}']


def test_what_is_not_this_sides_business_is_not_judged() -> None:
    parts = [
        ToolCallPart("p", "add", "no", provider_executed=True),
        ToolResultPart("p", "add", "found", provider_executed=True),
        call("no", "else"),
        call("{}", "any", 2),
    ]
    seen, model, _ = asked(reask, [answer(parts)])
    assert len(model.calls) == 1
    assert seen == answer(parts)


def test_an_object_in_one_fence_is_good_and_one_with_words_around_it_is_not() -> None:
    assert len(asked(reask, ['```json\n{"a": 1}\n```'], OBJECT)[1].calls) == 1
    _, model, result = asked(reask, ['Here: {"a": 1}', "", '{"a": 1}'], OBJECT)
    assert len(model.calls) == 3
    assert result.text == '{"a": 1}'
    assert [each.role for each in model.calls[2].messages] == ["user", "assistant", "user", "user"]
    assert isinstance(model.calls[1].messages[-1], UserMessage)
    assert "not valid JSON" in model.calls[1].messages[-1].text


def test_any_json_is_good_where_there_is_no_schema() -> None:
    request = replace(OBJECT, response_format=JSONFormat())
    assert len(asked(reask, ["[1]"], request)[1].calls) == 1
    assert len(asked(reask, ["so", "[1]"], request)[1].calls) == 2


def test_text_beside_a_tool_call_is_no_object() -> None:
    request = replace(OBJECT, tools=(ADD,))
    seen, model, _ = asked(reask, [answer([TextDelta("let me see"), call('{"a": 1}')])], request)
    assert len(model.calls) == 1
    assert fold_language(seen).text == "let me see"


def law_handed_on(make: Make) -> None:
    async def trial() -> None:
        @tool
        def add(a: int) -> int:
            """Add."""
            return a

        turns: list[Any] = [answer([call('{"a": "x"}')])] * 3 + ["done"]
        result = await generate_text(wrap_model(ScriptedModel(turns), [make()]), "hi", tools=[add])
        assert result.text == "done"
        assert result.steps[0].tool_results[0].is_error
        assert [each.feature for each in result.warnings] == ["reask"]

        model = ScriptedModel(["no"])
        with pytest.raises(NoObjectGeneratedError) as raised:
            await generate_object(wrap_model(model, [make()]), "hi", schema=SCHEMA)
        assert len(model.calls) == 3
        assert raised.value.text == "no"
        assert raised.value.usage == Usage(3, 3)

    outcome = run(caught(trial()))
    assert outcome is None, outcome


def test_what_is_wrong_to_the_end_is_handed_on_for_the_usual_error() -> None:
    law_handed_on(reask)
    rejects(law_handed_on, wrong.reask_that_raises)
    rejects(law_handed_on, wrong.reask_in_silence)


def law_live(make: Make) -> None:
    async def trial() -> list[tuple[float, str]]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        model = ScriptedModel(
            [
                [TextDelta("x"), 1.0, TextDelta("y"), 1.0, call("no"), 1.0, DONE],
                [1.0, TextDelta("z"), ToolInputDelta("c1", "add", "{"), 1.0, call('{"a": 1}'), 1.0, DONE],
            ]
        )
        response = await wrap_model(model, [make()])(TOOLS)
        return [(loop.time() - started, part.type) async for part in response]

    assert run(trial()) == [(0.0, "text-delta"), (1.0, "text-delta"), (6.0, "tool-call"), (6.0, "finish")]


def test_text_is_shown_at_once_and_only_calls_wait() -> None:
    law_live(reask)
    rejects(law_live, wrong.reask_at_the_end)


def law_recorded(make: Make) -> None:
    async def trial() -> None:
        events: list[Any] = []
        seen: list[float | None] = []
        model = ScriptedModel([answer([TextDelta("x"), call("{}")]), answer([call('{"a": 1}')])])

        async def watched(request: LanguageRequest) -> Any:
            seen.append(deadline())
            return await model(request)

        setattr(watched, "records_attempts", True)  # noqa: B010

        def observe(_record: CallRecord, kind: EventKind, detail: Any) -> None:
            events.append((kind, detail))

        with record_call(observers=(observe,)) as record, deadline_at(99.0):
            response = await wrap_model(cast("Any", watched), [make()])(TOOLS)
        await response.result()
        assert len(record.attempts) == 2
        assert seen == [99.0, 99.0]
        assert ("reasked", "a: is missing") in events
        assert deadline() is None

    outcome = run(caught(trial()))
    assert outcome is None, outcome


def test_further_asks_are_in_the_record_and_under_the_deadline_of_the_call() -> None:
    law_recorded(reask)
    rejects(law_recorded, wrong.reask_outside_of_the_record)


async def test_retry_inside_serves_each_ask() -> None:
    busy = RateLimitError("busy", status=429)
    model = ScriptedModel([busy, answer([call("no")]), busy, answer([call('{"a": 1}')])])
    result = await (await wrap_model(model, [reask(), retry()])(TOOLS)).result()
    assert (len(model.calls), result.tool_calls[0].input) == (4, '{"a": 1}')


def test_a_budget_that_is_used_up_ends_the_asking() -> None:
    budget = RetryBudget(ratio=0.0, reserve=0.1, ttl=10.0)
    _, model, result = asked(reask, [answer([call("no")])], attempts=9, budget=budget)
    assert len(model.calls) == 2
    assert result.warnings[0].feature == "reask"


def test_what_a_schema_cannot_say_is_validated() -> None:
    def even(name: str | None, value: Any) -> str | None:
        if value["a"] == 3:
            raise ValueError("three is bad")
        return None if value["a"] % 2 == 0 else f"{name} {value['a']} is odd"

    turns = [answer([call('{"a": 1}')]), answer([call('{"a": 3}')]), answer([call('{"a": 4}')])]
    _, model, result = asked(reask, turns, validate=even)
    told = [each.messages[-1].content[0].output for each in model.calls[1:]]
    assert "add 1 is odd" in told[0]
    assert "three is bad" in told[1]
    assert result.tool_calls[0].input == '{"a": 4}'

    async def slowly(_name: str | None, value: Any) -> str | None:
        await asyncio.sleep(1)
        return None if value["a"] == 2 else "not two"

    assert asked(reask, ['{"a": 1}', '{"a": 2}'], OBJECT, validate=slowly)[2].text == '{"a": 2}'


async def test_an_error_of_a_further_ask_is_raised_as_it_is_and_nothing_stays_open() -> None:
    for first in ([TextDelta("x"), call("no")], [call("no")]):
        for error in (RateLimitError("busy", status=429), StreamError("broken")):
            for second in ([error], [ReasoningDelta("r"), error]):
                model = ScriptedModel([answer(first), second])

                async def reading(model: ScriptedModel = model) -> None:
                    await (await wrap_model(model, [reask()])(TOOLS)).result()

                assert await caught(reading()) is error
                check_closed(model)


async def test_an_answer_that_breaks_shows_what_waited_and_raises_its_error() -> None:
    error = StreamError("broken")
    model = ScriptedModel([[TextDelta("x"), call("no"), error]])
    assert await caught((await wrap_model(model, [reask()])(TOOLS)).result()) is error
    assert (error.partial.text, error.partial.tool_calls) == ("x", (call("no"),))
    check_closed(model)


@pytest.mark.parametrize("where", ["first", "ask", "second"])
async def test_a_cancelled_read_closes_everything(where: str) -> None:
    first = [TextDelta("x"), HANG if where == "first" else call("no"), DONE]
    model = ScriptedModel([first, [HANG] if where == "ask" else [TextDelta("y"), HANG]])
    response = await wrap_model(model, [reask()])(TOOLS)
    task = asyncio.ensure_future(response.result())
    await asyncio.sleep(1)
    task.cancel()
    assert isinstance(await caught(task), asyncio.CancelledError)
    check_closed(model)
    assert len(model.calls) == (1 if where == "first" else 2)


async def test_leaving_early_closes_the_answer_of_a_further_ask() -> None:
    source = ToolResultPart("p", "add", "found", provider_executed=True)
    model = ScriptedModel([answer([TextDelta("x"), call("no")]), [source, HANG]])
    async with await wrap_model(model, [reask()])(TOOLS) as response:
        async for part in response:
            if part == source:
                break
        assert model.wires[1].open
    check_closed(model)


async def test_dropping_it_closes_the_answer_of_a_further_ask() -> None:
    source = ToolResultPart("p", "add", "found", provider_executed=True)
    model = ScriptedModel([answer([TextDelta("x"), call("no")]), [source, HANG]])
    response: Response[Any, Any] | None = await wrap_model(model, [reask()])(TOOLS)
    reader: Any = aiter(cast("Any", response))
    while await anext(reader) != source:
        pass
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        await reader.aclose()
        del reader, response
        gc.collect()
        await asyncio.sleep(1)
    check_closed(model)


def test_metadata_comes_from_all_answers_and_warnings_and_sources_once() -> None:
    start = StreamStart((CallWarning("unsupported", "seed", "no seed"),))
    turns = [
        answer([start, ResponseMetadata("r1", "m1"), TextDelta("x"), call("no")]),
        answer([start, ResponseMetadata("r2"), call('{"a": 1}')]),
    ]
    result = asked(reask, turns)[2]
    assert (result.response.id, result.response.model, len(result.warnings)) == ("r2", "m1", 1)


async def test_one_call_can_ask_for_another_number_and_wrong_numbers_are_refused() -> None:
    model = ScriptedModel([answer([call("no")])])
    own = replace(TOOLS, layer_options={"reask": {"attempts": 0}})
    await (await wrap_model(model, [reask()])(own)).result()
    assert len(model.calls) == 1
    for bad in ({"attempts": -1}, {"attempt": 1}):
        with pytest.raises(InvalidRequestError):
            await wrap_model(model, [reask()])(replace(TOOLS, layer_options={"reask": bad}))
    for attempts in (-1, 1.5, True, None):
        with pytest.raises(InvalidRequestError, match="attempts"):
            reask(attempts=cast("Any", attempts))


async def test_a_request_without_tools_and_format_passes_as_it_is() -> None:
    given: list[Any] = []

    async def model(request: LanguageRequest) -> Any:
        given.append(await ScriptedModel(["x"])(request))
        return given[0]

    assert await reask()(model)(replace(TOOLS, tools=())) is given[0]
    await given[0].aclose()


def test_arguments_of_a_megabyte_are_judged() -> None:
    text = json.dumps({"a": 1, "b": "x" * 1_000_000})
    assert len(asked(reask, [answer([call(text)])])[1].calls) == 1

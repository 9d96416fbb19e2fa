"""The laws of ``repair_tool_calls`` (P1 to P10 without P5), each of which finds out what breaks it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import json_repair
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_repair_tool_calls as wrong
from layer_laws.kit import caught, check_closed, examples, rejects

from ai_sdk import generate_text
from ai_sdk.call import CallRecord, EventKind, record_call
from ai_sdk.errors import BadRequestError, MissingExtraError, RateLimitError, StreamError
from ai_sdk.fitting import problems
from ai_sdk.messages import ToolCallPart, ToolResultPart, user
from ai_sdk.middleware import repair_tool_calls
from ai_sdk.model import wrap_model
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, TextDelta, ToolInputDelta
from ai_sdk.repair import read_json
from ai_sdk.requests import LanguageRequest, ProviderTool, SpecificTool, ToolDefinition
from ai_sdk.results import FinishReason, LanguageResult, Usage, fold_language
from ai_sdk.testing import HANG, ScriptedModel, run
from ai_sdk.tools import tool

Make = Callable[[], Any]

ADD = ToolDefinition(
    "add",
    input_schema={
        "type": "object",
        "properties": {
            "a": {"type": "integer"},
            "on": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "opts": {"type": "object", "properties": {"deep": {"type": "number"}}, "additionalProperties": False},
        },
        "required": ["a"],
        "additionalProperties": False,
    },
)
NOTE = ToolDefinition("note", input_schema={"type": "object", "properties": {"text": {"type": "string"}}})
TOOLS = (ADD, NOTE, ProviderTool("groq.browser_search"))
WHOLE = LanguageRequest(messages=(user("hi"),), tools=TOOLS)
STREAMED = replace(WHOLE, stream=True)
DONE = Finish("tool-calls", Usage(input_tokens=1, output_tokens=2))

OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "on": st.booleans(),
    "tags": st.lists(st.text("ab 'é\n\"{,", max_size=5), max_size=3),
    "opts": st.dictionaries(st.just("deep"), st.floats(-9, 9)),
}
NUMBER: st.SearchStrategy[Any] = st.integers(-99, 99)
VALUES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({"a": NUMBER}, optional=OPTIONAL)
STYLES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}]
)
MARKS = [
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    ",",
    ":",
    '"a"',
    "a",
    "1",
    '"5"',
    " ",
    "\n",
    "tags",
    "True",
    "<|call|>",
    "```",
    "//x",
]
PIECES = st.sampled_from(MARKS)


def in_style(value: Any, style: dict[str, Any]) -> str:
    """The JSON text of a value."""
    return json.dumps(value, **style)


def with_one_more(text: str, at: int, piece: str) -> str:
    """The text with a piece put in."""
    at %= len(text) + 1
    return text[:at] + piece + text[at:]


def with_one_less(text: str, at: int) -> str:
    """The text without one of its characters."""
    at %= len(text)
    return text[:at] + text[at + 1 :]


VALID = st.builds(in_style, VALUES, STYLES)
BAD_STYLE = st.builds(repr, VALUES)
BROKEN = st.one_of(
    st.lists(PIECES, max_size=14).map("".join),
    st.builds(with_one_more, VALID, st.integers(0, 99), PIECES),
    st.builds(with_one_less, VALID, st.integers(0, 99)),
    VALID.map(json.dumps),
    BAD_STYLE,
)
TEXTS = st.one_of(VALID, BROKEN)


def read(make: Make, parts: Sequence[Any], request: LanguageRequest = STREAMED) -> list[LanguagePart]:
    """What comes out of the layer."""

    async def trial() -> list[LanguagePart]:
        model = ScriptedModel([list(parts)])
        seen = [part async for part in await wrap_model(model, [make()])(request)]
        check_closed(model)
        return seen

    return run(trial())


def one(make: Make, text: str, finish: Finish = DONE, *, name: str = "add") -> ToolCallPart:
    """What becomes of one call."""
    seen = read(make, [ToolCallPart("c1", name, text), finish])
    calls = [part for part in seen if isinstance(part, ToolCallPart)]
    assert len(calls) == 1
    return calls[0]


def fits(call: ToolCallPart) -> bool:
    """Whether a call may be run."""
    schemas: dict[str, Any] = {"add": ADD.input_schema, "note": NOTE.input_schema}
    try:
        return call.name in schemas and not problems(call.arguments(), schemas[call.name])
    except Exception:
        return False


@contextmanager
def counted_repairer() -> Generator[list[str]]:
    """The texts that the repairer was given."""
    original, texts = json_repair.loads, list[str]()

    def loads(text: str, **options: Any) -> Any:
        texts.append(text)
        return original(text, **options)

    json_repair.loads = cast("Any", loads)
    try:
        yield texts
    finally:
        json_repair.loads = original


def law_valid(make: Make) -> None:
    @examples()
    @given(VALID, st.booleans())
    def law(text: str, stream: bool) -> None:
        call = ToolCallPart("c1", "add", text, provider_metadata={"x": {"y": 1}})
        answer = [TextDelta("x"), ToolInputDelta("c1", "add", text), call, DONE]
        with counted_repairer() as texts:
            seen = read(make, answer, STREAMED if stream else WHOLE)
        assert len(seen) == len(answer)
        assert all(one is other for one, other in zip(seen, answer, strict=True))
        assert not texts, "the repairer was called"

    law()


def test_P1_M3_a_call_that_fits_passes_as_it_is_and_the_repairer_is_not_called() -> None:
    law_valid(repair_tool_calls)
    rejects(law_valid, wrong.repair_everything)
    rejects(law_valid, wrong.repair_by_asking_the_repairer_first)


def law_twice(make: Make) -> None:
    @examples(80)
    @given(TEXTS)
    def law(text: str) -> None:
        once = one(make, text)
        assert one(make, once.input) == once

    law()


def test_P2_mending_twice_is_mending_once() -> None:
    law_twice(repair_tool_calls)
    rejects(law_twice, wrong.repair_that_goes_on)


def law_fits_or_stays(make: Make) -> None:
    @examples(120)
    @given(TEXTS, st.sampled_from(["add", "note", "Add", "other", "browser_search"]))
    def law(text: str, name: str) -> None:
        call = ToolCallPart("c1", name, text)
        new = one(make, text, name=name)
        assert new == call or fits(new)

    law()


def test_P3_a_call_fits_afterwards_or_stays_as_it_was() -> None:
    law_fits_or_stays(repair_tool_calls)
    rejects(law_fits_or_stays, wrong.repair_without_a_look_at_the_schema)
    rejects(law_fits_or_stays, wrong.repair_to_nothing)


async def test_P3_what_stays_is_told_to_the_model_as_ever() -> None:
    @tool
    def twice(n: int) -> int:
        """Double it."""
        return 2 * n

    turns: list[Any] = [
        [ToolCallPart("c1", "Twice", '{"n": "21"}'), ToolCallPart("c2", "twice", '{"n": 1}{"n": 2}'), DONE],
        "done",
    ]
    result = await generate_text(wrap_model(ScriptedModel(turns), [repair_tool_calls()]), "hi", tools=[twice])
    first, second = result.steps[0].tool_results
    assert first == ToolResultPart("c1", "twice", 42)
    assert second.is_error


def law_names(make: Make) -> None:
    @examples(100)
    @given(
        st.one_of(
            st.sampled_from(["ADD", "functions.add", "add<|channel|>commentary", "ad", "adds", "get-x", "Get_X", "x"]),
            st.text("adnote_-AG", max_size=6),
        ),
        VALID,
    )
    def law(name: str, text: str) -> None:
        tools = [ADD, NOTE, *(replace(ADD, name=each) for each in ("get_x", "get-x"))]
        names = [each.name for each in tools]
        request = replace(STREAMED, tools=tuple(tools))
        seen = read(make, [ToolCallPart("c1", name, text), DONE], request)
        (new,) = [part for part in seen if isinstance(part, ToolCallPart)]
        plain = name.partition("<|")[0].removeprefix("functions.").replace("-", "_").casefold()
        alike = [each for each in names if each.replace("-", "_").casefold() == plain]
        if name in names or len(alike) != 1:
            assert new.name == name
        elif alike == ["add"]:
            assert new.name == "add"
        else:
            assert new.name in (name, *alike)

    law()


def test_P4_a_name_is_mapped_only_to_the_one_offered_name_that_it_is_in_another_style() -> None:
    law_names(repair_tool_calls)
    rejects(law_names, wrong.repair_to_the_nearest_name)
    rejects(law_names, wrong.repair_to_the_first_name_alike)


def test_P4_names_stay_when_they_are_not_to_be_mapped() -> None:
    assert one(lambda: repair_tool_calls(names=False), '{"a": "1"}', name="ADD").name == "ADD"


NOT_COMPLETE: tuple[FinishReason, ...] = ("length", "content-filter", "error", "other")


def law_truncated(make: Make) -> None:
    @examples(120)
    @given(st.one_of(VALID, BAD_STYLE), st.integers(0, 200), st.sampled_from(NOT_COMPLETE))
    def law(text: str, at: int, reason: FinishReason) -> None:
        cut = text.rstrip()[: at % len(text.rstrip())]
        assert one(make, cut, replace(DONE, reason=reason)).input == cut

    law()


def test_P6_truncated_arguments_stay_unless_the_answer_was_complete() -> None:
    law_truncated(repair_tool_calls)
    rejects(law_truncated, wrong.repair_that_closes_at_once)
    rejects(law_truncated, wrong.repair_that_trusts_every_finish)


@pytest.mark.parametrize("reason", ["stop", "tool-calls"])
def test_P6_what_is_missing_at_the_end_of_a_complete_answer_is_added(reason: FinishReason) -> None:
    assert (
        one(repair_tool_calls, '{"a": 1, "tags": ["x', replace(DONE, reason=reason)).input == '{"a": 1, "tags": ["x"]}'
    )


def law_limit(make: Make) -> None:
    @examples(20)
    @given(st.integers(1, 9), st.integers(1, 9))
    def law(limit: int, used: int) -> None:
        request = replace(STREAMED, max_output_tokens=limit)
        finish = replace(DONE, usage=Usage(output_tokens=used))
        seen = read(make, [ToolCallPart("c1", "add", '{"a": 1'), finish], request)
        assert cast("Any", seen[0]).input == ('{"a": 1' if used >= limit else '{"a": 1}')

    law()


def test_P6_an_answer_that_used_all_its_tokens_is_not_taken_for_complete() -> None:
    law_limit(repair_tool_calls)
    rejects(law_limit, wrong.repair_that_forgets_the_token_limit)


CORPUS: dict[str, tuple[str, dict[str, Any]]] = {
    "a special token behind it": ('{"a": 1}<|call|>', {"a": 1}),
    "special tokens around it": ('<|message|>{"a": 1}<|end|><|return|>', {"a": 1}),
    "tags around it": ('<tool_call>\n{"a": 1}\n</tool_call>', {"a": 1}),
    "a code fence": ('```json\n{"a": 1}\n```', {"a": 1}),
    "a bare code fence": ('```\n{"a": 1}```', {"a": 1}),
    "a bracket too many": ('{"a": 1}}', {"a": 1}),
    "single quotes": ("{'a': 1, 'tags': ['x']}", {"a": 1, "tags": ["x"]}),
    "curly quotes": ("{“a”: 1}", {"a": 1}),
    "no quotes": ("{a: 1}", {"a": 1}),
    "trailing commas": ('{"a": 1, "tags": ["x",],}', {"a": 1, "tags": ["x"]}),
    "a missing comma": ('{"a": 1 "tags": ["x"]}', {"a": 1, "tags": ["x"]}),
    "Python's words": ('{"a": 1, "on": True}', {"a": 1, "on": True}),
    "a line comment": ('{"a": 1 // the first\n}', {"a": 1}),
    "a block comment": ('{"a": 1, /* none */ "tags": []}', {"a": 1, "tags": []}),
    "line breaks in a string": ('{"a": 1, "tags": ["x\ny\tz"]}', {"a": 1, "tags": ["x\ny\tz"]}),
    "bad escapes": (r'{"a": 1, "tags": ["\d+ C:\Windows"]}', {"a": 1, "tags": [r"\d+ C:\Windows"]}),
    "quotes in a string": ('{"a": 1, "tags": ["say "hi" now"]}', {"a": 1, "tags": ['say "hi" now']}),
    "written twice": (json.dumps('{"a": 1}'), {"a": 1}),
    "written three times": (json.dumps(json.dumps('{"a": 1}')), {"a": 1}),
    "bad JSON written twice": (json.dumps("{'a': 1}"), {"a": 1}),
    "a number in a string": ('{"a": "5"}', {"a": 5}),
    "a whole float in a string": ('{"a": "5.0"}', {"a": 5}),
    "a truth in a string": ('{"a": 1, "on": "true"}', {"a": 1, "on": True}),
    "one value for a list": ('{"a": 1, "tags": "x"}', {"a": 1, "tags": ["x"]}),
    "a list in a string": ('{"a": 1, "tags": "[\\"x\\", \\"y\\"]"}', {"a": 1, "tags": ["x", "y"]}),
    "an object in a string": ('{"a": 1, "opts": "{\\"deep\\": \\"2.5\\"}"}', {"a": 1, "opts": {"deep": 2.5}}),
    "null for what may be left out": ('{"a": 1, "tags": null}', {"a": 1}),
    "words in front": ('Sure! {"a": 1}', {"a": 1}),
    "the call as Python": ('functions.add({"a": 1})', {"a": 1}),
}  # fmt: skip


def law_corpus(make: Make) -> None:
    for text, value in CORPUS.values():
        assert read_json(one(make, text).input) == value, text


def test_P7_what_models_really_break_is_mended() -> None:
    law_corpus(repair_tool_calls)
    rejects(law_corpus, wrong.repair_that_reads_json_alone)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}{"a": 2}',
        '{"a": 1}\n{"tags": []}',
        '{"a": 1, "tags" "x"}',
        '{"a": 1, "tags": , "on": true}',
        '{"a": 1, "tags": ["x"], "y"}',
        "{'a': 1, 'tags': ['don't']}",
        "not JSON at all",
        '[{"a": 1}]',
        '{"a": 1e400}',
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_P7_what_can_be_read_in_two_ways_or_loses_something_stays(text: str) -> None:
    assert one(repair_tool_calls, text).input == text


def letters(text: str) -> Counter[str]:
    """The letters of a text, but those of numbers and of words that JSON spells in its own way."""
    return Counter(each for each in text.casefold() if each in "xyzgs")


def law_nothing_lost(make: Make) -> None:
    names = st.sampled_from(["tags", "text", "xy", "zz", "gs"])

    @examples(150)
    @given(st.lists(st.one_of(names, names.map(json.dumps), PIECES.filter(lambda each: each != "//x")), max_size=12))
    def law(pieces: list[str]) -> None:
        text = "{" + "".join(pieces) + "}"
        new = one(make, text, name="note")
        assert not letters(text) - letters(new.input)

    law()


def test_P7_every_letter_that_the_model_wrote_is_in_what_comes_out() -> None:
    law_nothing_lost(repair_tool_calls)
    rejects(law_nothing_lost, wrong.repair_that_loses_what_is_left)


CALLS = st.builds(
    ToolCallPart, st.sampled_from(["c1", "c2", "c3"]), st.sampled_from(["add", "note", "x"]), TEXTS, st.booleans()
)
ANSWERS = st.lists(
    st.one_of(
        CALLS,
        CALLS,
        st.builds(TextDelta, st.sampled_from(["", "x"]), st.sampled_from(["", "1"])),
        st.builds(ReasoningDelta, st.just("r")),
        st.builds(ToolInputDelta, st.just("c1"), st.just("add"), TEXTS),
        st.just(ResponseMetadata("r1")),
        st.just(ToolResultPart("c9", "browser_search", "found", provider_executed=True)),
    ),
    max_size=7,
)
FINISHES = st.sampled_from([DONE, replace(DONE, reason="length"), replace(DONE, reason="other")])


def law_siblings(make: Make) -> None:
    @examples(100)
    @given(ANSWERS, FINISHES)
    def law(answer: list[Any], finish: Finish) -> None:
        got: Any = fold_language(read(make, [*answer, finish])).content
        expected: Any = fold_language([*answer, finish]).content
        assert len(got) == len(expected)
        for new, old in zip(got, expected, strict=True):
            assert type(new) is type(old)
            if isinstance(old, ToolCallPart):
                assert (new.id, new.provider_executed) == (old.id, old.provider_executed)
                assert new is old or (fits(new) and not fits(old) and not old.provider_executed)
            else:
                assert new == old

    law()


def test_P8_siblings_order_and_ids_stay() -> None:
    law_siblings(repair_tool_calls)
    rejects(law_siblings, wrong.repair_that_shows_broken_calls_last)
    rejects(law_siblings, wrong.repair_with_new_ids)


def law_streaming(make: Make) -> None:
    @examples(80)
    @given(ANSWERS, FINISHES)
    def law(answer: list[Any], finish: Finish) -> None:
        seen = read(make, [*answer, finish])
        previews = [part for part in answer if isinstance(part, ToolInputDelta)]
        assert [part for part in seen if isinstance(part, ToolInputDelta)] == previews
        assert fold_language(read(make, [*answer, finish], WHOLE)) == fold_language(seen)

    law()


def test_P9_M4_previews_pass_and_a_stream_folds_to_the_whole_answer() -> None:
    law_streaming(repair_tool_calls)
    rejects(law_streaming, wrong.repair_of_the_previews)


def law_waiting(make: Make) -> None:
    async def trial() -> list[tuple[float, str]]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        answer: list[Any] = [
            TextDelta("x"),
            *(1.0, ToolCallPart("c1", "add", "{'a': 1}")),
            *(1.0, ToolCallPart("c2", "add", '{"a": 1')),
            *(1.0, ToolInputDelta("c3", "add", "{")),
            *(1.0, ToolCallPart("c3", "add", '{"a": 3}')),
            *(1.0, DONE),
        ]
        response = await wrap_model(ScriptedModel([answer]), [make()])(STREAMED)
        return [(loop.time() - started, f"{part.type} {getattr(part, 'id', '')}") async for part in response]

    assert run(trial()) == [
        (0.0, "text-delta "),
        (1.0, "tool-call c1"),
        (3.0, "tool-input-delta c3"),
        (5.0, "tool-call c2"),
        (5.0, "tool-call c3"),
        (5.0, "finish "),
    ]


def test_P6_P9_only_a_call_that_may_need_closing_waits_and_what_comes_after_it() -> None:
    law_waiting(repair_tool_calls)
    rejects(law_waiting, wrong.repair_at_the_end)
    rejects(law_waiting, wrong.repair_that_closes_at_once)


def work_for(make: Make, text: str) -> int:
    """How many lines of Python are run to mend a text."""
    count = 0

    def trace(_frame: Any, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        one(make, text)
    finally:
        sys.settrace(before)
    return count


SHAPES: list[Callable[[int], str]] = [
    lambda n: '{"a": 1, ' + 'a {"b" ' * n,
    lambda n: "{" * n,
    lambda n: "[" * n,
    lambda n: '{"a":' * n,
    lambda n: '{"a": ' + "(" * n,
    lambda n: '{"a": "' + "abc, def, " * n,
    lambda n: '{"a": "' + '"x' * n + '"}',
    lambda n: "```" * n,
    lambda n: "<|" * n,
    lambda n: '{"a": 1}' + "}" * n + "!",
    lambda n: '{"a": 1}' + " ``` " * n + "!",
    lambda n: '{"a": 1 /*' + "/*" * n,
    lambda n: '{"opts": ' * 90 + "[" + "1, " * n,
]


def law_work(make: Make) -> None:
    for shape in SHAPES:
        small, large = work_for(make, shape(100)), work_for(make, shape(300))
        assert large <= 4 * small + 20_000, shape(3)


def test_P10_three_times_the_text_is_about_three_times_the_work() -> None:
    law_work(repair_tool_calls)
    rejects(law_work, wrong.repair_without_bounds)


def test_P10_what_is_too_long_or_too_deep_stays() -> None:
    texts = [
        "{" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        json.dumps('{"a":' * 50_000),
        "[" * 1_000_000,
        '{"a": "' + "x" * 1_000_000,
        '{"a": "1", "tags": ["' + "x" * 1_048_576 + '"]}',
        "{'a': '" + "x" * 40_000 + "'}",
        '{"a": 1}' + "`" * 60_000 + "!",
    ]
    for text in texts:
        assert one(repair_tool_calls, text).input == text


def test_P10_a_megabyte_that_fits_passes_and_its_form_can_be_changed() -> None:
    text = json.dumps({"a": 1, "tags": ["x" * 1_000_000]})
    assert one(repair_tool_calls, text).input is text
    assert json.loads(one(repair_tool_calls, text.replace("1", '"1"', 1)).input) == json.loads(text)


def law_told(make: Make) -> None:
    @examples(40)
    @given(st.lists(st.sampled_from(["{'a': 4711}", '{"a": 4711}', "4711 no", '{"a": "4711"}']), max_size=4))
    def law(texts: list[str]) -> None:
        events: list[Any] = []

        def observe(_record: CallRecord, kind: EventKind, detail: Any) -> None:
            if kind == "repaired":
                events.append(detail)

        async def trial() -> LanguageResult:
            calls = [ToolCallPart(f"c{at}", "add", text) for at, text in enumerate(texts)]
            model = wrap_model(ScriptedModel([[*calls, DONE]]), [make()])
            with record_call(observers=(observe,)):
                response = await model(STREAMED)
            result: LanguageResult = await response.result()
            return result

        result = run(trial())
        mended = [f"c{at}" for at, text in enumerate(texts) if text in ("{'a': 4711}", '{"a": "4711"}')]
        assert [each.message.split()[2] for each in result.warnings] == mended
        assert all(each.kind == "other" and each.feature == "tool call repair" for each in result.warnings)
        assert all("4711" not in each.message and "add" in each.message for each in result.warnings)
        assert events == list(result.warnings)

    law()


def test_each_mended_call_leaves_a_warning_and_an_event_that_do_not_quote_it() -> None:
    law_told(repair_tool_calls)
    rejects(law_told, wrong.repair_in_silence)
    rejects(law_told, wrong.repair_that_quotes)


def refused(generation: str, **more: Any) -> BadRequestError:
    """How groq refuses tool calls."""
    body = {"error": {"code": "tool_use_failed", "failed_generation": generation, "message": "no", **more}}
    return BadRequestError("no", status=400, code="tool_use_failed", body=body)


SAVED: dict[str, list[tuple[str, dict[str, Any]]]] = {
    '[\n  {\n    "name": "add",\n    "parameters": {\n      "a": "2"\n    }\n  }\n]': [("add", {"a": 2})],
    '{"name": "add", "arguments": {\n  "a": 1\n}}': [("add", {"a": 1})],
    '{"name": "add", "arguments": "{\\"a\\": 1}"}': [("add", {"a": 1})],
    '<function=add>{"a": 1}</function>': [("add", {"a": 1})],
    '<function=add{"a": 1}></function>\n': [("add", {"a": 1})],
    '<function/add>{"a": 1}</function><function=note>{}</function>': [("add", {"a": 1}), ("note", {})],
    'add{"a": 1, "tags": "x"}</function>': [("add", {"a": 1, "tags": ["x"]})],
    '<tool-use>\n{"tool_calls": [{"id": "p", "function": {"name": "add"}, "parameters": {"a": 1}}]}\n</tool-use>': [
        ("add", {"a": 1})
    ],
    '```\n{"tool_calls": [{"function": {"name": "functions.add", "arguments": "{\\"a\\": 1}"}}]}\n```': [
        ("add", {"a": 1})
    ],
    "{'name': 'add', 'arguments': {'a': 1, 'on': True}}": [("add", {"a": 1, "on": True})],
    '{"name": "add", "arguments": {"a": 1}}; {"name": "note", "arguments": {}}': [("add", {"a": 1}), ("note", {})],
}  # fmt: skip
NOT_SAVED = [
    "",
    "maybe",
    '{"name": "other", "arguments": {}}',
    '{"name": "add", "arguments": {"foo": "bar"}}',
    '{"name": "add", "arguments": {"a": 1}} and more',
    '{"name": "add", "arguments": {"a": 1',
    "{'name': 'add', 'arguments': {'a': 1",
    '<function=add>{"a": 1',
    '<function=add>{"a": 1}</function> and <function=add>no</function>',
    '[{"name": "add", "arguments": {"a": 1}}, {"name": "add", "arguments": {}}]',
    '{"name": "browser_search", "arguments": {}}',
    "[]",
    "Tool use failed: JSON does not match the expected schema for tool calls",
]


def outcome(make: Make, error: Exception, request: LanguageRequest) -> object:
    """The parts of the answer when the model raises an error, or what is raised."""
    try:
        return read(make, [error], request)
    except Exception as raised:
        return raised


def law_refused(make: Make) -> None:
    for stream in (False, True):
        request = STREAMED if stream else WHOLE
        for text, expected in SAVED.items():
            seen = outcome(make, refused(text), request)
            assert isinstance(seen, list), text
            result = fold_language(cast("Any", seen))
            assert [(call.name, call.arguments()) for call in result.tool_calls] == expected
            assert result.finish_reason == "tool-calls"
            assert len({call.id for call in result.tool_calls}) == len(expected)
            assert len(result.warnings) == len(expected)
        for text in NOT_SAVED:
            error = refused(text)
            assert outcome(make, error, request) is error, text


def test_calls_that_the_provider_refused_are_mended_or_its_error_is_raised() -> None:
    law_refused(repair_tool_calls)
    rejects(law_refused, wrong.repair_of_refused_calls_without_a_look)
    rejects(law_refused, wrong.repair_that_reads_json_alone)


def test_calls_that_are_refused_in_the_middle_of_a_stream_follow_what_was_shown() -> None:
    answer = [ReasoningDelta("hm"), TextDelta("x"), refused('{"name": "add", "arguments": {"a": "1"}}')]
    result = fold_language(read(repair_tool_calls, answer))
    assert (result.reasoning, result.text, result.tool_calls[0].arguments()) == ("hm", "x", {"a": 1})
    error = refused("maybe")
    with pytest.raises(BadRequestError) as raised:
        read(repair_tool_calls, [TextDelta("x"), error])
    assert raised.value is error


def test_calls_that_may_not_be_made_are_not_saved() -> None:
    error = refused('{"name": "add", "arguments": {"a": 1}}')
    for request in (replace(STREAMED, tool_choice="none"), replace(STREAMED, tool_choice=SpecificTool("note"))):
        with pytest.raises(BadRequestError):
            read(repair_tool_calls, [error], request)
    with pytest.raises(BadRequestError):
        read(lambda: repair_tool_calls(refused=False), [error])
    other = RateLimitError("no", status=429, body={"error": {"failed_generation": '{"name": "note", "arguments": {}}'}})
    with pytest.raises(RateLimitError):
        read(repair_tool_calls, [other])


def test_the_form_of_values_stays_without_coerce() -> None:
    make = lambda: repair_tool_calls(coerce=False)  # noqa: E731
    assert one(make, '{"a": "1"}').input == '{"a": "1"}'
    assert one(make, "{'a': 1}").input == '{"a": 1}'


def test_an_answer_that_breaks_shows_what_waited_and_raises_its_error() -> None:
    async def trial(first: list[Any]) -> tuple[list[Any], Any]:
        error = StreamError("broken")
        model = ScriptedModel([[*first, ToolCallPart("c1", "add", '{"a": 1'), error]])
        seen: list[Any] = []

        async def reading() -> None:
            async for part in await wrap_model(model, [repair_tool_calls()])(STREAMED):
                seen.append(part)

        assert await caught(reading()) is error
        check_closed(model)
        return seen, error.partial

    seen, partial = run(trial([TextDelta("x")]))
    assert [part.type for part in seen] == ["text-delta", "tool-call"]
    assert partial.tool_calls[0].input == '{"a": 1'
    assert run(trial([]))[0] == []


async def test_a_cancelled_read_closes_the_answer() -> None:
    model = ScriptedModel([[TextDelta("x"), ToolCallPart("c1", "add", '{"a": 1'), HANG]])
    response = await wrap_model(model, [repair_tool_calls()])(STREAMED)

    async def reading() -> None:
        async for _ in response:
            pass

    task = asyncio.create_task(reading())
    await asyncio.sleep(1)
    task.cancel()
    assert isinstance(await caught(task), asyncio.CancelledError)
    check_closed(model)


async def test_a_request_without_tools_passes_as_it_is() -> None:
    calls: list[Any] = []

    async def model(request: LanguageRequest) -> Any:
        calls.append(request)
        return await ScriptedModel(["x"])(request)

    request = replace(STREAMED, tools=(ProviderTool("groq.browser_search"),))
    assert (await (await repair_tool_calls()(model)(request)).result()).text == "x"
    assert calls[0] is request


def test_without_the_repairer_the_layer_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nothing(_name: str) -> None:
        return None

    monkeypatch.setattr("importlib.util.find_spec", find_nothing)
    with pytest.raises(MissingExtraError, match=r"ai-sdk-layers\[repair\]"):
        repair_tool_calls()

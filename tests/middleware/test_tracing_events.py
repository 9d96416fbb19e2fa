"""The events of failures, keys that are hidden wherever content is written, and answers read off their parts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.harness import STREAMED
from laws.telemetry_kit import Kept
from layer_laws.kinds import KINDS, Kind, read
from opentelemetry.trace import StatusCode

from ai_sdk import generate_text, tool, wrap_model
from ai_sdk.ending import Ending
from ai_sdk.errors import BadRequestError, ServerError
from ai_sdk.messages import ToolCallPart, user
from ai_sdk.middleware import retry, tracing
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.response import Response, _Arrived
from ai_sdk.results import Usage, fold_language
from ai_sdk.telemetry.answers import Answer, answer_of, on_answer
from ai_sdk.telemetry.content import MOST
from ai_sdk.testing import HANG, ScriptedModel, run

KEY = "sk-abcdefghijklmnop1234567890"
NAME = "gen_ai.client.operation.exception"
GONE = ServerError(f"it said rosebud and {KEY}", status=500)


def called(turns: Sequence[Any], *layers: Any, cancel: bool = False, request: Any = STREAMED, **options: Any) -> Kept:
    kept = Kept()
    stack = wrap_model(ScriptedModel(turns), [tracing(**kept.options, **options), *layers])

    async def main() -> None:
        task = asyncio.ensure_future(read(stack, request))
        await asyncio.wait([task], timeout=5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(main())
    return kept


def test_a_failure_is_an_event_with_its_type_and_where_it_was_raised() -> None:
    kept = called([GONE])
    (event,) = kept.events
    (call,) = [each for each in kept.spans if each.name == "chat model"]
    assert (event.event_name, event.severity_number.value) == (NAME, 13)
    assert event.span_id == (call.context.span_id if call.context else None)
    said = dict(event.attributes)
    assert said["exception.type"] == "ai_sdk.errors.ServerError"
    assert said["gen_ai.operation.name"] == "chat"
    assert said["gen_ai.request.model"] == "model"
    assert "scripted" in said["exception.stacktrace"].lower()
    assert "exception.message" not in said
    assert "rosebud" not in str(said)


def test_the_message_is_content_and_keys_are_never() -> None:
    for content in ("span_only", "event_only", True):
        kept = called([GONE], content=content)
        (said,) = [dict(each.attributes) for each in kept.events if each.event_name == NAME]
        assert "rosebud" in said["exception.message"]
        assert said["exception.stacktrace"].endswith(said["exception.message"])
        shown = str([(each.attributes, each.status.description) for each in kept.spans])
        assert KEY not in str(said) + shown


@pytest.mark.parametrize("how", ["good", "retried", "cancelled"])
def test_what_did_not_fail_has_no_such_event(how: str) -> None:
    turns: dict[str, list[Any]] = {"good": ["ok"], "retried": [GONE, "ok"], "cancelled": [[HANG]]}
    assert called(turns[how], retry(wait=0)).events == []


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_a_failure_of_every_kind_is_an_event(kind: Kind) -> None:
    kept = Kept()
    stack = wrap_model(kind.script(GONE), [tracing(logger_provider=kept.options["logger_provider"])])

    async def main() -> None:
        await asyncio.gather(read(stack, kind.request), return_exceptions=True)

    run(main())
    assert [each.event_name for each in kept.events] == [NAME]


@tool
async def tell(about: str) -> dict[str, Any]:
    """Tell about something."""
    if about == "nothing":
        raise ValueError(f"no {KEY}")
    return {"about": about, "long": "y" * (MOST + 5), "key": KEY}


def _tools(content: bool) -> list[Any]:
    kept = Kept()
    asked = [f'{{"about": "{about}"}}' for about in (f"x {KEY}", "nothing")]
    calls = [ToolCallPart(f"c{at}", "tell", each) for at, each in enumerate(asked)]
    turns: list[Any] = [[*calls, Finish("tool-calls", Usage(1, 1))], "done"]
    model = wrap_model(ScriptedModel(turns), [tracing(**kept.options, content=content)])
    run(generate_text(model, "hi", tools=[tell]))
    return [each for each in kept.spans if each.name == "execute_tool tell"]


def test_a_tool_says_which_call_it_answers_and_with_content_what() -> None:
    plain, failed = [dict(each.attributes) for each in _tools(False)]
    known = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "tell",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.description": "Tell about something.",
    }
    assert plain == {**known, "gen_ai.tool.call.id": "c0"}
    assert failed == {**known, "gen_ai.tool.call.id": "c1", "error.type": "ValueError"}
    first, second = _tools(True)
    said = dict(first.attributes)
    assert json.loads(said["gen_ai.tool.call.arguments"]) == {"about": "x [redacted]"}
    answer = json.loads(said["gen_ai.tool.call.result"])
    assert answer == {"about": "x [redacted]", "long": f"{'y' * MOST}... (5 characters more)", "key": "[redacted]"}
    assert "gen_ai.tool.call.result" not in second.attributes
    assert second.status.status_code is StatusCode.ERROR
    assert second.status.description == "no [redacted]"


def test_keys_are_hidden_in_messages() -> None:
    request = LanguageRequest(messages=(user(f"my key is {KEY}"),), stream=True)
    shown = str([each.attributes for each in called([f"yours is {KEY}"], request=request, content=True).spans])
    assert "my key is [redacted]" in shown
    assert "yours is [redacted]" in shown
    assert KEY not in shown


Counts = st.none() | st.integers(0, 9)
Parts: st.SearchStrategy[LanguagePart] = st.one_of(
    st.builds(TextDelta, st.text(max_size=3)),
    st.builds(ReasoningDelta, st.text(max_size=3)),
    st.builds(ToolInputDelta, st.just("c"), st.just("f"), st.just("{}")),
    st.just(ToolCallPart("c", "f", "{}")),
    st.just(StreamStart()),
    st.builds(ResponseMetadata, st.none() | st.text(max_size=2), st.none() | st.text(max_size=2)),
    st.builds(Finish, st.sampled_from(["stop", "tool-calls", "length"]), st.builds(Usage, Counts, Counts, Counts)),
)


@given(st.lists(Parts, max_size=8))
def test_an_answer_read_off_its_parts_is_the_folded_one(parts: list[LanguagePart]) -> None:
    def whole(given: Sequence[LanguagePart]) -> Any:
        return fold_language(given)

    quick = answer_of(Ending("end", None, _Arrived(fold_language, parts)))
    slow = answer_of(Ending("end", None, _Arrived(whole, parts)))
    assert quick == slow._replace(result=None)
    assert on_answer(quick) == on_answer(slow)


def test_what_never_arrived_says_nothing() -> None:
    assert answer_of(Ending("error", BadRequestError("x", status=400))) == Answer(None)
    assert on_answer(Answer(None)) == {}


async def test_a_stream_is_not_folded_for_its_spans() -> None:
    kept = Kept()
    stack = wrap_model(ScriptedModel([[TextDelta("a"), Finish("stop", Usage(3, 4))]]), [tracing(**kept.options)])
    response: Response[Any, Any] = await stack(STREAMED)
    arrived = response._arrived
    async for _ in response:
        pass
    assert arrived._count == -1, "somebody has folded it"
    assert [each.attributes["gen_ai.usage.output_tokens"] for each in kept.spans if each.name == "chat model"] == [4]  # type: ignore[index] # pyright: ignore[reportOptionalSubscript]

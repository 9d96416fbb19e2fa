"""Names, types and levels of what ``tracing`` writes, against the table; messages against a schema."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any, cast

import pytest
from laws.telemetry_kit import Kept, faults
from layer_laws.kinds import KINDS, NOISE, Kind, read
from opentelemetry.trace import SpanKind, StatusCode

from ai_sdk import generate_text, tool, wrap_model
from ai_sdk.call import current_call
from ai_sdk.endpoint import Endpoint
from ai_sdk.errors import APIError, RateLimitError, ServerError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    assistant,
    tool_results,
    user,
)
from ai_sdk.messages import ToolResultPart as Answer
from ai_sdk.middleware import cache, fallback, hedge, retry, tracing
from ai_sdk.model import AnyLayer
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, TextDelta
from ai_sdk.prices import Price
from ai_sdk.requests import LanguageRequest, ProviderTool, ToolDefinition
from ai_sdk.results import Usage
from ai_sdk.telemetry.content import MOST, capture_of
from ai_sdk.telemetry.names import ATTRIBUTES, CAPTURE, METRICS, Conventions
from ai_sdk.telemetry.spans import error_type
from ai_sdk.testing import ScriptedModel, run

CONVENTIONS: tuple[Conventions, ...] = ("1.41", "latest")
both = pytest.mark.parametrize("conventions", CONVENTIONS)
PRICES = {"scripted": Price(input=1, output=2, cache_read=0.5, cache_write=3)}
USAGE = Usage(1000, 100, 400, 50, 20)
FULL = LanguageRequest(
    messages=(
        SystemMessage("Be brief."),
        user("hi", FilePart(data=NOISE, media_type="image/png"), FilePart(url="https://e.org/a.pdf")),
        AssistantMessage((ReasoningPart("hm"), TextPart("so"), ToolCallPart("c1", "look", '{"x": null}'))),
        tool_results(Answer("c1", "look", {"y": [1, None]}), Answer("c2", "look", None)),
        assistant("right"),
        user("x" * (MOST + 10)),
    ),
    tools=(ToolDefinition("look", "Look.", {}), ProviderTool("openai.web_search")),
    max_output_tokens=9,
    temperature=1,
    top_p=0.5,
    top_k=3,
    frequency_penalty=1,
    presence_penalty=0,
    seed=1,
    stop=("a", "b"),
    stream=True,
    reasoning="low",
)


class Known(ScriptedModel):
    """A scripted model that is somewhere, and whose attempts have a status and an id."""

    endpoint = Endpoint(name="scripted", base_url="https://models.example.org/v1")

    async def __call__(self, request: LanguageRequest, /) -> Any:
        record = current_call()
        made = len(record.attempts) if record is not None else 0
        try:
            return await super().__call__(request)
        finally:
            for each in record.attempts[made:] if record is not None else ():
                each.status, each.request_id = 200, "r-1"


ANSWER: list[Any] = [ResponseMetadata("r1", "m1"), ReasoningDelta("hm"), TextDelta("Hello"), Finish("stop", USAGE)]


async def _look(x: int) -> int:
    """Look."""
    if x:
        raise ValueError("x")
    return x


def everything(conventions: Conventions) -> Kept:
    """Spans of every sort, with everything on them."""
    kept = Kept()
    options: dict[str, Any] = {
        **kept.options,
        "conventions": conventions,
        "content": True,
        "prices": PRICES,
        "attributes": {"gen_ai.conversation.id": "c-1", "gen_ai.agent.name": "Ada"},
    }

    def make() -> AnyLayer:
        return tracing(**options)

    failing: list[Any] = [RateLimitError("no", status=429), ANSWER]

    async def main() -> None:
        await read(wrap_model(Known(failing), [make(), retry(wait=0)]), FULL)
        shared = wrap_model(Known([ANSWER]), [make(), cache()])
        await read(shared, FULL)
        await read(shared, FULL)
        gone = Known([ServerError("x", status=500)])
        await read(wrap_model(gone, [make(), fallback(ScriptedModel(["ok"], "x", "m"))]), FULL)
        slow = wrap_model(ScriptedModel([[5.0, *ANSWER], ANSWER]), [make(), hedge(delay=1)])
        await read(slow, FULL)
        response = await wrap_model(ScriptedModel([ANSWER]), [make()])(FULL)
        await response.aclose()
        left = wrap_model(ScriptedModel([[TextDelta("a"), 9.0, *ANSWER]]), [make(), cache()])
        readers = [asyncio.ensure_future(read(left, FULL)) for _ in range(2)]
        await asyncio.sleep(1)
        readers[0].cancel()
        await asyncio.wait(readers)
        calls = [[ToolCallPart(f"c{x}", "look", f'{{"x": {x}}}') for x in (0, 1)], "done"]
        calls[0] = cast("Any", [*calls[0], Finish("tool-calls", USAGE)])
        look = tool(name="look")(_look)
        await generate_text(wrap_model(ScriptedModel(cast("Any", calls)), [make()]), "hi", tools=[look])
        for kind in KINDS:
            for last in (kind.answer[-1], ServerError("x", status=500)):
                model = kind.script((*kind.answer[:-1], 1.0, last))
                request = replace(kind.request, seed=1) if hasattr(kind.request, "seed") else kind.request
                request = replace(request, n=2) if hasattr(request, "n") else request
                request = replace(request, dimensions=2) if hasattr(request, "dimensions") else request
                await asyncio.gather(read(wrap_model(model, [make()]), request), return_exceptions=True)

    run(main())
    return kept


@both
def test_all_that_is_written_is_in_the_table(conventions: Conventions) -> None:
    spans = everything(conventions).spans
    assert len(spans) > 40
    assert [(each.name, found) for each in spans if (found := faults(each, conventions))] == []


@both
def test_all_that_is_in_the_table_is_written(conventions: Conventions) -> None:
    written = {name for span in everything(conventions).spans for name in span.attributes or {}}
    wanted = {each.name for each in ATTRIBUTES if conventions == "latest" or each.since == "1.41"}
    if conventions == "latest":
        wanted |= {each.latest for each in ATTRIBUTES if each.latest}
    assert wanted - written == set()


class Odd:
    """A span with something wrong."""

    def __init__(self, name: str, kind: SpanKind, **attributes: Any) -> None:
        self.name = name
        self.kind = kind
        self.attributes = {key.replace("__", "."): value for key, value in attributes.items()}
        self.status = self

    status_code = StatusCode.UNSET


CHAT: dict[str, Any] = {"gen_ai__operation__name": "chat", "gen_ai__provider__name": "x"}


@pytest.mark.parametrize(
    ("span", "fault"),
    [
        (Odd("chat", SpanKind.CLIENT, gen_ai__operation__name="chat"), "gen_ai.provider.name is not set"),
        (Odd("chat", SpanKind.CLIENT, **CHAT, nonsense=1), "nonsense: not in the table"),
        (Odd("chat", SpanKind.CLIENT, **CHAT, gen_ai__usage__input_tokens=1.0), "float and not int"),
        (Odd("chat", SpanKind.CLIENT, **CHAT, gen_ai__request__top_k=1), "int and not float"),
        (Odd("chat", SpanKind.CLIENT, **CHAT, gen_ai__request__reasoning__level="low"), "not in 1.41"),
        (Odd("chat", SpanKind.CLIENT, **CHAT, gen_ai__tool__name="x"), "not on a span of inference"),
        (Odd("chat", SpanKind.SERVER, **CHAT), "is SpanKind.SERVER"),
        (Odd("chat", SpanKind.CLIENT, **CHAT, error__type="x"), "error.type x with"),
        (Odd("chat", SpanKind.CLIENT, **CHAT, server__address="x"), "an address without a port"),
        (Odd("chat", SpanKind.CLIENT, **CHAT, gen_ai__response__finish_reasons=(1,)), "not all are strings"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_the_check_finds_out(span: Any, fault: str) -> None:
    (found,) = faults(span, "1.41")
    assert fault in found


def test_the_table_has_the_names_of_the_conventions() -> None:
    """Against the constants that OpenTelemetry publishes; what is newer than those is known, one by one."""

    def constants(module: str) -> set[str]:
        found = vars(import_module(f"opentelemetry.semconv._incubating.{module}")).items()
        return {each for name, each in found if name.isupper() and isinstance(each, str)}

    named = {each.name for each in ATTRIBUTES if each.name.startswith("gen_ai.") and each.level != "own"}
    assert named - constants("attributes.gen_ai_attributes") == {"gen_ai.request.reasoning.level"}
    measured = {each.name for each in METRICS if each.name.startswith("gen_ai.") and "1.41" in each.conventions}
    assert measured - constants("metrics.gen_ai_metrics") == {
        "gen_ai.invoke_agent.duration",
        "gen_ai.invoke_agent.inference_calls",
        "gen_ai.invoke_agent.tool_calls",
        "gen_ai.execute_tool.duration",
    }


TEXT = {"type": "string"}


def _part(kind: str, *required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"type": {"const": kind}, **properties},
        "required": ["type", *required],
    }


MODAL: dict[str, Any] = {"modality": TEXT, "mime_type": TEXT}
KNOWN: dict[str, dict[str, Any]] = {
    "text": _part("text", "content", content=TEXT),
    "reasoning": _part("reasoning", "content", content=TEXT),
    "tool_call": _part("tool_call", "name", name=TEXT, id=TEXT),
    "tool_call_response": _part("tool_call_response", "response", id=TEXT),
    "blob": _part("blob", "modality", "content", content=TEXT, **MODAL),
    "file": _part("file", "modality", "file_id", file_id=TEXT, **MODAL),
    "uri": _part("uri", "modality", "uri", uri={"type": "string", "not": {"pattern": "^data:"}}, **MODAL),
}
PART: dict[str, Any] = {
    "anyOf": [
        *KNOWN.values(),
        {"type": "object", "properties": {"type": {"not": {"enum": list(KNOWN)}}}, "required": ["type"]},
    ]
}
MESSAGE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "role": {"enum": ["system", "user", "assistant", "tool"]},
        "parts": {"type": "array", "items": PART},
        "finish_reason": TEXT,
    },
    "required": ["role", "parts"],
}
SCHEMAS: dict[str, Any] = {
    "gen_ai.input.messages": {"type": "array", "items": MESSAGE},
    "gen_ai.output.messages": {
        "type": "array",
        "items": {**MESSAGE, "required": ["role", "parts", "finish_reason"]},
        "minItems": 1,
    },
    "gen_ai.system_instructions": {"type": "array", "items": PART},
    "gen_ai.tool.definitions": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"type": TEXT, "name": TEXT, "description": TEXT},
            "required": ["type", "name"],
        },
    },
}


def _check(name: str, value: Any) -> None:
    jsonschema: Any = import_module("jsonschema")
    jsonschema.Draft202012Validator(SCHEMAS[name]).validate(value)


@both
def test_messages_are_as_the_schemas_say(conventions: Conventions) -> None:
    seen: set[str] = set()
    for span in everything(conventions).spans:
        for name, value in (span.attributes or {}).items():
            if name in SCHEMAS:
                _check(name, json.loads(str(value)))
                seen.add(name)
    assert seen == set(SCHEMAS)


@pytest.mark.parametrize(
    "wrong",
    [
        [{"role": "user"}],
        [{"role": "user", "parts": [{"type": "text"}]}],
        [{"role": "user", "parts": [{"type": "tool_call", "name": "x", "id": None}]}],
        [{"role": "user", "parts": [{"type": "uri", "modality": "image", "uri": "data:x"}]}],
        [{"role": "user", "parts": [{"type": "file", "modality": "image"}]}],
        [{"role": "user", "parts": [], "finish_reason": None}],
    ],
)
def test_the_schemas_find_out(wrong: Any) -> None:
    with pytest.raises(Exception, match="is not valid|is a required property|is not of type|is not one of"):
        _check("gen_ai.input.messages", wrong)
    with pytest.raises(Exception, match="is a required property"):
        _check("gen_ai.output.messages", [{"role": "assistant", "parts": []}])


def _chat(content: Any, script: Sequence[Any] = (ANSWER,), **options: Any) -> Kept:
    kept = Kept()
    stack = wrap_model(ScriptedModel(list(script)), [tracing(**kept.options, content=content, **options)])
    run(_quietly(read(stack, FULL)))
    return kept


async def _quietly(awaitable: Any) -> None:
    await asyncio.gather(awaitable, return_exceptions=True)


def test_long_texts_are_cut_inside_of_the_structure_and_bytes_are_not_written() -> None:
    (call,) = [each for each in _chat(True).spans if each.name == "chat model"]
    written = str((call.attributes or {})["gen_ai.input.messages"])
    messages = json.loads(written)
    assert messages[-1]["parts"][0]["content"] == f"{'x' * MOST}... (10 characters more)"
    assert messages[0]["parts"][1] == {
        "type": "blob",
        "modality": "image",
        "mime_type": "image/png",
        "content": "",
        "size": len(NOISE),
    }
    assert messages[0]["parts"][2]["uri"] == "https://e.org/a.pdf"
    assert messages[3]["parts"][0]["response"] == ""
    assert "rosebud" not in written


def test_an_answer_that_broke_off_has_a_finish_reason() -> None:
    (call,) = [each for each in _chat(True, [[TextDelta("a"), ServerError("x")]]).spans if each.name == "chat model"]
    said = dict(call.attributes or {})
    (message,) = json.loads(str(said["gen_ai.output.messages"]))
    assert message == {"role": "assistant", "parts": [{"type": "text", "content": "a"}], "finish_reason": "error"}
    assert said["gen_ai.response.finish_reasons"] == ("error",)


@pytest.mark.parametrize(
    ("wanted", "said", "on_spans", "as_events"),
    [
        (None, None, False, False),
        (None, "true", False, False),
        (None, "Span_Only", True, False),
        (None, "EVENT_ONLY", False, True),
        ("span_and_event", "NO_CONTENT", True, True),
        (True, None, True, False),
        (False, "SPAN_AND_EVENT", False, False),
    ],
)
def test_content_is_written_where_it_is_wanted(
    wanted: Any, said: str | None, on_spans: bool, as_events: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(CAPTURE, raising=False)
    if said is not None:
        monkeypatch.setenv(CAPTURE, said)
    kept = _chat(wanted)
    assert any("gen_ai.input.messages" in (each.attributes or {}) for each in kept.spans) == on_spans
    assert any("gen_ai.output.messages" in (each.attributes or {}) for each in kept.spans) == on_spans
    assert len(kept.events) == as_events


def test_an_event_has_the_messages_as_they_are() -> None:
    kept = _chat("event_only")
    (event,) = kept.events
    (call,) = [each for each in kept.spans if each.name == "chat model"]
    assert event.event_name == "gen_ai.client.inference.operation.details"
    assert event.severity_number.value == 5
    assert call.context is not None
    assert event.span_id == call.context.span_id
    body = dict(event.attributes)
    assert body["gen_ai.output.messages"][0]["parts"][1]["content"] == "Hello"
    assert body["gen_ai.usage.input_tokens"] == 1000
    assert body["gen_ai.request.max_tokens"] == 9


def test_capture_of_an_unknown_word_is_nothing() -> None:
    assert capture_of(cast("Any", "everything")) == "no_content"


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (APIError("x", status=400, code="context_length_exceeded"), "context_length_exceeded"),
        (APIError("x", status=400, code="no such thing: 'rosebud'"), "APIError"),
        (RateLimitError("x", status=429), "RateLimitError"),
        (ValueError("x"), "ValueError"),
        (asyncio.CancelledError(), "CancelledError"),
        (json.JSONDecodeError("x", "", 0), "json.decoder.JSONDecodeError"),
    ],
)
def test_the_type_of_an_error_is_its_code_or_its_class(error: BaseException, wanted: str) -> None:
    assert error_type(error) == wanted


def test_the_message_of_an_error_is_content() -> None:
    for content, wanted in ((False, "ServerError (status 500)"), (True, "provider 500: it said rosebud")):
        kept = _chat(content, [ServerError("it said rosebud", status=500)])
        assert {each.status.description for each in kept.spans} == {wanted}


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_every_kind_has_its_own_name(kind: Kind) -> None:
    kept = Kept()
    run(read(wrap_model(kind.script(kind.answer), [tracing(**kept.options)]), kind.request))
    call, _attempt = kept.spans
    assert call.kind is SpanKind.CLIENT
    assert call.name.endswith(" model")
    assert ("gen_ai.request.stream" in (call.attributes or {})) == kind.live

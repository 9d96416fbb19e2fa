"""pydantic-ai: both ways, whole and streamed, with tools, files and structured output."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from adapters.kit import answers, conversations, documents, framework_or_skip, joined, pictures, reasonings, rich, texts
from hypothesis import given, settings
from hypothesis import strategies as st

framework_or_skip("pydantic_ai")

from pydantic import BaseModel  # noqa: E402
from pydantic_ai import Agent, BinaryContent, ModelHTTPError, NativeOutput, models  # noqa: E402
from pydantic_ai.direct import model_request, model_request_stream  # noqa: E402
from pydantic_ai.messages import (  # noqa: E402
    CachePoint,
    DocumentUrl,
    ImageUrl,
    ModelRequest,
    ModelResponse,
    TextContent,
    UserPromptPart,
)
from pydantic_ai.models.fallback import FallbackModel  # noqa: E402
from pydantic_ai.models.function import DeltaToolCall, FunctionModel  # noqa: E402
from pydantic_ai.models.test import TestModel as CannedModel  # noqa: E402
from pydantic_ai.usage import RequestUsage  # noqa: E402

from ai_sdk import generate_object, generate_text, stream_text, wrap_model  # noqa: E402
from ai_sdk.adapters import _pydantic_ai_messages as conversion  # noqa: E402
from ai_sdk.adapters.pydantic_ai import PydanticAIModel, from_pydantic_ai  # noqa: E402
from ai_sdk.errors import APIConnectionError, RateLimitError, UnsupportedError  # noqa: E402
from ai_sdk.messages import FilePart, ReasoningPart, SystemMessage, TextPart, ToolCallPart, UserMessage  # noqa: E402
from ai_sdk.middleware import retry  # noqa: E402
from ai_sdk.parts import Finish, TextDelta, ToolInputDelta  # noqa: E402
from ai_sdk.requests import LanguageRequest, SpecificTool, ToolDefinition  # noqa: E402
from ai_sdk.results import LanguageResult, ResponseInfo, Usage  # noqa: E402
from ai_sdk.testing import HANG, ScriptedModel, run  # noqa: E402

generated = st.binary(min_size=1, max_size=8).map(lambda data: FilePart(data=data, media_type="image/png"))
content = st.one_of(texts, reasonings, generated)
said = conversations(st.one_of(texts, pictures, documents), content)
HI = (UserMessage((TextPart("hi"),)),)


class Weather(BaseModel):
    """The weather of a city."""

    city: str
    degrees: int


def asking() -> list[Any]:
    return [ModelRequest([UserPromptPart("hi")])]


@given(said)
def test_messages_come_back_as_they_were(messages: Any) -> None:
    assert conversion.from_messages(conversion.to_messages(messages, "scripted")) == messages


def test_signatures_come_back() -> None:
    asked = ToolCallPart("c", "look", "{}", provider_metadata={"google": {"signature": "x"}})
    thought = ReasoningPart("hm", {"anthropic": {"signature": "y"}})
    theirs = ModelResponse(conversion.said_by((thought, asked), "scripted"))
    assert conversion.from_messages([theirs])[0].content == (thought, asked)


def test_tools_of_the_provider_and_results_with_files_come_back() -> None:
    assert conversion.from_messages(conversion.to_messages(rich, "scripted")) == rich


@pytest.mark.parametrize("kind", [ImageUrl, DocumentUrl])
def test_urls_without_a_type_and_text_with_metadata(kind: Any) -> None:
    prompt = UserPromptPart(["a", TextContent("b"), CachePoint(), kind("https://example.com/odd")])
    (ours,) = conversion.from_messages([ModelRequest([prompt])])
    assert ours.content[:2] == (TextPart("a"), TextPart("b"))
    assert ours.content[2].url == "https://example.com/odd"
    assert ours.content[2].media_type in ("image/*", "application/pdf")


async def test_streamed_tools_of_the_provider() -> None:
    turn = [*rich[0].content[:2], TextDelta("x"), Finish("stop", Usage())]
    async with model_request_stream(PydanticAIModel(ScriptedModel([turn])), asking()) as stream:
        async for _ in stream:
            pass
    assert conversion.parts_of_response(stream.get().parts) == (*rich[0].content[:2], TextPart("x"))
    assert stream.usage == RequestUsage(unmeasured_requests=1)


async def test_their_streamed_tool_calls_are_previewed() -> None:
    async def answer(_messages: Any, _info: Any) -> Any:
        yield {0: DeltaToolCall("look", '{"city":', tool_call_id="c1")}
        yield {0: DeltaToolCall(json_args=' "Oslo"}')}

    model = from_pydantic_ai(FunctionModel(stream_function=answer))
    response = await model(LanguageRequest(messages=HI, stream=True))
    parts = [part async for part in response]
    previews = [part for part in parts if isinstance(part, ToolInputDelta)]
    assert "".join([part.delta for part in previews]) == '{"city": "Oslo"}'
    assert {(part.id, part.name) for part in previews} == {("c1", "look")}
    assert ToolCallPart("c1", "look", '{"city": "Oslo"}') in parts


def test_what_has_no_form_here_is_refused() -> None:
    class Odd:
        part_kind = "hologram"

    class Message:
        kind = "request"
        parts = (Odd(),)

    with pytest.raises(UnsupportedError, match="prepare_messages"):
        conversion.from_messages([Message()])


@given(answers(content))
@settings(max_examples=40)
def test_streamed_equals_whole_and_is_the_answer(answer: LanguageResult) -> None:
    async def both() -> tuple[Any, Any]:
        model = PydanticAIModel(ScriptedModel([answer]))
        whole = await model_request(model, asking())
        async with model_request_stream(model, asking()) as stream:
            async for _ in stream:
                pass
        return whole, stream.get()

    whole, streamed = run(both())
    ours = [LanguageResult(content=conversion.parts_of_response(each.parts)) for each in (whole, streamed)]
    assert joined(ours[0]).content == joined(ours[1]).content == joined(answer).content
    assert whole.usage == streamed.usage
    assert whole.usage.input_tokens == answer.usage.input_tokens
    assert whole.finish_reason == streamed.finish_reason
    assert whole.finish_reason is not None
    assert (whole.model_name, whole.provider_response_id) == ("model-1", "answer-1")
    assert (streamed.model_name, streamed.provider_response_id) == ("model-1", "answer-1")


@given(answers(content), st.booleans())
@settings(max_examples=40)
def test_there_and_back_again_is_the_answer(answer: LanguageResult, stream: bool) -> None:
    async def ask() -> LanguageResult:
        model = from_pydantic_ai(PydanticAIModel(ScriptedModel([answer])))
        response = await model(LanguageRequest(messages=HI, stream=stream))
        async with response:
            return await response.result()

    result = run(ask())
    assert (result.text, result.reasoning, result.tool_calls) == (answer.text, answer.reasoning, answer.tool_calls)
    assert (result.files, result.finish_reason) == (answer.files, answer.finish_reason)
    assert (result.usage.input_tokens or 0) == answer.usage.input_tokens
    assert (result.usage.output_tokens or 0) == answer.usage.output_tokens
    assert result.response == ResponseInfo("answer-1", "model-1")
    assert result.warnings == ()


async def test_an_agent_calls_its_tools_through_a_pipeline() -> None:
    inner = ScriptedModel(
        [
            RateLimitError("slow down", status=429),
            [ToolCallPart("c1", "look", '{"city": "Oslo"}'), Finish("tool-calls", Usage())],
            "sunny!",
        ]
    )
    agent = Agent(
        PydanticAIModel(wrap_model(inner, [retry(attempts=3)])), instructions="be brief", system_prompt="you look"
    )

    @agent.tool_plain
    async def look(city: str) -> str:
        """Look out of the window."""
        return f"sunny in {city}"

    result = await agent.run(
        "weather?", model_settings={"temperature": 0.5, "max_tokens": 9, "stop_sequences": ["END"]}
    )
    assert result.output == "sunny!"
    first, last = inner.calls[1], inner.calls[2]
    assert [each.content for each in first.messages[:2]] == ["you look", "be brief"]
    assert (first.temperature, first.max_output_tokens, first.stop) == (0.5, 9, ("END",))
    assert isinstance(first.tools[0], ToolDefinition)
    assert (first.tools[0].name, first.tools[0].description) == ("look", "Look out of the window.")
    assert last.messages[-1].content[0].output == "sunny in Oslo"
    assert len([each for each in last.messages if isinstance(each, SystemMessage)]) == 2


@pytest.mark.parametrize("native", [True, False])
async def test_structured_output(native: bool) -> None:
    value = '{"city": "Oslo", "degrees": 3}'
    turn: Any = value if native else [ToolCallPart("c", "final_result", value), Finish("tool-calls", Usage())]
    inner = ScriptedModel([turn])
    agent = Agent(PydanticAIModel(inner), output_type=NativeOutput(Weather) if native else Weather)
    assert (await agent.run("weather?")).output == Weather(city="Oslo", degrees=3)
    if native:
        assert inner.calls[0].response_format is not None
        assert inner.calls[0].tools == ()
    else:
        assert inner.calls[0].tool_choice == "required"


async def test_an_agent_streams_and_sees_files_and_thinking() -> None:
    inner = ScriptedModel([[TextDelta("a"), TextDelta("b"), Finish("stop", Usage(1, 2))]])
    agent = Agent(PydanticAIModel(inner))
    prompt = ["what?", BinaryContent(b"\0\0\0", media_type="image/png")]
    async with agent.run_stream(prompt, model_settings={"thinking": "low"}) as stream:
        assert [piece async for piece in stream.stream_text(delta=True, debounce_by=None)] == ["a", "b"]
    assert stream.usage.output_tokens == 2
    assert inner.calls[0].messages[0].content[1].data == b"\0\0\0"
    assert inner.calls[0].reasoning == "low"


async def test_an_error_of_the_provider_is_one_of_theirs_and_falls_over() -> None:
    busy = PydanticAIModel(ScriptedModel([RateLimitError("slow down", status=429)]))
    with pytest.raises(ModelHTTPError) as caught:
        await model_request(busy, asking())
    assert caught.value.status_code == 429
    assert isinstance(caught.value.__cause__, RateLimitError)
    cut = PydanticAIModel(ScriptedModel([APIConnectionError("cut")]))
    agent = Agent(FallbackModel(busy, cut, PydanticAIModel(ScriptedModel(["fine"]))))
    assert (await agent.run("hi")).output == "fine"


async def test_requests_that_are_not_allowed_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", False)
    inner = ScriptedModel()
    with pytest.raises(RuntimeError, match="not allowed"):
        await Agent(PydanticAIModel(inner)).run("hi")
    assert inner.calls == []


async def test_leaving_and_cancelling_close_the_wire() -> None:
    inner = ScriptedModel([[TextDelta("a"), TextDelta("b"), HANG]])
    model = PydanticAIModel(inner)
    async with model_request_stream(model, asking()) as stream:
        await anext(aiter(stream))
    assert inner.wires[0].closed is not None
    assert stream.get().state == "incomplete"

    async def read() -> None:
        async with model_request_stream(model, asking()) as stream:
            async for _ in stream:
                pass

    task = asyncio.create_task(read())
    await asyncio.sleep(1)
    assert inner.wires[1].open
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert inner.wires[1].closed is not None
    assert inner.wires[1].closed.how == "cancelled"


async def test_their_own_cancel_closes_the_wire() -> None:
    inner = ScriptedModel([[TextDelta("a"), TextDelta("b"), HANG]])
    async with model_request_stream(PydanticAIModel(inner), asking()) as stream:
        await anext(aiter(stream))
        await stream.cancel()
        assert inner.wires[0].closed is not None
        assert "part_delta" not in [event.event_kind async for event in stream]
    assert stream.get().state == "interrupted"


async def test_cancelling_reaches_their_wire() -> None:
    inner = ScriptedModel([[TextDelta("a"), HANG]])
    model = from_pydantic_ai(PydanticAIModel(inner))
    task = asyncio.ensure_future((await model(LanguageRequest(messages=HI, stream=True))).result())
    await asyncio.sleep(1)
    assert inner.wires[0].open
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert inner.wires[0].closed is not None


async def test_their_model_as_ours() -> None:
    model = from_pydantic_ai(CannedModel(custom_output_text="hello there"))
    result = await generate_text(model, "hi")
    assert result.text == "hello there"
    assert result.finish_reason == "other"
    assert "no finish reason" in result.warnings[0].message
    async with stream_text(model, "hi") as stream:
        assert "".join([piece async for piece in stream.text]) == "hello there"


async def test_settings_and_tools_reach_their_model() -> None:
    inner = ScriptedModel()
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    request = LanguageRequest(
        messages=HI,
        temperature=0.5,
        max_output_tokens=7,
        stop=("END",),
        tools=(ToolDefinition("look", "see", schema), ToolDefinition("listen", "hear")),
        tool_choice=SpecificTool("look"),
        reasoning="low",
        headers={"x-a": "b"},
    )
    await (await from_pydantic_ai(PydanticAIModel(inner))(request)).result()
    got = inner.calls[0]
    assert (got.temperature, got.max_output_tokens, got.stop, got.reasoning) == (0.5, 7, ("END",), "low")
    assert got.tools == request.tools[:1]
    assert got.tool_choice == SpecificTool("look")
    assert got.headers == {"x-a": "b"}


@pytest.mark.parametrize("able", ["json_schema", "tool"])
async def test_an_object_by_what_their_model_takes(able: str) -> None:
    value = '{"city": "Oslo", "degrees": 3}'
    turn: Any = value if able == "json_schema" else [ToolCallPart("c", "Weather", value), Finish("tool-calls", Usage())]
    inner = ScriptedModel([turn], structured_output=able)
    result = await generate_object(from_pydantic_ai(PydanticAIModel(inner)), "weather?", schema=Weather)
    assert result.object == Weather(city="Oslo", degrees=3)
    assert (inner.calls[0].response_format is not None) == (able == "json_schema")


async def test_an_error_with_a_status_becomes_one_of_ours() -> None:
    answers = iter([ModelHTTPError(429, "m"), ModelResponse(conversion.said_by((TextPart("fine"),), "x"))])

    async def answer(_messages: Any, _info: Any) -> Any:
        found = next(answers)
        if isinstance(found, BaseException):
            raise found
        return found

    model = wrap_model(from_pydantic_ai(FunctionModel(answer)), [retry(attempts=2)])
    assert (await generate_text(model, "hi")).text == "fine"

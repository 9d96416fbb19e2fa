"""LlamaIndex: both ways, whole and streamed, with tools, files and structured output."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from adapters.kit import answers, conversations, documents, framework_or_skip, joined, pictures, reasonings, rich, texts
from hypothesis import given, settings
from hypothesis import strategies as st

framework_or_skip("llama_index.core")

from llama_index.core.base.llms.types import ChatMessage, CitableBlock, ImageBlock  # noqa: E402
from llama_index.core.llms import MockLLM  # noqa: E402
from llama_index.core.tools import FunctionTool  # noqa: E402
from pydantic import BaseModel  # noqa: E402

from ai_sdk import generate_object, generate_text, sync, wrap_model  # noqa: E402
from ai_sdk.adapters import _llamaindex_messages as conversion  # noqa: E402
from ai_sdk.adapters.llamaindex import LlamaIndexEmbedding, LlamaIndexLLM, from_llamaindex  # noqa: E402
from ai_sdk.errors import InvalidRequestError, RateLimitError, UnsupportedError  # noqa: E402
from ai_sdk.messages import AssistantMessage, FilePart, ReasoningPart, TextPart, ToolCallPart, UserMessage  # noqa: E402
from ai_sdk.middleware import retry  # noqa: E402
from ai_sdk.parts import Finish, TextDelta  # noqa: E402
from ai_sdk.requests import EmbeddingRequest, LanguageRequest, SpecificTool, ToolDefinition  # noqa: E402
from ai_sdk.results import EmbeddingResult, LanguageResult, ResponseInfo, Usage  # noqa: E402
from ai_sdk.testing import HANG, ScriptedCall, ScriptedModel, run  # noqa: E402

said = conversations(st.one_of(texts, pictures, documents), st.one_of(texts, reasonings, pictures))
content = st.one_of(texts, reasonings, pictures)
HI = (UserMessage((TextPart("hi"),)),)


class Weather(BaseModel):
    """The weather of a city."""

    city: str
    degrees: int


def look(city: str) -> str:
    """Look out of the window."""
    return f"sunny in {city}"


def hello() -> list[ChatMessage]:
    return [ChatMessage(role="user", content="hi")]


@given(said)
def test_messages_come_back_as_they_were(messages: Any) -> None:
    assert conversion.from_messages(conversion.to_messages(messages)) == messages


def test_signatures_come_back() -> None:
    asked = ToolCallPart("c", "look", "{}", provider_metadata={"google": {"signature": "x"}})
    thought = ReasoningPart("hm", {"anthropic": {"signature": "y"}})
    assert conversion.from_messages([conversion.to_message((thought, asked))])[0].content == (thought, asked)


def test_results_with_files_and_failed_ones_come_back() -> None:
    asked = AssistantMessage(rich[0].content[-2:])
    assert conversion.from_messages(conversion.to_messages((asked, rich[1]))) == (asked, rich[1])


@pytest.mark.parametrize("media_type", ["audio/wav", "audio/mpeg", "video/mp4"])
def test_sound_and_film_come_back(media_type: str) -> None:
    (ours,) = conversion.from_messages(
        conversion.to_messages([UserMessage((FilePart(data=b"\0\1\2", media_type=media_type),))])
    )
    assert ours == UserMessage((FilePart(data=b"\0\1\2", media_type=media_type),))


def test_what_has_no_form_here_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="citable"):
        conversion.from_messages([ChatMessage(role="user", blocks=[CitableBlock(title="a", source="b", content=[])])])


def test_a_picture_from_a_path(tmp_path: Any) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    (message,) = conversion.from_messages([ChatMessage(role="user", blocks=[ImageBlock(path=path)])])
    assert message.content[0].data == b"\x89PNG\r\n\x1a\n"
    assert message.content[0].media_type == "image/png"


@given(answers(content))
@settings(max_examples=40)
def test_streamed_equals_whole_and_is_the_answer(answer: LanguageResult) -> None:
    async def both() -> tuple[Any, Any]:
        llm = LlamaIndexLLM(ScriptedModel([answer]))
        whole = await llm.achat(hello())
        pieces = [piece async for piece in await llm.astream_chat(hello())]
        assert "".join(piece.delta for piece in pieces) == answer.text
        return whole, pieces[-1]

    whole, streamed = run(both())
    ours = [LanguageResult(content=conversion.from_messages([each.message])[0].content) for each in (whole, streamed)]
    assert joined(ours[0]).content == joined(ours[1]).content == joined(answer).content
    assert whole.raw == streamed.raw
    assert whole.additional_kwargs["prompt_tokens"] == answer.usage.input_tokens


@given(answers(content), st.booleans())
@settings(max_examples=40)
def test_there_and_back_again_is_the_answer(answer: LanguageResult, stream: bool) -> None:
    async def ask() -> LanguageResult:
        response = await from_llamaindex(LlamaIndexLLM(ScriptedModel([answer])))(
            LanguageRequest(messages=HI, stream=stream)
        )
        async with response:
            return await response.result()

    result = run(ask())
    assert (result.text, result.reasoning, result.tool_calls) == (answer.text, answer.reasoning, answer.tool_calls)
    assert (result.files, result.usage, result.finish_reason) == (answer.files, answer.usage, answer.finish_reason)
    assert result.response == ResponseInfo("answer-1", "model-1")
    assert result.warnings == ()


async def test_settings_reach_the_request_and_unknown_ones_are_refused() -> None:
    inner = ScriptedModel()
    llm = LlamaIndexLLM(inner, settings={"temperature": 0.5, "max_tokens": 9})
    await llm.achat(hello(), temperature=0.25, stop="END")
    assert (inner.calls[0].temperature, inner.calls[0].max_output_tokens, inner.calls[0].stop) == (0.25, 9, ("END",))
    with pytest.raises(InvalidRequestError, match="no setting 'temprature'"):
        await llm.achat(hello(), temprature=1)
    assert len(inner.calls) == 1


async def test_completions() -> None:
    llm = LlamaIndexLLM(ScriptedModel(["hello"]))
    assert (await llm.acomplete("hi")).text == "hello"
    assert [piece.delta async for piece in await llm.astream_complete("hi")] == ["hello", ""]


def test_without_an_event_loop() -> None:
    inner = ScriptedModel([[TextDelta("a"), TextDelta("b"), Finish("stop", Usage(1, 2))]])
    try:
        llm = LlamaIndexLLM(inner)
        assert llm.chat(hello()).message.content == "ab"
        assert llm.complete("hi").text == "ab"
        assert [piece.message.content for piece in llm.stream_chat(hello())] == ["a", "ab", "ab"]
        assert [piece.delta for piece in llm.stream_complete("hi")] == ["a", "b", ""]
    finally:
        sync.close()


async def test_a_tool_is_predicted_and_called() -> None:
    call = [ToolCallPart("c1", "look", '{"city": "Oslo"}'), Finish("tool-calls", Usage())]
    inner = ScriptedModel([call])
    tool = FunctionTool.from_defaults(look)
    answer = await LlamaIndexLLM(inner).apredict_and_call([tool], user_msg="weather?", tool_required=True)
    assert answer.response == "sunny in Oslo"
    request = inner.calls[0]
    assert request.tool_choice == "required"
    assert isinstance(request.tools[0], ToolDefinition)
    assert set(request.tools[0].input_schema["properties"]) == {"city"}


async def test_one_tool_call_alone_unless_several_are_allowed() -> None:
    calls = [ToolCallPart(f"c{at}", "look", '{"city": "Oslo"}') for at in range(2)]
    llm = LlamaIndexLLM(ScriptedModel([[*calls, Finish("tool-calls", Usage())]]))
    tool = FunctionTool.from_defaults(look)
    one = await llm.achat_with_tools([tool], "weather?")
    assert [each.tool_id for each in llm.get_tool_calls_from_response(one)] == ["c0"]
    both = await llm.achat_with_tools([tool], "weather?", allow_parallel_tool_calls=True)
    assert [each.tool_id for each in llm.get_tool_calls_from_response(both)] == ["c0", "c1"]
    plain = await LlamaIndexLLM(ScriptedModel()).achat_with_tools([tool], "weather?")
    with pytest.raises(ValueError, match="expected a tool call"):
        llm.get_tool_calls_from_response(plain)


async def test_structured_output() -> None:
    inner = ScriptedModel(
        [[ToolCallPart("c", "Weather", '{"city": "Oslo", "degrees": 3}'), Finish("tool-calls", Usage())]]
    )
    structured = LlamaIndexLLM(inner).as_structured_llm(Weather)
    assert (await structured.achat(hello())).raw == Weather(city="Oslo", degrees=3)
    assert inner.calls[0].tool_choice == "required"


async def test_a_cancelled_read_closes_the_wire() -> None:
    inner = ScriptedModel([[TextDelta("a"), HANG]])

    async def read() -> None:
        async for _ in await LlamaIndexLLM(inner).astream_chat(hello()):
            pass

    task = asyncio.create_task(read())
    await asyncio.sleep(1)
    assert inner.wires[0].open
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert inner.wires[0].closed is not None


async def test_cancelling_reaches_their_wire() -> None:
    inner = ScriptedModel([[TextDelta("a"), HANG]])
    model = from_llamaindex(LlamaIndexLLM(inner))
    task = asyncio.ensure_future((await model(LanguageRequest(messages=HI, stream=True))).result())
    await asyncio.sleep(1)
    assert inner.wires[0].open
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert inner.wires[0].closed is not None


async def test_layers_work_inside() -> None:
    inner = ScriptedModel([RateLimitError("slow down", status=429), "fine"])
    assert (await LlamaIndexLLM(wrap_model(inner, [retry(attempts=2)])).acomplete("hi")).text == "fine"


async def test_their_model_as_ours() -> None:
    model = from_llamaindex(MockLLM(max_tokens=2))
    result = await generate_text(model, "hi")
    assert result.text == "text text"
    assert result.finish_reason == "other"
    assert "no finish reason" in result.warnings[0].message
    with pytest.raises(UnsupportedError, match="calls no functions"):
        await generate_text(model, "hi", tools=[ToolDefinition("look")])


async def test_settings_and_tools_reach_their_model() -> None:
    inner = ScriptedModel()
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    request = LanguageRequest(
        messages=HI,
        temperature=0.5,
        max_output_tokens=7,
        tools=(ToolDefinition("look", "see", schema), ToolDefinition("listen", "hear")),
        tool_choice=SpecificTool("look"),
        reasoning="low",
    )
    result = await (await from_llamaindex(LlamaIndexLLM(inner))(request)).result()
    got = inner.calls[0]
    assert (got.temperature, got.max_output_tokens, got.tool_choice) == (0.5, 7, "required")
    assert got.tools == request.tools[:1]
    assert [each.feature for each in result.warnings] == ["reasoning"]


async def test_an_object_is_asked_for_through_a_tool() -> None:
    inner = ScriptedModel(
        [[ToolCallPart("c", "Weather", '{"city": "Oslo", "degrees": 3}'), Finish("tool-calls", Usage())]]
    )
    result = await generate_object(from_llamaindex(LlamaIndexLLM(inner)), "weather?", schema=Weather)
    assert result.object == Weather(city="Oslo", degrees=3)


async def test_embeddings() -> None:
    inner: ScriptedCall[EmbeddingRequest, EmbeddingResult] = ScriptedCall(
        [EmbeddingResult(embeddings=((1.0, 2.0),)), EmbeddingResult(embeddings=((3.0, 4.0), (5.0, 6.0)))]
    )
    model = LlamaIndexEmbedding(inner)
    assert model.model_name == "scripted:model"
    assert await model.aget_query_embedding("a") == [1.0, 2.0]
    assert await model.aget_text_embedding_batch(["b", "c"]) == [[3.0, 4.0], [5.0, 6.0]]
    assert [each.values for each in inner.calls] == [("a",), ("b", "c")]


def test_embeddings_without_an_event_loop() -> None:
    inner: ScriptedCall[EmbeddingRequest, EmbeddingResult] = ScriptedCall([EmbeddingResult(embeddings=((1.0, 2.0),))])
    try:
        model = LlamaIndexEmbedding(inner)
        assert model.get_text_embedding("a") == model.get_query_embedding("a") == [1.0, 2.0]
        assert model.get_text_embedding_batch(["a"]) == [[1.0, 2.0]]
    finally:
        sync.close()

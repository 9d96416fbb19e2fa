"""LangChain: both ways, whole and streamed, with tools, files and structured output."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from adapters.kit import answers, conversations, documents, framework_or_skip, joined, pictures, reasonings, rich, texts
from hypothesis import given, settings
from hypothesis import strategies as st

lc: Any = framework_or_skip("langchain_core.messages")

from langchain_core.callbacks import BaseCallbackHandler  # noqa: E402
from langchain_core.embeddings import DeterministicFakeEmbedding  # noqa: E402
from langchain_core.language_models import GenericFakeChatModel  # noqa: E402
from langchain_core.output_parsers import StrOutputParser  # noqa: E402
from langchain_core.prompts import ChatPromptTemplate  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from pydantic import BaseModel  # noqa: E402

from ai_sdk import embed_many, generate_object, generate_text, stream_text, sync, wrap_model  # noqa: E402
from ai_sdk.adapters import _langchain_messages as conversion  # noqa: E402
from ai_sdk.adapters.langchain import (  # noqa: E402
    LangChainChatModel,
    LangChainEmbeddings,
    embedding_from_langchain,
    from_langchain,
)
from ai_sdk.errors import InvalidRequestError, RateLimitError, UnsupportedError  # noqa: E402
from ai_sdk.messages import (  # noqa: E402
    AssistantMessage,
    FilePart,
    ReasoningPart,
    SourcePart,
    TextPart,
    ToolCallPart,
    UserMessage,
)
from ai_sdk.middleware import retry  # noqa: E402
from ai_sdk.parts import Finish, TextDelta  # noqa: E402
from ai_sdk.requests import EmbeddingRequest, JSONFormat, LanguageRequest, SpecificTool, ToolDefinition  # noqa: E402
from ai_sdk.results import EmbeddingResult, LanguageResult, ResponseInfo, Usage  # noqa: E402
from ai_sdk.testing import HANG, ScriptedCall, ScriptedModel, run  # noqa: E402

said = conversations(st.one_of(texts, pictures, documents), st.one_of(texts, reasonings, pictures))
content = st.one_of(texts, reasonings, pictures)


class Weather(BaseModel):
    """The weather of a city."""

    city: str
    degrees: int


@tool
def look(city: str) -> str:
    """Look out of the window."""
    return f"sunny in {city}"


# messages


def holds_round_trip(there: Any, back: Any, messages: Any) -> None:
    assert back(there(messages)) == messages


@given(said)
def test_messages_come_back_as_they_were(messages: Any) -> None:
    holds_round_trip(conversion.to_messages, conversion.from_messages, messages)


def test_the_round_trip_rejects_a_conversion_that_loses_reasoning() -> None:
    def without(messages: Any) -> Any:
        plain = list(conversion.from_messages(messages))
        return tuple(
            type(each)(tuple(part for part in each.content if not isinstance(part, ReasoningPart)))
            if each.role == "assistant"
            else each
            for each in plain
        )

    def check() -> None:
        given(said)(
            settings(database=None)(lambda messages: holds_round_trip(conversion.to_messages, without, messages))
        )()

    with pytest.raises((AssertionError, ExceptionGroup)):
        check()


def test_tools_of_the_provider_sources_and_results_with_files_come_back() -> None:
    source = AssistantMessage(
        (SourcePart("1", "https://example.com", "Example"), FilePart(url="https://example.com/a"))
    )
    messages = (*rich, source)
    assert conversion.from_messages(conversion.to_messages(messages)) == messages


def test_plain_text_files_and_chat_messages_with_a_role() -> None:
    block = {"type": "text-plain", "text": "abc", "mime_type": "text/plain", "title": "a.txt"}
    (ours,) = conversion.from_messages([lc.ChatMessage([block], role="user")])
    assert ours == UserMessage((FilePart(data=b"abc", media_type="text/plain", filename="a.txt"),))


async def test_streamed_files_sources_and_tools_of_the_provider() -> None:
    turn = [*rich[0].content[:2], SourcePart("1", "https://example.com"), TextDelta("x"), Finish("stop", Usage())]
    chunks = [chunk async for chunk in LangChainChatModel(ScriptedModel([turn])).astream("hi")]
    (ours,) = conversion.from_messages([chunks[0] + chunks[1:]])
    assert ours.content == (*rich[0].content[:2], SourcePart("1", "https://example.com"), TextPart("x"))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, JSONFormat()),
        ({"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}, JSONFormat({}, "a")),
    ],
)
async def test_response_formats_of_openai(asked: Any, expected: Any) -> None:
    inner = ScriptedModel(["{}"])
    await LangChainChatModel(inner).ainvoke("hi", response_format=asked)
    assert inner.calls[0].response_format == expected
    with pytest.raises(InvalidRequestError, match="response_format"):
        await LangChainChatModel(inner).ainvoke("hi", response_format={"type": "yaml"})
    with pytest.raises(InvalidRequestError, match="'json_mode'"):
        LangChainChatModel(inner).with_structured_output(Weather, method="json_mode")


def test_openai_style_blocks_are_understood() -> None:
    message = lc.HumanMessage(
        [
            "look",
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "file", "base64": "AAAA", "mime_type": "application/pdf"},
        ]
    )
    (ours,) = conversion.from_messages([message])
    assert [each.type for each in ours.content] == ["text", "file", "file"]
    assert ours.content[1].data == b"\0\0\0"
    assert ours.content[2].media_type == "application/pdf"


def test_signatures_of_reasoning_and_tool_calls_come_back() -> None:
    asked = ToolCallPart("c", "look", "{}", provider_metadata={"google": {"signature": "x"}})
    thought = ReasoningPart("hm", {"anthropic": {"signature": "y"}})
    message = conversion.to_message((thought, asked))
    assert conversion.from_messages([message])[0].content == (thought, asked)


def test_what_has_no_form_here_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="RemoveMessage"):
        conversion.from_messages([lc.RemoveMessage(id="1")])
    with pytest.raises(UnsupportedError, match="non_standard"):
        conversion.from_messages([lc.HumanMessage([{"type": "hologram", "data": "x"}])])


# a pipeline as their chat model


@given(answers(content))
@settings(max_examples=40)
def test_streamed_equals_whole_and_is_the_answer(answer: LanguageResult) -> None:
    async def both() -> tuple[Any, Any]:
        model = LangChainChatModel(ScriptedModel([answer]))
        whole = await model.ainvoke("hi")
        chunks = [chunk async for chunk in model.astream("hi")]
        return whole, chunks[0] + chunks[1:]

    whole, streamed = run(both())
    ours = [LanguageResult(content=conversion.from_messages([each])[0].content) for each in (whole, streamed)]
    assert joined(ours[0]).content == joined(ours[1]).content == joined(answer).content
    assert whole.usage_metadata == streamed.usage_metadata
    assert whole.usage_metadata["input_tokens"] == answer.usage.input_tokens
    assert whole.response_metadata == streamed.response_metadata
    assert whole.response_metadata["finish_reason"] == answer.finish_reason
    assert whole.id == "answer-1"


async def test_text_alone_is_a_string() -> None:
    model = LangChainChatModel(ScriptedModel(["hello there"]))
    assert (await model.ainvoke("hi")).content == "hello there"
    assert await (model | StrOutputParser()).ainvoke("hi") == "hello there"


async def test_settings_and_stop_reach_the_request() -> None:
    inner = ScriptedModel()
    model = LangChainChatModel(inner, settings={"temperature": 0.5, "max_tokens": 9})
    await model.ainvoke("hi", stop=["END"], temperature=0.25, reasoning_effort="low")
    request = inner.calls[0]
    assert (request.temperature, request.max_output_tokens, request.stop, request.reasoning) == (
        0.25,
        9,
        ("END",),
        "low",
    )
    assert request.messages == (UserMessage((TextPart("hi"),)),)


async def test_an_unknown_setting_is_refused_before_the_call() -> None:
    inner = ScriptedModel()
    with pytest.raises(InvalidRequestError, match="no setting 'temprature'"):
        await LangChainChatModel(inner).ainvoke("hi", temprature=1)
    with pytest.raises(InvalidRequestError, match="no setting 'temprature'"):
        LangChainChatModel(inner, settings={"temprature": 1})
    assert inner.calls == []


async def test_a_tool_is_bound_called_and_answered() -> None:
    inner = ScriptedModel([[ToolCallPart("c1", "look", '{"city": "Oslo"}'), Finish("tool-calls", Usage())], "sunny!"])
    model = LangChainChatModel(inner).bind_tools([look], tool_choice="any")
    first = await model.ainvoke("weather?")
    assert first.tool_calls == [{"name": "look", "args": {"city": "Oslo"}, "id": "c1", "type": "tool_call"}]
    request = inner.calls[0]
    assert isinstance(request.tools[0], ToolDefinition)
    assert request.tools[0].description == "Look out of the window."
    assert set(request.tools[0].input_schema["properties"]) == {"city"}
    assert request.tool_choice == "required"
    answered = await look.ainvoke(first.tool_calls[0])
    final = await model.ainvoke([lc.HumanMessage("weather?"), first, answered])
    assert final.content == "sunny!"
    assert inner.calls[1].messages[-1].content[0].output == "sunny in Oslo"
    assert inner.calls[1].messages[-1].content[0].name == "look"


@pytest.mark.parametrize(
    ("given_choice", "expected"),
    [("auto", "auto"), ("none", "none"), ("any", "required"), (True, "required"), ("look", SpecificTool("look")),
     ({"type": "function", "function": {"name": "look"}}, SpecificTool("look"))],
)  # fmt: skip
async def test_tool_choices(given_choice: Any, expected: Any) -> None:
    inner = ScriptedModel()
    await LangChainChatModel(inner).bind_tools([look], tool_choice=given_choice).ainvoke("hi")
    assert inner.calls[0].tool_choice == expected


async def test_arguments_that_are_no_json_are_an_invalid_tool_call() -> None:
    inner = ScriptedModel([[ToolCallPart("c1", "look", "{nope"), Finish("tool-calls", Usage())]])
    message = await LangChainChatModel(inner).ainvoke("hi")
    assert message.tool_calls == []
    assert message.invalid_tool_calls[0]["args"] == "{nope"


@pytest.mark.parametrize("able", ["json_schema", "tool"])
async def test_structured_output_by_what_the_model_takes(able: str) -> None:
    value = '{"city": "Oslo", "degrees": 3}'
    turn: Any = value if able == "json_schema" else [ToolCallPart("c", "Weather", value), Finish("tool-calls", Usage())]
    inner = ScriptedModel([turn], structured_output=able)
    assert await LangChainChatModel(inner).with_structured_output(Weather).ainvoke("hi") == Weather(
        city="Oslo", degrees=3
    )
    request = inner.calls[0]
    if able == "json_schema":
        assert request.response_format is not None
        assert request.response_format.name == "Weather"
    else:
        assert request.tool_choice == "required"
    raw = await LangChainChatModel(inner).with_structured_output(Weather, include_raw=True).ainvoke("hi")
    assert raw["parsed"] == Weather(city="Oslo", degrees=3)


async def test_structured_output_that_does_not_parse_keeps_the_raw_message() -> None:
    model = LangChainChatModel(ScriptedModel(["no json"])).with_structured_output(Weather, include_raw=True)
    answer = await model.ainvoke("hi")
    assert answer["raw"].content == "no json"
    assert answer["parsed"] is None
    assert answer["parsing_error"] is not None


def test_without_an_event_loop_whole_and_streamed() -> None:
    model = LangChainChatModel(ScriptedModel([[TextDelta("a"), TextDelta("b"), Finish("stop", Usage(1, 2))]]))
    try:
        assert model.invoke("hi").content == "ab"
        chunks = [chunk.text for chunk in model.stream("hi")]
        assert chunks[:2] == ["a", "b"]
    finally:
        sync.close()


def test_leaving_a_stream_early_without_an_event_loop_closes_the_wire() -> None:
    inner = ScriptedModel([[TextDelta("a"), TextDelta("b"), HANG]])
    try:
        stream = LangChainChatModel(inner).stream("hi")
        assert next(stream).text == "a"
        stream.close()
        assert inner.wires[0].closed is not None
    finally:
        sync.close()


async def test_a_cancelled_read_closes_the_wire() -> None:
    inner = ScriptedModel([[TextDelta("a"), HANG]])
    arrived: list[str] = []

    async def read() -> None:
        async for chunk in LangChainChatModel(inner).astream("hi"):
            arrived.append(chunk.text)

    task = asyncio.create_task(read())
    await asyncio.sleep(1)
    assert inner.wires[0].open
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert arrived == ["a"]
    assert inner.wires[0].closed is not None
    assert inner.wires[0].closed.how == "cancelled"


async def test_layers_work_inside_a_chain() -> None:
    inner = ScriptedModel([RateLimitError("slow down", status=429), "fine"])
    chain = ChatPromptTemplate.from_messages([("system", "be {how}"), ("human", "{question}")]) | LangChainChatModel(
        wrap_model(inner, [retry(attempts=3)])
    )
    assert (await chain.ainvoke({"how": "brief", "question": "why?"})).content == "fine"
    assert [each.role for each in inner.calls[1].messages] == ["system", "user"]
    assert len(inner.calls) == 2


async def test_callbacks_hear_new_tokens() -> None:
    class Tokens(BaseCallbackHandler):
        heard: list[str] = []

        def on_llm_new_token(self, token: Any, **_: Any) -> None:
            self.heard.append(token)

    model = LangChainChatModel(ScriptedModel([[TextDelta("a"), TextDelta("b"), Finish("stop", Usage())]]))
    async for _ in model.astream("hi", config={"callbacks": [Tokens()]}):
        pass
    assert Tokens.heard[:2] == ["a", "b"]


async def test_unknown_usage_is_not_nought() -> None:
    message = await LangChainChatModel(ScriptedModel([[TextDelta("a"), Finish("stop", Usage(3))]])).ainvoke("hi")
    assert message.usage_metadata is None


# their chat model as ours


@given(answers(content), st.booleans())
@settings(max_examples=40)
def test_there_and_back_again_is_the_answer(answer: LanguageResult, stream: bool) -> None:
    async def ask() -> LanguageResult:
        model = from_langchain(LangChainChatModel(ScriptedModel([answer])))
        request = LanguageRequest(messages=(UserMessage((TextPart("hi"),)),), stream=stream)
        response = await model(request)
        async with response:
            return await response.result()

    result = run(ask())
    assert joined(result) == joined(answer)
    assert result.response == ResponseInfo("answer-1", "model-1")
    assert result.warnings == ()


async def test_their_model_answers_and_streams() -> None:
    model = from_langchain(
        GenericFakeChatModel(messages=iter([lc.AIMessage("hello there"), lc.AIMessage("and again")]))
    )
    result = await generate_text(model, "hi")
    assert result.text == "hello there"
    assert result.finish_reason == "other"
    assert "no finish reason" in result.warnings[0].message
    async with stream_text(model, "hi") as stream:
        assert [piece async for piece in stream.text] == ["and", " ", "again"]


async def test_settings_and_tools_reach_their_model() -> None:
    inner = ScriptedModel()
    request = LanguageRequest(
        messages=(UserMessage((TextPart("hi"),)),),
        temperature=0.5,
        max_output_tokens=7,
        stop=("END",),
        seed=3,
        tools=(ToolDefinition("look", "see", {"type": "object", "properties": {"city": {"type": "string"}}}),),
        tool_choice=SpecificTool("look"),
        reasoning="low",
    )
    result = await (await from_langchain(LangChainChatModel(inner))(request)).result()
    got = inner.calls[0]
    assert (got.temperature, got.max_output_tokens, got.stop, got.seed) == (0.5, 7, ("END",), 3)
    assert got.tools == request.tools
    assert got.tool_choice == SpecificTool("look")
    assert [each.feature for each in result.warnings] == ["reasoning"]


async def test_an_object_is_asked_for_through_a_tool() -> None:
    inner = ScriptedModel(
        [[ToolCallPart("c", "Weather", '{"city": "Oslo", "degrees": 3}'), Finish("tool-calls", Usage())]]
    )
    result = await generate_object(from_langchain(LangChainChatModel(inner)), "weather?", schema=Weather)
    assert result.object == Weather(city="Oslo", degrees=3)
    assert inner.calls[0].response_format is None


async def test_closing_and_cancelling_reach_their_wire() -> None:
    inner = ScriptedModel([[TextDelta("a"), TextDelta("b"), HANG]])
    model = from_langchain(LangChainChatModel(inner))
    request = LanguageRequest(messages=(UserMessage((TextPart("hi"),)),), stream=True)
    async with await model(request) as response:
        assert isinstance(await anext(aiter(response)), TextDelta)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert inner.wires[0].closed is not None
    task = asyncio.ensure_future((await model(request)).result())
    await asyncio.sleep(1)
    assert inner.wires[1].open
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert inner.wires[1].closed is not None


async def test_an_error_with_a_status_becomes_one_of_ours() -> None:
    class Throttled(Exception):
        status_code = 429

    inner = ScriptedModel([Throttled("too many"), "fine"])
    model = wrap_model(from_langchain(LangChainChatModel(inner)), [retry(attempts=2)])
    assert (await generate_text(model, "hi")).text == "fine"
    inner = ScriptedModel([Throttled("too many")])
    with pytest.raises(RateLimitError, match="too many"):
        await generate_text(from_langchain(LangChainChatModel(inner)), "hi")
    with pytest.raises(ZeroDivisionError):
        await generate_text(from_langchain(LangChainChatModel(ScriptedModel([ZeroDivisionError()]))), "hi")


async def test_files_reach_their_model_as_blocks() -> None:
    seen: list[Any] = []

    class Looking(GenericFakeChatModel):
        def _generate(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
            seen.extend(messages)
            return super()._generate(messages, *args, **kwargs)

    model = from_langchain(Looking(messages=iter(["a cat"])))
    await generate_text(model, ["what?", FilePart(data=b"\0\0\0", media_type="image/png")])
    assert seen[0].content_blocks[1]["base64"] == "AAAA"


# embeddings


async def test_embeddings_both_ways() -> None:
    inner: ScriptedCall[EmbeddingRequest, EmbeddingResult] = ScriptedCall(
        [EmbeddingResult(embeddings=((1.0, 2.0), (3.0, 4.0))), EmbeddingResult(embeddings=((5.0, 6.0),))]
    )
    theirs = LangChainEmbeddings(inner, dimensions=2)
    assert await theirs.aembed_documents(["a", "b"]) == [[1.0, 2.0], [3.0, 4.0]]
    assert await theirs.aembed_query("c") == [5.0, 6.0]
    assert [(each.values, each.dimensions) for each in inner.calls] == [(("a", "b"), 2), (("c",), 2)]
    fake = DeterministicFakeEmbedding(size=3)
    ours = await embed_many(embedding_from_langchain(fake), ["a", "b"])
    assert [list(each) for each in ours.embeddings] == fake.embed_documents(["a", "b"])
    assert ours.usage == Usage()


def test_embeddings_without_an_event_loop() -> None:
    inner: ScriptedCall[EmbeddingRequest, EmbeddingResult] = ScriptedCall([EmbeddingResult(embeddings=((1.0, 2.0),))])
    try:
        assert LangChainEmbeddings(inner).embed_query("a") == [1.0, 2.0]
        assert LangChainEmbeddings(inner).embed_documents(["a"]) == [[1.0, 2.0]]
    finally:
        sync.close()


def test_a_chat_model_tells_what_it_is() -> None:
    model = LangChainChatModel(ScriptedModel())
    assert model._identifying_params["model_name"] == "scripted:model"
    assert json.dumps(model._identifying_params)

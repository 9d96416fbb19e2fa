"""Text at once and streamed."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from ai_sdk import (
    AssistantMessage,
    Attempt,
    Finish,
    InvalidRequestError,
    InvalidResponseError,
    LanguageRequest,
    LanguageResponse,
    LanguageResult,
    NoSuchModelError,
    RateLimitError,
    ReasoningDelta,
    ResponseClosedError,
    SpecificTool,
    StreamPart,
    SystemMessage,
    TextDelta,
    TextPart,
    TextResult,
    ToolCallPart,
    TruncatedStreamError,
    Usage,
    attempts_of,
    fold_language,
    generate_text,
    step_count,
    stream_text,
    tool,
    user,
    wrap_model,
)
from ai_sdk.testing import HANG, ScriptedModel


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


async def test_a_text() -> None:
    usage = Usage(3, 4)
    model = ScriptedModel([[ReasoningDelta("hm"), TextDelta("Hello"), TextDelta(" you"), Finish("stop", usage, "end")]])
    result = await generate_text(model, "hi", system="be kind", temperature=0.5, stop="x", max_output_tokens=5)
    assert (result.text, result.reasoning, result.finish_reason, result.raw_finish_reason) == (
        "Hello you",
        "hm",
        "stop",
        "end",
    )
    assert result.usage == usage
    assert [message.role for message in result.messages] == ["assistant"]
    assert len(result.attempts) == len(result.steps) == len(result.steps[0].attempts) == 1
    (request,) = model.calls
    assert request.messages == (SystemMessage("be kind"), user("hi"))
    assert (request.temperature, request.stop, request.max_output_tokens, request.stream) == (0.5, ("x",), 5, False)


async def test_any_coroutine_function_is_a_model_and_its_attempt_is_counted() -> None:
    async def echo(request: LanguageRequest) -> LanguageResponse:
        return LanguageResponse.of([TextDelta("echo"), Finish("stop", Usage())], fold_language)

    result = await generate_text(echo, "hi", stream=True)
    assert result.text == "echo"
    assert [attempt.model for attempt in result.attempts] == ["echo"]
    assert result.attempts[0].ended is not None


async def test_what_is_no_response_is_an_error_that_says_what_to_return() -> None:
    async def wrong(request: LanguageRequest) -> Any:
        return "text"

    with pytest.raises(InvalidResponseError, match="wrong returned a str; a language model returns"):
        await generate_text(wrong, "hi")


async def test_the_stream_has_the_parts_of_all_steps_and_the_marks_between_them() -> None:
    model = ScriptedModel([calls(("double", '{"n": 2}'), text="a"), "b"])
    parts, result = await streamed(model, tools=[double])
    assert [part.type for part in parts] == [
        "step-start",
        "text-delta",
        "tool-call",
        "finish",
        "tool-result",
        "step-finish",
        "step-start",
        "text-delta",
        "finish",
        "step-finish",
        "text-finish",
    ]
    assert parts[-1].last
    assert [each.closed is not None and each.closed.how for each in model.wires] == ["end", "end"]
    assert all(request.stream for request in model.calls)
    again = await generate_text(ScriptedModel([calls(("double", '{"n": 2}'), text="a"), "b"]), "hi", tools=[double])
    assert (again.text, again.messages, again.usage) == (result.text, result.messages, result.usage)


async def test_text_parts_and_result_share_one_reader() -> None:
    model = ScriptedModel([[*[TextDelta(each) for each in "abcdef"], Finish("stop", Usage())]])
    async with stream_text(model, "hi") as stream:
        seen: list[str] = []
        async for delta in stream.text:
            seen.append(delta)
            if delta == "b":
                break
        async for part in stream.parts:
            assert isinstance(part, TextDelta)
            seen.append(part.text)
            break
        async for delta in stream.text:
            seen.append(delta)
            if delta == "d":
                break
        assert seen == list("abcd")
        assert (await stream.result()).text == "abcdef"
        assert [part async for part in stream.parts] == []
    assert (await stream.result()).text == "abcdef"
    assert model.wires[0].closed is not None


async def test_leaving_early_closes_the_response_and_ends_the_stream() -> None:
    model = ScriptedModel([[TextDelta("a"), TextDelta("b"), HANG]])
    async with stream_text(model, "hi") as stream:
        async for _ in stream.text:
            break
    closed = model.wires[0].closed
    assert closed is not None
    assert closed.how == "closed"
    with pytest.raises(ResponseClosedError, match="closed before"):
        await stream.result()
    with pytest.raises(ResponseClosedError):
        _ = stream.text
    await stream.aclose()


async def test_a_stream_that_is_left_before_it_is_read_is_closed() -> None:
    model = ScriptedModel([[TextDelta("a"), HANG]])
    async with stream_text(model, "hi"):
        pass
    assert not model.wires[0].open


async def test_a_stream_that_is_never_entered_makes_no_call() -> None:
    model = ScriptedModel()
    stream = stream_text(model, "hi")
    with pytest.raises(ResponseClosedError, match="async with"):
        _ = stream.parts
    with pytest.raises(ResponseClosedError, match="async with"):
        await stream.result()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del stream
        gc.collect()
    assert model.calls == []


async def test_a_stream_is_entered_once() -> None:
    async with stream_text(ScriptedModel(), "hi") as stream:
        with pytest.raises(ResponseClosedError, match="entered once"):
            await stream.__aenter__()


async def test_an_error_is_raised_to_the_reader_with_what_had_arrived_and_the_attempts() -> None:
    model = ScriptedModel([[TextDelta("a"), TruncatedStreamError("cut")]])
    async with stream_text(model, "hi") as stream:
        with pytest.raises(TruncatedStreamError) as caught:
            async for _ in stream.text:
                pass
        assert caught.value.partial.text == "a"
        assert len(caught.value.attempts) == 1
        with pytest.raises(TruncatedStreamError):
            await stream.result()
        with pytest.raises(TruncatedStreamError):
            _ = stream.parts


async def test_an_error_of_the_call_is_raised_on_entering_and_carries_the_attempts() -> None:
    error = RateLimitError("slow down")
    with pytest.raises(RateLimitError) as caught:
        async with stream_text(ScriptedModel([error]), "hi"):
            pytest.fail("entered")
    assert len(caught.value.attempts) == 1
    foreign = KeyError("x")
    with pytest.raises(KeyError):
        await generate_text(ScriptedModel([foreign]), "hi")
    assert len(attempts_of(foreign)) == 1


async def test_cancelling_a_reader_closes_the_response() -> None:
    model = ScriptedModel([[TextDelta("a"), HANG]])

    async def read() -> None:
        async with stream_text(model, "hi") as stream:
            async for _ in stream.text:
                pass

    task = asyncio.ensure_future(read())
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    closed = model.wires[0].closed
    assert closed is not None
    assert closed.how == "cancelled"


async def test_leaving_while_another_task_reads_ends_that_reader() -> None:
    model = ScriptedModel([[TextDelta("a"), 5.0, TextDelta("b"), Finish("stop", Usage())]])
    async with stream_text(model, "hi") as stream:

        async def read() -> None:
            async for _ in stream.text:
                pass

        reader = asyncio.ensure_future(read())
        await asyncio.sleep(1)
    with pytest.raises(ResponseClosedError):
        await reader
    assert not model.wires[0].open


async def test_the_usage_of_one_answer_keeps_the_providers_own_object() -> None:
    usage = Usage(1, 2, raw={"total": 3})  # pyright: ignore[reportArgumentType]
    result = await generate_text(ScriptedModel([[TextDelta("a"), Finish("stop", usage)]]), "hi")
    assert result.usage.raw == {"total": 3}


async def test_an_unread_stream_that_is_dropped_is_closed_with_a_warning() -> None:
    model = ScriptedModel([[TextDelta("a"), HANG]])
    stream = stream_text(model, "hi")
    await stream.__aenter__()
    async for _ in stream.parts:
        break
    with pytest.warns(ResourceWarning, match="unclosed"):
        del stream
        gc.collect()
        await asyncio.sleep(0.1)
        gc.collect()
    assert not model.wires[0].open


async def test_an_answer_without_content_adds_no_message() -> None:
    result = await generate_text(ScriptedModel([LanguageResult(finish_reason="stop")]), "hi")
    assert (result.text, result.messages) == ("", ())


async def test_the_new_messages_continue_the_conversation() -> None:
    model = ScriptedModel(["one", "two"])
    history: list[Any] = [user("a")]
    history += (await generate_text(model, messages=history)).messages
    await generate_text(model, "b", messages=history)
    assert [message.role for message in model.calls[1].messages] == ["user", "assistant", "user"]
    assert isinstance(model.calls[1].messages[1], AssistantMessage)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"temprature": 1}, TypeError, "unexpected keyword argument 'temprature'; did you mean 'temperature'"),
    ({"temperature": -1}, InvalidRequestError, "temperature is -1"),
    ({"tools": [print]}, InvalidRequestError, r"tools\[0\] is a builtin_function_or_method.*@tool"),
    ({"tools": [1]}, InvalidRequestError, r"tools\[0\] is a int"),
    ({"tools": [double, double]}, InvalidRequestError, "two tools are named 'double'"),
    ({"tool_choice": "maybe"}, InvalidRequestError, "tool_choice is 'maybe'"),
    ({"tool_choice": SpecificTool("nope"), "tools": [double]}, InvalidRequestError, "'nope'; the tools are: double"),
    ({"stop_when": 3}, InvalidRequestError, "stop_when has a int"),
    ({"stop_when": [3]}, InvalidRequestError, "stop_when has a int"),
]


@pytest.mark.parametrize(("settings", "error", "words"), BAD)
async def test_bad_input_is_refused_before_any_call(
    settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    model = ScriptedModel()
    with pytest.raises(error, match=words):
        await generate_text(model, "hi", **settings)
    with pytest.raises(error, match=words):
        stream_text(model, "hi", **settings)
    assert model.calls == []


async def test_no_prompt_no_model_and_no_steps_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="give a prompt"):
        await generate_text(ScriptedModel())
    with pytest.raises(NoSuchModelError):
        await generate_text("nothing:at-all", "hi")
    with pytest.raises(InvalidRequestError, match="at least 1"):
        step_count(0)


async def test_parts_are_mapped_by_layers_as_usual() -> None:
    def loud(model: Any) -> Any:
        async def change(parts: Any) -> AsyncGenerator[Any, None]:
            async for part in parts:
                yield TextDelta(part.text.upper()) if isinstance(part, TextDelta) else part

        async def call(request: Any) -> Any:
            return await (await model(request)).through(change)

        return call

    model = wrap_model(ScriptedModel([[TextDelta("a"), TextDelta("b"), Finish("stop", Usage())]]), [loud])
    async with stream_text(model, "hi") as stream:
        assert [delta async for delta in stream.text] == ["A", "B"]
    attempts: tuple[Attempt, ...] = (await stream.result()).attempts
    assert attempts[0].ended is not None

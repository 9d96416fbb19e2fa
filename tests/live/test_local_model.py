"""The OpenAI dialect against llama.cpp's own server with a real model."""

from __future__ import annotations

import asyncio
import json
import math
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from ai_sdk import embed_many, generate_object, generate_text, stream_object, stream_text, tool, wrap_model
from ai_sdk.endpoint import Exchange
from ai_sdk.errors import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    ContextLengthError,
    UnsupportedError,
)
from ai_sdk.http import HTTPRequest, default_http
from ai_sdk.messages import FilePart, user
from ai_sdk.middleware import default_settings, logging, retry, timeout
from ai_sdk.parts import TextDelta, ToolInputDelta
from ai_sdk.providers.llamacpp import create_llamacpp
from ai_sdk.providers.local import create_local, local
from ai_sdk.providers.local._process import Child
from ai_sdk.requests import LanguageRequest, SpecificTool, ToolDefinition
from ai_sdk.steps import PrepareStep, StepOverrides, step_count

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("child")]

CAPITAL = "What is the capital of France?"
REPEATABLE: dict[str, Any] = {"temperature": 0.0, "provider_options": {"local": {"cache_prompt": False}}}
ENDLESS: dict[str, Any] = {"max_output_tokens": 3000, "provider_options": {"local": {"ignore_eos": True}}}


class Person(BaseModel):
    name: str
    age: int
    job: Literal["mathematician", "painter"]


WEATHER = ToolDefinition(
    name="weather",
    description="The weather of a city.",
    input_schema={
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
        "required": ["city", "unit"],
        "additionalProperties": False,
    },
)
TIME = ToolDefinition(
    name="time",
    description="The time in a city.",
    input_schema={"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]},
)


def ask(prompt: str = "What is the weather in Paris?", **settings: Any) -> LanguageRequest:
    return LanguageRequest(messages=(user(prompt),), temperature=0.0, max_output_tokens=60, **settings)


def test_a_plain_answer() -> None:
    result = asyncio.run(generate_text(local(), CAPITAL, temperature=0.0, max_output_tokens=40))
    assert "Paris" in result.text
    assert result.finish_reason == "stop"
    assert (result.usage.input_tokens or 0) > 5
    assert 0 < (result.usage.output_tokens or 0) < 40
    (attempt,) = result.attempts
    assert (attempt.model, attempt.status, attempt.error) == ("local:smollm2", 200, None)
    assert result.response.model == "smollm2"


def test_a_limit_cuts_the_answer_off() -> None:
    result = asyncio.run(generate_text(local(), "Tell me a story.", max_output_tokens=5))
    assert (result.finish_reason, result.usage.output_tokens) == ("length", 5)


def test_a_stream_is_the_same_answer_in_pieces() -> None:
    async def main() -> None:
        whole = await generate_text(local(), CAPITAL, max_output_tokens=40, **REPEATABLE)
        deltas: list[str] = []
        async with stream_text(local(), CAPITAL, max_output_tokens=40, **REPEATABLE) as stream:
            async for delta in stream.text:
                deltas.append(delta)
            result = await stream.result()
        assert len(deltas) > 3
        assert "".join(deltas) == result.text == whole.text
        assert result.finish_reason == whole.finish_reason
        assert result.usage == whole.usage

    asyncio.run(main())


def test_an_object_of_a_pydantic_model() -> None:
    prompt = "Ada Lovelace was a mathematician who lived to be 36."
    result = asyncio.run(generate_object(local(), prompt, schema=Person, temperature=0.0, max_output_tokens=80))
    assert isinstance(result.object, Person)
    assert "Ada" in result.object.name


def test_an_object_grows_while_it_arrives() -> None:
    async def main() -> None:
        prompt = "Frida Kahlo was a painter who lived to be 47."
        async with stream_object(local(), prompt, schema=Person, temperature=0.0, max_output_tokens=80) as stream:
            seen = [partial async for partial in stream.partial]
            result = await stream.result()
        assert len(seen) > 2
        assert seen[-1] == result.object.model_dump()

    asyncio.run(main())


@pytest.mark.parametrize("stream", [False, True])
def test_a_required_tool_is_called(stream: bool) -> None:
    async def main() -> None:
        request = ask(tools=(WEATHER, TIME), tool_choice="required", stream=stream)
        result = await (await local()(request)).result()
        (call,) = result.tool_calls
        assert result.finish_reason == "tool-calls"
        assert result.text == ""
        arguments = json.loads(call.input)
        assert (call.name, set(arguments)) in (("weather", {"city", "unit"}), ("time", {"zone"}))

    asyncio.run(main())


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", ["weather", "time"])
def test_a_named_tool_is_called(name: str, stream: bool) -> None:
    async def main() -> None:
        request = ask(tools=(WEATHER, TIME), tool_choice=SpecificTool(name), stream=stream)
        parts = [part async for part in await local()(request)]
        assert not any(isinstance(part, TextDelta | ToolInputDelta) for part in parts)
        (call,) = (await (await local()(request)).result()).tool_calls
        assert call.name == name
        arguments = json.loads(call.input)
        if name == "weather":
            assert arguments["unit"] in ("celsius", "fahrenheit")

    asyncio.run(main())


def test_a_tool_runs_and_its_result_is_answered() -> None:
    asked: list[str] = []

    @tool
    def weather(city: str) -> str:
        """The weather of a city."""
        asked.append(city)
        return f"It is 21 degrees Celsius in {city}."

    def choose(step: PrepareStep) -> StepOverrides:
        return {"tool_choice": SpecificTool("weather") if step.number == 0 else "none"}

    result = asyncio.run(
        generate_text(
            local(),
            "How warm is it in Paris?",
            tools=[weather],
            prepare_step=choose,
            stop_when=step_count(2),
            temperature=0.0,
            max_output_tokens=60,
        )
    )
    assert len(asked) == 1
    assert len(result.steps) == 2
    assert "21" in result.text
    assert [message.role for message in result.messages] == ["assistant", "tool", "assistant"]


def test_a_free_tool_choice_is_answered_one_way_or_the_other() -> None:
    """Best effort: a model this small may talk instead of calling."""

    async def main() -> None:
        result = await (await local()(ask(tools=(WEATHER,), tool_choice="auto"))).result()
        assert result.text or result.tool_calls

    asyncio.run(main())


def test_embeddings_come_in_order_and_depend_on_the_text_alone() -> None:
    texts = ["The cat sat on the mat.", "Stock markets fell sharply today.", "The cat sat on the mat."]
    result = asyncio.run(embed_many(local.embedding("smollm2"), texts))
    assert [len(each) for each in result.embeddings] == [576, 576, 576]
    first, second, third = result.embeddings
    alone = asyncio.run(embed_many(local.embedding("smollm2"), texts[:1])).embeddings[0]
    assert cosine(first, third) > 0.999 > cosine(first, second)
    assert cosine(first, alone) > 0.999
    assert (result.usage.input_tokens or 0) > 15


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / math.hypot(*one) / math.hypot(*other)


def test_a_prompt_that_is_too_long() -> None:
    with pytest.raises(ContextLengthError, match="exceeds the available context size") as caught:
        asyncio.run(generate_text(local(), "word " * 5000))
    assert caught.value.status == 400
    assert not caught.value.retryable
    assert len(caught.value.attempts) == 1


def test_a_text_that_is_too_long_to_embed() -> None:
    with pytest.raises(ContextLengthError, match=r"create_local\(batch=...\) takes longer texts") as caught:
        asyncio.run(embed_many(local.embedding("smollm2"), ["word " * 2000]))
    assert not caught.value.retryable


def test_a_wrong_key(child: Child) -> None:
    stranger = create_llamacpp(base_url=f"{child.url}/v1", api_key="wrong")
    with pytest.raises(AuthenticationError) as caught:
        asyncio.run(generate_text(stranger("smollm2"), "hi"))
    assert caught.value.status == 401
    assert child.key not in str(caught.value)


def test_a_body_that_is_not_json() -> None:
    endpoint = local().endpoint
    with pytest.raises(BadRequestError):
        asyncio.run(Exchange(endpoint, "smollm2").send("/chat/completions", b'{"messages": ['))


def test_a_picture_is_refused_before_it_is_sent() -> None:
    with pytest.raises(UnsupportedError, match="reads text only"):
        asyncio.run(generate_text(local(), ["look", FilePart(data=b"x", media_type="image/png")]))


def test_the_server_lists_its_model(child: Child) -> None:
    provider = create_llamacpp(base_url=f"{child.url}/v1", api_key=child.key)
    assert [each.id for each in asyncio.run(provider.models())] == ["smollm2"]
    assert asyncio.run(local.models())[0].id == "smollm2"


async def wait_until(child: Child, *, computing: bool) -> None:
    """Return when a slot of the server computes, or when none does."""
    request = HTTPRequest("GET", f"{child.url}/slots", {"authorization": f"Bearer {child.key}"})
    async with asyncio.timeout(10):
        while True:
            slots = json.loads((await default_http().send(request)).body)
            if any(slot["is_processing"] for slot in slots) == computing:
                return
            await asyncio.sleep(0.02)


async def cancelled_while_it_is_awaited(child: Child) -> None:
    call = asyncio.ensure_future(generate_text(local(), "Tell me a story.", **ENDLESS))
    await wait_until(child, computing=True)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def cancelled_while_it_is_read(_child: Child) -> None:
    began = asyncio.Event()

    async def read() -> None:
        async with stream_text(local(), "Tell me a story.", **ENDLESS) as stream:
            async for _ in stream.text:
                began.set()

    task = asyncio.ensure_future(read())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def left_early(_child: Child) -> None:
    async with stream_text(local(), "Tell me a story.", **ENDLESS) as stream:
        async for _ in stream.text:
            break


@pytest.mark.parametrize("leave", [cancelled_while_it_is_awaited, cancelled_while_it_is_read, left_early])
def test_leaving_frees_the_servers_slot(child: Child, leave: Callable[[Child], Awaitable[None]]) -> None:
    async def main() -> None:
        await leave(child)
        await wait_until(child, computing=False)

    asyncio.run(main())


def test_two_loops_in_two_threads_at_once() -> None:
    model, texts = local(), list[str]()

    def work() -> None:
        result = asyncio.run(generate_text(model, CAPITAL, temperature=0.0, max_output_tokens=20))
        texts.append(result.text)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert ["Paris" in text for text in texts] == [True, True]


def test_through_a_stack_of_layers() -> None:
    stack = [logging(), timeout(total=60), retry(attempts=3), default_settings(temperature=0.0, max_output_tokens=20)]
    model = wrap_model(local(), stack)
    result = asyncio.run(generate_text(model, CAPITAL))
    assert "Paris" in result.text
    assert repr(model) == 'wrap_model(local("smollm2"), [logging, timeout, retry, default_settings])'


def test_a_crash_of_the_server_is_an_error_and_the_next_call_has_another_one() -> None:
    """A grammar that is nested too deep for llama.cpp's parser ends its process."""
    fragile = create_local(context=512, parallel=1)
    child = asyncio.run(fragile.server().child())
    deep = "root ::= " + "(" * 200_000 + '"a"' + ")" * 200_000
    settings: dict[str, Any] = {"provider_options": {"local": {"grammar": deep}}}
    with pytest.raises(APIConnectionError, match=r"the local model server died \(SIGSEGV\); the next call starts"):
        asyncio.run(generate_text(fragile(), CAPITAL, **settings))
    assert not child.alive
    result = asyncio.run(generate_text(fragile(), CAPITAL, temperature=0.0, max_output_tokens=20))
    assert "Paris" in result.text
    fragile.close()

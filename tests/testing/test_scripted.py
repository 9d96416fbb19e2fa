"""Scripted models say what their script says, streamed or not, and remember."""

from __future__ import annotations

import asyncio

import pytest

import ai_sdk.testing
from ai_sdk._frozen import freeze
from ai_sdk.call import record_call
from ai_sdk.errors import ServerError
from ai_sdk.messages import FilePart, ReasoningPart, TextPart, ToolCallPart, user
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import EmbeddingRequest, LanguageRequest
from ai_sdk.results import CallWarning, EmbeddingResult, LanguageResult, ResponseInfo, Usage, fold_language
from ai_sdk.testing import HANG, Hang, ScriptedCall, ScriptedModel, parts_of

WHOLE = LanguageRequest(messages=(user("hi"),))
STREAMED = LanguageRequest(messages=(user("hi"),), stream=True)
FINISH = Finish("stop", Usage())
BOTH = pytest.mark.parametrize("request_", [WHOLE, STREAMED], ids=["whole", "streamed"])
RESULT = LanguageResult(
    content=(ReasoningPart("hm"), TextPart("a"), TextPart("b"), ToolCallPart("c", "look", "{}"), FilePart(data=b"x")),
    finish_reason="tool-calls",
    raw_finish_reason="tool_use",
    usage=Usage(1, 2),
    warnings=(CallWarning("other", "x", "y"),),
    provider_metadata=freeze({"x": {"y": 1}}),
    response=ResponseInfo("r1", "m1", 1.0),
)


@BOTH
async def test_turns_come_one_after_the_other_and_the_last_repeats(request_: LanguageRequest) -> None:
    model = ScriptedModel(["one two", ServerError("busy"), RESULT, [TextDelta("x"), FINISH]])
    first = await (await model(request_)).result()
    assert (first.text, first.usage) == ("one two", Usage(1, 2))
    with pytest.raises(ServerError, match="busy"):
        await model(request_)
    assert await (await model(request_)).result() == RESULT
    for _ in range(2):
        assert (await (await model(request_)).result()).text == "x"
    assert model.calls == [request_] * 5
    assert len(model.wires) == (5 if request_.stream else 0)
    assert not [wire for wire in model.wires if wire.open]


@BOTH
async def test_a_script_waits_and_hangs(request_: LanguageRequest) -> None:
    model = ScriptedModel([[1, TextDelta("a"), 2.5, FINISH], [TextDelta("a"), HANG]])
    await (await model(request_)).result()
    assert asyncio.get_running_loop().time() == 3.5
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(100):
            await (await model(request_)).result()


@BOTH
async def test_attempts_are_recorded(request_: LanguageRequest) -> None:
    model = ScriptedModel([ServerError("busy"), "ok", [TextDelta("a"), HANG]])
    with record_call() as record:
        with pytest.raises(ServerError):
            await model(request_)
        await (await model(request_)).result()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await (await model(request_)).result()
    hows = [attempt.ending.how for attempt in record.attempts if attempt.ending is not None]
    assert hows == ["error", "end", "cancelled"]
    assert {attempt.model for attempt in record.attempts} == {"scripted:model"}
    assert record.attempts[1].usage == Usage(1, 1)


async def test_a_wire_knows_how_it_ended() -> None:
    model = ScriptedModel([[TextDelta("a"), FINISH]])
    async with await model(STREAMED):
        assert model.wires[0].open
        assert repr(model.wires[0]) == "<wire1 open>"
    assert model.wires[0].closed is not None
    assert model.wires[0].closed.how == "closed"
    assert repr(model.wires[0]) == "<wire1 Ending('closed')>"
    assert model.log == ["wire1"]
    model.wires[0].release(model.wires[0].closed)
    assert model.log == ["wire1"]


def test_parts_of_a_result() -> None:
    assert fold_language(parts_of(RESULT)) == RESULT
    assert fold_language(parts_of(RESULT)).response == RESULT.response
    assert fold_language(parts_of(LanguageResult())).finish_reason == "stop"


async def test_other_kinds() -> None:
    answer = EmbeddingResult(embeddings=((1.0,),))
    turns: list[EmbeddingResult | BaseException | float | Hang] = [2, answer, KeyError("x"), 1.5, answer, HANG]
    model: ScriptedCall[EmbeddingRequest, EmbeddingResult] = ScriptedCall(turns)
    request = EmbeddingRequest(values=("a",))
    assert await model(request) is answer
    assert asyncio.get_running_loop().time() == 2
    with pytest.raises(KeyError):
        await model(request)
    assert await model(request) is answer
    assert asyncio.get_running_loop().time() == 3.5
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await model(request)
    assert model.calls == [request] * 4


def test_they_print_as_scripts() -> None:
    assert repr(ScriptedModel(["a", [HANG]])) == "ScriptedModel(['a', [HANG]])"


def test_the_package_gives_what_it_names_and_nothing_else() -> None:
    assert ai_sdk.testing.ScriptedModel is ScriptedModel
    with pytest.raises(AttributeError, match="nothing"):
        getattr(ai_sdk.testing, "nothing")

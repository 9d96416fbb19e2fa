"""What ``docs/middleware.md`` says of orders is so.

Each row of its table has a number and two stacks. The test of that number makes both from what is written there.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import re
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ai_sdk import embed, generate_text, middleware, stream_text, wrap_model
from ai_sdk.call import current_call
from ai_sdk.credentials import overriding_key
from ai_sdk.errors import (
    AISDKError,
    APITimeoutError,
    BudgetExceededError,
    CircuitOpenError,
    GuardrailError,
    RateLimitedError,
    RateLimitError,
    ServerError,
)
from ai_sdk.messages import ToolCallPart, user
from ai_sdk.middleware import cache, redact
from ai_sdk.parts import Finish, ReasoningDelta, TextDelta
from ai_sdk.requests import EmbeddingRequest, JSONFormat, LanguageRequest, ToolDefinition
from ai_sdk.results import EmbeddingResult, Usage
from ai_sdk.retry_budget import RetryBudget
from ai_sdk.spending import SpendingLedger
from ai_sdk.stores import MemoryStore
from ai_sdk.testing import HANG, ScriptedModel

PAGE = (Path(__file__).parent.parent.parent / "docs" / "middleware.md").read_text()
WEATHER = ToolDefinition(
    "weather", input_schema={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
)
BUSY = ServerError("busy", status=500)
SLOW: list[Any] = [5.0, TextDelta("slow"), Finish("stop", Usage())]


def stacks(number: int, **names: Any) -> Iterator[list[Any]]:
    """The two stacks of a row, made from what is written there."""
    found = re.search(rf"^\| {number} \| `(.*?)` \| .*? \| `(.*?)` \|", PAGE, re.MULTILINE)
    assert found is not None, f"row {number} is missing"
    layers = [path.stem for path in Path(middleware.__file__).parent.glob("[a-z]*.py")]
    known = {
        name: getattr(importlib.import_module(f"ai_sdk.middleware.{name}"), name) for name in layers if name in found[0]
    }
    for written in found.groups():
        yield eval(written, {**known, **names})


def test_every_row_of_orders_is_tried() -> None:
    written = {int(each) for each in re.findall(r"^\| (\d+) \| `\[", PAGE, re.MULTILINE)}
    tried = {int(found[1]) for name in globals() if (found := re.match(r"test_order_(\d+)_", name))}
    assert written == tried


async def timed(work: Awaitable[Any]) -> tuple[Any, float]:
    """What comes of it, an error too, and the seconds that it took."""
    time = asyncio.get_running_loop().time
    started = time()
    try:
        outcome = await work
    except AISDKError as error:
        outcome = error
    return outcome, round(time() - started, 3)


async def ask(stack: Any, text: str = "hi") -> tuple[Any, float]:
    outcome, seconds = await timed(generate_text(stack, text))
    return getattr(outcome, "text", outcome), seconds


async def test_order_1_retry_and_rate_limit() -> None:
    good, bad = stacks(1)
    assert await ask(wrap_model(ScriptedModel([BUSY, BUSY, "ok"]), good)) == ("ok", 60)
    assert await ask(wrap_model(ScriptedModel([BUSY, BUSY, "ok"]), bad)) == ("ok", 0)


async def test_order_2_retry_and_a_slot() -> None:
    good, bad = stacks(2)
    for layers, expected in ((good, [10, 0]), (bad, [10, 10])):
        stack = wrap_model(ScriptedModel([BUSY, "ok"]), layers)
        assert [seconds for _, seconds in await asyncio.gather(ask(stack), ask(stack))] == expected


async def test_order_3_retry_and_retry() -> None:
    good, bad = stacks(3)
    for layers, expected in ((good, 3), (bad, 9)):
        model = ScriptedModel([BUSY])
        with contextlib.nullcontext() if len(layers) < 2 else pytest.warns(UserWarning, match="multiply"):
            stack = wrap_model(model, layers)
        assert (await ask(stack))[0] is BUSY
        assert len(model.calls) == expected


async def test_order_4_timeout_total_and_retry() -> None:
    good, bad = stacks(4)
    slow: list[Any] = [3.0, BUSY]
    error, seconds = await ask(wrap_model(ScriptedModel([slow, slow, "ok"]), good))
    assert (error.limit, seconds) == ("total", 4)
    assert await ask(wrap_model(ScriptedModel([slow, slow, "ok"]), bad)) == ("ok", 6)


async def test_order_5_retry_and_first_content() -> None:
    good, bad = stacks(5)
    assert await ask(wrap_model(ScriptedModel([[HANG], "ok"]), good)) == ("ok", 2)
    error, _ = await ask(wrap_model(ScriptedModel([[HANG], "ok"]), bad))
    assert isinstance(error, APITimeoutError)


async def test_order_6_rate_limit_and_first_content() -> None:
    good, bad = stacks(6)
    for layers, expected in ((good, "ok"), (bad, "first content")):
        stack = wrap_model(ScriptedModel(), layers)
        await ask(stack)
        outcome, _ = await ask(stack)
        assert getattr(outcome, "limit", outcome) == expected


async def test_order_7_timeout_total_and_rate_limit() -> None:
    good, bad = stacks(7)
    stack = wrap_model(ScriptedModel(), good)
    await ask(stack)
    error, seconds = await ask(stack)
    assert (type(error), seconds) == (RateLimitedError, 0)
    stack = wrap_model(ScriptedModel(), bad)
    await ask(stack)
    assert await ask(stack) == ("ok", 60)


async def test_order_8_cache_and_retry() -> None:
    for which, left in ((0, 9), (1, 6)):
        shared = RetryBudget(ratio=0, reserve=1, ttl=10)
        stack = wrap_model(ScriptedModel([[1.0, BUSY], "ok"]), list(stacks(8, shared=shared))[which])
        assert {text for text, _ in await asyncio.gather(*[ask(stack) for _ in range(4)])} == {"ok"}
        assert shared.balance == left


async def test_order_9_cache_and_rate_limit() -> None:
    for layers, expected in zip(stacks(9), (0, 60), strict=True):
        stack = wrap_model(ScriptedModel(), layers)
        await ask(stack)
        assert await ask(stack) == ("ok", expected)


async def test_order_10_cache_and_budget() -> None:
    good, bad = stacks(10)
    for layers, expected in ((good, str), (bad, BudgetExceededError)):
        stack = wrap_model(ScriptedModel(), layers)
        await ask(stack)
        assert type((await ask(stack))[0]) is expected


async def test_order_11_timeout_total_and_cache() -> None:
    for layers, expected in zip(stacks(11), (("ok", 2), ("total", 1.5)), strict=True):
        stack = wrap_model(ScriptedModel([[3.0, TextDelta("ok"), Finish("stop", Usage())]]), layers)
        first = asyncio.create_task(ask(stack))
        await asyncio.sleep(1)
        outcome, seconds = await ask(stack)
        assert (getattr(outcome, "limit", outcome), seconds) == expected
        assert (await first)[0].limit == "total"


async def test_order_12_cache_and_default_instructions() -> None:
    for which, expected in ((0, ["yes", "no"]), (1, ["yes", "yes"])):
        store, answers = MemoryStore(), list[Any]()
        for text, answer in (("Be polite.", "yes"), ("Be rude.", "no")):
            layers = list(stacks(12, store=store, text=text))[which]
            answers.append((await ask(wrap_model(ScriptedModel([answer]), layers)))[0])
        assert answers == expected


async def test_order_13_cache_and_redact() -> None:
    for layers, expected in zip(stacks(13), (["one", "two"], ["one", "one"]), strict=True):
        stack = wrap_model(ScriptedModel(["one", "two"]), layers)
        answers = [await ask(stack, f"Is {who}@example.com a member?") for who in ("ann", "ben")]
        assert [answer for answer, _ in answers] == expected
    stack = wrap_model(ScriptedModel(["[email-1] is"]), [redact("email", restore=True), cache()])
    answers = [await ask(stack, f"Is {who}@example.com a member?") for who in ("ann", "ben")]
    assert [answer for answer, _ in answers] == ["ann@example.com is", "ben@example.com is"]


async def test_order_14_cache_and_guardrail() -> None:
    for which, expected in ((0, ["ok", "ok"]), (1, ["ok"])):
        seen = list[str]()
        stack = wrap_model(ScriptedModel(), list(stacks(14, check=seen.append))[which])
        await ask(stack)
        await ask(stack)
        assert seen == expected


async def test_order_15_cache_and_smooth_stream() -> None:
    for layers, expected in zip(stacks(15), (2, 0), strict=True):
        stack = wrap_model(ScriptedModel(["one two three four"]), layers)
        pieces, started = list[str](), 0.0
        for _ in range(2):
            started = asyncio.get_running_loop().time()
            async with stream_text(stack, "hi") as stream:
                pieces = [piece async for piece in stream.text]
        assert pieces == ["one", " two", " three", " four"]
        assert asyncio.get_running_loop().time() - started == expected


async def test_order_16_guardrail_and_extract_reasoning() -> None:
    for which, expected in ((0, ["hm", "hello"]), (1, ["<think>hm</think>hello"])):
        seen = list[str]()
        stack = wrap_model(ScriptedModel(["<think>hm</think>hello"]), list(stacks(16, check=seen.append))[which])
        assert (await ask(stack))[0] == "hello"
        assert seen == expected


async def test_order_17_extract_json_and_extract_reasoning() -> None:
    turn: list[Any] = [
        TextDelta("<think>hm</think>"),
        TextDelta('{"a": '),
        5.0,
        TextDelta("1}"),
        Finish("stop", Usage()),
    ]
    request = LanguageRequest(messages=(user("hi"),), response_format=JSONFormat(), stream=True)
    time = asyncio.get_running_loop().time
    for layers, (expected, reasoning) in zip(stacks(17), ((0, ["hm"]), (5, [])), strict=True):
        started = time()
        response = await wrap_model(ScriptedModel([turn]), layers)(request)
        seen = [(part, time() - started) async for part in response]
        texts = [(part.text, seconds) for part, seconds in seen if isinstance(part, TextDelta)]
        assert "".join(text for text, _ in texts) == '{"a": 1}'
        assert texts[0][1] == expected
        assert [part.text for part, _ in seen if isinstance(part, ReasoningDelta)] == reasoning


BROKEN: list[Any] = [ToolCallPart("1", "weather", "{'city': 'Oslo',}"), Finish("tool-calls", Usage())]
EMPTY: list[Any] = [ToolCallPart("1", "weather", "{}"), Finish("tool-calls", Usage())]
RIGHT: list[Any] = [ToolCallPart("1", "weather", '{"city": "Oslo"}'), Finish("tool-calls", Usage())]
WEATHER_REQUEST = LanguageRequest(messages=(user("hi"),), tools=(WEATHER,))


async def test_order_18_reask_and_rate_limit() -> None:
    for layers, expected in zip(stacks(18), (60, 0), strict=True):
        model = ScriptedModel([EMPTY, RIGHT])
        _, seconds = await timed(wrap_model(model, layers)(WEATHER_REQUEST))
        assert (len(model.calls), seconds) == (2, expected)


async def test_order_19_reask_and_repair_tool_calls() -> None:
    for layers, expected in zip(stacks(19), (1, 2), strict=True):
        model = ScriptedModel([BROKEN, RIGHT])
        result = await (await wrap_model(model, layers)(WEATHER_REQUEST)).result()
        assert result.tool_calls[0].input == '{"city": "Oslo"}'
        assert len(model.calls) == expected


class Lines:
    """A logger that keeps the outcomes."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []

    def info(self, _event: str, **fields: Any) -> None:
        self.outcomes.append(fields["outcome"])

    def debug(self, _event: str, **fields: Any) -> None:
        """Retries and waits."""


async def test_order_20_logging_and_retry() -> None:
    for which, expected in ((0, ["end"]), (1, ["error", "end"])):
        lines = Lines()
        assert (await ask(wrap_model(ScriptedModel([BUSY, "ok"]), list(stacks(20, lines=lines))[which])))[0] == "ok"
        assert lines.outcomes == expected


async def test_order_21_circuit_breaker_and_retry() -> None:
    good, bad = stacks(21)
    stack, model = wrap_model(ScriptedModel([BUSY]), good), ScriptedModel([BUSY, BUSY, "ok"])
    assert await ask(stack) == (BUSY, 0)
    assert await ask(stack) == (BUSY, 0)
    error, _ = await ask(stack)
    assert isinstance(error, CircuitOpenError)
    assert await ask(wrap_model(model, bad)) == ("ok", 10)


async def mine(request: Any) -> Any:
    """A model of a provider that limits the key sk-a."""
    if overriding_key("mine") == "sk-a":
        raise limited(5)
    return await ScriptedModel()(request)


def limited(seconds: float) -> RateLimitError:
    error = RateLimitError("limited", status=429)
    error.retry_after = seconds
    return error


async def test_order_22_retry_and_key_pool() -> None:
    for layers, expected in zip(stacks(22), (0, 10), strict=True):
        assert await ask(wrap_model(mine, layers)) == ("ok", expected)


async def test_order_23_rate_limit_and_key_pool() -> None:
    class Mine:
        """A model whose provider says that nothing is left for this key."""

        provider, model_id, records_attempts = "mine", "model", True

        async def __call__(self, request: Any) -> Any:
            record = current_call()
            assert record is not None
            attempt = record.attempt("mine:model")
            attempt.headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "60s"}
            return await ScriptedModel()(request)

    for layers, expected in zip(stacks(23), (0, 60), strict=True):
        stack = wrap_model(Mine(), layers)
        await ask(stack)
        assert await ask(stack) == ("ok", expected)


async def test_order_24_hedge_and_rate_limit() -> None:
    for layers, expected in zip(stacks(24), (("slow", 5), ("fast", 1)), strict=True):
        assert await ask(wrap_model(ScriptedModel([SLOW, "fast"]), layers)) == expected


def embedding_model(calls: list[Any]) -> Any:
    async def model(request: EmbeddingRequest) -> EmbeddingResult:
        calls.append(request.values)
        return EmbeddingResult(embeddings=tuple((float(len(each)),) for each in request.values))

    return model


async def test_order_25_cache_and_batch() -> None:
    for layers, expected in zip(stacks(25), ([("a", "b")], [("a", "b"), ("a",)]), strict=True):
        calls: list[Any] = []
        stack = wrap_model(embedding_model(calls), layers)
        await asyncio.gather(embed(stack, "a"), embed(stack, "b"))
        await embed(stack, "a")
        assert calls == expected


async def test_order_26_batch_and_rate_limit() -> None:
    for layers, expected in zip(stacks(26), (0.01, 60.01), strict=True):
        stack = wrap_model(embedding_model([]), layers)
        _, seconds = await timed(asyncio.gather(embed(stack, "a"), embed(stack, "b")))
        assert seconds == expected


async def test_order_27_fallback_and_retry() -> None:
    for which, expected in ((0, (3, 1)), (1, (3, 3))):
        model, other = ScriptedModel([BUSY]), ScriptedModel([BUSY])
        await ask(wrap_model(model, list(stacks(27, other=other))[which]))
        assert (len(model.calls), len(other.calls)) == expected


async def test_order_28_fallback_and_first_content() -> None:
    for which, expected in ((0, "ok"), (1, "first content")):
        layers = list(stacks(28, other=ScriptedModel()))[which]
        outcome, seconds = await ask(wrap_model(ScriptedModel([[HANG]]), layers))
        assert (getattr(outcome, "limit", outcome), seconds) == (expected, 5)


async def test_order_29_fallback_and_circuit_breaker() -> None:
    for which, expected in ((0, 2), (1, 5)):
        model = ScriptedModel([BUSY])
        stack = wrap_model(model, list(stacks(29, other=ScriptedModel()))[which])
        assert [(await ask(stack))[0] for _ in range(5)] == ["ok"] * 5
        assert len(model.calls) == expected


async def test_order_30_budget_and_fallback() -> None:
    for which, expected in ((0, 2), (1, 0)):
        ledger = SpendingLedger(tokens=10_000)
        layers = list(stacks(30, other=ScriptedModel(), ledger=ledger))[which]
        assert (await ask(wrap_model(ScriptedModel([BUSY]), layers)))[0] == "ok"
        assert ledger.spent().tokens == expected


async def test_order_31_cache_and_fallback() -> None:
    for which, expected in ((0, 1), (1, 2)):
        other = ScriptedModel()
        stack = wrap_model(ScriptedModel([BUSY]), list(stacks(31, other=other))[which])
        await ask(stack)
        await ask(stack)
        assert len(other.calls) == expected


def harmless(text: str) -> bool:
    return "swordfish" not in text


async def test_order_32_guardrail_and_fallback() -> None:
    for which, expected in ((0, GuardrailError), (1, str)):
        layers = list(stacks(32, other=ScriptedModel(["swordfish"]), check=harmless))[which]
        assert type((await ask(wrap_model(ScriptedModel([BUSY]), layers)))[0]) is expected


async def test_order_33_repair_tool_calls_and_fallback() -> None:
    for which, expected in ((0, RIGHT), (1, BROKEN)):
        layers = list(stacks(33, other=ScriptedModel([BROKEN])))[which]
        result = await (await wrap_model(ScriptedModel([BUSY]), layers)(WEATHER_REQUEST)).result()
        assert result.tool_calls[0].input == expected[0].input


async def test_order_34_deadlines_and_cache() -> None:
    for layers, expected in zip(stacks(34), ((RateLimitError, 0), (APITimeoutError, 10)), strict=True):
        error, seconds = await ask(wrap_model(ScriptedModel([limited(50)]), layers))
        assert (type(error), seconds) == expected


async def test_order_35_key_pool_and_rate_limit() -> None:
    for layers, expected in zip(stacks(35), (0, 5), strict=True):
        assert await ask(wrap_model(mine, layers)) == ("ok", expected)

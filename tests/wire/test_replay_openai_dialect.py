"""Every chat recording of the OpenAI dialect, replayed whole and compared with what its raw JSON says."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import pytest

from ai_sdk.errors import AISDKError, APIError
from ai_sdk.providers.openai_compatible._messages import encode_messages
from ai_sdk.requests import JSONFormat
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange, Replayer
from wire.kit import asked, chats, provider_of, providers, replay, report, request_of, sources
from wire.oracle import Said, expected_error, failed_generation, gather, normalised, same_turn

LEAST: dict[str, dict[str, int]] = {
    "openai": {"replayed": 2280, "streams": 430, "errors": 50, "tool calls": 580, "echoes": 280},
    "groq": {
        "replayed": 240,
        "streams": 45,
        "errors": 4,
        "recovered from errors": 5,
        "tool calls": 95,
        "echoes": 20,
    },
    "togetherai": {"replayed": 16, "streams": 4, "errors": 1, "tool calls": 4},
    "cerebras": {"replayed": 51, "streams": 9, "tool calls": 15, "echoes": 1},
    "openai_compatible": {"replayed": 245, "streams": 65, "tool calls": 100, "echoes": 18},
}


def least(provider: str, source: str, name: str) -> int:
    return LEAST[provider].get(name, 0) if source == "corpus" else int(name != "recovered from errors")


@sources
@providers
async def test_every_recorded_chat_says_what_its_raw_json_says(provider: str, source: str) -> None:
    chosen, counts = chats(provider, source)
    wrong: list[str] = []
    for exchange in chosen:
        counts["replayed"] += 1
        counts["streams"] += exchange.streamed
        try:
            result = await replay(exchange)
        except AISDKError as error:
            problem = _wrong_error(exchange, error)
            counts["errors"] += 1
        else:
            problem = _difference(exchange, result)
            counts["tool calls"] += len(result.tool_calls)
            counts["no content part at all"] += not result.content
            counts["recovered from errors"] += gather(exchange.body).failure is not None
        if problem:
            wrong.append(f"{exchange.id}: {problem}")
    report(f"{provider} chat ({source})", counts)
    assert not wrong, f"{len(wrong)} of {len(chosen)}:\n" + "\n".join(wrong[:20])
    for name in ("replayed", "streams", "errors", "recovered from errors", "tool calls"):
        assert counts[name] >= least(provider, source, name), name


def _wrong_error(exchange: Exchange, error: AISDKError) -> str | None:
    kind, words = expected_error(exchange.status, exchange.body)
    if exchange.status == 200 and gather(exchange.body).failure is None:
        return f"it raised {error!r}"
    if not isinstance(error, kind):
        return f"{error!r} is not a {kind.__name__}"
    assert isinstance(error, APIError)
    if words is not None and words not in error.message:
        return f"{error.message!r} does not say {words!r}"
    if exchange.status != 200 and error.status != exchange.status:
        return f"its status is {error.status}"
    if exchange.streamed and error.partial is None:
        return "it carries no partial result"
    return None


def _difference(exchange: Exchange, result: LanguageResult) -> str | None:
    if exchange.status != 200 or gather(exchange.body).failure is not None:
        return _wrongly_recovered(exchange, result)
    usage, said = result.usage, gather(exchange.body)
    calls = [(call.id, call.name, call.input) for call in result.tool_calls]
    if any(not identity for identity, _, _ in said.calls):
        calls = [("", name, arguments) for _, name, arguments in calls]
    tokens = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.reasoning_tokens)
    found = Said(result.text, result.reasoning, calls, tokens, result.raw_finish_reason)
    return None if found == said else f"\n    we say {found}\n    it says {said}"


def _wrongly_recovered(exchange: Exchange, result: LanguageResult) -> str | None:
    """An error that became a result is one whose failed generation is nothing but tool calls (Groq)."""
    wrote = failed_generation(exchange.body)
    if wrote is None:
        return f"its error was swallowed: {exchange.body[:300]!r}"
    calls = [(call.name, call.arguments()) for call in result.tool_calls]
    return None if calls == wrote else f"recovered {calls} from {wrote}"


@pytest.mark.corpus
async def test_calls_that_cerebras_repeats_beside_json_are_dropped() -> None:
    noisy = [each for each in chats("cerebras", "corpus")[0] if "structured-output-tools.2" in each.id]
    assert noisy
    for exchange in noisy:
        said = gather(exchange.body)
        assert said.text
        assert said.calls
        model = provider_of("cerebras", Replayer(exchange))("model")
        request = replace(request_of(exchange), response_format=JSONFormat())
        result = await (await model(request)).result()
        assert (result.text, result.tool_calls, result.finish_reason) == (said.text, (), "stop")


@sources
@providers
async def test_a_folded_answer_encodes_to_the_turn_that_the_next_request_echoes(provider: str, source: str) -> None:
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for exchange, echo in _echoed(chats(provider, source)[0]):
        if echo is None:
            counts["rewritten by the client"] += 1
            continue
        counts["echoes"] += 1
        ours = await _encoded(exchange)
        reasoning = bool(echo.get("reasoning") or echo.get("reasoning_content"))
        if normalised(ours, reasoning=reasoning) != normalised(echo, reasoning=reasoning):
            wrong.append(f"{exchange.id}:\n    we send {json.dumps(ours)}\n    it sent {json.dumps(echo)}")
    report(f"{provider} echoes ({source})", counts)
    assert not wrong, f"{len(wrong)} of {counts['echoes']}:\n" + "\n".join(wrong[:20])
    assert counts["echoes"] >= least(provider, source, "echoes")


async def _encoded(exchange: Exchange) -> dict[str, Any]:
    result = await replay(exchange)
    reasoning_key = provider_of(exchange.provider, Replayer(exchange))("model").quirks.reasoning_key or "reasoning"
    (message,), _ = encode_messages((result.message,), exchange.provider, reasoning_key)
    return message


def _echoed(exchanges: list[Exchange]) -> list[tuple[Exchange, dict[str, Any] | None]]:
    """Answers, with the message that the next request of the conversation says them in; None when it changed them."""
    conversations: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        if isinstance(asked(exchange).get("messages"), list):
            conversations[exchange.path].append(exchange)
    found: list[tuple[Exchange, dict[str, Any] | None]] = []
    for conversation in conversations.values():
        conversation.sort(key=lambda exchange: exchange.n)
        for place, exchange in enumerate(conversation):
            said = gather(exchange.body) if exchange.status == 200 else Said()
            if said.failure is None and (said.text or said.calls):
                new = _new_turns(exchange, conversation[place + 1 :])
                if new:
                    found.append((exchange, next((each for each in new if same_turn(said, each)), None)))
    return found


def _new_turns(exchange: Exchange, later: list[Exchange]) -> list[dict[str, Any]]:
    """What the assistant said, by the first later request in which it says more than in this one."""
    before = asked(exchange)["messages"]
    for each in later:
        messages = asked(each)["messages"]
        new = [message for message in messages if message.get("role") == "assistant" and message not in before]
        if new and len(messages) > len(before):
            return new
    return []

"""A conversation that one provider began goes on with another: nothing is lost, and nothing private is passed on."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any, cast

import pytest

from ai_sdk.errors import AISDKError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    message_to_dict,
    tool_results,
    user,
)
from ai_sdk.requests import LanguageRequest, ToolDefinition
from ai_sdk.results import LanguageResult
from ai_sdk.testing import run
from ai_sdk.testing.replay import Exchange, Replayer
from wire.families import FAMILIES
from wire.family import Family
from wire.harness import recordings, replay
from wire.kit import asked, report

LEAST_SECRET = 16
ANSWER = "the tool said 17"
PICTURE = FilePart(data=b"\x89PNG\r\n\x1a\n", media_type="image/png")
CALL_IDS = ("tool_call_id", "tool_use_id", "toolUseId", "call_id", "toolCallId")
LEGAL_ID = {
    "mistral": r"[a-zA-Z0-9]{9}",
    "anthropic": r"[a-zA-Z0-9_-]+",
    "bedrock": r"[a-zA-Z0-9_.:-]{1,64}",
}
KIN = (
    {"google", "google_vertex"},
    {"anthropic", "bedrock", "google_vertex"},
)
"""Houses of the same models, which understand each other's signatures."""
PASSES_ON = {"gateway"}
"""Who passes metadata on to whoever made it."""
SPEAKERS = [(family, name) for family in FAMILIES for name in family.providers]
continued_by = pytest.mark.parametrize(
    ("family", "name"), [pytest.param(each, name, id=f"{each.name}-{name}") for each, name in SPEAKERS]
)


@cache
def begun() -> list[tuple[str, str, LanguageResult]]:
    """Answers of all providers that say something or call a tool: who, from which exchange, and what."""
    return [
        (name, exchange.id, result)
        for family, name in SPEAKERS
        for exchange in recordings(family, name, "data")[0]
        if exchange.status == 200 and (result := _said(family, exchange)) is not None
    ]


def _said(family: Family, exchange: Exchange) -> LanguageResult | None:
    try:
        result = run(replay(family, exchange))
    except AISDKError:
        return None
    return result if result.text or result.tool_calls else None


def conversation(result: LanguageResult) -> tuple[Message, ...]:
    """A picture and a question, what was answered, what its tools said, and another question."""
    called = [
        ToolResultPart(call.id, call.name, ANSWER)
        for call in result.message.content
        if isinstance(call, ToolCallPart) and not call.provider_executed
    ]
    answers = (tool_results(*called),) if called else ()
    return (user("What is this?", PICTURE), result.message, *answers, user("And now?"))


def body_of(family: Family, name: str, messages: tuple[Message, ...]) -> Any:
    """What is sent to a provider for a conversation, through the whole path of its model."""
    answer = next(each for each in recordings(family, name, "data")[0] if each.status == 200)
    http = Replayer(answer)
    provider = family.make(name, http)
    if family.model is not None:
        model = family.model(provider, answer)
    else:
        model = provider.language(str(asked(answer).get("model") or "model"))
    calls = [part for message in messages for part in message.content if isinstance(part, ToolCallPart)]
    names = {call.name for call in calls if not call.provider_executed}
    tools = tuple(ToolDefinition(each) for each in sorted(names))
    run(ask(model, LanguageRequest(messages=messages, tools=tools, stream=answer.streamed)))
    return json.loads(http.requests[0].body)


async def ask(model: Any, request: LanguageRequest) -> None:
    """Send the request; the answer is to something else, so that it may be an error."""
    with suppress(AISDKError):
        await (await model(request)).aclose()


def strings(value: Any) -> Iterator[tuple[str | None, str]]:
    """All texts in JSON data, with the key that they stand under."""
    if isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            yield from ((key, each),) if isinstance(each, str) else strings(each)
    elif isinstance(value, list | tuple):
        for each in cast("list[Any]", value):
            yield from ((None, each),) if isinstance(each, str) else strings(each)
    elif isinstance(value, str):
        yield None, value


def secrets_of(message: AssistantMessage) -> set[str]:
    """What only the provider of a message understands: long texts in metadata, nowhere else shown."""
    parts = [part for part in message.content if isinstance(part, TextPart | ReasoningPart | ToolCallPart)]
    shown = json.dumps(without_metadata(message_to_dict(message)), ensure_ascii=False)
    return {
        text
        for part in parts
        for _, text in strings(part.provider_metadata)
        if len(text) >= LEAST_SECRET and json.dumps(text, ensure_ascii=False)[1:-1] not in shown
    }


def without_metadata(value: Any) -> Any:
    if isinstance(value, dict):
        told = cast("dict[str, Any]", value)
        return {key: without_metadata(each) for key, each in told.items() if key != "provider_metadata"}
    return [without_metadata(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value


def may_know(origin: str, name: str) -> bool:
    """Whether a provider may get what another one said to itself."""
    return name in {origin, *PASSES_ON} or any({origin, name} <= each for each in KIN)


@continued_by
def test_a_conversation_goes_on_with_any_other_provider(family: Family, name: str) -> None:
    if not recordings(family, name, "data")[0]:
        pytest.skip(f"there is no exchange of {name} from vendor documents")
    counts: Counter[str] = Counter()
    for origin, identity, result in begun():
        body = body_of(family, name, conversation(result))
        said = list(strings(body))
        texts = [text for _, text in said]
        where = f"{identity} continued by {name}"
        counts["conversations"] += 1
        for part in result.message.content:
            if isinstance(part, TextPart) and part.text.strip():
                assert any(part.text.strip() in text for text in texts), f"{where}: {part.text!r} is lost"
        if result.tool_calls and not any(call.provider_executed for call in result.tool_calls):
            counts["with tool calls"] += 1
            assert any(ANSWER in text for text in texts), f"{where}: the tool's answer is lost"
            _check_ids(family, body, name, where)
        if not may_know(origin, name):
            counts["with secrets"] += bool(secrets_of(result.message))
            leaked = {secret for secret in secrets_of(result.message) if any(secret in text for text in texts)}
            assert leaked == set(), f"{where}: {leaked} is nobody else's business"
    report(f"{family.name} {name}: conversations of others go on", counts)
    assert counts["conversations"] > 20


def _check_ids(family: Family, body: Any, name: str, where: str) -> None:
    """Every result names a call of the conversation, by an id that the provider takes."""
    said = list(strings(body))
    results = {text for key, text in said if key in CALL_IDS}
    every = {text for key, text in said if key in (*CALL_IDS, "id")}
    assert results <= every, where
    if name in LEGAL_ID:
        illegal = [each for each in results if not re.fullmatch(LEGAL_ID[name], each)]
        assert illegal == [], f"{where}: {illegal}"

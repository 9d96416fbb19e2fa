"""Legal conversations, as hypothesis strategies: what any provider of chat with tools must be able to write."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserMessage,
)
from ai_sdk.requests import JSONFormat, LanguageRequest, SpecificTool, ToolDefinition

__all__ = ["conversations", "files", "requests", "tools"]

Draw = Callable[[st.SearchStrategy[Any]], Any]
NAMES = ("weather", "look_up", "send-mail")
SCHEMAS: tuple[dict[str, Any], ...] = (
    {"type": "object", "properties": {}},
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False},
    {"type": "object", "properties": {"days": {"type": "array", "items": {"type": "integer"}}}},
)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)
arguments = st.dictionaries(st.sampled_from(["city", "days"]), texts | st.integers(-9, 9) | st.none(), max_size=2)


@st.composite
def files(draw: Draw) -> FilePart:
    """Pictures by bytes and by URL, and documents by bytes."""
    kind: str = draw(st.sampled_from(["bytes", "url", "pdf"]))
    if kind == "url":
        return FilePart(url="https://example.com/cat.png", media_type="image/png")
    if kind == "pdf":
        return FilePart(data=b"%PDF-1.7", media_type="application/pdf", filename="a.pdf")
    return FilePart(data=b"\x89PNG\r\n", media_type="image/png")


@st.composite
def conversations(draw: Draw, *, with_files: bool = True) -> tuple[Message, ...]:
    """Instructions, then turns: the user speaks, the model answers or calls tools, every call gets its result.

    The last message is the user's, or the results of tools.
    """
    messages: list[Message] = []
    if draw(st.booleans()):
        messages.append(SystemMessage(draw(texts)))
    count = 0
    for _ in range(draw(st.integers(0, 3))):
        messages.append(draw(_user(with_files)))
        for _ in range(draw(st.integers(0, 2))):
            said, results = draw(_tool_turn(count))
            count += len(results.content)
            messages += [said, results]
        messages.append(draw(_answer()))
    messages.append(draw(_user(with_files)))
    if draw(st.booleans()):
        messages += draw(_tool_turn(count))
    return tuple(messages)


@st.composite
def _user(draw: Draw, with_files: bool) -> UserMessage:
    content: list[TextPart | FilePart] = [TextPart(each) for each in draw(st.lists(texts, min_size=1, max_size=2))]
    if with_files:
        content += draw(st.lists(files(), max_size=2))
    return UserMessage(tuple(content))


@st.composite
def _answer(draw: Draw) -> AssistantMessage:
    thought = [ReasoningPart(draw(texts))] if draw(st.booleans()) else []
    return AssistantMessage((*thought, *map(TextPart, draw(st.lists(texts, min_size=1, max_size=2)))))


@st.composite
def _tool_turn(draw: Draw, count: int) -> tuple[AssistantMessage, ToolMessage]:
    """Some calls, after some words or none, and a result for each, in any order."""
    wanted = draw(st.lists(st.tuples(st.sampled_from(NAMES), arguments), min_size=1, max_size=3))
    calls = [
        ToolCallPart(f"call_{count + place}", name, json.dumps(given) if given else draw(st.sampled_from(["{}", ""])))
        for place, (name, given) in enumerate(wanted)
    ]
    words = [TextPart(draw(texts))] if draw(st.booleans()) else []
    outputs = texts | arguments | st.just("") | st.lists(texts, max_size=2)
    results = [ToolResultPart(call.id, call.name, draw(outputs), draw(st.booleans())) for call in calls]
    return AssistantMessage((*words, *calls)), ToolMessage(tuple(draw(st.permutations(results))))


@st.composite
def tools(draw: Draw) -> tuple[ToolDefinition, ...]:
    """All tools that conversations use."""
    return tuple(
        ToolDefinition(
            name, draw(st.none() | texts), draw(st.sampled_from(SCHEMAS)), draw(st.sampled_from([None, False]))
        )
        for name in NAMES
    )


@st.composite
def requests(draw: Draw, *, with_files: bool = True) -> LanguageRequest:
    """A conversation with settings that every provider has, tools, a choice of them, and perhaps a format."""
    optional = st.none()
    return LanguageRequest(
        messages=draw(conversations(with_files=with_files)),
        max_output_tokens=draw(optional | st.integers(1, 4_000)),
        temperature=draw(optional | st.sampled_from([0, 0.5, 1])),
        top_p=draw(optional | st.sampled_from([0.1, 1])),
        stop=draw(st.sampled_from([(), ("END",), ("a", "b")])),
        seed=draw(optional | st.integers(0, 9)),
        tools=draw(tools()),
        tool_choice=draw(optional | st.sampled_from(["auto", "none", "required", SpecificTool("weather")])),
        response_format=draw(optional | st.sampled_from([JSONFormat(), JSONFormat(SCHEMAS[1], "answer")])),
        stream=draw(st.booleans()),
    )

"""Conversations and answers that the adapters' properties are about."""

from __future__ import annotations

import json
import os
import string
from importlib import import_module
from typing import Any

import pytest
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
from ai_sdk.results import FinishReason, LanguageResult, ResponseInfo, Usage


def framework_or_skip(module: str) -> Any:
    """A framework's module. Without it the tests of the adapter skip, or fail where AI_SDK_REQUIRE_ADAPTERS is set."""
    if os.environ.get("AI_SDK_REQUIRE_ADAPTERS"):
        return import_module(module)
    return pytest.importorskip(module, reason=f"{module} is in the environment that scripts/adapters.sh makes")


words = st.text(string.ascii_letters + string.digits + " .,\n?é漢", min_size=1, max_size=12)
names = st.text(string.ascii_letters + "_", min_size=1, max_size=8)
texts = words.map(TextPart)
reasonings = words.map(ReasoningPart)
pictures = st.one_of(
    st.binary(min_size=1, max_size=8).map(lambda data: FilePart(data=data, media_type="image/png")),
    names.map(lambda name: FilePart(url=f"https://example.com/{name}.png", media_type="image/png")),
)
documents = st.binary(min_size=1, max_size=8).map(lambda data: FilePart(data=data, media_type="application/pdf"))
arguments = st.dictionaries(names, st.one_of(words, st.integers(-9, 9), st.booleans(), st.none()), max_size=3)


def _inputs(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False)


@st.composite
def calls(draw: Any, most: int = 2) -> tuple[ToolCallPart, ...]:
    """Tool calls of one answer, each with an id of its own."""
    ids = draw(st.lists(names, max_size=most, unique=True))
    return tuple([ToolCallPart(f"call_{each}", draw(names), _inputs(draw(arguments))) for each in ids])


@st.composite
def conversations(draw: Any, user_parts: Any, assistant_parts: Any) -> tuple[Message, ...]:
    """A system message, perhaps, and turns: a user, an assistant that may call tools, the results of all its calls."""
    done: list[Message] = [SystemMessage(draw(words))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 3))):
        done.append(UserMessage(tuple(draw(st.lists(user_parts, min_size=1, max_size=3)))))
        asked = draw(calls())
        done.append(AssistantMessage((*draw(st.lists(assistant_parts, min_size=1, max_size=3)), *asked)))
        if asked:
            done.append(ToolMessage(tuple([ToolResultPart(each.id, each.name, draw(words)) for each in asked])))
    return tuple(done)


usages = st.builds(
    Usage, st.integers(0, 99), st.integers(0, 99), st.none() | st.integers(0, 9), st.none() | st.integers(0, 9),
    st.none() | st.integers(0, 9),
)  # fmt: skip


rich = (
    AssistantMessage(
        (
            ToolCallPart("s1", "search", '{"q": "x"}', provider_executed=True),
            ToolResultPart("s1", "search", {"found": 1}, provider_executed=True),
            TextPart("hm", {"openai": {"id": "t1"}}),
            ToolCallPart("c1", "look", "{}"),
            ToolCallPart("c2", "look", "{}"),
        )
    ),
    ToolMessage(
        (
            ToolResultPart("c1", "look", (TextPart("see"), FilePart(data=b"abc", media_type="image/png"))),
            ToolResultPart("c2", "look", "no window", is_error=True),
        )
    ),
)
"""What a provider ran itself, metadata of text, a tool result with a picture and one that went wrong."""


@st.composite
def answers(draw: Any, content: Any) -> LanguageResult:
    """Whole answers of a model."""
    asked = draw(calls())
    reason: FinishReason = "tool-calls" if asked else draw(st.sampled_from(["stop", "length", "content-filter"]))
    return LanguageResult(
        content=(*draw(st.lists(content, min_size=1, max_size=3)), *asked),
        finish_reason=reason,
        usage=draw(usages),
        response=ResponseInfo("answer-1", "model-1"),
    )


def joined(result: LanguageResult) -> LanguageResult:
    """The answer without what providers word differently: neighbouring texts are one."""
    content: list[Any] = []
    for part in result.content:
        last: Any = content[-1] if content else None
        if isinstance(part, TextPart | ReasoningPart) and type(last) is type(part):
            content[-1] = type(part)(last.text + part.text)
        else:
            content.append(part)
    return LanguageResult(content=tuple(content), finish_reason=result.finish_reason, usage=result.usage)

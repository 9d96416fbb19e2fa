"""Law 11 on the contract: every request, and everything that becomes a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from laws import refusing
from laws.refusing import COMMON, LANGUAGE, NOT_NUMBER, NOT_TEXT, NOT_TEXTS, NOT_WHOLE

from ai_sdk.messages import (
    AssistantMessage,
    Message,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserMessage,
    message_from_dict,
    to_messages,
    user,
)
from ai_sdk.requests import (
    EmbeddingRequest,
    ImageRequest,
    LanguageRequest,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
    VideoRequest,
)

GOOD: dict[Any, Mapping[str, Any]] = {
    LanguageRequest: {"messages": (user("hi"),)},
    EmbeddingRequest: {"values": ("a",)},
    ImageRequest: {"prompt": "a"},
    SpeechRequest: {"text": "a"},
    TranscriptionRequest: {"audio": b"a"},
    RerankRequest: {"query": "a", "documents": ("a", {"b": 1})},
    VideoRequest: {"prompt": "a"},
}
NOT_FILE = ("x", b"x", 5, ["x"])
BAD: dict[Any, Mapping[str, tuple[Any, ...]]] = {
    LanguageRequest: LANGUAGE,
    EmbeddingRequest: {**COMMON, "values": NOT_TEXTS, "dimensions": (*NOT_WHOLE, 0)},
    ImageRequest: {
        **COMMON,
        "prompt": (*NOT_TEXT, None),
        "n": (*NOT_WHOLE, 0, None),
        "size": NOT_TEXT,
        "aspect_ratio": NOT_TEXT,
        "seed": NOT_WHOLE,
        "files": NOT_FILE,
        "mask": NOT_FILE,
    },
    SpeechRequest: {
        **COMMON,
        "text": (*NOT_TEXT, None),
        "voice": NOT_TEXT,
        "output_format": NOT_TEXT,
        "instructions": NOT_TEXT,
        "speed": (*NOT_NUMBER, -1),
        "language": NOT_TEXT,
        "stream": ("x", 1),
    },
    TranscriptionRequest: {
        **COMMON,
        "audio": ("x", 5, None, ["x"]),
        "media_type": NOT_TEXT,
        "filename": NOT_TEXT,
        "language": NOT_TEXT,
        "prompt": NOT_TEXT,
        "temperature": NOT_NUMBER,
        "stream": ("x", 1),
    },
    RerankRequest: {**COMMON, "query": (*NOT_TEXT, None), "documents": ("x", 5, [5]), "top_n": (*NOT_WHOLE, 0)},
    VideoRequest: {
        **COMMON,
        "prompt": (*NOT_TEXT, None),
        "n": (*NOT_WHOLE, 0),
        "aspect_ratio": NOT_TEXT,
        "resolution": NOT_TEXT,
        "duration": (*NOT_NUMBER, -1),
        "fps": NOT_WHOLE,
        "seed": NOT_WHOLE,
        "image": NOT_FILE,
    },
}


@pytest.mark.parametrize("make", GOOD)
def test_law_11_bad_input_of_requests(make: Any) -> None:
    refusing.refuses_bad_input(make, BAD[make], GOOD[make])


def test_law_11_bad_input_of_requests_leaves_no_field_out() -> None:
    from dataclasses import fields

    assert all({each.name for each in fields(make)} == set(bad) for make, bad in BAD.items())


def test_law_11_bad_input_of_prompts() -> None:
    bad: dict[str, tuple[Any, ...]] = {
        "prompt": (5, {"role": "user"}, [5], ["a", None], print),
        "messages": ("hi", 5, {"role": "user"}, [5], [None], [{"role": "x"}], user("hi"), [{}]),
        "system": (5, ["a"], True),
    }
    refusing.refuses_bad_input(to_messages, bad, {"prompt": "hi"})


def test_law_11_bad_input_of_message_dicts() -> None:
    bad: dict[str, tuple[Any, ...]] = {
        "role": ("x", None, 5, ["user"]),
        "content": (5, None, {"type": "text"}, b"x", [5], [{"type": "text"}], [{"type": "text", "text": "a", "x": 1}]),
        "provider_options": ("x", 5, ["a"]),
        "tool_calls": ([],),
    }

    def make(**given: Any) -> Message:
        return message_from_dict(given)

    refusing.refuses_bad_input(make, bad, {"role": "assistant", "content": "a"})


def test_law_11_bad_input_of_messages() -> None:
    call, result = ToolCallPart("c", "look", "{}"), ToolResultPart("c", "look", 1)
    bad = ("hi", 5, None, [5], ["hi"], [{"type": "text", "text": "a"}])
    refusing.refuses_bad_input(UserMessage, {"content": (*bad, [call], [result])}, {"content": [TextPart("a")]})
    refusing.refuses_bad_input(AssistantMessage, {"content": bad}, {"content": [call, TextPart("a")]})
    refusing.refuses_bad_input(ToolMessage, {"content": (*bad, [call])}, {"content": [result]})

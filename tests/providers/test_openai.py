"""What OpenAI's models take of the chat API, by their ids, and which API a model is of."""

from __future__ import annotations

from typing import Any

import pytest
from provider_kit import ask

from ai_sdk._frozen import freeze
from ai_sdk.messages import system, user
from ai_sdk.providers.openai import create_openai, openai
from ai_sdk.providers.openai._rules import reasons
from ai_sdk.requests import ImageRequest, JSONFormat, LanguageRequest, TranscriptionRequest

SAMPLING = {"temperature": 0.5, "top_p": 0.9, "presence_penalty": 0.1, "frequency_penalty": 0.1, "stop": ("x",)}


def encode(model_id: str, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    request = ask(**{"messages": (system("Be brief"), user("Hi")), **fields})
    body, warnings = openai.chat(model_id).encode(request)
    return body, [warning.feature for warning in warnings]


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("o1", True),
        ("o3-mini", True),
        ("o4-mini-2025-04-16", True),
        ("gpt-5", True),
        ("gpt-5-mini-2025-08-07", True),
        ("gpt-5.4-nano", True),
        ("gpt-6", True),
        ("gpt-10-mini", True),
        ("gpt-5-chat-latest", False),
        ("gpt-5.1-chat-latest", False),
        ("gpt-4o", False),
        ("gpt-4.1", False),
        ("gpt-3.5-turbo", False),
        ("gpt-35-turbo", False),
        ("omni-moderation", False),
        ("other/model", False),
    ],
)
def test_which_models_reason(model_id: str, expected: bool) -> None:
    assert reasons(model_id) is expected


def test_reasoning_models_take_a_developer_and_no_sampling() -> None:
    body, lost = encode("gpt-5-mini", max_output_tokens=9, reasoning="low", **SAMPLING)
    assert body == {
        "model": "gpt-5-mini",
        "messages": [{"role": "developer", "content": "Be brief"}, {"role": "user", "content": "Hi"}],
        "max_completion_tokens": 9,
        "reasoning_effort": "low",
    }
    assert sorted(lost) == ["frequency_penalty", "presence_penalty", "stop", "temperature", "top_p"]


def test_sampling_returns_when_nothing_is_reasoned() -> None:
    body, lost = encode("gpt-5.1", reasoning="none", temperature=0.5, presence_penalty=0.1)
    assert (body["temperature"], lost) == (0.5, ["presence_penalty"])
    assert "temperature" not in encode("gpt-5", reasoning="none", temperature=0.5)[0]


def test_an_own_max_completion_tokens_wins() -> None:
    body, _ = encode("o3", max_output_tokens=9, provider_options={"openai": {"max_completion_tokens": 5}})
    assert body["max_completion_tokens"] == 5
    assert "max_tokens" not in body


def test_other_models_take_sampling_and_no_effort() -> None:
    body, lost = encode("gpt-4o", max_output_tokens=9, reasoning="low", **SAMPLING)
    assert body.items() >= {"max_tokens": 9, "temperature": 0.5, "top_p": 0.9}.items()
    assert body["messages"][0]["role"] == "system"
    assert lost == ["reasoning_effort"]


def test_search_models_take_no_temperature() -> None:
    assert encode("gpt-4o-search-preview", temperature=0.5)[1] == ["temperature"]


@pytest.mark.parametrize(
    ("model_id", "tier", "kept"),
    [
        ("o3", "flex", True),
        ("gpt-5-mini", "flex", True),
        ("gpt-4o", "flex", False),
        ("gpt-5-chat-latest", "flex", False),
        ("gpt-4.1", "priority", True),
        ("gpt-5", "priority", True),
        ("gpt-5-nano", "priority", False),
        ("gpt-3.5-turbo", "priority", False),
        ("gpt-3.5-turbo", "default", True),
    ],
)
def test_service_tiers(model_id: str, tier: str, kept: bool) -> None:
    body, lost = encode(model_id, provider_options={"openai": {"service_tier": tier}})
    assert ("service_tier" in body) is kept
    assert lost == ([] if kept else ["service_tier"])


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("gpt-4o", "json_schema"),
        ("gpt-4o-mini-2024-07-18", "json_schema"),
        ("gpt-4.1-nano", "json_schema"),
        ("o3-mini", "json_schema"),
        ("gpt-5", "json_schema"),
        ("gpt-4o-2024-05-13", "tool"),
        ("gpt-4", "tool"),
        ("gpt-4-turbo", "tool"),
        ("gpt-4-0613", "tool"),
        ("gpt-3.5-turbo", "tool"),
        ("o1-mini", "tool"),
    ],
)
def test_structured_output_by_model(model_id: str, expected: str) -> None:
    assert openai(model_id).structured_output == openai.chat(model_id).structured_output == expected


def test_structured_output_can_be_chosen() -> None:
    model = create_openai(structured_output="json_object").chat("gpt-4o")
    assert model.structured_output == "json_object"
    body, _ = model.encode(LanguageRequest(messages=(user("Hi"),), response_format=JSONFormat(freeze({}))))
    assert body["response_format"] == {"type": "json_object"}


def test_reasoning_is_not_sent_back() -> None:
    assert openai.quirks.reasoning_key is None


@pytest.mark.parametrize(
    ("model_id", "most", "format_"),
    [
        ("dall-e-3", 1, "b64_json"),
        ("dall-e-2", 10, "b64_json"),
        ("gpt-image-1", 10, None),
        ("chatgpt-image-latest", 10, None),
    ],
)
def test_images(model_id: str, most: int, format_: str | None) -> None:
    model = openai.image(model_id)
    assert model.max_images_per_call == most
    assert model.encode(ImageRequest(prompt="A cat"))[0].get("response_format") == format_


@pytest.mark.parametrize(("model_id", "format_"), [("whisper-1", "verbose_json"), ("gpt-4o-mini-transcribe", "json")])
def test_transcript_formats(model_id: str, format_: str) -> None:
    fields, _ = openai.transcription(model_id).encode(TranscriptionRequest(audio=b"x"))
    assert ("response_format", format_) in fields


def test_kinds_and_names() -> None:
    assert openai.kinds == ("language", "embedding", "image", "speech", "transcription", "video")
    assert repr(openai("gpt-4o")) == 'openai("gpt-4o")'
    assert repr(openai.chat("gpt-4o")) == 'openai("gpt-4o")'
    assert repr(openai.embedding("text-embedding-3-small")) == 'openai.embedding("text-embedding-3-small")'
    assert openai.embedding("text-embedding-3-small").max_values_per_call == 2048


@pytest.mark.parametrize(
    ("base_url", "path"),
    [
        (None, "/responses"),
        ("https://eu.api.openai.com/v1", "/responses"),
        ("http://localhost:8080/v1", "/chat/completions"),
        ("https://openai.com.example/v1", "/chat/completions"),
    ],
)
def test_a_language_model_is_of_the_responses_api_at_openai_and_of_chat_elsewhere(
    base_url: str | None, path: str
) -> None:
    provider = create_openai(base_url=base_url)
    assert provider("gpt-4o").path == provider.language("gpt-4o").path == path
    assert provider.responses("gpt-4o").path == "/responses"
    assert provider.chat("gpt-4o").path == "/chat/completions"


def test_the_address_of_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8080/v1")
    assert openai("gpt-4o").path == "/chat/completions"


def test_a_completion_model() -> None:
    assert openai.completion("gpt-3.5-turbo-instruct").path == "/completions"

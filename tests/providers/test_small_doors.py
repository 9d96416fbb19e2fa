"""TogetherAI, Cerebras, LM Studio, vLLM and any compatible server: what each door says about its server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_kit import ask

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, RateLimitError, UnsupportedError
from ai_sdk.messages import AssistantMessage, FilePart, ReasoningPart, TextPart, user
from ai_sdk.parts import ToolInputDelta
from ai_sdk.provider import Exchange, Provider
from ai_sdk.providers.cerebras import cerebras
from ai_sdk.providers.groq import groq
from ai_sdk.providers.llamacpp import llamacpp
from ai_sdk.providers.lmstudio import lmstudio
from ai_sdk.providers.openai import openai
from ai_sdk.providers.openai_compatible import DialectProvider, Quirks, create_openai_compatible, openai_compatible
from ai_sdk.providers.openai_compatible._decode import ChatDecoder, decode
from ai_sdk.providers.togetherai import (
    TogetherAIProviderSettings,
    create_together,
    create_togetherai,
    together,
    togetherai,
)
from ai_sdk.providers.vllm import vllm
from ai_sdk.requests import ImageRequest, JSONFormat, RerankRequest
from ai_sdk.results import Usage, fold_language

DOORS: dict[str, Provider] = {
    "openai": openai,
    "groq": groq,
    "togetherai": together,
    "cerebras": cerebras,
    "lmstudio": lmstudio,
    "vllm": vllm,
    "llamacpp": llamacpp,
    "openai_compatible": openai_compatible,
}


def encode(provider: DialectProvider, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    request = ask(**fields)
    body, warnings = provider("m").encode(request)
    return body, [warning.feature for warning in warnings]


def reader(provider: DialectProvider, **fields: Any) -> ChatDecoder:
    request = ask(**{"stream": True, **fields})
    return provider("m").decoder(request, Exchange(provider.endpoint, "m"), {}, [])


def answer(message: dict[str, Any], finish: str, **more: Any) -> dict[str, Any]:
    return {"id": "r", "choices": [{"index": 0, "message": message, "finish_reason": finish}], **more}


@pytest.mark.parametrize("name", DOORS)
def test_every_door_is_a_provider(name: str) -> None:
    door = DOORS[name]
    assert door.name == name
    assert "language" in door.kinds
    assert repr(door("m")) == f'{name}("m")'
    if name != "openai_compatible":
        assert door.base_url.startswith("http")
        assert door.docs.startswith("https://")


@pytest.mark.parametrize("name", [name for name in DOORS if name not in ("openai", "togetherai")])
def test_a_kind_that_a_provider_lacks_says_what_it_has(name: str) -> None:
    with pytest.raises(UnsupportedError, match="has no video models.*language"):
        DOORS[name].video("m")


def test_an_empty_model_id_is_bad_input() -> None:
    with pytest.raises(InvalidRequestError, match="model id is empty"):
        groq("")


# ---- TogetherAI ----


def test_together_has_its_earlier_names() -> None:
    provider = create_together(TogetherAIProviderSettings(api_key="key-123456", include_usage=True))
    assert together is togetherai
    assert together.key_env == ("TOGETHER_API_KEY", "TOGETHER_AI_API_KEY")
    assert repr(provider.chat_model("m")) == 'togetherai("m")'
    assert repr(provider.completion_model("m")) == 'togetherai.completion("m")'
    assert repr(provider.text_embedding_model("m")) == 'togetherai.embedding("m")'
    assert repr(provider.image_model("m")) == 'togetherai.image("m")'
    assert provider.api_key() == "key-123456"
    assert together.kinds == ("language", "embedding", "image", "speech", "transcription", "reranking", "video")


def test_together_asks_for_usage_unless_told_not_to() -> None:
    assert "stream_options" in encode(together, stream=True)[0]
    assert "stream_options" not in encode(create_togetherai(include_usage=False), stream=True)[0]
    settings = TogetherAIProviderSettings(include_usage=False)
    assert "stream_options" not in encode(create_together(settings), stream=True)[0]


def test_together_ends_with_eos_and_counts_cached_tokens_at_the_top() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "cached_tokens": 4}
    result = fold_language(decode(reader(together), answer({"content": "Hi"}, "eos", usage=usage)))
    assert (result.finish_reason, result.raw_finish_reason, result.usage) == ("stop", "eos", Usage(9, 2, 4))


def test_together_takes_top_k() -> None:
    assert encode(together, top_k=4) == (
        {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "top_k": 4},
        [],
    )


def test_together_images() -> None:
    model = together.image("flux")
    body, lost = model.encode(ImageRequest(prompt="A cat", size="640x480", seed=3, files=(FilePart(data=b"x"),)))
    assert body == {
        "model": "flux",
        "prompt": "A cat",
        "response_format": "base64",
        "seed": 3,
        "width": 640,
        "height": 480,
        "image_url": "data:image/png;base64,eA==",
    }
    assert lost == []
    assert model.encode(ImageRequest(prompt="A cat", aspect_ratio="1:1"))[1][0].feature == "aspect_ratio"
    options = freeze({"togetherai": {"steps": 4}})
    assert model.encode(ImageRequest(prompt="A cat", provider_options=options))[0]["steps"] == 4


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"n": 5}, "n"),
        ({"size": "big"}, "size"),
        ({"mask": FilePart(data=b"x")}, "mask"),
    ],
)
def test_law_11_what_together_images_cannot_do_is_bad_input(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        together.image("flux").encode(ImageRequest(prompt="A cat", **fields))
    assert caught.value.field == field


def test_together_rerank_needs_documents() -> None:
    with pytest.raises(InvalidRequestError, match="documents is empty"):
        together.reranking("m").encode(RerankRequest(query="q", documents=()))


# ---- Cerebras ----


def test_cerebras_counts_completion_tokens_and_takes_reasoning_back() -> None:
    said = AssistantMessage((ReasoningPart("hm"), TextPart("Yes")))
    body, _ = encode(cerebras, messages=(user("Hi"), said), max_output_tokens=9)
    assert body["max_completion_tokens"] == 9
    assert "max_tokens" not in body
    assert body["messages"][1]["reasoning"] == "hm"


NOISE = [{"id": "a", "type": "function", "index": 0, "function": {"name": "f", "arguments": "{}"}}]
JSON = JSONFormat(freeze({"type": "object"}))


def test_cerebras_calls_beside_json_are_noise() -> None:
    message = {"role": "assistant", "content": '{"a": 1}', "tool_calls": NOISE}
    result = fold_language(decode(reader(cerebras, response_format=JSON), answer(message, "tool_calls")))
    assert (result.text, result.tool_calls, result.finish_reason) == ('{"a": 1}', (), "stop")
    assert result.raw_finish_reason == "tool_calls"


def test_cerebras_calls_beside_json_are_noise_in_a_stream() -> None:
    decoder = reader(cerebras, response_format=JSON)
    deltas: list[tuple[dict[str, Any], str | None]] = [
        ({"content": "{}"}, None),
        ({"tool_calls": NOISE}, None),
        ({}, "tool_calls"),
    ]
    parts = [
        part
        for delta, finish in deltas
        for part in decoder.event(
            json.dumps({"id": "r", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}).encode()
        )
    ] + decoder.end()
    result = fold_language(parts)
    assert (result.text, result.tool_calls, result.finish_reason) == ("{}", (), "stop")
    assert not any(isinstance(part, ToolInputDelta) for part in parts)


def test_cerebras_calls_without_text_or_without_json_are_calls() -> None:
    silent = {"role": "assistant", "content": "", "tool_calls": NOISE}
    asked = fold_language(decode(reader(cerebras, response_format=JSON), answer(silent, "tool_calls")))
    assert (len(asked.tool_calls), asked.finish_reason) == (1, "tool-calls")
    said = {"role": "assistant", "content": "Looking", "tool_calls": NOISE}
    free = fold_language(decode(reader(cerebras), answer(said, "tool_calls")))
    assert (len(free.tool_calls), free.finish_reason) == (1, "tool-calls")


def test_cerebras_errors_are_flat() -> None:
    flat = {
        "message": "slow down",
        "type": "too_many_requests_error",
        "param": "quota",
        "code": "request_quota_exceeded",
    }
    error = Exchange(cerebras.endpoint, "m").error(429, {}, json.dumps(flat).encode())
    assert isinstance(error, RateLimitError)
    assert (error.message, error.type, error.code) == ("slow down", flat["type"], flat["code"])


# ---- servers of one's own ----


@pytest.mark.parametrize(("door", "port"), [(lmstudio, 1234), (vllm, 8000), (llamacpp, 8080)])
def test_local_servers_need_no_key_and_can_be_elsewhere(
    door: DialectProvider, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert door.base_url == f"http://localhost:{port}/v1"
    assert "authorization" not in door.endpoint.all_headers({}, None)
    monkeypatch.setenv(f"{door.name.upper()}_BASE_URL", "http://elsewhere.test/v1/")
    monkeypatch.setenv(f"{door.name.upper()}_API_KEY", "k")
    assert door.base_url == "http://elsewhere.test/v1"
    assert door.endpoint.all_headers({}, None)["authorization"] == "Bearer k"
    assert encode(door, top_k=3)[0]["top_k"] == 3
    assert door("m").structured_output == "json_schema"


def test_lm_studio_knows_only_schemas() -> None:
    assert encode(lmstudio, response_format=JSONFormat())[0]["response_format"]["type"] == "json_schema"
    assert encode(vllm, response_format=JSONFormat())[0]["response_format"]["type"] == "json_object"


def test_a_compatible_server_is_what_its_maker_says() -> None:
    lab = create_openai_compatible(
        name="lab",
        base_url="https://lab.test/v1",
        key_env=("LAB_API_KEY",),
        structured_output="json_object",
        include_usage=False,
        quirks=Quirks(reasoning_key=None),
    )
    assert lab("m").structured_output == "json_object"
    assert "stream_options" not in encode(lab, stream=True)[0]
    assert lab.key_env == ("LAB_API_KEY",)
    assert openai_compatible("m").structured_output == "tool"
    with pytest.raises(InvalidRequestError, match="OPENAI_COMPATIBLE_BASE_URL"):
        _ = openai_compatible.base_url

"""What Fireworks does in its own way; shapes from vendor documents."""

from __future__ import annotations

from typing import Any

import pytest
from dialect_kit import answered, body_of, chunk, lost_by, replaying, streamed, whole

from ai_sdk._frozen import freeze
from ai_sdk.errors import BadRequestError, NotFoundError, UnsupportedError
from ai_sdk.messages import AssistantMessage, FilePart, ReasoningPart, TextPart, user
from ai_sdk.providers.fireworks import create_fireworks, fireworks
from ai_sdk.requests import EmbeddingRequest, JSONFormat
from ai_sdk.results import Usage, fold_language

MODEL = fireworks("accounts/fireworks/models/gpt-oss-120b")


def test_the_door() -> None:
    assert fireworks.kinds == ("language", "embedding", "image", "transcription", "reranking")
    assert (fireworks.base_url, fireworks.key_env) == ("https://api.fireworks.ai/inference/v1", ("FIREWORKS_API_KEY",))
    assert repr(fireworks("m")) == 'fireworks("m")'
    assert repr(fireworks.completion("m")) == 'fireworks.completion("m")'
    assert fireworks("m").structured_output == "json_schema"
    with pytest.raises(UnsupportedError, match="no video models"):
        fireworks.video("m")


def test_settings_and_options() -> None:
    options = {"prompt_truncate_len": 100, "perf_metrics_in_response": True, "service_tier": "priority"}
    body = body_of(MODEL, max_output_tokens=9, top_k=4, seed=1, stream=True, provider_options={"fireworks": options})
    usage = {"stream_options": {"include_usage": True}}
    assert body.items() >= {"max_tokens": 9, "top_k": 4, "seed": 1, "stream": True, **usage, **options}.items()


@pytest.mark.parametrize(
    ("asked", "sent", "lost"),
    [
        ("none", "none", []),
        ("minimal", "low", ["compatibility"]),
        ("medium", "medium", []),
        ("xhigh", "high", ["compatibility"]),
    ],
)
def test_efforts(asked: Any, sent: str, lost: list[str]) -> None:
    body, warnings = lost_by(MODEL, reasoning=asked)
    assert (body["reasoning_effort"], [kind for kind, _ in warnings]) == (sent, lost)
    number = {"fireworks": {"reasoning_effort": 2000}}
    assert body_of(MODEL, reasoning=asked, provider_options=number)["reasoning_effort"] == 2000


def test_reasoning_goes_back() -> None:
    said = AssistantMessage((ReasoningPart("hm"), TextPart("Yes")))
    assert body_of(MODEL, messages=(user("Hi"), said))["messages"][1]["reasoning_content"] == "hm"


def test_pictures_and_schemas() -> None:
    picture = FilePart(data=b"x", media_type="image/png")
    body = body_of(MODEL, messages=(user("See", picture),), response_format=JSONFormat(freeze({"type": "object"})))
    assert body["messages"][0]["content"][1]["image_url"] == {"url": "data:image/png;base64,eA=="}
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_metrics_are_metadata() -> None:
    metrics = {"server-time-to-first-token": 0.1}
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}
    parts = streamed(
        MODEL, chunk({"reasoning_content": "hm"}), chunk({"content": "x"}, "stop", perf_metrics=metrics, usage=usage)
    )
    result = fold_language(parts)
    assert (result.reasoning, result.text, result.usage) == ("hm", "x", Usage(5, 2, 4))
    assert result.provider_metadata["fireworks"] == freeze({"perf_metrics": metrics})


@pytest.mark.parametrize(
    ("body", "status", "kind", "message"),
    [
        ({"error": "Model not found"}, 404, NotFoundError, "Model not found"),
        ({"error": {"object": "error", "message": "Too large"}}, 400, BadRequestError, "Too large"),
    ],
)
async def test_errors_are_texts_or_objects(body: Any, status: int, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        await answered(create_fireworks(api_key="k", http=replaying(body, status))("m"))


async def test_completions_embeddings_and_models() -> None:
    http = replaying({"id": "r", "choices": [{"index": 0, "text": " time", "finish_reason": "length"}]})
    assert (await answered(create_fireworks(api_key="k", http=http).completion("m"))).text == " time"
    assert http.requests[0].url == "https://api.fireworks.ai/inference/v1/completions"
    http = replaying({"data": [{"index": 0, "embedding": [0.5]}]})
    result = await create_fireworks(api_key="k", http=http).embedding("m")(EmbeddingRequest(values=("a",)))
    assert result.embeddings == ((0.5,),)
    (model,) = await create_fireworks(api_key="k", http=replaying({"data": [{"id": "m"}]})).models()
    assert model.id == "m"


async def test_the_key_and_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIREWORKS_API_KEY", "key-123456")
    http = replaying(whole({"content": "Hi"}))
    await answered(create_fireworks(http=http, headers={"x-team": "blue"}, base_url="https://proxy.test")("m"))
    sent = http.requests[0]
    assert (sent.url, sent.headers["authorization"]) == ("https://proxy.test/chat/completions", "Bearer key-123456")
    assert sent.headers["x-team"] == "blue"

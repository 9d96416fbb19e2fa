"""What DeepInfra does in its own way; shapes from vendor documents."""

from __future__ import annotations

from typing import Any

import pytest
from dialect_kit import answered, body_of, chunk, lost_by, replaying, streamed, whole

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, NotFoundError, RateLimitError, UnsupportedError
from ai_sdk.messages import FilePart, user
from ai_sdk.providers.deepinfra import create_deepinfra, deepinfra
from ai_sdk.requests import EmbeddingRequest, JSONFormat
from ai_sdk.results import Usage, fold_language

MODEL = deepinfra("openai/gpt-oss-120b")


def test_the_door() -> None:
    assert deepinfra.kinds == ("language", "embedding", "image", "speech", "transcription", "reranking")
    assert (deepinfra.base_url, deepinfra.key_env) == ("https://api.deepinfra.com/v1/openai", ("DEEPINFRA_API_KEY",))
    assert repr(deepinfra("m")) == 'deepinfra("m")'
    assert repr(deepinfra.completion("m")) == 'deepinfra.completion("m")'
    assert deepinfra("m").structured_output == "json_schema"
    with pytest.raises(UnsupportedError, match="no video models"):
        deepinfra.video("m")


def test_settings_and_options() -> None:
    options = {"repetition_penalty": 1.1, "chat_template_kwargs": {"thinking": True}}
    body = body_of(MODEL, max_output_tokens=9, top_k=4, seed=1, stop=("x",), provider_options={"deepinfra": options})
    assert body.items() >= {"max_tokens": 9, "top_k": 4, "seed": 1, "stop": ("x",), **options}.items()


@pytest.mark.parametrize(
    ("asked", "sent", "lost"),
    [
        ("none", "none", []),
        ("minimal", "low", ["compatibility"]),
        ("high", "high", []),
        ("xhigh", "high", ["compatibility"]),
    ],
)
def test_efforts(asked: Any, sent: str, lost: list[str]) -> None:
    body, warnings = lost_by(MODEL, reasoning=asked)
    assert (body["reasoning_effort"], [kind for kind, _ in warnings]) == (sent, lost)


def test_pictures_and_schemas() -> None:
    picture = FilePart(url="https://a.test/a.png", media_type="image/png")
    body = body_of(MODEL, messages=(user("See", picture),), response_format=JSONFormat(freeze({"type": "object"})))
    assert body["messages"][0]["content"][1]["image_url"] == {"url": "https://a.test/a.png"}
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}


@pytest.mark.parametrize(
    ("output", "reasoning", "expected"),
    [
        (30, 20, Usage(5, 30, reasoning_tokens=20)),
        (30, 50, Usage(5, 80, reasoning_tokens=50)),
        (30, None, Usage(5, 30)),
    ],
    ids=["within", "beside, as Gemini and Gemma count", "unknown"],
)
def test_more_reasoning_than_output_is_counted_beside_it(output: int, reasoning: int | None, expected: Usage) -> None:
    details = {"completion_tokens_details": {"reasoning_tokens": reasoning}}
    usage = {"prompt_tokens": 5, "completion_tokens": output, "estimated_cost": 0.1, **details}
    result = fold_language(streamed(MODEL, chunk({"content": "x"}, "stop", usage=usage)))
    assert result.usage == expected
    assert result.usage.raw is not None
    assert result.usage.raw["estimated_cost"] == 0.1


async def test_errors() -> None:
    with pytest.raises(NotFoundError, match=": Model is not available$"):
        await answered(
            create_deepinfra(api_key="k", http=replaying({"detail": {"error": "Model is not available"}}, 404))("m")
        )
    with pytest.raises(NotFoundError, match="Not here$"):
        await answered(create_deepinfra(api_key="k", http=replaying({"detail": "Not here"}, 404))("m"))
    limited = {"error": {"message": "slow down"}}
    with pytest.raises(RateLimitError, match="slow down") as slow:
        await answered(create_deepinfra(api_key="k", http=replaying(limited, 429, **{"retry-after": "7"}))("m"))
    assert slow.value.retry_after == 7


async def test_completions_embeddings_and_models() -> None:
    http = replaying({"id": "r", "choices": [{"index": 0, "text": " time", "finish_reason": "length"}]})
    assert (await answered(create_deepinfra(api_key="k", http=http).completion("m"))).text == " time"
    http = replaying({"data": [{"index": 0, "embedding": [0.5]}]})
    model = create_deepinfra(api_key="k", http=http).embedding("BAAI/bge-m3")
    assert (await model(EmbeddingRequest(values=("a",)))).embeddings == ((0.5,),)
    with pytest.raises(InvalidRequestError, match="from 1 to 1024"):
        model.encode(EmbeddingRequest(values=("a",) * 1025))
    (found,) = await create_deepinfra(api_key="k", http=replaying({"data": [{"id": "m"}]})).models()
    assert found.id == "m"


async def test_the_key_and_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPINFRA_API_KEY", "key-123456")
    http = replaying(whole({"content": "Hi"}))
    await answered(create_deepinfra(http=http, headers={"x-team": "blue"}, base_url="https://proxy.test")("m"))
    sent = http.requests[0]
    assert (sent.url, sent.headers["authorization"]) == ("https://proxy.test/chat/completions", "Bearer key-123456")
    assert sent.headers["x-team"] == "blue"

"""The door of the Gemini API, its models over HTTP, embeddings and discovery."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_kit import Reply, ask, serve, sse

from ai_sdk.errors import (
    AuthenticationError,
    ContextLengthError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    OverloadedError,
    RateLimitError,
    TruncatedStreamError,
    UnsupportedError,
)
from ai_sdk.providers.google import create_google, google
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.testing.replay import Exchange, Replayer

OLD = "gemini-2.5-flash"
KEY = "AIza-not-a-key-0123"


def answer(text: str, reason: str | None = "STOP") -> dict[str, Any]:
    end = {"finishReason": reason} if reason else {}
    return {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, **end}], "modelVersion": OLD}


def failure(status: int, message: str, reason: str = "X") -> Reply:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
    return Reply({"error": {"code": status, "message": message, "details": details}}, status)


def replaying(body: Any) -> Replayer:
    headers = {"content-type": "application/json"}
    return Replayer(Exchange("one", "google", "x", headers=headers, body=json.dumps(body).encode()))


# ---- the door ----


def test_the_door() -> None:
    assert google.kinds == ("language", "embedding", "image", "speech", "transcription", "video")
    assert google.base_url == "https://generativelanguage.googleapis.com/v1beta"
    assert google.key_env == ("GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY")
    assert repr(google(OLD)) == f'google("{OLD}")'
    assert repr(google.embedding("e")) == 'google.embedding("e")'
    with pytest.raises(UnsupportedError, match="google has no reranking models"):
        google.reranking("r")


@pytest.mark.parametrize(
    ("model_id", "path"),
    [
        (OLD, f"/models/{OLD}:generateContent"),
        ("models/gemini-x", "/models/gemini-x:generateContent"),
        ("tunedModels/mine", "/tunedModels/mine:generateContent"),
    ],
)
def test_where_a_model_is(model_id: str, path: str) -> None:
    assert google(model_id).path(stream=False) == path
    assert google(model_id).path(stream=True) == path.replace(":g", ":streamG") + "?alt=sse"


async def test_the_first_variable_that_is_set_has_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingAPIKeyError, match="GOOGLE_GENERATIVE_AI_API_KEY or GEMINI_API_KEY or GOOGLE_API_KEY"):
        await google(OLD)(ask())
    for name in reversed(google.key_env):
        monkeypatch.setenv(name, f"key of {name}")
        assert google.api_key() == f"key of {name}"


async def test_a_whole_answer_and_a_stream() -> None:
    async with serve(Reply(answer("Hello")), Reply(pieces=sse(answer("Hel", None), answer("lo")))) as server:
        model = create_google(api_key=KEY, base_url=server.url, headers={"X-Team": "a"})(OLD)
        whole = await (await model(ask())).result()
        live = await (await model(ask(stream=True, headers={"X-One": "b"}))).result()
    assert (whole.text, live.text) == ("Hello", "Hello")
    first, second = server.asked
    assert first.path == f"/v1/models/{OLD}:generateContent"
    assert second.path == f"/v1/models/{OLD}:streamGenerateContent?alt=sse"
    assert (first.headers["x-goog-api-key"], first.headers["x-team"]) == (KEY, "a")
    assert second.headers["x-one"] == "b"
    assert "authorization" not in first.headers


async def test_a_stream_that_came_as_json() -> None:
    model = create_google(api_key=KEY, http=replaying([answer("Hel", None), answer("lo")]))(OLD)
    assert (await (await model(ask(stream=True))).result()).text == "Hello"
    events = Exchange(
        "one", "google", "x", headers={"content-type": "application/json"}, body=b"".join(sse(answer("Hello")))
    )
    model = create_google(api_key=KEY, http=Replayer(events))(OLD)
    assert (await (await model(ask(stream=True))).result()).text == "Hello"


async def test_a_stream_that_was_cut() -> None:
    async with serve(Reply(pieces=sse(answer("Hel", None)))) as server:
        response = await create_google(api_key=KEY, base_url=server.url)(OLD)(ask(stream=True))
        with pytest.raises(TruncatedStreamError) as caught:
            await response.result()
    assert caught.value.partial.text == "Hel"


async def test_errors_and_their_classes() -> None:
    replies = [
        failure(400, f"API key not valid: {KEY}", "API_KEY_INVALID"),
        failure(400, "The input token count (9) exceeds the maximum number of tokens allowed (8)."),
        Reply(
            {
                "error": {
                    "code": 429,
                    "message": "You exceeded your current quota.",
                    "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}],
                }
            },
            429,
        ),
        Reply([{"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}], 503),
    ]
    kinds = [AuthenticationError, ContextLengthError, RateLimitError, OverloadedError]
    async with serve(*replies) as server:
        model = create_google(api_key=KEY, base_url=server.url)(OLD)
        for at, kind in enumerate(kinds):
            with pytest.raises(kind) as caught:
                await model(ask(stream=at % 2 == 1))
            assert KEY not in f"{caught.value!r} {caught.value} {caught.value.body}"
            if kind is RateLimitError:
                assert caught.value.retry_after == 7


# ---- embeddings ----


async def test_one_text() -> None:
    body = {"embedding": {"values": [0.5, -1]}, "usageMetadata": {"promptTokenCount": 3}}
    http = replaying(body)
    model = create_google(api_key=KEY, http=http).embedding("gemini-embedding-001")
    options = {"google": {"taskType": "RETRIEVAL_QUERY"}}
    result = await model(EmbeddingRequest(values=("a",), dimensions=2, provider_options=options))
    assert result.embeddings == ((0.5, -1.0),)
    assert result.usage.input_tokens == 3
    assert http.requests[0].url.endswith("/models/gemini-embedding-001:embedContent")
    assert json.loads(http.requests[0].body) == {
        "model": "models/gemini-embedding-001",
        "content": {"parts": [{"text": "a"}]},
        "outputDimensionality": 2,
        "taskType": "RETRIEVAL_QUERY",
    }


async def test_several_texts() -> None:
    http = replaying({"embeddings": [{"values": [1]}, {"values": [2]}]})
    model = create_google(api_key=KEY, http=http).embedding("models/gemini-embedding-001")
    result = await model(EmbeddingRequest(values=("a", "b")))
    assert result.embeddings == ((1.0,), (2.0,))
    assert http.requests[0].url.endswith("/v1beta/models/gemini-embedding-001:batchEmbedContents")
    assert [each["content"]["parts"][0]["text"] for each in json.loads(http.requests[0].body)["requests"]] == ["a", "b"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"embeddings": [{"values": [1]}]},
        {"embeddings": [{"values": "x"}, {}]},
        {"embeddings": [{"values": [None]}, {"values": [1]}]},
    ],
)
async def test_what_is_no_embedding(body: Any) -> None:
    model = create_google(api_key=KEY, http=replaying(body)).embedding("e")
    with pytest.raises(InvalidResponseError):
        await model(EmbeddingRequest(values=("a", "b")))


@pytest.mark.parametrize("count", [0, 101])
async def test_how_many_texts(count: int) -> None:
    with pytest.raises(InvalidRequestError, match=f"values has {count} texts; e takes from 1 to 100"):
        await create_google(api_key=KEY).embedding("e")(EmbeddingRequest(values=("a",) * count))


# ---- discovery ----


async def test_all_pages_of_models() -> None:
    pages = [
        Reply({"models": [{"name": "models/gemini-a", "inputTokenLimit": 9}, {}], "nextPageToken": "a/b"}),
        Reply({"models": [{"name": "models/gemini-b"}]}),
    ]
    async with serve(*pages) as server:
        found = await create_google(api_key=KEY, base_url=server.url).models()
    assert [(each.id, each.owner) for each in found] == [("gemini-a", "google"), ("gemini-b", "google")]
    assert found[0].raw["inputTokenLimit"] == 9
    assert [each.path for each in server.asked] == [
        "/v1/models?pageSize=1000",
        "/v1/models?pageSize=1000&pageToken=a%2Fb",
    ]


async def test_a_list_of_models_that_is_none() -> None:
    with pytest.raises(InvalidResponseError, match="not a list of models"):
        await create_google(api_key=KEY, http=replaying({"data": []})).models()

"""Azure: where its models are, with which key or token, and how they differ from OpenAI's."""

from __future__ import annotations

from typing import Any

import pytest
from provider_kit import Reply, ask, serve, sse

from ai_sdk.errors import ContentFilterError, InvalidRequestError, MissingAPIKeyError, NotFoundError
from ai_sdk.http import HTTPRequest
from ai_sdk.messages import FilePart, user
from ai_sdk.provider import Exchange, parse_json
from ai_sdk.providers.azure import azure, create_azure
from ai_sdk.providers.azure._endpoint import AzureEndpoint, signing
from ai_sdk.requests import EmbeddingRequest, ImageRequest, ProviderTool
from ai_sdk.testing.replay import Replayer, corpus_or_skip, exchanges

ANSWER: dict[str, Any] = {"id": "resp_1", "model": "gpt-4o", "status": "completed", "output": []}
FILTERED = {
    "error": {
        "message": "The response was filtered due to the prompt.",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"hate": {"filtered": True}}},
    }
}


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({"resource_name": "mine"}, "https://mine.openai.azure.com/openai/v1/responses?api-version=v1"),
        (
            {"resource_name": "mine", "api_version": "preview"},
            "https://mine.openai.azure.com/openai/v1/responses?api-version=preview",
        ),
        (
            {"base_url": "https://mine.services.ai.azure.com/"},
            "https://mine.services.ai.azure.com/openai/v1/responses?api-version=v1",
        ),
        (
            {"base_url": "https://mine.openai.azure.com/openai"},
            "https://mine.openai.azure.com/openai/v1/responses?api-version=v1",
        ),
        (
            {"base_url": "https://mine.openai.azure.com/openai/v1"},
            "https://mine.openai.azure.com/openai/v1/responses?api-version=v1",
        ),
        ({"base_url": "https://gateway.test/v1/"}, "https://gateway.test/v1/responses"),
    ],
)
def test_addresses(settings: dict[str, Any], url: str) -> None:
    model = create_azure(**settings)("gpt-4o")
    assert model.endpoint.url(model.path) == url


def test_addresses_of_deployments(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = create_azure(resource_name="mine", use_deployment_urls=True)
    model = provider("my model")
    start = "https://mine.openai.azure.com/openai/deployments/my%20model/chat/completions?api-version="
    assert model.endpoint.url(model.path) == start + "2025-04-01-preview"
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
    assert model.endpoint.url(model.path) == start + "2024-10-21"
    responses = provider.responses("gpt-4o")
    assert responses.endpoint.url(responses.path).endswith("/openai/v1/responses?api-version=v1")
    assert "/deployments/e/embeddings?" in provider.embedding("e").endpoint.url("/embeddings")


@pytest.mark.parametrize(
    ("variables", "start"),
    [
        ({"AZURE_RESOURCE_NAME": "mine"}, "https://mine.openai.azure.com/openai/v1"),
        ({"AZURE_BASE_URL": "https://gateway.test", "AZURE_RESOURCE_NAME": "mine"}, "https://gateway.test"),
        ({"AZURE_OPENAI_ENDPOINT": "https://a.openai.azure.com/"}, "https://a.openai.azure.com/openai/v1"),
    ],
)
def test_addresses_of_the_environment(variables: dict[str, str], start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert azure.endpoint.url("/models").startswith(start + "/models")


def test_an_unknown_resource_is_an_error_that_says_what_to_set() -> None:
    with pytest.raises(InvalidRequestError, match="AZURE_RESOURCE_NAME"):
        azure.endpoint.url("/models")
    assert repr(azure) == "<provider azure at ?>"


async def test_a_key_is_sent_as_api_key(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(Reply(ANSWER)) as server:
        with pytest.raises(MissingAPIKeyError, match="AZURE_API_KEY or AZURE_OPENAI_API_KEY"):
            await create_azure(base_url=server.url)("gpt-4o")(ask())
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", "older")
        await create_azure(base_url=server.url)("gpt-4o")(ask())
        monkeypatch.setenv("AZURE_API_KEY", "newer")
        await create_azure(base_url=server.url)("gpt-4o")(ask())
        await create_azure(base_url=server.url, api_key="given")("gpt-4o")(ask())
        assert [asked.headers["api-key"] for asked in server.asked] == ["older", "newer", "given"]
        assert all("authorization" not in asked.headers for asked in server.asked)


async def test_a_token_is_asked_for_at_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_API_KEY", "not to be sent")
    tokens = iter(["first", "second", "third"])

    def give() -> str:
        return next(tokens)

    async def give_later() -> str:
        return next(tokens)

    async with serve(Reply(ANSWER)) as server:
        model = create_azure(base_url=server.url, token_provider=give)("gpt-4o")
        await model(ask())
        await model(ask())
        await create_azure(base_url=server.url, token_provider=give_later)("gpt-4o")(ask())
        assert [asked.headers["authorization"] for asked in server.asked] == [
            "Bearer first",
            "Bearer second",
            "Bearer third",
        ]
        assert all("api-key" not in asked.headers for asked in server.asked)


async def test_a_token_provider_may_give_an_awaitable_but_not_nothing() -> None:
    async def later() -> str:
        return "token"

    request = HTTPRequest("POST", "https://x.test")
    signed = await signing(lambda: later())(request)
    assert signed.headers["authorization"] == "Bearer token"
    with pytest.raises(InvalidRequestError, match="gave no token"):
        await signing(lambda: "")(request)


def test_kinds() -> None:
    provider = create_azure(resource_name="mine")
    assert provider.kinds == ("language", "embedding", "image", "speech", "transcription")
    assert provider("gpt-4o").path == provider.responses("gpt-4o").path == "/responses"
    assert provider.chat("gpt-4o").path == "/chat/completions"
    assert provider.completion("gpt-35-turbo-instruct").path == "/completions"
    assert provider.image("gpt-image-1").encode(ImageRequest(prompt="x"))[0].get("response_format") is None
    assert repr(provider.speech("tts")) == 'azure.speech("tts")'
    assert repr(provider.transcription("whisper")) == 'azure.transcription("whisper")'
    assert provider.responses("gpt-4").structured_output == "tool"
    assert provider.responses("a-name-of-ours").structured_output == "json_schema"
    assert create_azure(structured_output="tool")("gpt-4o").structured_output == "tool"


def test_responses_have_tools_and_files_of_their_own_names() -> None:
    request = ask(
        messages=(user("Hi", FilePart(url="assistant-1", media_type="application/pdf")),),
        tools=(ProviderTool("azure.code_interpreter"), ProviderTool("openai.image_generation")),
    )
    body, warnings = azure.responses("gpt-4o").encode(request)
    assert [tool["type"] for tool in body["tools"]] == ["code_interpreter", "image_generation"]
    assert body["input"][0]["content"][1] == {"type": "input_file", "file_id": "assistant-1"}
    assert warnings == []


async def test_the_first_event_of_a_chat_is_about_the_filter_alone() -> None:
    filters = [{"prompt_index": 0, "content_filter_results": {"hate": {"filtered": False}}}]
    first = {"choices": [], "created": 0, "id": "", "model": "", "prompt_filter_results": filters}
    more: list[Any] = [
        {"id": "c1", "model": "gpt-4o", "choices": [{"index": 0, "delta": {"content": "Hello"}}]},
        {"id": "c1", "model": "gpt-4o", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        "[DONE]",
    ]
    async with serve(Reply(pieces=sse(first, *more))) as server:
        response = await create_azure(base_url=server.url, api_key="k").chat("router")(ask(stream=True))
        result = await response.result()
    assert (result.text, result.response.id, result.response.model) == ("Hello", "c1", "gpt-4o")
    assert result.provider_metadata["azure"]["prompt_filter_results"][0]["prompt_index"] == 0


async def test_what_the_filter_refuses_is_an_error_of_its_own() -> None:
    async with serve(Reply(FILTERED, 400)) as server:
        provider = create_azure(base_url=server.url, api_key="k")
        for model in (provider.chat("gpt-4o"), provider.responses("gpt-4o")):
            with pytest.raises(ContentFilterError, match="filtered") as caught:
                await model(ask())
            assert caught.value.body["error"]["innererror"]["code"] == "ResponsibleAIPolicyViolation"
            assert not caught.value.retryable


async def test_an_unknown_deployment() -> None:
    missing = {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}}
    async with serve(Reply(missing, 404, {"apim-request-id": "r1"})) as server:
        with pytest.raises(NotFoundError, match="does not exist") as caught:
            await create_azure(base_url=server.url, api_key="k")("nothing")(ask())
    assert (caught.value.code, caught.value.request_id) == ("DeploymentNotFound", "r1")


async def test_models_are_listed() -> None:
    async with serve(Reply({"data": [{"id": "gpt-4o", "created_at": 1}]})) as server:
        assert [each.id for each in await create_azure(base_url=server.url, api_key="k").models()] == ["gpt-4o"]


@pytest.mark.corpus
async def test_recorded_embeddings() -> None:
    recorded = [each for each in exchanges("azure", "embeddings", corpus_or_skip()) if each.status == 200]
    assert len(recorded) >= 5
    for exchange in recorded:
        http = Replayer(exchange)
        provider = create_azure(api_key="replayed", resource_name="replay", use_deployment_urls=True, http=http)
        said = parse_json(exchange.body, "azure")["data"]
        request = EmbeddingRequest(values=("x",) * len(said))
        result = await provider.embedding("deployment")(request)
        assert len(result.embeddings) == len(said), exchange.id
        assert "/openai/deployments/deployment/embeddings?api-version=" in http.requests[0].url


def test_no_secret_is_shown() -> None:
    endpoint = create_azure(resource_name="mine", api_key="secret-key").endpoint
    assert isinstance(endpoint, AzureEndpoint)
    assert "secret" not in repr(endpoint) + repr(Exchange(endpoint)) + str(endpoint.of("x"))

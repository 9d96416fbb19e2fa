"""Google Cloud: addresses, who asks, Gemini, Claude, other makers, embeddings and discovery."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from provider_kit import ask

from ai_sdk.errors import (
    APIConnectionError,
    AuthenticationError,
    InvalidRequestError,
    InvalidResponseError,
    MissingExtraError,
    PermissionDeniedError,
)
from ai_sdk.http import HTTP, HTTPRequest, HTTPResponse
from ai_sdk.messages import ReasoningPart, assistant, user
from ai_sdk.providers.google_vertex import create_google_vertex, google_vertex
from ai_sdk.providers.google_vertex._auth import GoogleTokens
from ai_sdk.requests import EmbeddingRequest, JSONFormat, ToolDefinition

OLD = "gemini-2.5-flash"
CLAUDE = "claude-sonnet-4-5@20250929"
ANSWER = {"candidates": [{"content": {"parts": [{"text": "Hello"}]}, "finishReason": "STOP"}]}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}, {"type": "text", "text": "Hello"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 3, "output_tokens": 2},
}
CHAT = {"id": "c", "choices": [{"index": 0, "message": {"content": "Hello"}, "finish_reason": "stop"}]}


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials of this machine's are found."""
    for name in ("GOOGLE_CLIENT_EMAIL", "GOOGLE_PRIVATE_KEY", "GOOGLE_PRIVATE_KEY_ID", "CLOUDSDK_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")


class Server(HTTP):
    """Answers everything with ``body``, and requests for tokens with ``grant``."""

    def __init__(self, body: Any = ANSWER, status: int = 200) -> None:
        super().__init__()
        self.body = body
        self.status = status
        self.requests: list[HTTPRequest] = []
        self.grants: list[dict[str, list[str]]] = []
        self.grant: Any = {"access_token": "ya29.granted", "expires_in": 3600, "token_type": "Bearer"}
        self.grant_status = 200

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        if "oauth2" in request.url:
            self.grants.append(parse_qs(request.body.decode()))
            await asyncio.sleep(0)
            if isinstance(self.grant, Exception):
                raise self.grant
            return HTTPResponse(
                self.grant_status, {"content-type": "application/json"}, json.dumps(self.grant).encode()
            )
        self.requests.append(request)
        return HTTPResponse(self.status, {"content-type": "application/json"}, json.dumps(self.body).encode())


def made(http: Server | None = None, **fields: Any) -> Any:
    if not fields.keys() & {"api_key", "credentials", "token"}:
        fields["token"] = lambda: "ya29.given"
    values: dict[str, Any] = {"project": "p", "http": http, **fields}
    return create_google_vertex(**values)


# ---- addresses ----


def test_the_door() -> None:
    assert google_vertex.kinds == ("language", "embedding", "image", "speech", "transcription", "video")
    assert google_vertex.key_env == ("GOOGLE_VERTEX_API_KEY",)
    assert google_vertex.base_url == "https://aiplatform.googleapis.com/v1beta1"
    assert "given" not in f"{made()!r} {made().endpoint!r}"


@pytest.mark.parametrize(
    ("location", "host"),
    [
        (None, "aiplatform.googleapis.com"),
        ("global", "aiplatform.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"),
        ("us", "aiplatform.us.rep.googleapis.com"),
        ("europe-west4", "europe-west4-aiplatform.googleapis.com"),
    ],
)
async def test_hosts(location: str | None, host: str) -> None:
    http = Server()
    await made(http, location=location)(OLD)(ask())
    place = location or "global"
    expected = f"https://{host}/v1beta1/projects/p/locations/{place}/publishers/google/models/{OLD}:generateContent"
    assert http.requests[0].url == expected


async def test_project_and_location_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    http = Server()
    model = made(http, project=None)(OLD)
    with pytest.raises(InvalidRequestError, match="set the environment variable GOOGLE_VERTEX_PROJECT"):
        await model(ask())
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "cloud")
    monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", "us-east5")
    await model(ask())
    monkeypatch.setenv("GOOGLE_VERTEX_PROJECT", "vertex")
    monkeypatch.setenv("GOOGLE_VERTEX_LOCATION", "eu")
    await model(ask())
    assert [request.url.partition("/publishers")[0] for request in http.requests] == [
        "https://us-east5-aiplatform.googleapis.com/v1beta1/projects/cloud/locations/us-east5",
        "https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/vertex/locations/eu",
    ]


@pytest.mark.parametrize("fields", [{"project": "a/b"}, {"location": "eu#"}])
async def test_names_that_do_not_belong_into_an_address(fields: dict[str, str]) -> None:
    with pytest.raises(InvalidRequestError, match="allowed are letters, digits"):
        await made(Server(), **fields)(OLD)(ask())


async def test_another_address() -> None:
    http = Server()
    await made(http, base_url="https://proxy.test/v9/")(OLD)(ask())
    assert http.requests[0].url.startswith("https://proxy.test/v9/projects/p/locations/global/publishers/google/")


async def test_tuned_and_named_models() -> None:
    http = Server()
    for model_id in ("endpoints/123", "publishers/meta/models/x", "models/gemini-x"):
        await made(http)(model_id)(ask())
    assert [request.url.partition("/global")[2] for request in http.requests] == [
        "/endpoints/123:generateContent",
        "/publishers/meta/models/x:generateContent",
        "/publishers/google/models/gemini-x:generateContent",
    ]


# ---- who asks ----


async def test_a_key_of_express_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    http = Server()
    await create_google_vertex(api_key="AQ.key", http=http)(OLD)(ask())
    monkeypatch.setenv("GOOGLE_VERTEX_API_KEY", "AQ.environment")
    await create_google_vertex(http=http)(OLD)(ask())
    await made(http)(OLD)(ask())
    express = f"https://aiplatform.googleapis.com/v1beta1/publishers/google/models/{OLD}:generateContent"
    assert [request.url for request in http.requests[:2]] == [express, express]
    assert [request.headers.get("x-goog-api-key") for request in http.requests] == ["AQ.key", "AQ.environment", None]
    assert [request.headers.get("authorization") for request in http.requests] == [None, None, "Bearer ya29.given"]


async def test_a_token_of_ones_own_async_or_not() -> None:
    async def slow() -> str:
        await asyncio.sleep(0)
        return "ya29.slow"

    http = Server()
    await made(http, token=slow)(OLD)(ask())
    await made(http)(OLD)(ask(headers={"Authorization": "Bearer mine"}))
    assert [request.headers["authorization"] for request in http.requests] == ["Bearer ya29.slow", "Bearer mine"]


def test_one_way_to_say_who_asks() -> None:
    with pytest.raises(InvalidRequestError, match="one of api_key, credentials and token"):
        create_google_vertex(api_key="a", token=lambda: "b")


def account() -> tuple[dict[str, str], Any]:
    """The contents of a service account's key file, and the public key."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key: Any = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    info = {
        "type": "service_account",
        "project_id": "of-the-account",
        "private_key_id": "key-1",
        "private_key": pem.decode(),
        "client_email": "robot@of-the-account.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return info, key.public_key()


async def test_a_service_account_signs_for_its_token_once() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    info, public = account()
    http = Server()
    provider = create_google_vertex(credentials=info, http=http)
    await asyncio.gather(*(provider(OLD)(ask()) for _ in range(5)), provider(CLAUDE)(ask()), return_exceptions=True)
    await provider(OLD)(ask())
    assert {request.headers["authorization"] for request in http.requests} == {"Bearer ya29.granted"}
    assert all("/projects/of-the-account/" in request.url for request in http.requests)
    (grant,) = http.grants
    head, claims, signature = grant["assertion"][0].split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert (said["iss"], said["scope"]) == (info["client_email"], "https://www.googleapis.com/auth/cloud-platform")
    public.verify(
        base64.urlsafe_b64decode(signature + "=="), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )


async def test_a_service_account_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    info, _ = account()
    monkeypatch.setenv("GOOGLE_CLIENT_EMAIL", info["client_email"])
    monkeypatch.setenv("GOOGLE_PRIVATE_KEY", info["private_key"].replace("\n", "\\n"))
    http = Server()
    await create_google_vertex(project="p", http=http)(OLD)(ask())
    assert http.requests[0].headers["authorization"] == "Bearer ya29.granted"


async def test_application_default_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "adc.json"
    words = {"client_id": "id", "client_secret": "secret", "refresh_token": "refresh", "type": "authorized_user"}
    file.write_text(json.dumps(words))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    http = Server()
    await create_google_vertex(project="p", http=http)(OLD)(ask())
    assert http.requests[0].headers["authorization"] == "Bearer ya29.granted"
    assert http.grants[0]["refresh_token"] == ["refresh"]


class Credentials:
    """Credentials of ones own, of google-auth's shape."""

    project_id = "own"

    def __init__(self) -> None:
        self.token: str | None = None
        self.valid = False
        self.refreshed = 0

    def refresh(self, request: Any) -> None:
        del request
        self.refreshed += 1
        self.token, self.valid = f"token {self.refreshed}", True


async def test_credentials_of_ones_own_are_refreshed_when_they_are_not_valid() -> None:
    own = Credentials()
    tokens = GoogleTokens(own, Server())
    assert list(await asyncio.gather(tokens(), tokens(), tokens())) == ["token 1"] * 3
    assert await tokens() == "token 1"
    own.valid = False
    assert await tokens() == "token 2"
    assert "token" not in repr(tokens).replace("<tokens", "")
    http = Server()
    await create_google_vertex(credentials=own, http=http)(OLD)(ask())
    assert "/projects/own/" in http.requests[0].url


async def test_a_caller_that_leaves_takes_the_token_from_nobody() -> None:
    info, _ = account()
    tokens = GoogleTokens(info, Server())
    leaving = asyncio.ensure_future(tokens())
    staying = asyncio.ensure_future(tokens())
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == "ya29.granted"
    with pytest.raises(asyncio.CancelledError):
        await leaving


def test_tokens_work_in_one_event_loop_after_another() -> None:
    own = Credentials()
    tokens = GoogleTokens(own, Server())
    assert asyncio.run(tokens()) == "token 1"
    own.valid = False
    assert asyncio.run(tokens()) == "token 2"


async def test_nobody_asks() -> None:
    with pytest.raises(AuthenticationError, match="no access token"):
        await create_google_vertex(project="p", http=Server())(OLD)(ask())


async def test_a_token_that_is_refused_or_does_not_come() -> None:
    info, _ = account()
    http = Server()
    http.grant, http.grant_status = {"error": "invalid_grant", "error_description": "Not today"}, 400
    model = create_google_vertex(credentials=info, http=http)(OLD)
    with pytest.raises(AuthenticationError, match="Not today"):
        await model(ask())
    http.grant = APIConnectionError("no route")
    with pytest.raises(APIConnectionError, match="no route"):
        await model(ask())
    http.grant, http.grant_status = {"access_token": "later", "expires_in": 3600}, 200
    await model(ask())
    assert http.requests[-1].headers["authorization"] == "Bearer later"


async def test_without_google_auth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ai-sdk-layers\[google\]'"):
        await create_google_vertex(project="p", http=Server())(OLD)(ask())


def test_the_door_needs_no_google_auth() -> None:
    import subprocess

    code = "import ai_sdk.providers.google_vertex, sys; print([m for m in sys.modules if m.startswith('google')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("[]", "['google']")


async def test_an_error_of_google_cloud() -> None:
    body = {"error": {"code": 403, "message": "Permission denied", "status": "PERMISSION_DENIED"}}
    with pytest.raises(PermissionDeniedError, match="Permission denied") as caught:
        await made(Server(body, 403))(OLD)(ask())
    assert (caught.value.provider, caught.value.type) == ("google_vertex", "PERMISSION_DENIED")


# ---- which model an id means ----


def test_which_model_an_id_means() -> None:
    vertex = made()
    kinds = {
        OLD: "VertexGemini",
        "endpoints/1": "VertexGemini",
        CLAUDE: "VertexClaude",
        f"anthropic/{CLAUDE}": "VertexClaude",
        "meta/llama-4-maverick-17b-128e-instruct-maas": "ChatModel",
    }
    assert {model_id: type(vertex(model_id)).__name__ for model_id in kinds} == kinds
    assert vertex(f"anthropic/{CLAUDE}").model_id == CLAUDE


# ---- Gemini ----


async def test_gemini_and_its_options() -> None:
    http = Server()
    options = {"google_vertex": {"labels": {"team": "a"}}, "google": {"labels": {"team": "b"}}}
    result = await (await made(http)(OLD)(ask(provider_options=options))).result()
    assert result.text == "Hello"
    assert json.loads(http.requests[0].body)["labels"] == {"team": "a"}


# ---- Claude ----


async def test_claude_stands_in_the_path() -> None:
    http = Server(MESSAGE)
    request = ask(tools=(ToolDefinition("f", strict=True),), response_format=JSONFormat({"type": "object"}))
    await made(http, location="us-east5")(CLAUDE)(request)
    (sent,) = http.requests
    assert sent.url == (
        "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5"
        f"/publishers/anthropic/models/{CLAUDE}:rawPredict"
    )
    body = json.loads(sent.body)
    assert body["anthropic_version"] == "vertex-2023-10-16"
    assert "model" not in body
    assert "strict" not in body["tools"][0]
    assert body["tools"][-1]["name"] == "json"
    assert sent.headers["authorization"] == "Bearer ya29.given"
    assert made()(CLAUDE).path(stream=True).endswith(":streamRawPredict")
    assert made()(CLAUDE).structured_output == "tool"


async def test_claudes_signatures_are_those_of_anthropic() -> None:
    http = Server(MESSAGE)
    model = made(http)(CLAUDE)
    result = await (await model(ask())).result()
    assert result.text == "Hello"
    (thought, _) = result.content
    assert isinstance(thought, ReasoningPart)
    assert thought.provider_metadata["anthropic"]["signature"] == "c2ln"
    await model(ask(messages=(user("Hi"), assistant(*result.content), user("Go on"))))
    echoed = json.loads(http.requests[1].body)["messages"][1]["content"]
    assert echoed == [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}, {"type": "text", "text": "Hello"}]


# ---- models of other makers ----


async def test_models_of_other_makers() -> None:
    http = Server(CHAT)
    result = await (await made(http, location="us-east5")("meta/llama-4-maverick")(ask())).result()
    assert result.text == "Hello"
    (sent,) = http.requests
    assert sent.url == (
        "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/endpoints/openapi/chat/completions"
    )
    assert json.loads(sent.body)["model"] == "meta/llama-4-maverick"


# ---- embeddings ----


async def test_embeddings_of_several_texts() -> None:
    found = [{"embeddings": {"values": [0.5], "statistics": {"token_count": 2}}}] * 2
    http = Server({"predictions": found})
    model = made(http).embedding("text-embedding-005")
    options = {"google_vertex": {"taskType": "RETRIEVAL_DOCUMENT", "title": "T", "autoTruncate": False}}
    result = await model(EmbeddingRequest(values=("a", "b"), dimensions=1, provider_options=options))
    assert (result.embeddings, result.usage.input_tokens) == (((0.5,), (0.5,)), 4)
    assert http.requests[0].url.endswith("/publishers/google/models/text-embedding-005:predict")
    own = {"task_type": "RETRIEVAL_DOCUMENT", "title": "T"}
    assert json.loads(http.requests[0].body) == {
        "instances": [{"content": "a", **own}, {"content": "b", **own}],
        "parameters": {"outputDimensionality": 1, "autoTruncate": False},
    }
    assert model.max_values_per_call == 250


async def test_embeddings_of_gemini() -> None:
    http = Server({"embedding": {"values": [0.5]}, "usageMetadata": {"promptTokenCount": 1}})
    model = made(http).embedding("gemini-embedding-2-preview")
    result = await model(EmbeddingRequest(values=("a",), dimensions=1))
    assert (result.embeddings, result.usage.input_tokens) == (((0.5,),), 1)
    assert http.requests[0].url.endswith("/models/gemini-embedding-2-preview:embedContent")
    assert json.loads(http.requests[0].body) == {"content": {"parts": [{"text": "a"}]}, "outputDimensionality": 1}
    assert model.max_values_per_call == 1
    assert not made().embedding("gemini-embedding-001").by_content


TWO: dict[str, Any] = {"predictions": [{"embeddings": {"values": [1]}}] * 2}


@pytest.mark.parametrize("body", ["{}", "[]", '{"predictions": [{}]}', json.dumps(TWO)])
async def test_what_is_no_embedding(body: str) -> None:
    with pytest.raises(InvalidResponseError):
        await made(Server(json.loads(body))).embedding("text-embedding-005")(EmbeddingRequest(values=("a",)))


# ---- discovery ----


async def test_which_models_google_publishes() -> None:
    http = Server({"publisherModels": [{"name": "publishers/google/models/gemini-x", "versionId": "default"}]})
    assert [each.id for each in await made(http).models()] == ["gemini-x"]
    assert http.requests[0].url == "https://aiplatform.googleapis.com/v1beta1/publishers/google/models?pageSize=100"
    assert http.requests[0].headers["x-goog-user-project"] == "p"
    await create_google_vertex(api_key="AQ.key", http=http).models()
    assert "x-goog-user-project" not in http.requests[1].headers

"""Pictures, speech, transcripts and vectors of Azure: where they are asked, by either form of the address."""

from __future__ import annotations

import json
from typing import Any

import pytest
from media_kit import MP3, PICTURE, PNG, encoded, form, heard, painted, spoken

from ai_sdk.errors import ContentFilterError, InvalidRequestError
from ai_sdk.messages import FilePart
from ai_sdk.providers.azure import azure, create_azure
from ai_sdk.requests import EmbeddingRequest, ImageRequest
from ai_sdk.testing import Answer, ScriptedHTTP

V1 = "https://res.openai.azure.com/openai/v1{}?api-version=v1"
DATED = "https://res.openai.azure.com/openai/deployments/mine{}?api-version=2025-04-01-preview"
MADE = {"created": 7, "data": [{"b64_json": PNG}]}


def script(prefix: str) -> ScriptedHTTP:
    return ScriptedHTTP(
        {
            f"POST {prefix}/images/generations": Answer(MADE),
            f"POST {prefix}/images/edits": Answer(MADE),
            f"POST {prefix}/audio/speech": Answer(MP3),
            f"POST {prefix}/audio/transcriptions": Answer({"text": "Hi"}),
            f"POST {prefix}/embeddings": Answer({"data": [{"index": 0, "embedding": [0.5]}]}),
        }
    )


@pytest.mark.parametrize(("by_deployment", "where"), [(False, V1), (True, DATED)], ids=["v1", "deployments"])
async def test_where_each_kind_is_asked(by_deployment: bool, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_VERSION", raising=False)
    http = script("/openai/deployments/mine" if by_deployment else "/openai/v1")
    provider = create_azure(resource_name="res", api_key="key-123456", use_deployment_urls=by_deployment, http=http)
    assert (await painted(provider.image("mine"))).image.data == PICTURE
    picture = FilePart(data=PICTURE, media_type="image/png")
    assert (await painted(provider.image("mine"), files=(picture,))).image.data == PICTURE
    assert (await spoken(provider.speech("mine"))).audio == MP3
    assert (await heard(provider.transcription("mine"))).text == "Hi"
    vectors = await provider.embedding("mine")(EmbeddingRequest(values=("a",)))
    assert vectors.embeddings == ((0.5,),)
    paths = ("/images/generations", "/images/edits", "/audio/speech", "/audio/transcriptions", "/embeddings")
    assert [each.url for each in http.requests] == [where.format(path) for path in paths]
    assert all(each.headers["api-key"] == "key-123456" for each in http.requests)
    assert json.loads(http.requests[0].body)["model"] == "mine"
    assert ("image", "image_0.png", PICTURE) in form(http.requests[1])


@pytest.mark.parametrize(
    ("deployment", "asks"), [("dall-e-3", True), ("our-dall-e", True), ("gpt-image-1", False), ("painter", False)]
)
def test_a_deployment_of_another_name_is_not_asked_what_it_may_refuse(deployment: str, asks: bool) -> None:
    body, _ = encoded(azure.image(deployment), ImageRequest(prompt="x"))
    assert body.get("response_format") == ("b64_json" if asks else None)


async def test_a_picture_that_azure_gives_as_a_url() -> None:
    said = {"created": 7, "data": [{"url": "https://store.test/a.png?sig=1"}]}
    http = ScriptedHTTP({"POST /openai/v1/images/generations": Answer(said), "GET /a.png": Answer(PICTURE)})
    result = await painted(create_azure(resource_name="res", api_key="key-123456", http=http).image("painter"))
    assert result.image.data == PICTURE
    assert "api-key" not in http.requests[1].headers


async def test_errors_and_bad_input() -> None:
    said: Any = {"error": {"code": "content_policy_violation", "message": "Not this.", "type": "image_generation"}}
    http = ScriptedHTTP({"POST /openai/v1/images/generations": Answer(said, status=400)})
    with pytest.raises(ContentFilterError, match=r"Not this\."):
        await painted(create_azure(resource_name="res", api_key="key-123456", http=http).image("painter"))
    with pytest.raises(InvalidRequestError, match="at most 1"):
        azure.image("dall-e-3").encode(ImageRequest(prompt="x", n=2))

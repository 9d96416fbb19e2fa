"""Pictures and speech of the Gemini API, replayed and compared with their raw JSON."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

import pytest

from ai_sdk.providers.google import create_google
from ai_sdk.requests import ImageRequest, SpeechRequest
from ai_sdk.testing.replay import Exchange, Replayer, exchanges
from wire.families.google import model_id
from wire.kit import asked, folder_of, sources

LEAST = {"image/": 1, "audio/": 1}


def inline(exchange: Exchange) -> list[dict[str, Any]]:
    """What stands in an answer as it is, in order."""
    try:
        said: Any = json.loads(exchange.body)
    except ValueError:
        return []
    if not isinstance(said, dict):
        return []
    candidates: list[Any] = cast("dict[str, Any]", said).get("candidates", [])
    parts: list[Any] = [part for each in candidates for part in each.get("content", {}).get("parts", ())]
    return [part["inlineData"] for part in parts if "inlineData" in part]


def recordings(kind: str, source: str) -> list[Exchange]:
    """Whole answers whose files are of a kind."""
    found = [each for each in exchanges("google", corpus=folder_of(source)) if b"inlineData" in each.body]
    return [each for each in found if any(data["mimeType"].startswith(kind) for data in inline(each))]


@sources
async def test_pictures(source: str) -> None:
    found = recordings("image/", source)
    for exchange in found:
        http = Replayer(exchange)
        words = asked(exchange)["contents"][0]["parts"][0]["text"]
        result = await create_google(api_key="k", http=http).image(model_id(exchange))(ImageRequest(prompt=words))
        expected = [base64.b64decode(each["data"]) for each in inline(exchange)]
        assert [each.data for each in result.images] == expected, exchange.id
        assert [each.media_type for each in result.images] == [each["mimeType"] for each in inline(exchange)]
        usage = json.loads(exchange.body).get("usageMetadata", {})
        assert result.usage.input_tokens == usage.get("promptTokenCount"), exchange.id
        body = json.loads(http.requests[0].body)
        ours = {"generationConfig": {"responseModalities": ["IMAGE"]}}
        assert body == {**ours, "contents": asked(exchange)["contents"]}, exchange.id
    assert len(found) >= LEAST["image/"]


@sources
async def test_speech(source: str) -> None:
    found = recordings("audio/", source)
    for exchange in found:
        model = create_google(api_key="k", http=Replayer(exchange)).speech("gemini-2.5-flash-preview-tts")
        result = await (await model(SpeechRequest(text="replayed"))).result()
        assert result.audio == b"".join(base64.b64decode(each["data"]) for each in inline(exchange)), exchange.id
        assert result.media_type == inline(exchange)[0]["mimeType"]
    assert len(found) >= LEAST["audio/"]


@pytest.mark.corpus
async def test_the_picture_that_was_recorded_was_asked_for_as_we_ask() -> None:
    (exchange,) = recordings("image/", "corpus")
    assert asked(exchange)["generationConfig"] == {"responseModalities": ["IMAGE"]}

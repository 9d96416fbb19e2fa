"""DeepInfra's pictures, speech, transcripts and rankings, of its own API and of the dialect."""

from __future__ import annotations

import json
from typing import Any

import pytest
from media_kit import MP3, PICTURE, PNG, ask, each_of, encoded, form, heard, painted, served, spoken

from ai_sdk.errors import APIError, BadRequestError, InvalidRequestError, InvalidResponseError, PermissionDeniedError
from ai_sdk.messages import FilePart
from ai_sdk.providers.deepinfra import create_deepinfra, deepinfra
from ai_sdk.requests import ImageRequest, RerankRequest, SpeechRequest
from ai_sdk.testing import Answer, ScriptedHTTP

FLUX = "black-forest-labs/FLUX-1-schnell"
RUN = f"POST /v1/inference/{FLUX}"
ONE = FilePart(data=PICTURE, media_type="image/png")


def door(http: ScriptedHTTP) -> Any:
    return create_deepinfra(api_key="key-123456", http=http)


def test_what_a_picture_is_asked_with() -> None:
    model = deepinfra.image(FLUX)
    options = {"num_inference_steps": 4}
    request = ask(ImageRequest, options, "deepinfra", prompt="x", n=2, size="640x480", aspect_ratio="4:3", seed=1)
    assert encoded(model, request) == (
        {"prompt": "x", "num_images": 2, "width": "640", "height": "480", "seed": 1, "num_inference_steps": 4},
        ["aspect_ratio"],
    )
    assert encoded(model, ImageRequest(prompt="x", aspect_ratio="4:3"))[0]["aspect_ratio"] == "4:3"
    assert encoded(model, ImageRequest(prompt="x", files=(ONE,), seed=1)) == (
        {"model": FLUX, "prompt": "x", "n": 1},
        ["seed"],
    )
    for fields, field in each_of(({"n": 5}, "n"), ({"size": "big"}, "size"), ({"mask": ONE}, "mask")):
        with pytest.raises(InvalidRequestError) as caught:
            model.encode(ImageRequest(prompt="x", **fields))
        assert caught.value.field == field


async def test_pictures() -> None:
    said = {
        "images": [f"data:image/png;base64,{PNG}", PNG, "https://p.test/a.png"],
        "request_id": "r1",
        "inference_status": {"cost": 0.0005},
    }
    http = served(RUN, said, **{"GET /a.png": Answer(PICTURE)})
    result = await painted(door(http).image(FLUX), n=3)
    assert [each.data for each in result.images] == [PICTURE] * 3
    assert [each.media_type for each in result.images] == ["image/png"] * 3
    assert http.requests[0].url == f"https://api.deepinfra.com/v1/inference/{FLUX}"
    assert http.requests[0].headers["authorization"] == "Bearer key-123456"
    assert "authorization" not in http.requests[1].headers
    assert (result.response.id, result.provider_metadata["deepinfra"]["inference_status"]["cost"]) == ("r1", 0.0005)


@pytest.mark.parametrize("said", [{}, [], None, {"images": 7}, {"images": []}, {"images": [7]}, {"images": ["%"]}])
async def test_what_is_no_picture(said: Any) -> None:
    with pytest.raises(InvalidResponseError, match="picture"):
        await painted(door(served(RUN, said)).image(FLUX))


async def test_edits_are_of_the_dialect_without_brackets() -> None:
    http = served("POST /v1/openai/images/edits", {"data": [{"b64_json": PNG}]})
    await painted(door(http).image(FLUX), files=(ONE, ONE))
    assert [name for name, file, _ in form(http.requests[0]) if file] == ["image", "image"]


async def test_speech() -> None:
    http = served("POST /v1/openai/audio/speech", Answer(MP3))
    result = await spoken(door(http).speech("m"), speed=2, instructions="softly")
    assert (result.media_type, [each.feature for each in result.warnings]) == ("audio/wav", ["instructions"])
    assert json.loads(http.requests[0].body) == {"model": "m", "input": "Hello", "speed": 2}
    body, _ = encoded(deepinfra.speech("m"), SpeechRequest(text="Hi", voice="af_bella", output_format="ogg"))
    assert (body["voice"], body["response_format"]) == ("af_bella", "opus")


async def test_transcripts() -> None:
    http = served("POST /v1/openai/audio/transcriptions", {"text": "Hi", "duration": 1.5, "language": "en"})
    result = await heard(door(http).transcription("openai/whisper-large-v3"))
    assert (result.text, result.duration, result.language) == ("Hi", 1.5, "en")


@pytest.mark.parametrize(
    ("model_id", "query"),
    [("Qwen/Qwen3-Reranker-0.6B", {"queries": ["q", "q"]}), ("cross-encoder/ms-marco", {"query": "q"})],
)
async def test_rankings(model_id: str, query: dict[str, Any]) -> None:
    http = served(f"POST /v1/inference/{model_id}", {"scores": [0.1, 0.9], "input_tokens": 20, "request_id": "r1"})
    request = ask(RerankRequest, {"instruction": "find"}, "deepinfra", query="q", documents=("a", "b"), top_n=1)
    result = await door(http).reranking(model_id)(request)
    assert [(each.index, each.score, each.document) for each in result.ranking] == [(1, 0.9, "b")]
    assert (result.usage.input_tokens, result.response.id) == (20, "r1")
    assert json.loads(http.requests[0].body) == {**query, "documents": ["a", "b"], "instruction": "find"}
    for said in each_of({}, [], {"scores": [1]}, {"scores": [1, None]}, {"scores": 7}):
        with pytest.raises(InvalidResponseError, match="2 documents"):
            await door(served(f"POST /v1/inference/{model_id}", said)).reranking(model_id)(request)


@pytest.mark.parametrize(
    ("status", "said", "kind", "words"),
    [
        (403, {"detail": {"error": "not yours"}}, PermissionDeniedError, "not yours"),
        (422, {"detail": [{"loc": ["body"], "msg": "missing", "type": "t"}]}, BadRequestError, "missing"),
    ],
)
async def test_errors(status: int, said: Any, kind: type[APIError], words: str) -> None:
    with pytest.raises(kind, match=words):
        await painted(door(served(RUN, Answer(said, status=status))).image(FLUX))


async def test_behind_a_proxy() -> None:
    http = served("POST /x/inference/m", {"images": [PNG]})
    provider = create_deepinfra(api_key="key-123456", base_url="https://p.test/x/openai/", http=http)
    assert (await painted(provider.image("m"))).image.data == PICTURE

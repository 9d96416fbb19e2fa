"""Replicate: the door, what is sent for a request, and what its errors become."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ai_sdk.errors import (
    AuthenticationError,
    BadRequestError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    NotFoundError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    UnsupportedError,
)
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    assistant,
    tool_results,
    user,
)
from ai_sdk.messages import ToolResultPart as Answered
from ai_sdk.polling import Polling
from ai_sdk.providers.replicate import create_replicate, replicate
from ai_sdk.requests import ImageRequest, JSONFormat, LanguageRequest, ToolDefinition, VideoRequest
from ai_sdk.testing import Answer, ScriptedHTTP

PNG = b"\x89PNG\r\n\x1a\n"
PICTURE = FilePart(data=PNG, media_type="image/png")
PICTURE_URL = "data:image/png;base64,iVBORw0KGgo="
VERSION = "39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b"
SCHNELL = "black-forest-labs/flux-schnell"
LLAMA = "meta/meta-llama-3-8b-instruct"


def image_input(model: str, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = replicate.image(model).encode(ImageRequest(prompt="a fox", **fields))
    assert body["input"].pop("prompt") == "a fox"
    return body["input"], [each.feature for each in warnings]


def video_input(model: str = "google/veo-3", **fields: Any) -> dict[str, Any]:
    body, warnings = replicate.video(model).encode(VideoRequest(prompt="a fox", **fields))
    assert (body["input"].pop("prompt"), warnings) == ("a fox", [])
    return dict(body["input"])


def language_input(*messages: Any, model: str = LLAMA, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = replicate(model).encode(LanguageRequest(messages=messages or (user("Hi"),), **fields))
    return body["input"], [each.feature for each in warnings]


@pytest.mark.parametrize(
    ("model", "path", "named"),
    [
        (SCHNELL, f"/v1/models/{SCHNELL}/predictions", {}),
        (f"stability-ai/sdxl:{VERSION}", "/v1/predictions", {"version": VERSION}),
        (VERSION, "/v1/predictions", {"version": VERSION}),
        ("deployments/acme/painter", "/v1/deployments/acme/painter/predictions", {}),
    ],
)
async def test_where_a_prediction_is_made(model: str, path: str, named: dict[str, str]) -> None:
    done = {"id": "p1", "status": "succeeded", "output": PICTURE_URL}
    http = ScriptedHTTP({f"POST {path}": Answer(done, 201)})
    result = await create_replicate(api_key="r8_key", http=http).image(model)(ImageRequest(prompt="a fox"))
    sent = http.requests[0]
    assert json.loads(sent.body) == {**named, "input": {"prompt": "a fox"}}
    assert sent.url == f"https://api.replicate.com{path}"
    assert (sent.headers["authorization"], sent.headers["prefer"]) == ("Bearer r8_key", "wait")
    assert [each.data for each in result.images] == [PNG]


@pytest.mark.parametrize("model", ["", "sdxl", "a/b/c", "a/b:", "a/../b", "a b/c", "a/b?c", "deployments/a/b:v", "/b"])
def test_ids_that_are_none(model: str) -> None:
    with pytest.raises(InvalidRequestError, match="model id"):
        replicate.image(model).encode(ImageRequest(prompt="a fox"))


async def test_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    assert replicate.kinds == ("language", "image", "video")
    assert (replicate.name, replicate.key_env) == ("replicate", ("REPLICATE_API_TOKEN",))
    with pytest.raises(MissingAPIKeyError, match="REPLICATE_API_TOKEN"):
        await create_replicate(http=ScriptedHTTP({})).image(SCHNELL)(ImageRequest(prompt="a fox"))
    monkeypatch.setenv("REPLICATE_API_TOKEN", "from-env")
    assert create_replicate().api_key() == "from-env"
    assert "from-env" not in repr(create_replicate())
    with pytest.raises(UnsupportedError, match="no speech models"):
        replicate.speech("any")
    waits = Polling(timeout=5)
    assert create_replicate(polling=waits).video("a/b").polling is waits
    assert (replicate.video("a/b").polling.timeout, replicate.image("a/b").polling.timeout) == (1800, 600)
    elsewhere = create_replicate(api_key="k", base_url="http://proxy.test/r", headers={"x-team": "a"})
    assert elsewhere.base_url == "http://proxy.test/r"


def test_options_of_how_it_runs() -> None:
    options = {
        "wait": 5,
        "cancel_after": "90s",
        "webhook": "https://a.test/hook",
        "webhook_events_filter": ["completed"],
    }
    request = ImageRequest(prompt="a fox", provider_options={"replicate": {**options, "go_fast": True, "seed": 7}})
    call = replicate.image(SCHNELL).call(request)
    assert dict(call.headers) == {"prefer": "wait=5", "cancel-after": "90s"}
    assert call.body == {
        "input": {"prompt": "a fox", "go_fast": True, "seed": 7},
        "webhook": "https://a.test/hook",
        "webhook_events_filter": ("completed",),
    }


@pytest.mark.parametrize(
    ("wait", "image", "video"),
    [(None, "wait", None), (True, "wait", "wait"), (60, "wait=60", "wait=60"), (0, None, None), (False, None, None)],
)
def test_how_long_the_first_request_stays_open(wait: Any, image: str | None, video: str | None) -> None:
    options = {"replicate": {} if wait is None else {"wait": wait}}
    call = replicate.image("a/b").call(ImageRequest(prompt="a fox", provider_options=options))
    assert call.headers.get("prefer") == image
    call = replicate.video("a/b").call(VideoRequest(prompt="a fox", provider_options=options))
    assert call.headers.get("prefer") == video


@pytest.mark.parametrize("wait", [61, -1, 2.5, "long"])
def test_waits_that_are_not_allowed(wait: Any) -> None:
    request = ImageRequest(prompt="a fox", provider_options={"replicate": {"wait": wait}})
    with pytest.raises(InvalidRequestError, match="1 to 60") as caught:
        replicate.image("a/b").encode(request)
    assert caught.value.field == "provider_options"


@pytest.mark.parametrize(
    ("model", "fields", "expected", "features"),
    [
        ("a/b", {"size": "1024x768", "seed": 1}, {"width": 1024, "height": 768, "seed": 1}, []),
        ("recraft-ai/recraft-v3", {"size": "1024x768"}, {"size": "1024x768"}, []),
        (SCHNELL, {"size": "1024x768", "aspect_ratio": "4:3"}, {"aspect_ratio": "4:3"}, ["size"]),
        (
            "black-forest-labs/flux-2-pro",
            {"size": "1024x768"},
            {"aspect_ratio": "custom", "width": 1024, "height": 768},
            [],
        ),
        (SCHNELL, {"n": 4}, {"num_outputs": 4}, []),
        ("a/b", {"files": (PICTURE,), "mask": PICTURE}, {"image": PICTURE_URL, "mask": PICTURE_URL}, []),
        (
            "black-forest-labs/flux-2-pro",
            {"files": (PICTURE, FilePart(url="https://a.test/b.png"))},
            {"input_images": [PICTURE_URL, "https://a.test/b.png"]},
            [],
        ),
        ("black-forest-labs/flux-kontext-pro", {"files": (PICTURE,)}, {"input_image": PICTURE_URL}, []),
        ("a/b", {"files": (FilePart(data=PNG, media_type="image/*"),)}, {"image": PICTURE_URL}, []),
    ],
)
def test_inputs_of_pictures(model: str, fields: dict[str, Any], expected: dict[str, Any], features: list[str]) -> None:
    assert image_input(model, **fields) == (expected, features)


def test_the_model_s_own_name_for_files() -> None:
    options = {"replicate": {"file_input": "refs[]"}}
    assert image_input("a/b", files=(PICTURE,), provider_options=options) == ({"refs": [PICTURE_URL]}, [])
    with pytest.raises(UnsupportedError, match=r"file_input.*image\[\]"):
        image_input("a/b", files=(PICTURE, PICTURE))


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"n": 2}, "n"), ({"size": "large"}, "size"), ({"size": "0x10"}, "size"), ({"mask": PICTURE}, "mask")],
)
def test_pictures_that_cannot_be_asked_for(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        image_input("a/b", **fields)
    assert caught.value.field == field


def test_how_many_pictures_a_prediction_makes() -> None:
    assert replicate.image(SCHNELL).max_images_per_call == 4
    assert replicate.image("black-forest-labs/flux-1.1-pro").max_images_per_call == 1


def test_inputs_of_films() -> None:
    fields: dict[str, Any] = {"aspect_ratio": "16:9", "fps": 24, "seed": 3, "duration": 5.0, "resolution": "1280x720"}
    expected = {"aspect_ratio": "16:9", "fps": 24, "seed": 3, "duration": 5, "resolution": "720p"}
    assert video_input(**fields) == expected
    assert video_input(resolution="1080p", duration=2.5) == {"resolution": "1080p", "duration": 2.5}
    assert video_input(image=PICTURE) == {"image": PICTURE_URL}
    assert video_input("minimax/hailuo-02", image=PICTURE) == {"first_frame_image": PICTURE_URL}
    assert video_input("kwaivgi/kling-v2.1", image=PICTURE) == {"start_image": PICTURE_URL}
    refused: list[tuple[dict[str, Any], str]] = [({"n": 2}, "n"), ({"resolution": "wide"}, "resolution")]
    for wrong, field in refused:
        with pytest.raises(InvalidRequestError) as caught:
            video_input(**wrong)
        assert caught.value.field == field


def test_a_question_is_the_prompt() -> None:
    expected = {"prompt": "Hi", "system_prompt": "Be kind.\n\nBe short."}
    found = language_input(SystemMessage("Be kind."), SystemMessage("Be short."), user("Hi"))
    assert found == (expected, [])
    assert language_input(SystemMessage("Be."), user("Hi"), model="google/gemini-2.5-flash")[0] == {
        "prompt": "Hi",
        "system_instruction": "Be.",
    }


def test_a_conversation_is_told_as_text() -> None:
    said = AssistantMessage((ReasoningPart("hm"), TextPart("Hello."), ToolCallPart("1", "add", '{"a":1}')))
    found, features = language_input(user("Hi"), said, tool_results(Answered("1", "add", {"sum": 2})), user("And?"))
    assert features == ["messages", "tool messages"]
    assert found["prompt"] == (
        'User: Hi\n\nAssistant: Hello.\n(add was called with {"a":1})\n\n'
        'User: (add answered) {"sum":2}\n\nUser: And?\n\nAssistant:'
    )
    found, features = language_input(user("Count."), assistant("One, two,"))
    assert found["prompt"] == "User: Count.\n\nAssistant: One, two,"
    with pytest.raises(InvalidRequestError, match="nothing to answer"):
        language_input(SystemMessage("Be kind."))


def test_pictures_that_are_shown() -> None:
    asked = user("What is it?", PICTURE)
    assert language_input(asked)[0]["image"] == PICTURE_URL
    assert language_input(asked, model="openai/gpt-5")[0]["image_input"] == [PICTURE_URL]
    with pytest.raises(UnsupportedError, match="application/pdf"):
        language_input(user("Read.", FilePart(data=b"%PDF-", media_type="application/pdf")))
    with pytest.raises(UnsupportedError, match="takes one picture"):
        language_input(user("Compare.", PICTURE, PICTURE))


def test_settings_by_family() -> None:
    settings: dict[str, Any] = {
        "max_output_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 5,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "seed": 1,
        "reasoning": "low",
        "stop": ("x", "y"),
    }
    same = {each: settings[each] for each in ("temperature", "top_p", "presence_penalty", "frequency_penalty")}
    llama, features = language_input(**settings)
    assert llama == {"prompt": "Hi", **same, "top_k": 5, "seed": 1, "max_tokens": 9, "stop_sequences": "x,y"}
    assert features == ["reasoning"]
    gpt, features = language_input(model="openai/gpt-5", **settings)
    assert gpt == {"prompt": "Hi", **same, "max_completion_tokens": 9, "reasoning_effort": "low"}
    assert features == ["top_k", "seed", "stop"]
    assert language_input(model="anthropic/claude-4-sonnet", max_output_tokens=9)[0]["max_tokens"] == 9
    assert language_input(model="meta/llama-2-70b-chat", max_output_tokens=9)[0]["max_new_tokens"] == 9
    assert language_input(stop=("a,b",))[1] == ["stop"]


def test_what_these_models_lack() -> None:
    _, features = language_input(tools=(ToolDefinition("add"),), response_format=JSONFormat())
    assert features == ["tools", "response_format"]


def test_a_wish_for_a_stream() -> None:
    call = replicate(LLAMA).call(LanguageRequest(messages=(user("Hi"),), stream=True))
    assert call.body == {"input": {"prompt": "Hi"}, "stream": True}
    assert "prefer" not in call.headers
    assert replicate(LLAMA).call(LanguageRequest(messages=(user("Hi"),))).headers == {"prefer": "wait"}


LACKING = {"detail": "The requested resource could not be found.", "status": 404}
POOR = {"title": "Insufficient credit", "detail": "Go buy.", "status": 402}
THROTTLED = {"detail": "Request was throttled. Your rate limit resets in ~3s.", "status": 429}
UNAUTHENTICATED = {"title": "Unauthenticated", "detail": "You did not pass a valid authentication token", "status": 401}
FIELDS = {
    "title": "Input validation failed",
    "status": 422,
    "invalid_fields": [{"type": "required", "field": "input.prompt", "description": "prompt is required"}],
}


@pytest.mark.parametrize(
    ("status", "body", "kind", "message", "retryable"),
    [
        (401, UNAUTHENTICATED, AuthenticationError, "You did not pass a valid authentication token", False),
        (
            402,
            {"title": "Insufficient credit", "detail": "Go buy.", "status": 402},
            QuotaExceededError,
            "Go buy.",
            False,
        ),
        (
            404,
            {"detail": "The requested resource could not be found.", "status": 404},
            NotFoundError,
            "requested",
            False,
        ),
        (
            422,
            {**FIELDS, "detail": "- input.prompt is required\n"},
            BadRequestError,
            "- input.prompt is required",
            False,
        ),
        (422, FIELDS, BadRequestError, "input.prompt: prompt is required", False),
        (422, {"title": "Input validation failed"}, BadRequestError, "Input validation failed", False),
        (
            429,
            {"detail": "Request was throttled. Your rate limit resets in ~3s.", "status": 429},
            RateLimitError,
            "throt",
            True,
        ),
        (503, {"title": "Busy", "status": 503}, OverloadedError, "Busy", True),
        (400, {"error": "nothing else"}, BadRequestError, "nothing else", False),
        (400, ["odd"], BadRequestError, "HTTP 400", False),
    ],
)
async def test_errors(status: int, body: Any, kind: type[Exception], message: str, retryable: bool) -> None:
    http = ScriptedHTTP({f"POST /v1/models/{SCHNELL}/predictions": Answer(body, status)})
    with pytest.raises(kind, match=message) as caught:
        await create_replicate(api_key="secret-key", http=http).image(SCHNELL)(ImageRequest(prompt="a fox"))
    assert type(caught.value) is kind
    assert (caught.value.retryable, caught.value.status) == (retryable, status)  # type: ignore[attr-defined]
    assert "secret-key" not in repr(caught.value)


MODEL = {
    "owner": "acme",
    "name": "fox",
    "run_count": 3,
    "latest_version": {"id": VERSION, "created_at": "2024-01-01T00:00:00Z"},
}


async def test_models_of_the_first_pages() -> None:
    first = {"next": "https://elsewhere.test/v1/models?cursor=c1", "results": [MODEL, {"owner": 1}, "odd"]}
    more = {"next": "https://api.replicate.com/v1/models?cursor=c2", "results": [{**MODEL, "latest_version": None}]}
    http = ScriptedHTTP({"GET /v1/models": [Answer(first), Answer(more), Answer({"next": None, "results": []})]})
    found = await create_replicate(api_key="k", http=http).models()
    assert [(each.id, each.owner, each.created) for each in found] == [
        ("acme/fox", "acme", 1704067200.0),
        ("acme/fox", "acme", None),
    ]
    assert [each.url.partition("?")[::2] for each in http.requests] == [
        ("https://api.replicate.com/v1/models", query) for query in ("", "cursor=c1", "cursor=c2")
    ]


async def test_models_of_a_collection_and_of_fewer_pages() -> None:
    page = {"next": "https://api.replicate.com/v1/models?cursor=c1", "results": [MODEL]}
    collection = {"name": "Text to image", "models": [MODEL]}
    http = ScriptedHTTP({"GET /v1/models": Answer(page), "GET /v1/collections/text-to-image": Answer(collection)})
    door = create_replicate(api_key="k", http=http)
    assert len(await door.models(pages=2)) == 2
    assert [each.id for each in await door.models("text-to-image")] == ["acme/fox"]
    assert http.routes == ["GET /v1/models", "GET /v1/models", "GET /v1/collections/text-to-image"]
    odd = create_replicate(api_key="k", http=ScriptedHTTP({"GET /v1/models": Answer(["odd"])}))
    with pytest.raises(InvalidResponseError, match="not a list of models"):
        await odd.models()

"""Images, videos, speech and transcripts of the AI Gateway, as vendor documents describe them."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from ai_sdk.messages import FilePart
from ai_sdk.provider import parse_json, to_json
from ai_sdk.providers.gateway import create_gateway, gateway
from ai_sdk.providers.gateway.image import decode_pictures
from ai_sdk.providers.gateway.speech import decode_audio
from ai_sdk.providers.gateway.transcription import decode_transcript
from ai_sdk.requests import ImageRequest, SpeechRequest, TranscriptionRequest, VideoRequest
from ai_sdk.testing import Answer, ScriptedHTTP

PNG = b"\x89PNG\r\n\x1a\n"
MP3 = b"ID3\x04 audio"
FILM = b"\x00\x00\x00\x18ftypmp42"
PICTURE = FilePart(data=PNG, media_type="image/png")
ENCODED = {"type": "file", "mediaType": "image/png", "data": "iVBORw0KGgo="}
OPTIONS = {"gateway": {"tags": ["t"]}, "openai": {"quality": "high"}}
WARNING = {"type": "unsupported", "feature": "seed", "details": "no seeds here"}
METADATA = {"gateway": {"cost": "0.01"}, "openai": {"images": [None]}}
PATHS = {kind: f"POST /v4/ai/{kind}-model" for kind in ("image", "video", "speech", "transcription")}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def door(kind: str, answer: Any, more: dict[str, Any] | None = None) -> tuple[Any, ScriptedHTTP]:
    http = ScriptedHTTP({PATHS[kind]: answer if isinstance(answer, Answer) else Answer(answer), **(more or {})})
    return getattr(create_gateway(api_key="gw-key", http=http), kind)("maker/model"), http


def events(*said: Any, pieces: tuple[bytes, ...] = ()) -> Answer:
    body = pieces or tuple(f"data: {json.dumps(each)}\n\n".encode() for each in said)
    return Answer(b"", headers={"content-type": "text/event-stream"}, pieces=(b": ping\n\n", *body))


def check_headers(http: ScriptedHTTP, kind: str) -> None:
    sent = http.requests[0].headers
    assert (sent["authorization"], sent["ai-gateway-auth-method"]) == ("Bearer gw-key", "api-key")
    assert sent["ai-gateway-protocol-version"] == "0.0.1"
    assert (sent[f"ai-{kind}-model-specification-version"], sent["ai-model-id"]) == ("4", "maker/model")


async def test_pictures() -> None:
    usage = {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}
    said = {"images": [b64(PNG)], "warnings": [WARNING], "providerMetadata": METADATA, "usage": usage}
    model, http = door("image", said)
    request = ImageRequest(
        prompt="a fox",
        n=2,
        size="1024x1024",
        aspect_ratio="1:1",
        seed=0,
        files=(PICTURE, FilePart(url="https://a.test/b.png")),
        mask=FilePart(data=PNG, media_type="image/*"),
        headers={"x-mine": "1"},
        provider_options=OPTIONS,
    )
    result = await model(request)
    check_headers(http, "image")
    assert http.requests[0].headers["x-mine"] == "1"
    assert json.loads(http.requests[0].body) == {
        "prompt": "a fox",
        "n": 2,
        "size": "1024x1024",
        "aspectRatio": "1:1",
        "seed": 0,
        "files": [ENCODED, {"type": "url", "url": "https://a.test/b.png"}],
        "mask": ENCODED,
        "providerOptions": OPTIONS,
    }
    assert [(each.data, each.media_type) for each in result.images] == [(PNG, "image/png")]
    assert [(each.kind, each.feature, each.message) for each in result.warnings] == [
        ("unsupported", "seed", "no seeds here")
    ]
    assert (result.usage.input_tokens, result.usage.output_tokens) == (3, 4)
    assert result.provider_metadata["gateway"]["cost"] == "0.01"


def test_bodies_of_the_least() -> None:
    assert gateway.image("a/b").encode(ImageRequest(prompt="p")) == ({"prompt": "p", "n": 1}, [])
    assert gateway.video("a/b").encode(VideoRequest(prompt="p")) == ({"prompt": "p", "n": 1}, [])
    assert gateway.speech("a/b").encode(SpeechRequest(text="t")) == ({"text": "t"}, [])
    assert gateway.transcription("a/b").encode(TranscriptionRequest(audio=b"RIFF"))[0] == {
        "audio": "UklGRg==",
        "mediaType": "audio/wav",
    }
    with pytest.raises(InvalidRequestError, match="no picture to edit"):
        gateway.image("a/b").encode(ImageRequest(prompt="p", mask=PICTURE))
    with pytest.raises(InvalidRequestError, match="audio is empty"):
        gateway.transcription("a/b").encode(TranscriptionRequest(audio=b""))


async def test_films() -> None:
    url = "https://files.test/film.mp4"
    films = [
        {"type": "base64", "data": b64(FILM), "mediaType": "video/mp4"},
        {"type": "url", "url": url, "mediaType": "video/webm"},
    ]
    said = {"type": "result", "videos": films, "warnings": [WARNING], "providerMetadata": METADATA}
    model, http = door("video", events(said, {"type": "error"}), {"GET /film.mp4": Answer(b"two")})
    request = VideoRequest(
        prompt="a fox",
        n=2,
        aspect_ratio="16:9",
        resolution="1280x720",
        duration=5,
        fps=24,
        seed=1,
        image=PICTURE,
        provider_options=OPTIONS,
    )
    result = await model(request)
    check_headers(http, "video")
    assert http.requests[0].headers["accept"] == "text/event-stream"
    assert json.loads(http.requests[0].body) == {
        "prompt": "a fox",
        "n": 2,
        "aspectRatio": "16:9",
        "resolution": "1280x720",
        "duration": 5,
        "fps": 24,
        "seed": 1,
        "image": ENCODED,
        "providerOptions": OPTIONS,
    }
    assert [(each.data, each.media_type) for each in result.videos] == [(FILM, "video/mp4"), (b"two", "video/webm")]
    assert "authorization" not in http.requests[1].headers
    assert [each.feature for each in result.warnings] == ["seed"]
    assert result.provider_metadata["gateway"]["cost"] == "0.01"
    assert [each.ending.how for each in http.streams if each.ending] == ["end", "end"]


async def test_a_film_in_pieces_and_without_a_last_blank_line() -> None:
    film = {"type": "base64", "data": b64(FILM), "mediaType": "video/mp4"}
    whole = b"data: " + json.dumps({"type": "result", "videos": [film]}).encode()
    model, _ = door("video", events(pieces=(whole[:9], whole[9:40], whole[40:])))
    assert (await model(VideoRequest(prompt="p"))).video.data == FILM


@pytest.mark.parametrize(
    ("status", "word", "kind", "retryable"),
    [
        (429, "rate_limit_exceeded", RateLimitError, True),
        (400, "invalid_request_error", BadRequestError, False),
        (404, "model_not_found", NotFoundError, False),
        (500, "internal_server_error", ServerError, True),
        (None, None, ServerError, True),
    ],
)
async def test_an_error_in_place_of_a_film(
    status: int | None, word: str | None, kind: type[APIError], retryable: bool
) -> None:
    said = {"type": "error", "message": "No film.", "errorType": word, "statusCode": status, "param": None}
    model, http = door("video", events(said))
    with pytest.raises(kind, match=r"No film\.") as caught:
        await model(VideoRequest(prompt="p"))
    assert type(caught.value) is kind
    assert (caught.value.retryable, caught.value.status, caught.value.type) == (retryable, status, word)
    assert http.streams[0].ending is not None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (events(), "without a result"),
        (events([1]), "no object"),
        (events(pieces=(b"data: {\n\n",)), "no object"),
        (events({"type": "result"}), "not a list of films"),
        (events({"type": "result", "videos": [{"type": "base64", "data": "%"}]}), "not a list of films"),
        (events({"type": "result", "videos": [{"type": "url", "url": 1}]}), "not a list of films"),
        (events({"type": "result", "videos": [{"type": "url", "url": "odd"}]}), "URL of a film that is none"),
    ],
)
async def test_events_that_are_no_film(answer: Answer, message: str) -> None:
    model, http = door("video", answer)
    with pytest.raises(InvalidResponseError, match=message):
        await model(VideoRequest(prompt="p"))
    assert http.streams[0].ending is not None


async def test_a_film_that_is_not_waited_for_closes_the_wire() -> None:
    model, http = door("video", events({"type": "result", "videos": []}))
    opened = http.open

    async def hanging(request: Any) -> Any:
        stream = await opened(request)

        async def chunks() -> Any:
            yield b": ping\n\n"
            await asyncio.sleep(3600)

        stream.chunks = chunks  # type: ignore[method-assign]
        return stream

    http.open = hanging  # type: ignore[method-assign]
    task = asyncio.ensure_future(model(VideoRequest(prompt="p")))
    await asyncio.sleep(60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [each.ending.how for each in http.streams if each.ending] == ["cancelled"]


@pytest.mark.parametrize(
    ("audio", "asked", "kind"),
    [(MP3, None, "audio/mpeg"), (b"\x01\x02", "pcm", "audio/pcm"), (MP3, "wav", "audio/mpeg")],
)
async def test_speech(audio: bytes, asked: str | None, kind: str) -> None:
    model, http = door("speech", {"audio": b64(audio), "warnings": [WARNING], "providerMetadata": METADATA})
    settings: dict[str, Any] = {"voice": "alloy", "instructions": "calm", "speed": 1.5, "language": "en"}
    request = SpeechRequest(text="Hello", output_format=asked, stream=True, provider_options=OPTIONS, **settings)
    result = await (await model(request)).result()
    check_headers(http, "speech")
    wire = {} if asked is None else {"outputFormat": asked}
    assert json.loads(http.requests[0].body) == {"text": "Hello", **settings, **wire, "providerOptions": OPTIONS}
    assert (result.audio, result.media_type) == (audio, kind)
    assert [each.feature for each in result.warnings] == ["stream", "seed"]
    assert result.provider_metadata["gateway"]["cost"] == "0.01"


async def test_a_transcript() -> None:
    segment = {"text": "Hello.", "startSecond": 0, "endSecond": 1.5}
    said = {
        "text": "Hello.",
        "segments": [segment, {"text": "Bye.", "speaker": "A"}],
        "language": "en",
        "durationInSeconds": 2,
        "warnings": [WARNING],
        "providerMetadata": METADATA,
        "usage": {"inputTokens": 9},
    }
    model, http = door("transcription", said)
    request = TranscriptionRequest(
        audio=MP3,
        media_type="audio/mpeg",
        language="en",
        prompt="p",
        temperature=0,
        stream=True,
        provider_options=OPTIONS,
    )
    result = await (await model(request)).result()
    check_headers(http, "transcription")
    assert json.loads(http.requests[0].body) == {
        "audio": b64(MP3),
        "mediaType": "audio/mpeg",
        "providerOptions": OPTIONS,
    }
    assert (result.text, result.language, result.duration, result.usage.input_tokens) == ("Hello.", "en", 2.0, 9)
    assert [(each.text, each.start, each.end, each.speaker) for each in result.segments] == [
        ("Hello.", 0.0, 1.5, None),
        ("Bye.", None, None, "A"),
    ]
    features = ["language", "prompt", "temperature", "stream", "seed"]
    assert [each.feature for each in result.warnings] == features
    assert result.provider_metadata["gateway"]["cost"] == "0.01"


REQUESTS: dict[str, Any] = {
    "image": ImageRequest(prompt="p"),
    "video": VideoRequest(prompt="p"),
    "speech": SpeechRequest(text="t"),
    "transcription": TranscriptionRequest(audio=b"RIFF"),
}


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize(
    ("status", "word", "expected"),
    [(401, "authentication_error", AuthenticationError), (429, "rate_limit_exceeded", RateLimitError)],
)
async def test_errors(kind: str, status: int, word: str, expected: type[APIError]) -> None:
    body = {"error": {"message": "No.", "type": word, "param": None, "code": None}, "generationId": "gen_1"}
    model, _ = door(kind, Answer(body, status, {"retry-after": "4"}))
    with pytest.raises(expected, match=r"No\. \[gen_1\]") as caught:
        await model(REQUESTS[kind])
    assert (caught.value.status, caught.value.retry_after) == (status, 4)
    assert "gw-key" not in repr(caught.value)


@pytest.mark.parametrize("kind", ["image", "speech", "transcription"])
@pytest.mark.parametrize("body", [b"no JSON", [], None, {}, {"images": "x", "audio": "%", "text": 1}])
async def test_answers_that_are_none(kind: str, body: Any) -> None:
    model, _ = door(kind, body)
    with pytest.raises(InvalidResponseError):
        await model(REQUESTS[kind])


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "startSecond", "inputTokens", "total"]), inner, max_size=3)
    ),
    max_leaves=6,
)
GOOD = {
    "images": [b64(PNG)],
    "audio": b64(MP3),
    "text": "Hello.",
    "segments": [{"text": "Hello."}],
    "language": "en",
    "durationInSeconds": 2,
    "warnings": [WARNING],
    "providerMetadata": METADATA,
    "usage": {"inputTokens": 9},
}


@given(name=st.sampled_from(sorted(GOOD)), value=JSON)
def test_whatever_is_wrong_in_an_answer_is_an_error_of_ours(name: str, value: Any) -> None:
    data = parse_json(to_json({**GOOD, name: value}), "gateway")
    decoders: list[Any] = [
        lambda: decode_pictures(data, {}, "gateway").images,
        lambda: decode_audio(data, "audio/mpeg", "gateway"),
        lambda: decode_transcript(data, "gateway"),
    ]
    failed = 0
    for decode in decoders:
        try:
            assert decode() is not None
        except InvalidResponseError:
            failed += 1
    allowed = {"images": 1, "audio": 1, "text": 1, "segments": 1, "warnings": 3}
    assert failed <= allowed.get(name, 0)

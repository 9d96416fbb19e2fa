"""What each kind of model at fal is sent, by family, and what its answer means; shapes of vendor documents."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk.errors import AISDKError, InvalidRequestError, InvalidResponseError
from ai_sdk.messages import FilePart
from ai_sdk.providers.fal import Fal, create_fal, fal
from ai_sdk.providers.fal._files import files_of
from ai_sdk.providers.fal.transcription import decode_transcript
from ai_sdk.requests import ImageRequest, SpeechRequest, TranscriptionRequest, VideoRequest
from ai_sdk.results import Segment, TranscriptionResult, fold_transcription
from ai_sdk.testing import Answer, ScriptedHTTP

PNG = b"\x89PNG\r\n\x1a\n0000"
DATA = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
FILE = FilePart(data=PNG, media_type="image/*")
URL = FilePart.from_url("https://files.test/a.png")
DEV = "fal-ai/flux/dev"


def image(
    model_id: str = DEV, options: dict[str, Any] | None = None, **fields: Any
) -> tuple[dict[str, Any], list[str]]:
    request = ImageRequest(prompt="a fox", provider_options={"fal": options or {}}, **fields)
    body, warnings = fal.image(model_id).encode(request)
    assert body.pop("prompt") == "a fox"
    return body, [f"{each.kind} {each.feature}" for each in warnings]


@pytest.mark.parametrize(
    ("model_id", "fields", "sent", "lost"),
    [
        (DEV, {}, {}, []),
        (DEV, {"n": 3, "seed": 7}, {"num_images": 3, "seed": 7}, []),
        (DEV, {"size": "640x480"}, {"image_size": {"width": 640, "height": 480}}, []),
        (DEV, {"aspect_ratio": "16:9"}, {"image_size": "landscape_16_9"}, []),
        (DEV, {"aspect_ratio": "2:2"}, {"image_size": "square_hd"}, []),
        (DEV, {"aspect_ratio": "21:9"}, {"image_size": {"width": 1568, "height": 672}}, []),
        (
            DEV,
            {"size": "640x480", "aspect_ratio": "4:3"},
            {"image_size": {"width": 640, "height": 480}},
            ["unsupported aspect_ratio"],
        ),
        ("fal-ai/gpt-image-1/text-to-image", {"size": "1024x1536"}, {"image_size": "1024x1536"}, []),
        ("fal-ai/gpt-image-1/text-to-image", {"aspect_ratio": "3:2"}, {"image_size": "1536x1024"}, []),
        ("fal-ai/gpt-image-1/text-to-image", {"aspect_ratio": "16:9"}, {}, ["unsupported aspect_ratio"]),
        ("fal-ai/nano-banana", {"aspect_ratio": "3:2"}, {"aspect_ratio": "3:2"}, []),
        ("fal-ai/flux-pro/v1.1-ultra", {"size": "1920x1080"}, {"aspect_ratio": "16:9"}, ["compatibility size"]),
        ("fal-ai/flux-pro/v1.1-ultra", {"size": "1344x576"}, {"aspect_ratio": "21:9"}, ["compatibility size"]),
        ("fal-ai/imagen4/preview", {"size": "1000x999"}, {}, ["unsupported size"]),
        (
            "fal-ai/imagen4/preview",
            {"size": "64x64", "aspect_ratio": "4:3"},
            {"aspect_ratio": "4:3"},
            ["unsupported size"],
        ),
        (DEV, {"files": (FILE,)}, {"image_url": DATA}, []),
        (DEV, {"files": (URL,)}, {"image_url": URL.url}, []),
        (DEV, {"files": (URL, FILE)}, {"image_urls": [URL.url, DATA]}, []),
        ("fal-ai/flux-2/edit", {"files": (FILE,)}, {"image_urls": [DATA]}, []),
        (DEV, {"files": (FILE,), "mask": URL}, {"image_url": DATA, "mask_url": URL.url}, []),
        (
            "fal-ai/gpt-image-1.5/edit",
            {"files": (FILE,), "mask": URL},
            {"image_urls": [DATA], "mask_image_url": URL.url},
            [],
        ),
    ],
)
def test_an_image_request(model_id: str, fields: dict[str, Any], sent: dict[str, Any], lost: list[str]) -> None:
    assert image(model_id, **fields) == (sent, lost)


def test_options_of_images_go_through_and_win() -> None:
    options = {"image_size": "square", "guidance_scale": 3.5, "loras": [{"path": "https://l.test"}], "direct": True}
    body, lost = image(options=options, size="64x64")
    assert body == {"image_size": "square", "guidance_scale": 3.5, "loras": ({"path": "https://l.test"},)}
    assert lost == []
    assert image(options={"image_field": "first_image_url"}, files=(FILE,)) == ({"first_image_url": DATA}, [])
    body, lost = image(options={"image_field": "image_url"}, files=(FILE, URL))
    assert (body, lost) == ({"image_url": DATA}, ["unsupported files"])
    body, _ = image(options={"image_url": "https://files.test/b.png"}, mask=URL)
    assert body == {"image_url": "https://files.test/b.png", "mask_url": URL.url}


@pytest.mark.parametrize(
    ("model_id", "fields", "field"),
    [
        (DEV, {"n": 5}, "n"),
        ("fal-ai/recraft/v3/text-to-image", {"n": 2}, "n"),
        (DEV, {"size": "big"}, "size"),
        (DEV, {"aspect_ratio": "wide"}, "aspect_ratio"),
        (DEV, {"mask": FILE}, "mask"),
    ],
)
def test_bad_image_requests(model_id: str, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        image(model_id, **fields)
    assert caught.value.field == field


def direct(answer: Any, *files: str, data: bytes = PNG, kind: str = "image/png") -> tuple[Fal, ScriptedHTTP]:
    got = Answer(data, headers={"content-type": kind})
    script = {"POST /a/b": Answer(answer), **{f"GET {path}": got for path in files}}
    http = ScriptedHTTP(script)
    return create_fal(api_key="k", http=http), http


DIRECT = {"fal": {"direct": True}}


@pytest.mark.parametrize(
    "answer",
    [
        {"images": [{"url": "https://f.test/1.png"}]},
        {"image": {"url": "https://f.test/1.png"}},
        {"images": ["https://f.test/1.png"]},
        {"image": "https://f.test/1.png"},
        {"images": [{"url": DATA}]},
    ],
)
async def test_pictures_stand_in_several_places(answer: Any) -> None:
    door, _ = direct(answer, "/1.png")
    result = await door.image("a/b")(ImageRequest(prompt="x", provider_options=DIRECT))
    assert [(each.data, each.media_type) for each in result.images] == [(PNG, "image/png")]


async def test_the_media_type_is_the_servers_then_what_fal_said() -> None:
    said = {"images": [{"url": "https://f.test/1", "content_type": "image/avif"}, {"url": "https://f.test/1"}]}
    door, _ = direct(said, "/1", data=b"????", kind="binary/octet-stream")
    result = await door.image("a/b")(ImageRequest(prompt="x", provider_options=DIRECT))
    assert [each.media_type for each in result.images] == ["image/avif", "application/octet-stream"]


async def test_what_the_safety_checker_found_is_told() -> None:
    door, _ = direct({"images": [{"url": DATA}, {"url": DATA}], "has_nsfw_concepts": [False, True]})
    result = await door.image("a/b")(ImageRequest(prompt="x", n=2, provider_options=DIRECT))
    assert [each.message for each in result.warnings] == [
        "the safety checker found something in picture 1: it may be black"
    ]


NO_PICTURES: list[Any] = [
    {},
    {"images": []},
    {"images": None},
    {"images": [{}]},
    {"images": [7]},
    {"image": {"url": "file:///etc"}},
    [],
]


@pytest.mark.parametrize("answer", NO_PICTURES)
async def test_an_answer_without_a_picture_is_refused(answer: Any) -> None:
    door, _ = direct(answer)
    with pytest.raises(InvalidResponseError):
        await door.image("a/b")(ImageRequest(prompt="x", provider_options=DIRECT))


def video(model_id: str = "fal-ai/x/y", options: Any = None, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    request = VideoRequest(prompt="a fox", provider_options={"fal": options or {}}, **fields)
    body, warnings = fal.video(model_id).encode(request)
    assert body.pop("prompt") == "a fox"
    return body, [each.feature for each in warnings]


@pytest.mark.parametrize(
    ("model_id", "fields", "sent", "lost"),
    [
        ("fal-ai/veo3.1", {"duration": 8}, {"duration": "8s"}, []),
        ("fal-ai/luma-dream-machine/ray-2", {"duration": 5}, {"duration": "5s"}, []),
        ("fal-ai/sora-2/text-to-video", {"duration": 4.0}, {"duration": 4}, []),
        ("fal-ai/kling-video/v2.6/pro/text-to-video", {"duration": 10}, {"duration": "10"}, []),
        ("fal-ai/x/y", {"aspect_ratio": "9:16", "seed": 3}, {"aspect_ratio": "9:16", "seed": 3}, []),
        ("fal-ai/veo3.1", {"resolution": "1280x720"}, {"resolution": "720p", "aspect_ratio": "16:9"}, []),
        ("fal-ai/veo3.1", {"resolution": "1080x1920"}, {"resolution": "1080p", "aspect_ratio": "9:16"}, []),
        ("fal-ai/veo3.1", {"resolution": "3840x2160"}, {"resolution": "4k", "aspect_ratio": "16:9"}, []),
        ("fal-ai/veo3.1", {"resolution": "720p"}, {"resolution": "720p"}, []),
        ("fal-ai/minimax/hailuo-02/pro", {"resolution": "1366x768"}, {"resolution": "768P"}, []),
        (
            "fal-ai/veo3.1/image-to-video",
            {"resolution": "1280x720", "image": FILE},
            {"resolution": "720p", "image_url": DATA},
            [],
        ),
        ("fal-ai/kling-video/v2.6/pro/image-to-video", {"image": URL}, {"start_image_url": URL.url}, []),
        ("fal-ai/kling-video/v4/image-to-video", {"image": URL}, {"start_image_url": URL.url}, []),
        ("fal-ai/kling-video/v2.1/pro/image-to-video", {"image": URL}, {"image_url": URL.url}, []),
        ("fal-ai/wan/v2.2-a14b/text-to-video", {"fps": 16}, {"frames_per_second": 16}, []),
        ("fal-ai/ltx-2/text-to-video", {"fps": 25, "duration": 6}, {"fps": 25, "duration": 6}, []),
        ("fal-ai/veo3.1", {"fps": 24}, {}, ["fps"]),
    ],
)
def test_a_video_request(model_id: str, fields: dict[str, Any], sent: dict[str, Any], lost: list[str]) -> None:
    assert video(model_id, **fields) == (sent, lost)


def test_options_of_videos() -> None:
    options = {"image_field": "reference_image_urls", "generate_audio": False, "direct": False}
    assert video(options=options, image=URL) == ({"reference_image_urls": [URL.url], "generate_audio": False}, [])
    bad: list[tuple[dict[str, Any], str]] = [({"n": 2}, "n"), ({"resolution": "large"}, "resolution")]
    for fields, field in bad:
        with pytest.raises(InvalidRequestError) as caught:
            video(**fields)
        assert caught.value.field == field


async def test_a_film() -> None:
    said = {"video": {"url": "https://f.test/1.mp4", "duration": 5.0, "content_type": "video/mp4"}, "seed": 1}
    door, http = direct(said, "/1.mp4", data=b"....ftypisom", kind="video/mp4")
    result = await door.video("a/b")(VideoRequest(prompt="x", provider_options=DIRECT))
    assert (result.video.data, result.video.media_type) == (b"....ftypisom", "video/mp4")
    expected = {"seed": 1, "videos": ({"duration": 5.0, "content_type": "video/mp4"},), "request_id": None}
    assert result.provider_metadata["fal"] == expected
    assert json.loads(http.requests[0].body) == {"prompt": "x"}


def speech(model_id: str, options: Any = None, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    request = SpeechRequest(text="hello", provider_options={"fal": options or {}}, **fields)
    body, warnings = fal.speech(model_id).encode(request)
    return body, [each.feature for each in warnings]


@pytest.mark.parametrize(
    ("model_id", "fields", "sent", "lost"),
    [
        ("fal-ai/kokoro/american-english", {"voice": "af_sky", "speed": 1.5}, {"prompt", "voice", "speed"}, []),
        ("fal-ai/f5-tts", {}, {"gen_text"}, []),
        ("fal-ai/playai/tts/v3", {"voice": "Jennifer"}, {"input", "voice"}, []),
        ("fal-ai/vibevoice", {}, {"script"}, []),
        ("fal-ai/gemini-tts", {"instructions": "calm"}, {"prompt", "style_instructions"}, []),
        (
            "fal-ai/chatterbox/text-to-speech",
            {"speed": 2, "output_format": "mp3"},
            {"text"},
            ["speed", "output_format"],
        ),
        ("fal-ai/orpheus-tts", {"language": "en", "stream": True}, {"text"}, ["language", "stream"]),
        ("fal-ai/minimax/speech-02-hd", {"instructions": "calm"}, {"text", "output_format"}, ["instructions"]),
        ("fal-ai/minimax/speech-2.8-hd", {}, {"prompt", "output_format"}, []),
        ("fal-ai/elevenlabs/tts/eleven-v3", {"language": "de"}, {"text", "language_code"}, []),
    ],
)
def test_a_speech_request(model_id: str, fields: dict[str, Any], sent: set[str], lost: list[str]) -> None:
    body, found = speech(model_id, **fields)
    assert (set(body), found) == (sent, lost)
    assert "hello" in body.values()


def test_minimax_has_objects_and_is_asked_for_a_url() -> None:
    options = {"voice_setting": {"emotion": "happy"}, "audio_setting": {"sample_rate": 32000}}
    body, lost = speech("fal-ai/minimax/speech-02-hd", options, voice="Wise_Woman", speed=1.2, output_format="flac")
    assert (body, lost) == (
        {
            "text": "hello",
            "output_format": "url",
            "voice_setting": {"voice_id": "Wise_Woman", "speed": 1.2, "emotion": "happy"},
            "audio_setting": {"format": "flac", "sample_rate": 32000},
        },
        [],
    )
    assert speech("fal-ai/minimax/speech-02-hd", output_format="opus", language="de")[1] == [
        "output_format",
        "language",
    ]


def test_elevenlabs_has_words_of_its_own_for_formats() -> None:
    model_id = "fal-ai/elevenlabs/tts/multilingual-v2"
    assert speech(model_id, output_format="mp3")[0]["output_format"] == "mp3_44100_128"
    assert speech(model_id, output_format="pcm_16000")[0]["output_format"] == "pcm_16000"
    body, lost = speech(model_id, output_format="flac")
    assert ("output_format" in body, lost) == (False, ["output_format"])


def test_the_field_of_the_text_can_be_named_and_an_empty_text_is_refused() -> None:
    assert speech("me/mine", {"text_field": "words", "direct": True}) == ({"words": "hello"}, [])
    with pytest.raises(InvalidRequestError) as caught:
        fal.speech("me/mine").encode(SpeechRequest(text=" "))
    assert caught.value.field == "text"


@pytest.mark.parametrize("name", ["audio", "audio_url", "audio_file"])
@pytest.mark.parametrize("bare", [True, False])
async def test_speech_is_fetched(name: str, bare: bool) -> None:
    url = "https://f.test/1.mp3"
    door, _ = direct({name: url if bare else {"url": url}, "duration_ms": 9}, "/1.mp3", data=b"ID3", kind="audio/mpeg")
    response = await door.speech("a/b")(SpeechRequest(text="x", stream=True, provider_options=DIRECT))
    result = await response.result()
    assert (result.audio, result.media_type) == (b"ID3", "audio/mpeg")
    assert [each.feature for each in result.warnings] == ["stream"]
    assert result.provider_metadata["fal"]["duration_ms"] == 9


def transcription(model_id: str, options: Any = None, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    given: dict[str, Any] = {"audio": b"RIFF", **fields}
    request = TranscriptionRequest(**given, provider_options={"fal": options or {}})
    body, warnings = fal.transcription(model_id).encode(request)
    return body, [each.feature for each in warnings]


AUDIO = "data:audio/wav;base64,UklGRg=="


@pytest.mark.parametrize(
    ("model_id", "fields", "sent", "lost"),
    [
        (
            "fal-ai/whisper",
            {"language": "de", "prompt": "p"},
            {"task": "transcribe", "language": "de", "prompt": "p"},
            [],
        ),
        ("wizper", {"prompt": "p", "temperature": 0.1}, {"task": "transcribe"}, ["prompt", "temperature"]),
        ("fal-ai/elevenlabs/speech-to-text", {"language": "de", "stream": True}, {"language_code": "de"}, ["stream"]),
    ],
)
def test_a_transcription_request(model_id: str, fields: dict[str, Any], sent: dict[str, Any], lost: list[str]) -> None:
    assert transcription(model_id, **fields) == ({"audio_url": AUDIO, **sent}, lost)


def test_audio_may_be_a_url_that_fal_fetches() -> None:
    options = {"audio_url": "https://f.test/a.mp3", "diarize": True, "task": "translate"}
    assert transcription("fal-ai/whisper", options, audio=b"") == (options, [])
    assert transcription("fal-ai/x", media_type="audio/mpeg")[0]["audio_url"].startswith("data:audio/mpeg;base64,")
    with pytest.raises(InvalidRequestError) as caught:
        transcription("fal-ai/whisper", audio=b"")
    assert caught.value.field == "audio"


def folded(data: dict[str, Any], *, words: bool = False) -> TranscriptionResult:
    return fold_transcription(decode_transcript(data, "fal", words=words))


def test_a_transcript_of_whisper() -> None:
    chunks = [
        {"timestamp": [0, 1.5], "text": "Hello", "speaker": "SPEAKER_00"},
        {"timestamp": [1.5, None], "text": "there."},
    ]
    data = {"text": "Hello there.", "chunks": chunks, "inferred_languages": ["en"], "diarization_segments": []}
    segments = (Segment("Hello", 0, 1.5, "SPEAKER_00"), Segment("there.", 1.5))
    result = folded(data)
    assert (result.text, result.segments, result.words, result.language) == ("Hello there.", segments, (), "en")
    assert result.provider_metadata["fal"] == {"diarization_segments": ()}
    result = folded(data, words=True)
    assert (result.segments, result.words) == ((), segments)


def test_a_transcript_of_elevenlabs_and_a_bare_one() -> None:
    words = [
        {"text": "Hi", "start": 0.1, "end": 0.4, "type": "word", "speaker_id": "s0"},
        {"text": " ", "start": 0.4, "end": 0.5, "type": "spacing"},
    ]
    result = folded({"text": "Hi ", "words": words, "language_code": "eng"})
    assert (result.words, result.language) == ((Segment("Hi", 0.1, 0.4, "s0"),), "eng")
    assert folded({"output": "Hi"}).text == "Hi"


async def test_a_transcription_in_words() -> None:
    door, http = direct({"text": "Hi", "chunks": [{"timestamp": [0, 1], "text": "Hi"}]})
    options = {"fal": {"direct": True, "chunk_level": "word"}}
    response = await door.transcription("a/b")(TranscriptionRequest(audio=b"RIFF", provider_options=options))
    assert (await response.result()).words == (Segment("Hi", 0, 1),)
    assert json.loads(http.requests[0].body) == {"audio_url": AUDIO, "chunk_level": "word"}


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["url", "text", "timestamp", "start", "speaker", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = ("text", "output", "chunks", "words", "languages", "language_code", "duration", "images", "image", "other")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, ANY)), st.booleans())
def test_whatever_an_answer_says_is_read_or_refused_with_our_error(data: dict[str, Any], words: bool) -> None:
    try:
        assert folded(data, words=words).text == data.get("text", data.get("output"))
    except AISDKError as error:
        assert isinstance(error, InvalidResponseError)
    try:
        assert all(each.url for each in files_of(data, ("images", "image"), "a picture"))
    except AISDKError as error:
        assert isinstance(error, InvalidResponseError)

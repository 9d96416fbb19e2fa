"""generate_image, generate_speech, transcribe, rerank and generate_video: arguments, splitting, results, progress."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sdk import (
    AudioDelta,
    CallWarning,
    FilePart,
    Finish,
    GeneratedFile,
    ImageRequest,
    ImageResult,
    InvalidRequestError,
    InvalidResponseError,
    PartialImageError,
    Polling,
    Progress,
    RankedDocument,
    RateLimitError,
    RerankRequest,
    RerankResult,
    ResponseClosedError,
    Segment,
    ServerError,
    SpeechPart,
    SpeechRequest,
    SpeechResponse,
    TranscriptDelta,
    TranscriptFinish,
    TranscriptionRequest,
    TranscriptionResponse,
    TranscriptSegment,
    Usage,
    VideoRequest,
    VideoResult,
    attempts_of,
    fold_speech,
    fold_transcription,
    generate_image,
    generate_speech,
    generate_video,
    rerank,
    stream_speech,
    stream_transcription,
    sync,
    transcribe,
)
from ai_sdk.polling import Pending, poll
from ai_sdk.testing import ScriptedCall, run

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAYAAACddGYaAAAAEklEQVR4nGP8z8Dwn4EIwESMIgBBgQMFh6cT0wAAAABJRU5ErkJggg=="
)
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "


class Painter:
    """Paints as many pictures as it is asked for, each with the number of the call and its own."""

    def __init__(self, most: int | None = None, fails: tuple[int, ...] = (), usage: Usage | None = None) -> None:
        if most is not None:
            self.max_images_per_call = most
        self.fails = fails
        self.requests: list[ImageRequest] = []
        self.running = self.most = 0
        self.usage = usage or Usage(1, 10)

    async def __call__(self, request: ImageRequest) -> ImageResult:
        at = len(self.requests)
        self.requests.append(request)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(10 - at)
        finally:
            self.running -= 1
        if at in self.fails:
            raise RateLimitError("slow down", status=429)
        images = tuple(GeneratedFile(PNG + bytes([at, place])) for place in range(request.n))
        warning = CallWarning("unsupported", "seed", "left out")
        return ImageResult(images=images, usage=self.usage, warnings=(warning,))


async def test_one_picture() -> None:
    model = Painter()
    result = await generate_image(model, "a cat", size="1024x1024", provider_options={"openai": {"quality": "low"}})
    assert result.image is result.images[0]
    assert (result.image.media_type, result.image.width, result.image.height) == ("image/png", 3, 2)
    assert result.usage == Usage(1, 10)
    assert len(result.attempts) == 1
    assert model.requests == [
        ImageRequest(prompt="a cat", size="1024x1024", provider_options={"openai": {"quality": "low"}})
    ]


@given(st.integers(1, 9), st.none() | st.integers(1, 4), st.integers(1, 4), st.none() | st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_pictures_are_shared_among_calls_in_order(n: int, most: int | None, parallel: int, seed: int | None) -> None:
    model = Painter(most)
    result = run(generate_image(model, "a cat", n=n, parallel=parallel, seed=seed))
    counts = [each.n for each in model.requests]
    assert sum(counts) == n == len(result.images)
    assert max(counts) <= (most or n)
    assert len(counts) == -(-n // (most or n))
    assert model.most <= parallel
    calls = [image.data[len(PNG)] for image in result.images]
    assert calls == sorted(calls)
    assert result.usage == Usage(len(counts), 10 * len(counts))
    assert len(result.warnings) == 1
    seeds = [each.seed for each in model.requests]
    assert seeds == ([None] * len(counts) if seed is None else [seed + at for at in range(len(counts))])


async def test_what_arrived_is_kept_when_some_calls_fail() -> None:
    model = Painter(1, fails=(1,))
    with pytest.raises(
        PartialImageError, match="1 of 3 calls failed; the first error: provider 429: slow down"
    ) as caught:
        await generate_image(model, "a cat", n=3)
    error = caught.value
    assert [each.data[len(PNG)] for each in error.partial.images] == [0, 2]
    assert isinstance(error.errors[0], RateLimitError)
    assert error.retryable
    assert len(attempts_of(error)) == 3


async def test_when_all_calls_fail_the_first_error_itself_is_raised() -> None:
    with pytest.raises(RateLimitError, match="slow down"):
        await generate_image(Painter(1, fails=(0, 1)), "a cat", n=2)


async def test_pictures_to_edit_may_be_anything(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    model = Painter()
    url = "https://example.com/b.webp"
    given_files: list[Any] = [
        PNG,
        path,
        str(path),
        url,
        FilePart(data=b"x", media_type="image/bmp"),
        GeneratedFile(PNG),
    ]
    await generate_image(model, "a cat", images=given_files, mask=PNG)
    files = model.requests[0].files
    assert [each.media_type for each in files] == [*["image/png"] * 3, "image/webp", "image/bmp", "image/png"]
    assert files[3].url == url
    assert model.requests[0].mask == FilePart(data=PNG, media_type="image/png")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"n": 0}, "n"),
        ({"parallel": 0}, "parallel"),
        ({"max_per_call": 0}, "max_per_call"),
        ({"images": ["/no/such/file.png"]}, r"images\[0\]"),
        ({"images": [3]}, r"images\[0\]"),
        ({"mask": 3}, "mask"),
        ({"seed": "x"}, "seed"),
    ],
)
async def test_bad_arguments_name_their_field(arguments: dict[str, Any], field: str) -> None:
    model = Painter()
    with pytest.raises(InvalidRequestError, match=field):
        await generate_image(model, "a cat", **arguments)
    assert model.requests == []


@pytest.mark.parametrize("call", [generate_image, generate_video, generate_speech, stream_speech])
async def test_a_prompt_has_words(call: Any) -> None:
    for wrong in ("", "  ", 3):
        with pytest.raises(InvalidRequestError, match="prompt|text"):
            await call(ScriptedCall([]), wrong)


async def test_unknown_arguments_are_refused_with_a_hint() -> None:
    with pytest.raises(TypeError, match="did you mean 'aspect_ratio'"):
        await generate_image(Painter(), "a cat", aspectratio="1:1")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


async def test_an_answer_without_a_picture_is_an_error() -> None:
    model = ScriptedCall[ImageRequest, ImageResult]([ImageResult()])
    with pytest.raises(InvalidResponseError, match="returned no picture"):
        await generate_image(model, "a cat")


async def test_a_film() -> None:
    film = GeneratedFile(b"\x00\x00\x00\x18ftypisom")
    model = ScriptedCall[VideoRequest, VideoResult]([VideoResult(videos=(film,))])
    result = await generate_video(
        model, "a cat walks", image=PNG, duration=5, aspect_ratio="16:9", resolution="1280x720"
    )
    assert result.video.media_type == "video/mp4"
    assert model.calls[0] == VideoRequest(
        prompt="a cat walks",
        image=FilePart(data=PNG, media_type="image/png"),
        duration=5,
        aspect_ratio="16:9",
        resolution="1280x720",
    )
    with pytest.raises(InvalidResponseError, match="no video"):
        await generate_video(ScriptedCall[VideoRequest, VideoResult]([VideoResult()]), "a cat walks")


async def test_progress_and_polling_reach_the_one_who_waits() -> None:
    looks = iter(
        [Pending("queued", 0.0), Pending("running", 0.5, "frame 12"), VideoResult(videos=(GeneratedFile(b"v"),))]
    )

    async def look() -> Any:
        return next(looks)

    async def model(_request: VideoRequest) -> VideoResult:
        found: VideoResult = await poll(look, job="j1", polling=Polling(interval=5))
        return found

    seen: list[Progress] = []
    await generate_video(model, "a cat", polling=Polling(interval=2, factor=1), on_progress=seen.append)
    assert [(each.job, each.status, each.fraction, each.seconds) for each in seen] == [
        ("j1", "queued", 0.0, 2),
        ("j1", "running", 0.5, 4),
    ]
    assert seen[1].message == "frame 12"


async def test_documents_in_order() -> None:
    def answer(request: RerankRequest) -> RerankResult:
        return RerankResult(ranking=(RankedDocument(1, 0.9, request.documents[1]),), usage=Usage(7))

    calls: list[RerankRequest] = []

    async def model(request: RerankRequest) -> RerankResult:
        calls.append(request)
        return answer(request)

    result = await rerank(model, "what", ["a", "b"], top_n=1)
    assert result.documents == ("b",)
    assert (result.ranking[0].index, result.ranking[0].score, result.usage, len(result.attempts)) == (
        1,
        0.9,
        Usage(7),
        1,
    )
    assert calls == [RerankRequest(query="what", documents=("a", "b"), top_n=1)]
    assert (await rerank(model, "what", [])).ranking == ()
    assert len(calls) == 1
    for wrong in ("abc", [3]):
        with pytest.raises(InvalidRequestError, match="documents"):
            await rerank(model, "what", wrong)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


class Speaker:
    def __init__(self, *pieces: bytes, error: Exception | None = None) -> None:
        self.pieces = pieces
        self.error = error
        self.requests: list[SpeechRequest] = []
        self.closed: list[str] = []

    async def __call__(self, request: SpeechRequest) -> SpeechResponse:
        self.requests.append(request)
        if not request.stream:
            audio = AudioDelta(b"".join(self.pieces), "audio/wav")
            return SpeechResponse.of([*([audio] if self.pieces else []), Finish("stop", Usage())], fold_speech)
        return await SpeechResponse.start(self.parts(), fold_speech, self)

    async def parts(self) -> AsyncGenerator[SpeechPart, None]:
        for piece in self.pieces:
            yield AudioDelta(piece, "audio/wav")
            await asyncio.sleep(1)
        if self.error is not None:
            raise self.error
        yield Finish("stop", Usage())

    def release(self, ending: Any) -> None:
        self.closed.append(ending.how)


async def test_speech_at_once(tmp_path: Path) -> None:
    model = Speaker(WAV, b"more")
    result = await generate_speech(model, "Hello", voice="joe", output_format="wav", speed=1.5)
    assert (result.audio, result.media_type, len(result.attempts)) == (WAV + b"more", "audio/wav", 1)
    assert result.file.extension == "wav"
    assert result.save(tmp_path / "a.wav").read_bytes() == result.audio
    assert model.requests == [SpeechRequest(text="Hello", voice="joe", output_format="wav", speed=1.5)]
    with pytest.raises(InvalidResponseError, match="no audio"):
        await generate_speech(Speaker(), "Hello")


async def test_speech_while_it_arrives() -> None:
    model = Speaker(b"a", b"", b"b", b"c")
    async with stream_speech(model, "Hello") as stream:
        assert await anext(stream.audio) == b"a"
        assert [chunk async for chunk in stream.audio] == [b"b", b"c"]
        result = await stream.result()
    assert (result.audio, model.closed, len(result.attempts)) == (b"abc", ["end"], 1)
    assert await stream.result() is result


async def test_leaving_early_closes() -> None:
    model = Speaker(b"a", b"b")
    async with stream_speech(model, "Hello") as stream:
        async for _ in stream.audio:
            break
        assert model.closed == []
    assert model.closed == ["closed"]
    with pytest.raises(ResponseClosedError, match="was closed"):
        _ = stream.audio
    with pytest.raises(ResponseClosedError, match="entered once"):
        await stream.__aenter__()


async def test_a_stream_that_never_began() -> None:
    stream = stream_speech(Speaker(b"a"), "Hello")
    with pytest.raises(ResponseClosedError, match="has not begun"):
        await stream.result()
    await stream.aclose()


async def test_an_error_in_the_middle_has_what_arrived() -> None:
    model = Speaker(b"a", error=ServerError("broken", status=500))
    with pytest.raises(ServerError) as caught:
        async with stream_speech(model, "Hello") as stream:
            await stream.result()
    assert caught.value.partial.audio == b"a"
    assert model.closed == ["error"]


async def written(request: TranscriptionRequest) -> TranscriptionResponse:
    segment = TranscriptSegment(Segment("hello you", 0.0, 1.5, "A"))
    text = [TranscriptDelta("hello "), TranscriptDelta("you")]
    finish = TranscriptFinish(Usage(), request.language, 1.5)
    return TranscriptionResponse.of([*text, segment, finish], fold_transcription)


async def test_a_transcript(tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(WAV)
    seen: list[TranscriptionRequest] = []

    async def model(request: TranscriptionRequest) -> TranscriptionResponse:
        seen.append(request)
        return await written(request)

    result = await transcribe(model, path, language="en", prompt="names")
    assert (result.text, result.language, result.duration, result.segments) == (
        "hello you",
        "en",
        1.5,
        (Segment("hello you", 0.0, 1.5, "A"),),
    )
    assert seen[0].filename == "talk.wav"
    assert (seen[0].media_type, seen[0].language, seen[0].prompt) in {
        ("audio/x-wav", "en", "names"),
        ("audio/wav", "en", "names"),
    }
    await transcribe(model, WAV)
    assert (seen[1].media_type, seen[1].audio) == ("audio/wav", WAV)
    await transcribe(model, f"data:audio/mpeg;base64,{base64.b64encode(b'ID3').decode()}")
    assert (seen[2].media_type, seen[2].audio) == ("audio/mpeg", b"ID3")
    with pytest.raises(InvalidRequestError, match="audio is empty"):
        await transcribe(model, b"")
    with pytest.raises(InvalidRequestError, match="audio cannot be read"):
        await transcribe(model, tmp_path / "none.wav")


async def test_a_transcript_while_it_arrives() -> None:
    async with stream_transcription(written, WAV) as stream:
        assert [text async for text in stream.text] == ["hello ", "you"]
        assert (await stream.result()).text == "hello you"


def test_without_an_event_loop() -> None:
    model = ScriptedCall[ImageRequest, ImageResult]([ImageResult(images=(GeneratedFile(PNG),))])
    assert sync.generate_image(model, "a cat").image.width == 3
    assert sync.transcribe(written, WAV).text == "hello you"

    async def speaker(_request: SpeechRequest) -> SpeechResponse:
        return SpeechResponse.of([AudioDelta(b"a"), AudioDelta(b"b"), Finish("stop", Usage())], fold_speech)

    with sync.stream_speech(speaker, "Hello") as stream:
        assert list(stream.audio) == [b"a", b"b"]
        assert stream.result().audio == b"ab"
    with sync.stream_transcription(written, WAV) as transcript:
        assert list(transcript.text) == ["hello ", "you"]

"""Every kind of model over a loopback server."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from provider_kit import Loopback, Reply, ask, serve, sse

from ai_sdk._frozen import freeze
from ai_sdk.call import record_call
from ai_sdk.download import DownloadError
from ai_sdk.errors import (
    InterruptedStreamError,
    InvalidRequestError,
    InvalidResponseError,
    MalformedEventError,
    OverloadedError,
    RateLimitError,
    TruncatedStreamError,
)
from ai_sdk.messages import FilePart, ToolCallPart, user
from ai_sdk.parts import AudioDelta, TextDelta, TranscriptDelta
from ai_sdk.providers.groq import create_groq
from ai_sdk.providers.openai import OpenAI, create_openai
from ai_sdk.providers.togetherai import create_togetherai
from ai_sdk.requests import (
    EmbeddingRequest,
    ImageRequest,
    LanguageRequest,
    RerankRequest,
    SpeechRequest,
    ToolDefinition,
    TranscriptionRequest,
)
from ai_sdk.results import Segment, Usage

KEY = "key-0123456789"
USAGE = {"prompt_tokens": 3, "completion_tokens": 2}
ANSWER = {
    "id": "r",
    "model": "m-1",
    "created": 7,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": USAGE,
}


def piece(text: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    delta = {"content": text} if text is not None else {}
    return {
        "id": "r",
        "model": "m-1",
        "created": 7,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **more,
    }


HELLO = sse(piece("Hel"), piece("lo"), piece(None, "stop"), {**piece(), "choices": [], "usage": USAGE}, "[DONE]")


def play(main: Callable[[OpenAI, Loopback], Awaitable[None]], *replies: Reply) -> None:
    """Run ``main`` with OpenAI's door opened to a server that gives these replies."""

    async def run() -> None:
        async with serve(*replies) as server:
            await main(create_openai(api_key=KEY, base_url=server.url), server)

    asyncio.run(run())


# ---- chat ----


def test_a_plain_answer() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        response = await openai("gpt-4o")(ask(temperature=0.5, headers={"X-Trace": "1"}))
        result = await response.result()
        assert (result.text, result.finish_reason, result.usage) == ("Hello", "stop", Usage(3, 2))
        assert (result.response.id, result.response.model, result.response.timestamp) == ("r", "m-1", 7.0)
        assert result.response.headers["content-type"] == "application/json"
        asked = server.asked[0]
        assert (asked.method, asked.path) == ("POST", "/v1/chat/completions")
        assert asked.json == {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "temperature": 0.5}
        assert asked.headers["authorization"] == f"Bearer {KEY}"
        assert asked.headers["x-trace"] == "1"
        assert asked.headers["content-type"] == "application/json"

    play(main, Reply(ANSWER))


def test_law_3_a_streamed_answer_is_the_plain_one() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        plain = await (await openai("gpt-4o")(ask())).result()
        response = await openai("gpt-4o")(ask(stream=True))
        async with response:
            texts = [part.text async for part in response if isinstance(part, TextDelta)]
            streamed = await response.result()
        assert texts == ["Hel", "lo"]
        assert streamed == plain
        assert server.asked[1].json["stream_options"] == {"include_usage": True}

    play(main, Reply(ANSWER), Reply(pieces=HELLO))


def test_a_connection_is_used_again_after_the_end_marker() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        for _ in range(3):
            await (await openai("gpt-4o")(ask(stream=True))).result()
        assert server.connections == 1

    play(main, Reply(pieces=HELLO))


def test_a_server_that_lingers_after_the_end_marker_is_not_waited_for() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        response = await openai("gpt-4o")(ask(stream=True))
        async with asyncio.timeout(5):
            assert (await response.result()).text == "Hello"
        linger.set()

    linger = asyncio.Event()
    play(main, Reply(pieces=HELLO, linger=linger))


def test_law_4_leaving_early_closes_the_connection() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        with record_call() as record:
            async with await openai("gpt-4o")(ask(stream=True)) as response:
                assert isinstance(await anext(aiter(response)), object)
            assert record.attempts[0].ending is not None
            assert record.attempts[0].ending.how == "closed"
        async with asyncio.timeout(5):
            linger.set()
            while server.open:
                await asyncio.sleep(0)

    linger = asyncio.Event()
    play(main, Reply(pieces=HELLO[:2], linger=linger))


def test_law_5_a_cancelled_read_closes_the_connection() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        response = await openai("gpt-4o")(ask(stream=True))
        reading = asyncio.ensure_future(response.result())
        for _ in range(20):
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert response.closed
        linger.set()

    linger = asyncio.Event()
    play(main, Reply(pieces=HELLO[:2], linger=linger))


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(pieces=HELLO[:2]), TruncatedStreamError),
        (Reply(pieces=HELLO[:2], cut=True), InterruptedStreamError),
        (Reply(pieces=[*HELLO[:2], b"data: {oops\n\n"]), MalformedEventError),
        (Reply(pieces=[*HELLO[:2], *sse({"error": {"message": "busy", "type": "overloaded_error"}})]), OverloadedError),
    ],
)
def test_law_7_a_broken_stream_is_an_error_with_what_had_arrived(reply: Reply, kind: type[Any]) -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        response = await openai("gpt-4o")(ask(stream=True))
        with pytest.raises(kind) as caught:
            await response.result()
        assert caught.value.partial.text == "Hello"
        assert response.closed

    play(main, reply)


def test_an_error_before_any_content_is_raised_by_the_call() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        with pytest.raises(RateLimitError):
            await openai("gpt-4o")(ask(stream=True))
        with pytest.raises(RateLimitError) as caught:
            await openai("gpt-4o")(ask(stream=True))
        assert (caught.value.status, caught.value.retry_after) == (429, 3.0)

    slow = {"error": {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}}
    play(main, Reply(pieces=sse(slow)), Reply(slow, 429, {"retry-after": "3"}))


def test_a_server_may_call_its_events_json() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        assert (await (await openai("gpt-4o")(ask(stream=True))).result()).text == "Hello"
        with pytest.raises(TruncatedStreamError) as caught:
            await (await openai("gpt-4o")(ask(stream=True))).result()
        assert caught.value.partial.text == "Hello"

    kind = {"content-type": "application/json"}
    play(main, Reply(pieces=HELLO, headers=kind), Reply(pieces=HELLO[:2], headers=kind))


def test_a_server_may_answer_a_stream_with_json() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        assert (await (await openai("gpt-4o")(ask(stream=True))).result()).text == "Hello"
        with pytest.raises(RateLimitError):
            await openai("gpt-4o")(ask(stream=True))

    play(main, Reply(ANSWER), Reply({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}))


@pytest.mark.parametrize("body", [b"<html>", b'{"object": "list"}', b"[]"])
def test_an_answer_that_is_none_is_invalid(body: bytes) -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        with pytest.raises(InvalidResponseError) as caught:
            await openai("gpt-4o")(ask())
        assert caught.value.retryable

    play(main, Reply(body))


@pytest.mark.parametrize("size", [1, 7, 64])
def test_any_split_of_the_bytes_gives_the_same_answer(size: int) -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        result = await (await openai("gpt-4o")(ask(stream=True))).result()
        assert (result.text, result.usage) == ("Hello", Usage(3, 2))

    whole = b"".join(HELLO)
    play(main, Reply(pieces=[whole[at : at + size] for at in range(0, len(whole), size)]))


def test_completions() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        model = openai.completion("gpt-3.5-turbo-instruct")
        assert (await (await model(ask())).result()).text == " there"
        assert (await (await model(ask(stream=True))).result()).text == " there"
        assert server.asked[0].path == "/v1/completions"
        assert server.asked[0].json == {"model": "gpt-3.5-turbo-instruct", "prompt": "Hi"}

    body = {"id": "c", "choices": [{"text": " there", "index": 0, "finish_reason": "stop"}]}
    play(main, Reply(body), Reply(pieces=sse(body, "[DONE]")))


def test_groq_recovers_a_failed_generation_of_a_plain_answer() -> None:
    async def run() -> None:
        error = {
            "message": "no",
            "type": "invalid_request_error",
            "code": "tool_use_failed",
            "failed_generation": '{"name": "add", "arguments": {"a": 1}}',
        }
        async with serve(Reply({"error": error}, 400)) as server:
            model = create_groq(api_key=KEY, base_url=server.url)("openai/gpt-oss-120b")
            for stream in (False, True):
                with record_call() as record:
                    result = await (await model(ask(tools=(ToolDefinition("add"),), stream=stream))).result()
                (call,) = result.content
                assert isinstance(call, ToolCallPart)
                assert (call.name, call.input, result.finish_reason) == ("add", '{"a": 1}', "tool-calls")
                assert record.attempts[0].status == 400

    asyncio.run(run())


# ---- other kinds ----


def test_embeddings_in_the_order_of_the_texts() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        model = openai.embedding("text-embedding-3-small")
        request = EmbeddingRequest(values=("a", "b"), dimensions=2, provider_options=freeze({"openai": {"user": "u"}}))
        result = await model(request)
        assert result.embeddings == ((1.0, 2.0), (3.0, 4.0))
        assert (result.usage.input_tokens, result.response.model) == (5, "e-1")
        body = {"model": "text-embedding-3-small", "input": ["a", "b"], "encoding_format": "float"}
        assert server.asked[0].json == {**body, "dimensions": 2, "user": "u"}
        assert (await model(request)).embeddings == ((1.0, 2.0), (3.0, 4.0))
        for _ in range(2):
            with pytest.raises(InvalidResponseError):
                await model(request)
        for values in ((), ("x",) * 2049):
            with pytest.raises(InvalidRequestError, match="from 1 to 2048"):
                await model(EmbeddingRequest(values=values))

    def entry(index: int, embedding: Any) -> dict[str, Any]:
        return {"object": "embedding", "index": index, "embedding": embedding}

    packed = base64.b64encode(b"\x00\x00\x80\x3f\x00\x00\x00\x40").decode()
    good = {"data": [entry(1, [3.0, 4.0]), entry(0, [1.0, 2.0])], "model": "e-1", "usage": {"prompt_tokens": 5}}
    play(
        main,
        Reply(good),
        Reply({"data": [entry(0, packed), entry(1, [3.0, 4.0])]}),
        Reply({"data": [entry(0, [1.0])]}),
        Reply({"data": [{"index": 0}]}),
    )


def test_images_are_made() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        options = freeze({"openai": {"quality": "high"}})
        request = ImageRequest(prompt="A cat", n=2, size="1024x1024", seed=1, provider_options=options)
        result = await openai.image("gpt-image-1")(request)
        assert [(image.data, image.media_type) for image in result.images] == [
            (b"one", "image/webp"),
            (b"two", "image/webp"),
        ]
        assert result.provider_metadata == {"openai": {"output_format": "webp", "revised_prompts": ("A big cat", None)}}
        assert result.usage == Usage(4, 9)
        assert [warning.feature for warning in result.warnings] == ["seed"]
        body = {"model": "gpt-image-1", "prompt": "A cat", "n": 2, "size": "1024x1024", "quality": "high"}
        assert server.asked[0].json == body
        with pytest.raises(DownloadError, match="forbidden|not fetched"):
            await openai.image("dall-e-2")(ImageRequest(prompt="A cat"))
        assert server.asked[1].json["response_format"] == "b64_json"
        with pytest.raises(InvalidRequestError, match="at most 1"):
            await openai.image("dall-e-3")(request)

    data = [
        {"b64_json": base64.b64encode(b"one").decode(), "revised_prompt": "A big cat"},
        {"b64_json": base64.b64encode(b"two").decode()},
    ]
    made = {"created": 7, "data": data, "output_format": "webp", "usage": {"input_tokens": 4, "output_tokens": 9}}
    play(main, Reply(made), Reply({"created": 7, "data": [{"url": "http://127.0.0.2/i.png"}]}))


def test_images_are_edited_with_a_form() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        one, two = (
            FilePart(data=b"1", media_type="image/png"),
            FilePart(data=b"2", media_type="image/jpeg", filename="b.jpg"),
        )
        await openai.image("gpt-image-1")(
            ImageRequest(prompt="Add a hat", files=(one,), mask=FilePart(data=b"m", media_type="image/png"))
        )
        await openai.image("gpt-image-1")(ImageRequest(prompt="Join", files=(one, two)))
        first, second = server.asked
        assert first.path == "/v1/images/edits"
        assert first.form["prompt"] == [(None, None, b"Add a hat")]
        assert first.form["image"] == [("image_0.png", "image/png", b"1")]
        assert first.form["mask"] == [("mask.png", "image/png", b"m")]
        assert second.form["image[]"] == [("image_0.png", "image/png", b"1"), ("b.jpg", "image/jpeg", b"2")]
        away = FilePart(url="https://a.test/i.png")
        await openai.image("gpt-image-1")(ImageRequest(prompt="x", files=(away, one), mask=FilePart(url="file-9")))
        assert server.asked[2].json["images"] == [
            {"image_url": "https://a.test/i.png"},
            {"image_url": "data:image/png;base64,MQ=="},
        ]
        assert server.asked[2].json["mask"] == {"file_id": "file-9"}
        with pytest.raises(InvalidRequestError, match="mask"):
            await openai.image("gpt-image-1")(ImageRequest(prompt="x", mask=one))

    play(main, Reply({"data": [{"b64_json": ""}]}))


def test_speech_whole_and_as_it_arrives() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        model = openai.speech("gpt-4o-mini-tts")
        request = SpeechRequest(
            text="Hi", voice="nova", output_format="wav", speed=1.5, instructions="slowly", language="en"
        )
        result = await (await model(request)).result()
        assert (result.audio, result.media_type) == (b"sound", "audio/wav")
        assert [warning.feature for warning in result.warnings] == ["language"]
        assert server.asked[0].json == {
            "model": "gpt-4o-mini-tts",
            "input": "Hi",
            "voice": "nova",
            "response_format": "wav",
            "speed": 1.5,
            "instructions": "slowly",
        }
        response = await model(SpeechRequest(text="Hi", stream=True))
        parts = [part async for part in response if isinstance(part, AudioDelta)]
        assert b"".join(part.data for part in parts) == b"sound"
        assert (await response.result()).media_type == "audio/mpeg"
        assert server.asked[1].json["voice"] == "alloy"

    audio = {"content-type": "application/octet-stream"}
    play(main, Reply(b"sound", headers=audio), Reply(pieces=[b"so", b"und"], headers={"content-type": "audio/mpeg"}))


def test_transcripts() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        options = freeze({"openai": {"timestamp_granularities": ["word", "segment"], "include": ("logprobs",)}})
        request = TranscriptionRequest(
            audio=b"RIFF", language="en", prompt="Ada", temperature=0.0, stream=True, provider_options=options
        )
        result = await (await openai.transcription("whisper-1")(request)).result()
        assert (result.text, result.language, result.duration) == ("Hello Ada", "english", 1.5)
        assert result.segments == (Segment("Hello Ada", 0.0, 1.5),)
        assert result.words == (Segment("Hello", 0.0, 0.5),)
        assert [warning.feature for warning in result.warnings] == ["stream"]
        form = server.asked[0].form
        assert form["file"] == [("audio.wav", "audio/wav", b"RIFF")]
        assert {
            name: [value.decode() for _, _, value in values] for name, values in form.items() if name != "file"
        } == {
            "model": ["whisper-1"],
            "language": ["en"],
            "prompt": ["Ada"],
            "temperature": ["0.0"],
            "response_format": ["verbose_json"],
            "timestamp_granularities[]": ["word", "segment"],
            "include[]": ["logprobs"],
        }
        short = TranscriptionRequest(audio=b"x", media_type="audio/mpeg")
        result = await (await openai.transcription("gpt-4o-transcribe")(short)).result()
        assert (result.text, result.duration, result.usage) == ("Hi", 7.0, Usage())
        assert server.asked[1].form["file"][0][0] == "audio.mp3"
        assert (await (await openai.transcription("whisper-1")(short)).result()).text == "just text"
        with pytest.raises(InvalidResponseError, match="not a transcript"):
            await openai.transcription("whisper-1")(short)

    verbose = {
        "text": "Hello Ada",
        "language": "english",
        "duration": 1.5,
        "segments": [{"id": 0, "text": "Hello Ada", "start": 0.0, "end": 1.5}],
        "words": [{"word": "Hello", "start": 0.0, "end": 0.5}],
    }
    play(
        main,
        Reply(verbose),
        Reply({"text": "Hi", "usage": {"type": "duration", "seconds": 7}}),
        Reply(b"just text\n", headers={"content-type": "text/plain; charset=utf-8"}),
        Reply({"words": []}),
    )


def test_a_transcript_as_it_is_made() -> None:
    async def main(openai: OpenAI, server: Loopback) -> None:
        model = openai.transcription("gpt-4o-mini-transcribe")
        response = await model(TranscriptionRequest(audio=b"x", stream=True))
        deltas = [part.text async for part in response if isinstance(part, TranscriptDelta)]
        assert deltas == ["Hel", "lo"]
        assert (await response.result()).usage == Usage(4, 2)
        assert server.asked[0].form["stream"] == [(None, None, b"true")]
        with pytest.raises(MalformedEventError):
            await model(TranscriptionRequest(audio=b"x", stream=True))
        with pytest.raises(TruncatedStreamError):
            await (await model(TranscriptionRequest(audio=b"x", stream=True))).result()

    events = sse(
        {"type": "transcript.text.delta", "delta": "Hel"},
        {"type": "transcript.text.delta", "delta": "lo"},
        {"type": "transcript.text.done", "text": "Hello", "usage": {"input_tokens": 4, "output_tokens": 2}},
    )
    play(main, Reply(pieces=events), Reply(pieces=[b"data: [3]\n\n"]), Reply(pieces=events[:2]))


def test_together_ranks_documents() -> None:
    async def run() -> None:
        found = [{"index": 0, "relevance_score": 0.1}, {"index": 1, "relevance_score": 0.9}]
        replies = (
            Reply({"id": "r", "model": "m", "results": found, "usage": {"prompt_tokens": 4}}),
            Reply({"results": [{}]}),
        )
        async with serve(*replies) as server:
            model = create_togetherai(api_key=KEY, base_url=server.url).reranking("m")
            request = RerankRequest(query="q", documents=("a", freeze({"text": "b"})), top_n=2)
            result = await model(request)
            assert [(each.index, each.score, each.document) for each in result.ranking] == [
                (1, 0.9, {"text": "b"}),
                (0, 0.1, "a"),
            ]
            assert result.usage.input_tokens == 4
            assert server.asked[0].json == {
                "model": "m",
                "query": "q",
                "documents": ["a", {"text": "b"}],
                "return_documents": False,
                "top_n": 2,
            }
            with pytest.raises(InvalidResponseError, match="not a ranking"):
                await model(request)

    asyncio.run(run())


def test_together_makes_images() -> None:
    async def run() -> None:
        async with serve(Reply({"data": [{"b64_json": base64.b64encode(b"pic").decode()}]})) as server:
            model = create_togetherai(api_key=KEY, base_url=server.url).image("flux")
            result = await model(ImageRequest(prompt="A cat", size="64x32"))
            assert result.images[0].data == b"pic"
            assert json.loads(server.asked[0].body)["width"] == 64

    asyncio.run(run())


def test_one_model_in_two_loops() -> None:
    async def run() -> None:
        async with serve(Reply(ANSWER)) as server:
            http_user = create_openai(api_key=KEY, base_url=server.url)
            request = LanguageRequest(messages=(user("Hi"),))
            assert (await (await http_user("gpt-4o")(request)).result()).text == "Hello"

    asyncio.run(run())
    asyncio.run(run())

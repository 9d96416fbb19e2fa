"""Real models of speech, transcription, sentence vectors and reading, in this process, on the real clock."""

from __future__ import annotations

import asyncio
import io
import math
import os
import re
import subprocess
import sys
import threading
import time
import wave
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

import ai_sdk
from ai_sdk import embed_many, generate_speech, generate_text, rerank, stream_speech, transcribe, wrap_model
from ai_sdk.errors import APITimeoutError, InvalidRequestError, OverloadedError
from ai_sdk.messages import FilePart
from ai_sdk.middleware import cache, fallback, rate_limit, retry, timeout
from ai_sdk.parts import AudioDelta, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.providers.local import local
from ai_sdk.requests import SpeechRequest, TranscriptionRequest
from ai_sdk.results import SpeechResult, TranscriptionResponse

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("media")]

SRC = Path(ai_sdk.__file__).parents[1]
FOX = "The quick brown fox jumps over the lazy dog."
THREE = "What is the capital of France? It is a large city. It lies on a river."
STEADY: dict[str, Any] = {"provider_options": {"local": {"noise_scale": 0.0, "noise_w_scale": 0.0}}}


def likeness(one: str, other: str) -> float:
    """How much two texts have the same letters, from 0 to 1, whatever their case and punctuation."""
    a, b = [" ".join(re.findall(r"[a-z']+", text.lower())) for text in (one, other)]
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


@pytest.fixture(scope="module")
def fox(media: None) -> SpeechResult:
    del media
    return asyncio.run(generate_speech(local.speech("piper:joe"), FOX, **STEADY))


def test_what_the_voice_says_the_ears_hear(fox: SpeechResult) -> None:
    with wave.open(io.BytesIO(fox.audio)) as file:
        assert file.getparams()[:3] == (1, 2, 22050)
        seconds = file.getnframes() / 22050
    assert 1.5 < seconds < 6
    assert fox.media_type == "audio/wav"
    assert fox.provider_metadata["local"]["duration"] == pytest.approx(seconds)
    (attempt,) = fox.attempts
    assert (attempt.model, attempt.error) == ("local:piper:joe", None)

    heard = asyncio.run(transcribe(local.transcription("whisper-tiny.en"), fox.audio))
    assert likeness(heard.text, FOX) > 0.9
    assert heard.language == "en"
    assert heard.duration == pytest.approx(seconds, abs=0.01)
    assert " ".join(each.text for each in heard.segments) == heard.text
    assert [each.text for each in heard.words] == heard.text.split()
    times = [at for each in heard.words for at in (each.start, each.end)]
    assert times == sorted(times, key=lambda at: at or 0)
    assert 0 <= (times[0] or 0) < 1
    assert seconds - 1 < (times[-1] or 0) <= seconds + 0.1


def test_a_voice_is_heard_while_it_speaks_and_says_the_same() -> None:
    async def main() -> None:
        pieces: list[bytes] = []
        threads: set[str] = set()
        async with stream_speech("local:piper:joe", THREE, **STEADY) as stream:
            async for piece in stream.audio:
                threads |= {each.name for each in threading.enumerate()}
                pieces.append(piece)
            streamed = await stream.result()
        assert len(pieces) == 3
        assert any(name.startswith("ai-sdk-local") for name in threads)
        whole = await generate_speech("local:piper:joe", THREE, **STEADY)
        assert streamed.audio == whole.audio
        assert b"".join(pieces)[44:] == whole.audio[44:]

    asyncio.run(main())


def test_the_first_sentence_of_many_does_not_wait_for_the_last() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with await local.speech()(SpeechRequest(text=THREE * 3, stream=True)) as response:
            first = None
            async for part in response:
                if isinstance(part, AudioDelta) and first is None:
                    first = loop.time() - began
        assert first is not None
        assert first < (loop.time() - began) / 2

    asyncio.run(main())


def test_speed_and_bare_samples(fox: SpeechResult) -> None:
    async def main() -> None:
        fast = await generate_speech(local.speech(), FOX, speed=2.0, output_format="pcm", **STEADY)
        assert fast.media_type == "audio/pcm;rate=22050"
        assert len(fast.audio) < 0.7 * len(fox.audio)
        assert len(fast.audio) % 2 == 0
        slow = await generate_speech(local.speech(), FOX, output_format="pcm", **STEADY)
        assert slow.audio == fox.audio[44:]
        request = TranscriptionRequest(audio=slow.audio, media_type=slow.media_type)
        heard = await (await local.transcription()(request)).result()
        assert likeness(heard.text, FOX) > 0.9

    asyncio.run(main())


def test_a_pause_is_between_sentences_and_nowhere_else() -> None:
    async def length(text: str, pause: float) -> int:
        own = {**STEADY["provider_options"]["local"], "sentence_pause": pause}
        result = await generate_speech(local.speech(), text, output_format="pcm", provider_options={"local": own})
        return len(result.audio)

    async def main() -> None:
        assert await length(THREE, 1.0) - await length(THREE, 0.0) == 2 * 2 * 22050
        assert await length(FOX, 1.0) == await length(FOX, 0.0)

    asyncio.run(main())


def test_a_transcript_is_streamed_and_folds_to_the_whole(fox: SpeechResult) -> None:
    async def main() -> None:
        model = local.transcription()
        whole = await (await model(TranscriptionRequest(audio=fox.audio))).result()
        response = await model(TranscriptionRequest(audio=fox.audio, stream=True))
        async with response:
            parts = [part async for part in response]
            assert await response.result() == whole
        kinds = [type(part) for part in parts[1:]]
        assert kinds == [TranscriptDelta, TranscriptSegment] * (len(kinds) // 2) + [TranscriptFinish]

    asyncio.run(main())


def test_silence_and_what_is_no_sound() -> None:
    async def main() -> None:
        empty = await generate_speech(local.speech(), "hm", output_format="wav")
        cut = empty.audio[:44]
        heard = await transcribe(local.transcription(), cut)
        assert (heard.text, heard.words, heard.duration) == ("", (), 0.0)
        for nonsense in (b"no sound at all" * 100, empty.audio[:20]):
            with pytest.raises(InvalidRequestError, match="audio cannot be read: ") as caught:
                await transcribe(local.transcription(), nonsense)
            assert caught.value.field == "audio"
        with pytest.raises(InvalidRequestError, match="there is no sound in it"):
            await (await local.transcription()(TranscriptionRequest(audio=drawn("hm").data or b""))).result()

    asyncio.run(main())


def test_the_loop_goes_on_while_a_model_works() -> None:
    async def main() -> None:
        longest, over = 0.0, asyncio.Event()

        async def beat() -> None:
            nonlocal longest
            loop = asyncio.get_running_loop()
            while not over.is_set():
                before = loop.time()
                await asyncio.sleep(0.01)
                longest = max(longest, loop.time() - before)

        heart = asyncio.ensure_future(beat())
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*[generate_speech(local.speech(), THREE) for _ in range(3)])
        took = asyncio.get_running_loop().time() - began
        over.set()
        await heart
        assert longest < max(0.25, took / 2)

    asyncio.run(main())


def test_a_cancelled_call_ends_at_once_and_the_voice_goes_on_working() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        call = asyncio.ensure_future(generate_speech(local.speech(), "One sentence follows the other. " * 40))
        await asyncio.sleep(0.3)
        began = loop.time()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert loop.time() - began < 0.2
        assert (await generate_speech(local.speech(), "Still here.")).audio

    asyncio.run(main())


def test_loops_and_threads_share_one_voice() -> None:
    results: list[bytes] = []

    def speak() -> None:
        results.append(asyncio.run(generate_speech(local.speech(), FOX, **STEADY)).audio)

    threads = [threading.Thread(target=speak) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    speak()
    assert len(results) == 5
    assert len(set(results)) == 1


def test_layers_fit_around_a_voice_and_ears(fox: SpeechResult) -> None:
    async def main() -> None:
        voice = wrap_model(local.speech(), [cache(), retry(), timeout(total=60), rate_limit(concurrency=1)])
        first = await generate_speech(voice, FOX)
        second = await generate_speech(voice, FOX)  # a voice without a cache never says it twice the same way
        assert first.audio == second.audio
        assert (len(first.attempts), len(second.attempts)) == (1, 0)

        hasty = wrap_model(local.speech(), [timeout(total=0.05)])
        with pytest.raises(APITimeoutError):
            await generate_speech(hasty, "One sentence follows the other. " * 20)

        async def busy(request: TranscriptionRequest) -> TranscriptionResponse:
            raise OverloadedError("busy")

        ears = wrap_model(busy, [fallback(local.transcription())])
        heard = await transcribe(ears, fox.audio)
        assert likeness(heard.text, FOX) > 0.9
        assert [(each.model, each.error is None) for each in heard.attempts] == [
            ("busy", False),
            ("local:whisper-tiny.en", True),
        ]

    asyncio.run(main())


def test_a_voice_and_ears_of_ones_own(fox: SpeechResult) -> None:
    from ai_sdk.providers.local._media import EARS, VOICE, find_media

    async def main() -> None:
        voice = local.speech(str(find_media(VOICE, VOICE)))
        assert (await generate_speech(voice, FOX, **STEADY)).audio == fox.audio
        with pytest.raises(InvalidRequestError, match="voice is 'joe'; the model has: one voice, which needs no name"):
            await generate_speech(voice, FOX, voice="joe")
        ears = local.transcription(str(find_media(EARS, EARS)))
        heard = await transcribe(ears, fox.audio, language="en")
        assert likeness(heard.text, FOX) > 0.9

    asyncio.run(main())


def cosine(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_sentence_vectors_are_those_of_the_model() -> None:
    """The similarities are those that its authors publish with these sentences."""
    texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    result = asyncio.run(embed_many("local:all-minilm-l6-v2", texts))
    a, b, c = result.embeddings
    assert [len(each) for each in result.embeddings] == [384] * 3
    assert [math.hypot(*each) for each in result.embeddings] == pytest.approx([1.0] * 3)
    assert [cosine(a, b), cosine(a, c), cosine(b, c)] == pytest.approx([0.6660, 0.1046, 0.1411], abs=2e-4)
    assert result.usage.input_tokens == 25


def test_vectors_do_not_depend_on_their_neighbours_and_are_in_order() -> None:
    texts = [f"{'very ' * (7 * number % 11)}short text number {number}" for number in range(20)] + ["word " * 300]

    async def main() -> None:
        model = local.embedding("all-minilm-l6-v2")
        together = await embed_many(model, texts)
        for index in (0, 7, 20):
            alone = await embed_many(model, [texts[index]])
            assert cosine(alone.embeddings[0], together.embeddings[index]) == pytest.approx(1.0, abs=1e-5)
        assert [each.feature for each in together.warnings] == ["values"]
        assert "1 of 21 texts had more than 256 tokens" in together.warnings[0].message

    asyncio.run(main())


def test_ranks() -> None:
    documents: list[Any] = [
        "The capital of France is Paris.",
        {"title": "Hamlet", "author": "William Shakespeare"},
        "Pasta needs ten minutes in boiling water.",
    ]
    result = asyncio.run(rerank("local:all-minilm-l6-v2", "Who wrote Hamlet?", documents, top_n=2))
    assert [each.index for each in result.ranking] == [1, 0]
    assert result.ranking[0].score > 0.5 > result.ranking[1].score
    assert result.warnings[0].feature == "documents"


def drawn(text: str) -> FilePart:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGBA", (700, 40 + 60 * len(text.splitlines())), (0, 0, 0, 0))
    ImageDraw.Draw(picture).multiline_text((30, 20), text, fill="black", font=ImageFont.load_default(40), spacing=16)
    data = io.BytesIO()
    picture.save(data, "PNG")
    return FilePart(data=data.getvalue(), media_type="image/png")


def test_the_reader_reads_pictures_line_by_line() -> None:
    async def main() -> None:
        sign, blank = drawn("The train to Paris\nleaves at nine."), drawn("")
        result = await generate_text("local:rapidocr", ["read", sign, blank, drawn("Platform 7")])
        assert result.text == "The train to Paris\nleaves at nine.\n\nPlatform 7"
        assert result.finish_reason == "stop"
        first, second, third = result.provider_metadata["local"]["pictures"]
        assert (len(first), len(second), len(third)) == (2, 0, 1)
        assert first[0]["score"] > 0.8
        assert first[0]["corners"][0][1] < first[1]["corners"][0][1]
        with pytest.raises(InvalidRequestError, match="the picture cannot be read") as caught:
            await generate_text("local:rapidocr", [FilePart(data=b"nonsense", media_type="image/png")])
        assert caught.value.field == "messages"

    asyncio.run(main())


LEFT = """
import asyncio
from ai_sdk.providers.local import local
from ai_sdk.requests import SpeechRequest

async def main():
    global response
    response = await local.speech()(SpeechRequest(text="One sentence follows the other. " * 40, stream=True))
    print("began", flush=True)

asyncio.run(main())
"""


def test_a_program_that_leaves_a_stream_open_ends() -> None:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", LEFT],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "began\n")
    assert time.perf_counter() - began < 40

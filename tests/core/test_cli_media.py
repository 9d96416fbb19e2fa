"""The commands for pictures, sounds, films, vectors and ranking, with models of a provider that is registered here."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ai_sdk import (
    AudioDelta,
    CallWarning,
    EmbeddingRequest,
    EmbeddingResult,
    Finish,
    GeneratedFile,
    ImageRequest,
    ImageResult,
    RankedDocument,
    RateLimitError,
    RerankRequest,
    RerankResult,
    Segment,
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
    fold_speech,
    fold_transcription,
)
from ai_sdk.cli import main
from ai_sdk.polling import Pending, Polling, poll
from ai_sdk.provider import Endpoint, Provider
from ai_sdk.registry import registry

PNG = b"\x89PNG\r\n\x1a\n"


class Lab(Provider):
    """Models that note their requests and answer something of each kind."""

    def __init__(self) -> None:
        super().__init__(Endpoint(name="lab", base_url="http://lab.example"))
        self.requests: list[Any] = []
        self.error: Exception | None = None
        self.segments = [
            TranscriptSegment(Segment("Hello.", 0.0, 1.25)),
            TranscriptSegment(Segment("You.", 1.25, 3661.5)),
        ]

    def note(self, request: Any) -> None:
        self.requests.append(request)
        if self.error is not None:
            raise self.error

    def image(self, model_id: str) -> Any:
        async def model(request: ImageRequest) -> ImageResult:
            self.note(request)
            warning = CallWarning("unsupported", "seed", "it has no seed; it was left out")
            files = tuple(GeneratedFile(PNG + bytes([at])) for at in range(request.n))
            return ImageResult(images=files, warnings=(warning,) if request.seed else (), usage=Usage(3, 4))

        return model

    def video(self, model_id: str) -> Any:
        async def model(request: VideoRequest) -> VideoResult:
            self.note(request)
            looks = iter(
                [Pending("queued"), Pending("running", 0.4), VideoResult(videos=(GeneratedFile(b"film", "video/mp4"),))]
            )

            async def look() -> Any:
                return next(looks)

            found: VideoResult = await poll(look, job="j", polling=Polling(interval=0.001))
            return found

        return model

    def speech(self, model_id: str) -> Any:
        async def model(request: SpeechRequest) -> SpeechResponse:
            self.note(request)
            return SpeechResponse.of([AudioDelta(b"ID3"), AudioDelta(b"more"), Finish("stop", Usage())], fold_speech)

        return model

    def transcription(self, model_id: str) -> Any:
        async def model(request: TranscriptionRequest) -> TranscriptionResponse:
            self.note(request)
            finish = TranscriptFinish(Usage(), "en", 3661.5, (Segment("Hello", 0.0, 1.0),))
            return TranscriptionResponse.of(
                [TranscriptDelta("Hello. You."), *self.segments, finish], fold_transcription
            )

        return model

    def embedding(self, model_id: str) -> Any:
        async def model(request: EmbeddingRequest) -> EmbeddingResult:
            self.note(request)
            return EmbeddingResult(embeddings=tuple((float(len(each)), 0.5) for each in request.values))

        return model

    def reranking(self, model_id: str) -> Any:
        async def model(request: RerankRequest) -> RerankResult:
            self.note(request)
            ranking = [RankedDocument(at, 1.0 - at / 10, each) for at, each in enumerate(request.documents)]
            return RerankResult(ranking=tuple(ranking[: request.top_n]))

        return model


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lab:
    made = Lab()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_providers", {**registry._providers, "lab": made})
    return made


Output = Callable[[], tuple[str, str]]


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Output:
    def read() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    return read


def test_pictures_are_written_where_nothing_is(lab: Lab, output: Output) -> None:
    Path("image.png").write_bytes(b"precious")
    assert (
        main(["image", "lab:m", "a", "cat", "-n", "2", "--size", "64x64", "--option", "quality=low", "--option", "k=3"])
        == 0
    )
    assert output() == ("image-2.png\nimage-3.png\n", "")
    assert Path("image.png").read_bytes() == b"precious"
    assert Path("image-3.png").read_bytes() == PNG + b"\1"
    assert lab.requests == [
        ImageRequest(prompt="a cat", n=2, size="64x64", provider_options={"lab": {"quality": "low", "k": 3}})
    ]


def test_pictures_go_into_a_named_file_which_is_not_overwritten(lab: Lab, output: Output) -> None:
    assert main(["image", "lab:m", "a cat", "-o", "cat.png", "-n", "2"]) == 0
    assert output()[0] == "cat.png\ncat-2.png\n"
    assert main(["image", "lab:m", "a cat", "-o", "cat.png"]) == 2
    assert "cat.png exists; --force overwrites it" in output()[1]
    assert main(["image", "lab:m", "a cat", "-o", "cat.png", "--force"]) == 0
    assert len(lab.requests) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "no/such/folder/a.png"], "does not exist"),
        (["-o", "."], "is a folder"),
        (["--option", "quality"], "is not NAME=VALUE"),
        (["-n", "0"], "n is 0"),
        (["--image", "no-such-file.png"], "cannot be read"),
    ],
)
def test_bad_words_are_told_before_any_call(lab: Lab, output: Output, words: list[str], said: str) -> None:
    assert main(["image", "lab:m", "a cat", *words]) == 2
    assert said in output()[1]
    assert lab.requests == []


def test_warnings_attempts_and_usage_are_told(lab: Lab, output: Output) -> None:
    assert main(["image", "lab:m", "a cat", "--seed", "3", "-v"]) == 0
    _, notes = output()
    assert "warning: seed: it has no seed" in notes
    assert "attempt 1:" in notes
    assert "usage: 3 tokens in, 4 tokens out" in notes


def test_a_failure_is_one_line(lab: Lab, output: Output) -> None:
    lab.error = RateLimitError("slow down", status=429, provider="lab")
    assert main(["image", "lab:m", "a cat"]) == 1
    assert output() == ("", "ai-sdk: lab 429: slow down\n")


def test_a_film_with_its_progress(lab: Lab, output: Output) -> None:
    assert main(["video", "lab:m", "a cat walks", "--duration", "5", "--aspect-ratio", "16:9", "--timeout", "9"]) == 0
    assert output() == ("video.mp4\n", "queued\nrunning 40%\n")
    assert Path("video.mp4").read_bytes() == b"film"
    assert lab.requests == [VideoRequest(prompt="a cat walks", duration=5.0, aspect_ratio="16:9")]


def test_a_film_that_takes_too_long(lab: Lab, output: Output) -> None:
    assert main(["video", "lab:m", "a cat walks", "--timeout", "0.002"]) == 1
    assert "the job j was" in output()[1]


def test_a_bar_on_a_terminal(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["video", "lab:m", "a cat walks"]) == 0
    assert "running  40%" in terminal.getvalue()


def test_speech(lab: Lab, output: Output) -> None:
    assert main(["speak", "lab:m", "Hello", "you", "-o", "a.mp3", "--voice", "joe", "--speed", "1.5"]) == 0
    assert output()[0] == "a.mp3\n"
    assert Path("a.mp3").read_bytes() == b"ID3more"
    assert lab.requests == [SpeechRequest(text="Hello you", voice="joe", speed=1.5, output_format="mp3")]


def test_speech_is_streamed_to_a_player(lab: Lab, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["speak", "lab:m", "Hello", "-o", "-"]) == 0
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == b"ID3more"
    assert lab.requests[0].stream


def test_a_text_from_standard_input(lab: Lab, monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Hello\n"))
    assert main(["speak", "lab:m"]) == 0
    assert lab.requests[0].text == "Hello"
    monkeypatch.setattr(sys, "stdin", io.StringIO(" \n"))
    assert main(["speak", "lab:m"]) == 2
    assert "there is no text" in output()[1]


def test_a_transcript(lab: Lab, output: Output) -> None:
    Path("a.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    assert main(["transcribe", "lab:m", "a.wav", "--language", "en"]) == 0
    assert output()[0] == "Hello. You.\n"
    assert (lab.requests[0].filename, lab.requests[0].language) == ("a.wav", "en")
    assert main(["transcribe", "lab:m", "a.wav", "--format", "json"]) == 0
    said = json.loads(output()[0])
    assert said["segments"][0] == {"text": "Hello.", "start": 0.0, "end": 1.25}
    assert (said["language"], said["duration"], len(said["words"])) == ("en", 3661.5, 1)


SRT = """\
1
00:00:00,000 --> 00:00:01,250
Hello.

2
00:00:01,250 --> 01:01:01,500
You.
"""
VTT = """\
WEBVTT

00:00:00.000 --> 00:00:01.250
Hello.

00:00:01.250 --> 01:01:01.500
You.
"""


@pytest.mark.parametrize(("kind", "shown"), [("srt", SRT), ("vtt", VTT)])
def test_subtitles(lab: Lab, output: Output, kind: str, shown: str) -> None:
    Path("a.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    assert main(["transcribe", "lab:m", "a.wav", "--format", kind]) == 0
    assert output()[0] == shown
    lab.segments = [TranscriptSegment(Segment("Hello."))]
    assert main(["transcribe", "lab:m", "a.wav", "--format", kind]) == 1
    assert "no segments with times" in output()[1]


def test_vectors(lab: Lab, output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["embed", "lab:m", "a", "bc", "--dimensions", "2"]) == 0
    assert output()[0] == "[1.0, 0.5]\n[2.0, 0.5]\n"
    assert lab.requests == [EmbeddingRequest(values=("a", "bc"), dimensions=2)]
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\n\nthree\n"))
    assert main(["embed", "lab:m"]) == 0
    assert output()[0] == "[3.0, 0.5]\n[5.0, 0.5]\n"


def test_ranking(lab: Lab, output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["rerank", "lab:m", "what", "a", "b", "--top-n", "1"]) == 0
    assert output()[0] == "1.0000\ta\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO("a\nb\n"))
    assert main(["rerank", "lab:m", "what", "--json"]) == 0
    assert [json.loads(line) for line in output()[0].splitlines()] == [
        {"index": 0, "score": 1.0, "document": "a"},
        {"index": 1, "score": 0.9, "document": "b"},
    ]

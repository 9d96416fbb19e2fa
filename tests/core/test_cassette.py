"""The laws of cassettes: their plain form, their errors, and what they say of a request that they lack."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_cassette as wrong
from laws.harness import ANSWERS
from layer_laws.kit import examples, rejects

from ai_sdk import errors
from ai_sdk._frozen import freeze
from ai_sdk.cassette import Cassette, error_from_plain, error_to_plain, from_plain, to_plain
from ai_sdk.errors import AISDKError, AllModelsFailedError, APIError, APITimeoutError, InvalidRequestError, LayerError
from ai_sdk.messages import FilePart, SourcePart, ToolCallPart, ToolResultPart, assistant, system, tool_results, user
from ai_sdk.parts import AudioDelta, TextDelta, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.requests import (
    EmbeddingRequest,
    ImageRequest,
    JSONFormat,
    LanguageRequest,
    ProviderTool,
    RerankRequest,
    SpecificTool,
    SpeechRequest,
    ToolDefinition,
    TranscriptionRequest,
    VideoRequest,
)
from ai_sdk.results import (
    EmbeddingResult,
    GeneratedFile,
    ImageResult,
    LanguageResult,
    RankedDocument,
    RerankResult,
    Segment,
    SpeechResult,
    TranscriptionResult,
    Usage,
    VideoResult,
    fold_language,
)

PICTURE = FilePart(data=b"\x00\xff", media_type="image/png", filename="a.png")
VALUES: list[Any] = [
    LanguageRequest(
        messages=(
            system("be brief", groq={"a": (1, None)}),
            user("hi", PICTURE, name="ada"),
            assistant(ToolCallPart("c", "f", "{}"), SourcePart("s", url="u")),
            tool_results(ToolResultPart("c", "f", {"$": "TextDelta", "$$": 1, "deep": [b"x", None, 0, False]})),
        ),
        temperature=0.0,
        stop=("x",),
        tools=(ToolDefinition("f", "does", {"type": "object"}), ProviderTool("groq.search", {"n": 1})),
        tool_choice=SpecificTool("f"),
        response_format=JSONFormat({"type": "object"}),
        provider_options={"groq": {"x": []}},
    ),
    EmbeddingRequest(values=("a", "b"), dimensions=3),
    ImageRequest(prompt="a cat", files=(PICTURE,)),
    SpeechRequest(text="hi", speed=1.5),
    TranscriptionRequest(audio=b"\x01\x02"),
    RerankRequest(query="q", documents=("a", freeze({"title": "b"}))),
    VideoRequest(prompt="a cat", image=PICTURE),
    EmbeddingResult(embeddings=((0.1, -2.0),), usage=Usage(input_tokens=3)),
    ImageResult(images=(GeneratedFile(b"\x89", "image/png"),)),
    VideoResult(videos=(GeneratedFile(b"v"),)),
    SpeechResult(audio=b"\xff"),
    TranscriptionResult(text="a", segments=(Segment("a", 0.0, 1.5),)),
    RerankResult(ranking=(RankedDocument(1, 0.5, "b"), RankedDocument(0, 0.1, freeze({"t": "a"})))),
    LanguageResult(content=(ToolCallPart("c", "f", "{}"),), finish_reason="stop", provider_metadata={"x": {"y": 1}}),
    (AudioDelta(b"\x01"), TranscriptDelta("a"), TranscriptSegment(Segment("a")), TranscriptFinish(Usage())),
    TextDelta("\ud800 \u2028 \x00 \U0001f600"),
]
DATA: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=4), st.binary(max_size=4)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["$", "$$", "a", "base64", "text"]), inner, max_size=3),
        st.fixed_dictionaries({"$": st.just("TextDelta"), "text": st.text(max_size=2)}),
    ),
    max_leaves=8,
)


def law_round_trip(make: Callable[[Any], Any]) -> None:
    @examples(100)
    @given(st.one_of(st.sampled_from(VALUES), DATA, st.binary(max_size=4), ANSWERS.map(tuple)))
    def law(value: Any) -> None:
        line = json.dumps(make(freeze(value)), ensure_ascii=False)
        back = from_plain(json.loads(line.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")))
        assert back == freeze(value)
        assert repr(back) == repr(freeze(value))

    law()


def test_what_is_read_equals_what_was_written() -> None:
    law_round_trip(to_plain)
    rejects(law_round_trip, wrong.plain_with_bare_dollars)
    rejects(law_round_trip, wrong.plain_as_text)
    rejects(law_round_trip, wrong.plain_without_false)


def test_headers_and_layer_options_are_never_written() -> None:
    request = LanguageRequest(messages=(user("hi"),), headers={"x": "secret"}, layer_options={"cache": {"k": "secret"}})
    assert "secret" not in json.dumps(to_plain(request))
    assert "secret" not in json.dumps(error_to_plain(APIError("no", status=500, headers={"x": "secret"})))


ERRORS: list[Exception] = [
    errors.RateLimitError("slow", status=429, provider="groq", retry_after=1.5, body={"a": [1]}, request_id="r"),
    APITimeoutError("late", limit="idle", seconds=2.0),
    errors.MalformedEventError("bad", event="{"),
    errors.InvalidToolInputError("bad", tool="f", call_id="c", input="{"),
    errors.NoObjectGeneratedError("none", text="x", usage=Usage(input_tokens=1)),
    InvalidRequestError("no", field="seed"),
    errors.GuardrailError("refused"),
    ConnectionResetError(104, "reset"),
    ValueError("a bug"),
]


def test_errors_come_back_as_what_they_were() -> None:
    for error in [*ERRORS, AllModelsFailedError("all", ERRORS)]:
        plain = json.loads(json.dumps(error_to_plain(error)))
        back = error_from_plain(plain)
        assert type(back) is type(error)
        assert str(back) == str(error)
        assert error_to_plain(back) == plain
        if isinstance(error, AISDKError):
            assert isinstance(back, AISDKError)
            assert (back.retryable, back.retry_after) == (error.retryable, error.retry_after)
    group = error_from_plain(error_to_plain(AllModelsFailedError("all", ERRORS)))
    assert isinstance(group, AllModelsFailedError)
    assert [type(each) for each in group.exceptions] == [type(each) for each in ERRORS]


def test_an_error_carries_its_partial_result() -> None:
    error = errors.StreamError("broken")
    error.partial = fold_language([TextDelta("half")])
    back: Any = error_from_plain(json.loads(json.dumps(error_to_plain(error))))
    assert back.partial == error.partial


def test_an_error_of_a_foreign_class_is_named() -> None:
    class Odd(Exception):
        pass

    back = error_from_plain(error_to_plain(Odd("what", object())))
    assert isinstance(back, LayerError)
    assert "Odd" in str(back)
    assert isinstance(error_from_plain({"class": "exit", "args": []}), LayerError)


def line(request: Any, call: int = 0) -> dict[str, Any]:
    return {"call": call, "model": "m", "request": to_plain(request), "result": None}


def test_the_nearest_recording_is_named() -> None:
    tape = Cassette()
    asked = LanguageRequest(messages=(system("s"), user("secret question")), temperature=0.5)
    assert "no recording of any LanguageRequest" in str(tape.explain(asked))
    tape.add(line(EmbeddingRequest(values=("a",))))
    tape.add(line(LanguageRequest(messages=(user("x"),), seed=3)))
    tape.add(line(LanguageRequest(messages=(system("s"), user("another question")), temperature=0.5)))
    error = tape.explain(asked)
    assert error.field == "messages[1].content[0].text"
    assert "secret" not in str(error)
    assert "record(" in str(error)
    tape.add(line(asked))
    assert tape.take(asked) is not None
    assert tape.take(asked) is None
    assert "1 recording(s)" in str(tape.explain(asked))
    assert tape.explain(LanguageRequest(messages=asked.messages, temperature=0.7)).field == "temperature"


def test_headers_layer_options_and_stream_make_no_other_request() -> None:
    tape = Cassette()
    tape.add(line(LanguageRequest(messages=(user("x"),))))
    assert tape.take(
        LanguageRequest(messages=(user("x"),), stream=True, headers={"a": "b"}, layer_options={"cache": {}})
    )


def test_lines_are_in_the_order_in_which_the_calls_began(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    tape = Cassette(path)
    request = EmbeddingRequest(values=("a",))
    assert [tape.begin(), tape.begin()] == [0, 1]
    tape.add(line(request, 1))
    tape.add(line(request, 0))
    again = Cassette(path)
    assert [each.call for each in again.recordings] == [0, 1]
    assert again.begin() == 2
    assert repr(again) == f"Cassette({str(path)!r})"
    assert len(path.read_text().splitlines()) == 2


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "other"}', '{"format": "ai-sdk cassette 1", "call": 0}'])
def test_a_file_that_is_no_cassette_says_which_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tape.jsonl"
    path.write_text("\n" + text + "\n")
    with pytest.raises(InvalidRequestError, match="line 2") as raised:
        _ = Cassette(path).recordings
    assert raised.value.field == "cassette"


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="object"):
        to_plain(object())
    with pytest.raises(InvalidRequestError, match="key"):
        to_plain({1: 2})


def test_a_file_that_cannot_be_written_is_told_and_changes_nothing(tmp_path: Path) -> None:
    told: list[Any] = []

    async def trial() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["exception"]))
        tape = Cassette(tmp_path)
        tape._loaded = True
        tape.add(line(EmbeddingRequest(values=("a",))))

    asyncio.run(trial())
    assert isinstance(told[0], IsADirectoryError)


def test_law_10_two_threads_write_and_read_one_cassette(tmp_path: Path) -> None:
    tape = Cassette(tmp_path / "tape.jsonl")
    request = EmbeddingRequest(values=("a",))
    got: list[Any] = []

    def work() -> None:
        for _ in range(50):
            tape.add(line(request, tape.begin()))
            got.append(tape.take(request))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.call for each in got if each is not None) == sorted({each.call for each in got if each})
    assert len(Cassette(tape.path).recordings) == 100
    assert sorted(each.call for each in tape.recordings) == list(range(100))

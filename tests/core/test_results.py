"""Results, usage, and how parts fold."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given, settings
from laws.harness import ANSWERS, USAGES

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.messages import FilePart, ReasoningPart, SourcePart, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.parts import (
    AudioDelta,
    Finish,
    LanguagePart,
    ReasoningDelta,
    ResponseMetadata,
    StreamStart,
    TextDelta,
    ToolInputDelta,
    TranscriptDelta,
    TranscriptFinish,
    TranscriptionPart,
    TranscriptSegment,
)
from ai_sdk.results import (
    CallWarning,
    EmbeddingResult,
    GeneratedFile,
    LanguageResult,
    ResponseInfo,
    Segment,
    SpeechResult,
    TranscriptionResult,
    Usage,
    fold_language,
    fold_speech,
    fold_transcription,
)

FINISH = Finish("stop", Usage(1, 2))
WARNING = CallWarning("unsupported", "seed", "this model has no seed")


@given(USAGES, USAGES, USAGES)
def test_usages_add_like_numbers(one: Usage, two: Usage, three: Usage) -> None:
    assert one + Usage() == Usage() + one == one
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert sum([one, two, three], Usage()) == reduce(Usage.__add__, [three, one, two])


@given(USAGES, USAGES)
def test_the_sum_of_totals_is_the_total_of_the_sum(one: Usage, two: Usage) -> None:
    def known(number: int | None) -> int:
        return number or 0

    assert known((one + two).total_tokens) == known(one.total_tokens) + known(two.total_tokens)


@given(USAGES)
def test_unknown_is_none_and_never_zero(usage: Usage) -> None:
    assert (usage.uncached_tokens is None) == (usage.input_tokens is None)
    assert (usage.text_tokens is None) == (usage.output_tokens is None)
    assert (usage.total_tokens is None) == (usage.input_tokens is None and usage.output_tokens is None)
    for part in (usage.uncached_tokens, usage.text_tokens):
        assert part is None or part >= 0


def test_a_usage_in_parts() -> None:
    usage = Usage(10, 20, cache_read_tokens=3, cache_write_tokens=2, reasoning_tokens=5, raw=freeze({"x": 1}))
    assert (usage.uncached_tokens, usage.text_tokens, usage.total_tokens) == (5, 15, 30)
    assert usage == Usage(10, 20, 3, 2, 5)
    assert (usage + usage).raw is None
    assert "raw" not in repr(usage)


@settings(deadline=None)
@given(ANSWERS, ANSWERS)
def test_folding_depends_on_nothing_but_the_parts(answer: list[LanguagePart], other: list[LanguagePart]) -> None:
    before = fold_language(answer)
    fold_language(other)
    assert fold_language(tuple(answer)) == before
    assert hash(before) == hash(fold_language(answer))


def test_blocks_stand_in_the_order_of_their_first_delta() -> None:
    result = fold_language(
        [
            ReasoningDelta("h", "r", freeze({"x": {"a": 1}})),
            TextDelta("a", "1"),
            ToolInputDelta("c", "look", "{"),
            TextDelta("b", "2"),
            ReasoningDelta("m", "r"),
            ToolCallPart("c", "look", "{}"),
            TextDelta("a", "1"),
            ReasoningDelta("", "r", freeze({"x": {"signature": "s"}, "y": {"b": 2}})),
            FINISH,
        ]
    )
    assert result.content == (
        ReasoningPart("hm", freeze({"x": {"a": 1, "signature": "s"}, "y": {"b": 2}})),
        TextPart("aa"),
        TextPart("b"),
        ToolCallPart("c", "look", "{}"),
    )
    assert (result.text, result.reasoning) == ("aab", "hm")
    assert result.message.content == result.content


def test_empty_blocks_are_left_out_but_a_signature_is_kept() -> None:
    signed = ReasoningDelta("", "s", freeze({"x": {"signature": "s"}}))
    assert fold_language([TextDelta(""), ReasoningDelta(""), FINISH]).content == ()
    assert fold_language([signed, FINISH]).content == (ReasoningPart("", signed.provider_metadata),)


def test_whole_content_and_metadata() -> None:
    file, source = FilePart(data=b"x"), SourcePart("1", url="https://a.example")
    answer = ToolResultPart("c", "search", {"a": 1}, provider_executed=True)
    result = fold_language(
        [
            StreamStart((WARNING,)),
            ResponseMetadata("r1", "m1"),
            file,
            source,
            answer,
            ResponseMetadata(model="m2", timestamp=5.0, headers=freeze({"a": "b"})),
            ResponseMetadata(),
            Finish("stop", Usage(1, 2), "eos", freeze({"x": {"y": 1}}), (WARNING,)),
        ]
    )
    assert (result.files, result.sources, result.tool_calls) == ((file,), (source,), ())
    assert result.response == ResponseInfo("r1", "m2", 5.0, freeze({"a": "b"}))
    assert result.warnings == (WARNING, WARNING)
    assert (result.finish_reason, result.raw_finish_reason) == ("stop", "eos")
    assert result.provider_metadata == {"x": {"y": 1}}
    assert result.content == (file, source, answer)


def test_nothing_folds_to_a_partial_result() -> None:
    assert fold_language([]) == LanguageResult()
    assert LanguageResult().finish_reason is None
    assert fold_speech([]) == SpeechResult()
    assert fold_transcription([]) == TranscriptionResult()


def test_results_compare_by_what_was_answered() -> None:
    one = EmbeddingResult(embeddings=((1.0,),), response=ResponseInfo("a"))
    assert one == EmbeddingResult(embeddings=((1.0,),), response=ResponseInfo("b"))
    assert one != EmbeddingResult(embeddings=((2.0,),))
    assert one.provider_metadata is EMPTY
    assert "embeddings" not in repr(one)


def test_speech(tmp_path: Path) -> None:
    result = fold_speech(
        [
            StreamStart((WARNING,)),
            ResponseMetadata("r"),
            AudioDelta(b"a", "audio/wav"),
            AudioDelta(b"b", "audio/wav"),
            FINISH,
        ]
    )
    assert (result.audio, result.media_type, result.usage) == (b"ab", "audio/wav", Usage(1, 2))
    assert (result.warnings, result.response.id) == ((WARNING,), "r")
    assert result.save(tmp_path / "a.wav").read_bytes() == b"ab"
    assert fold_speech([FINISH]).media_type == "audio/mpeg"
    assert GeneratedFile(b"x").save(str(tmp_path / "b")).read_bytes() == b"x"


@pytest.mark.parametrize("finished", [True, False])
def test_transcription(finished: bool) -> None:
    segment, word = Segment("hi", 0.0, 0.5), Segment("hi")
    parts: list[TranscriptionPart] = [
        StreamStart((WARNING,)),
        ResponseMetadata("r"),
        TranscriptDelta("h"),
        TranscriptDelta("i"),
        TranscriptSegment(segment),
    ]
    if finished:
        parts.append(TranscriptFinish(Usage(1), "en", 0.5, (word,), freeze({"x": {}})))
    result = fold_transcription(parts)
    assert (result.text, result.segments, result.warnings) == ("hi", (segment,), (WARNING,))
    expected = ("en", 0.5, (word,), Usage(1)) if finished else (None, None, (), Usage())
    assert (result.language, result.duration, result.words, result.usage) == expected

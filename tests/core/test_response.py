"""Responses beside their laws: parts that are all here, mapping, and what is kept by hand."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from ai_sdk.ending import Ending, Releasable
from ai_sdk.errors import APIError, APITimeoutError, ResponseClosedError, StreamError
from ai_sdk.parts import AudioDelta, Finish, LanguagePart, TextDelta
from ai_sdk.response import Live, ending_of, keep
from ai_sdk.results import LanguageResponse, LanguageResult, SpeechResponse, Usage, fold_language, fold_speech

FINISH = Finish("stop", Usage(output_tokens=1))
A, B = TextDelta("a"), TextDelta("b")


class Held:
    def __init__(self) -> None:
        self.endings: list[Ending] = []

    def release(self, ending: Ending, /) -> None:
        self.endings.append(ending)


def whole() -> LanguageResponse:
    return LanguageResponse.of([A, B, FINISH], fold_language)


async def source(*parts: LanguagePart, error: Exception | None = None) -> AsyncGenerator[LanguagePart, None]:
    for part in parts:
        yield part
    if error is not None:
        raise error


async def test_a_whole_response_holds_nothing_and_is_read_like_any_other() -> None:
    response = whole()
    assert response.closed
    async for part in response:
        assert part == A
        break
    await response.aclose()
    assert [part async for part in response] == [B, FINISH]
    assert [part async for part in response] == []
    assert (await response.result()).text == "ab"
    async with whole() as other:
        assert (await other.result()).text == "ab"


async def test_a_whole_response_gives_its_result_to_what_is_kept_at_once() -> None:
    held = Held()
    keep(held, whole())
    assert held.endings[0].how == "end"
    result = held.endings[0].result()
    assert isinstance(result, LanguageResult)
    assert result.text == "ab"
    assert held.endings[0].result() is result, "folded once"


async def test_a_plain_result_is_the_result_of_the_ending() -> None:
    held, answer = Held(), object()
    keep(held, answer)
    assert held.endings[0].result() is answer


async def test_what_is_held_is_released_in_the_order_in_which_it_was_given() -> None:
    first, second, third = Held(), Held(), Held()
    response = await LanguageResponse.start(source(A, FINISH), fold_language, first, second)
    response.keep(third)
    assert not response.closed
    await response.result()
    assert [len(each.endings) for each in (first, second, third)] == [1, 1, 1]


async def test_a_change_may_add_drop_and_replace_parts() -> None:
    async def double(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            yield part
            if part.content:
                yield part

    for peek in (False, True):
        live = await LanguageResponse.start(source(A, B, FINISH), fold_language)
        assert (await (await live.through(double, peek=peek)).result()).text == "aabb"
        assert live.closed
        assert (await (await whole().through(double, peek=peek)).result()).text == "aabb"


async def test_a_change_may_repair_a_broken_stream() -> None:
    async def repair(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        try:
            async for part in parts:
                yield part
        except StreamError:
            yield Finish("other", Usage())

    held = Held()
    live = await LanguageResponse.start(source(A, error=StreamError("cut")), fold_language, held)
    result = await (await live.through(repair)).result()
    assert (result.text, result.finish_reason) == ("a", "other")
    assert held.endings[0].how == "error"


@pytest.mark.parametrize(
    "error",
    [StreamError("cut"), APIError("overloaded", status=529), APITimeoutError("slow", limit="idle", seconds=1.0)],
)
async def test_errors_of_ours_carry_what_had_arrived(error: StreamError | APIError | APITimeoutError) -> None:
    response = await LanguageResponse.start(source(A, B, error=error), fold_language)
    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            await response.result()
        assert caught.value is error
    assert error.partial == LanguageResult(content=fold_language([A, B]).content)
    assert response.closed


async def test_a_foreign_error_passes_as_it_is() -> None:
    error = KeyError("x")
    response = await LanguageResponse.start(source(A, error=error), fold_language)
    with pytest.raises(KeyError) as caught:
        await response.result()
    assert caught.value is error


async def test_reading_a_response_that_was_left_says_so() -> None:
    response = await LanguageResponse.start(source(A, B, FINISH), fold_language)
    async with response:
        pass
    with pytest.raises(ResponseClosedError, match="closed before it was read"):
        async for _ in response:
            pass


async def test_a_speech_response_has_the_same_laws() -> None:
    async def audio() -> AsyncGenerator[AudioDelta | Finish, None]:
        yield AudioDelta(b"ab", "audio/wav")
        yield AudioDelta(b"c", "audio/wav")
        yield FINISH

    held = Held()
    response: SpeechResponse = await SpeechResponse.start(audio(), fold_speech, held)
    result = await response.result()
    assert (result.audio, result.media_type) == (b"abc", "audio/wav")
    assert held.endings[0].how == "end"


def test_live_is_a_promise_alone() -> None:
    with pytest.raises(NotImplementedError):
        Live().keep(Held())
    assert isinstance(Held(), Releasable)


def test_the_ending_of_a_call_that_raised() -> None:
    import asyncio

    assert ending_of(ValueError("x")).how == "error"
    assert ending_of(asyncio.CancelledError()).how == "cancelled"

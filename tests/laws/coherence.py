"""Laws 3 and 7: a stream folds to the answer that does not stream, and a stream without an end is never a success."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeAlias

from hypothesis import strategies as st
from laws.harness import ANSWERS, FINISH, PARTS, STREAMED, WHOLE, A, LanguageLayer, read, search

from ai_sdk.ending import Releasable
from ai_sdk.errors import StreamError, TruncatedStreamError
from ai_sdk.model import wrap_model
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, TextDelta
from ai_sdk.results import LanguageResponse, LanguageResult, fold_language
from ai_sdk.testing import ScriptedModel, parts_of, run

Fold: TypeAlias = Callable[[Sequence[LanguagePart]], LanguageResult]
Parts: TypeAlias = list[LanguagePart]


class Start(Protocol):
    """How a model makes its live response."""

    async def __call__(
        self, source: AsyncGenerator[LanguagePart, None], fold: Fold, *held: Releasable
    ) -> LanguageResponse: ...


def streaming_changes_nothing(layers: Callable[[], Sequence[LanguageLayer]]) -> None:
    """Through a stack the folded stream equals the same answer without streaming, part for part."""

    def law(answer: Parts) -> None:
        async def trial() -> None:
            model = wrap_model(ScriptedModel([answer]), layers())
            response = await model(STREAMED)
            streamed = [part async for part in response]
            whole = [part async for part in await model(WHOLE)]
            assert fold_language(streamed) == fold_language(whole) == await response.result() == await read(model)
            assert streamed == whole, "streaming gave other parts"

        run(trial())

    search(law, ANSWERS, tries=30)


def neutral(layers: Callable[[], Sequence[LanguageLayer]]) -> None:
    """A stack of layers that promise to give on the parts they get does so: the very objects, in order."""

    def law(answer: Parts, stream: bool) -> None:
        async def trial() -> None:
            model = wrap_model(ScriptedModel([answer]), layers())
            got = [part async for part in await model(STREAMED if stream else WHOLE)]
            assert len(got) == len(answer), "parts were dropped or added"
            assert all(one is other for one, other in zip(got, answer, strict=True))

        run(trial())

    search(law, ANSWERS, st.booleans(), tries=30)


def folding_is_faithful(fold: Fold) -> None:
    """Folding forgets only how the answer was cut: not its text, not its order, not its tool calls, not its usage."""

    def law(answer: Parts, cuts: list[int]) -> None:
        result = fold(answer)
        assert fold(parts_of(result)) == result
        assert fold(cut(answer, cuts)) == result, "the cut of the text matters"
        texts = [part.text for part in answer if isinstance(part, TextDelta)]
        assert sorted("".join(texts)) == sorted(result.text)
        calls = [part for part in answer if part.type == "tool-call"]
        assert list(result.tool_calls) == calls, "the tool-call parts are authoritative"
        finish = answer[-1]
        assert isinstance(finish, Finish)
        assert (result.finish_reason, result.raw_finish_reason) == (finish.reason, finish.raw_reason)
        assert result.usage == finish.usage
        partial = fold(answer[:-1])
        assert partial == replace(
            result,
            finish_reason=None,
            raw_finish_reason=None,
            usage=partial.usage,
            provider_metadata=fold([]).provider_metadata,
        )
        assert partial.usage.total_tokens is None, "what the provider did not say is None"

    search(law, ANSWERS, st.lists(st.integers(0, 2), max_size=6))


def cut(answer: Parts, cuts: Sequence[int]) -> Parts:
    """The same answer with its text cut elsewhere."""
    parts: Parts = []
    for at, part in enumerate(answer):
        where = cuts[at % len(cuts)] if cuts else 0
        if isinstance(part, TextDelta | ReasoningDelta) and where:
            parts += [replace(part, text=part.text[:where]), replace(part, text=part.text[where:])]
        else:
            parts.append(part)
    return parts


def no_finish_is_an_error(start: Start) -> None:
    """A stream that ends without a finish raises, in the call or to the reader, and carries all that had arrived."""

    def law(parts: Parts, mapped: bool) -> None:
        async def trial() -> None:
            try:
                response = await start(_given(parts), fold_language)
                if mapped:
                    response = await response.through(_through)
                await response.result()
            except TruncatedStreamError as error:
                assert isinstance(error.partial, LanguageResult), "the partial result is missing"
                assert error.partial == fold_language(parts), "the partial result is not what had arrived"
                assert error.partial.finish_reason is None
                assert error.retryable
                return
            raise AssertionError("a stream without a finish was a success")

        run(trial())

    search(law, st.lists(PARTS, max_size=5), st.booleans(), tries=40)


def a_broken_stream_is_an_error(start: Start) -> None:
    """An error in the middle reaches the reader after the parts before it, with what had arrived, every time."""

    def law(parts: Parts, again: int) -> None:
        async def trial() -> None:
            got: Parts = []
            broken = StreamError("broken")
            response = await start(_given([A, *parts], broken), fold_language)
            for _ in range(again + 1):
                try:
                    async for part in response:
                        got.append(part)
                except StreamError as error:
                    assert error is broken
                    assert error.partial == fold_language([A, *parts])
                else:
                    raise AssertionError("reading a broken response again was a success")
            assert got == [A, *parts]

        run(trial())

    search(law, st.lists(PARTS, max_size=4), st.integers(0, 2), tries=20)


def the_head_comes_first(start: Start) -> None:
    """The call returns at the first content, at the finish or at 64 parts; what came before it is delivered first."""

    def law(before: int, parts: Parts) -> None:
        async def trial() -> None:
            pulled: Parts = []
            answer: Parts = [*[LEAD] * before, *parts, FINISH]
            response = await start(_noting(answer, pulled), fold_language)
            first = next(at for at, part in enumerate(answer) if part.content or part.last)
            assert len(pulled) == min(first + 1, 64), "the call returned too early or too late"
            assert [part async for part in response] == answer

        run(trial())

    search(law, st.sampled_from([0, 1, 5, 63, 64, 65, 100]), st.lists(PARTS, max_size=3), tries=30)


LEAD = ResponseMetadata("r")


async def _given(parts: Sequence[LanguagePart], error: Exception | None = None) -> AsyncGenerator[LanguagePart, None]:
    for part in parts:
        yield part
    if error is not None:
        raise error


async def _noting(parts: Sequence[LanguagePart], pulled: Parts) -> AsyncGenerator[LanguagePart, None]:
    for part in parts:
        pulled.append(part)
        yield part


async def _through(parts: Any) -> AsyncGenerator[LanguagePart, None]:
    async for part in parts:
        yield part


def decoders_do_not_leak(decode: Callable[[str], object]) -> None:
    """Whatever text a model wrote, decoding it gives data or our error, never the decoder's."""

    def law(text: str) -> None:
        try:
            decode(text)
        except Exception as error:
            assert type(error).__module__.startswith("ai_sdk"), f"{type(error).__name__} leaked"

    odd = st.sampled_from(["", "{", "[1]", "nul", "9" * 5000, "[" * 100_000, '{"a": NaN}', json.dumps("x")])
    search(law, st.one_of(odd, st.text(max_size=20)), tries=40)


async def real_start(source: AsyncGenerator[LanguagePart, None], fold: Fold, *held: Releasable) -> LanguageResponse:
    """The real way to make a live response."""
    return await LanguageResponse.start(source, fold, *held)

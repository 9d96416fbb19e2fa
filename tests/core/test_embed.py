"""Embeddings: chunks, order, bounded parallelism, and what is left when some fail."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk import (
    AuthenticationError,
    CallWarning,
    EmbeddingRequest,
    EmbeddingResult,
    InvalidRequestError,
    InvalidResponseError,
    PartialEmbeddingError,
    RateLimitError,
    ResponseInfo,
    Usage,
    attempts_of,
    embed,
    embed_many,
)
from ai_sdk.testing import ScriptedCall, run


class Embedder:
    """Embeds a text as its length, after as many seconds; counts how many calls run at once."""

    def __init__(self, limit: int | None = None, fails: tuple[str, ...] = ()) -> None:
        if limit is not None:
            self.max_values_per_call = limit
        self.fails = fails
        self.requests: list[EmbeddingRequest] = []
        self.running = self.most = 0

    async def __call__(self, request: EmbeddingRequest) -> EmbeddingResult:
        self.requests.append(request)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(len(request.values[0]))
        finally:
            self.running -= 1
        if set(self.fails) & set(request.values):
            raise RateLimitError("slow down")
        vectors = tuple((float(len(value)),) for value in request.values)
        return EmbeddingResult(embeddings=vectors, usage=Usage(len(vectors)))


async def test_one_text() -> None:
    info = ResponseInfo(model="m")
    warning = CallWarning("unsupported", "dimensions", "left out")
    model = ScriptedCall[EmbeddingRequest, EmbeddingResult](
        [EmbeddingResult(embeddings=((1.0, 2.0),), usage=Usage(3), warnings=(warning,), response=info)]
    )
    result = await embed(model, "hello", dimensions=2, provider_options={"openai": {"user": "x"}})
    assert (result.embedding, result.usage, result.warnings, result.response) == (
        (1.0, 2.0),
        Usage(3),
        (warning,),
        info,
    )
    assert len(result.attempts) == 1
    request = EmbeddingRequest(values=("hello",), dimensions=2, provider_options={"openai": {"user": "x"}})  # pyright: ignore[reportArgumentType]
    assert model.calls == [request]


TEXTS = st.lists(st.text("ab", min_size=1, max_size=5), max_size=20)


@given(TEXTS, st.integers(1, 7), st.integers(1, 5))
def test_chunks_run_side_by_side_within_the_bound_and_answer_in_order(
    texts: list[str], size: int, parallel: int
) -> None:
    async def main() -> None:
        model = Embedder()
        result = await embed_many(model, texts, max_per_call=size, parallel=parallel)
        assert result.embeddings == tuple((float(len(text)),) for text in texts)
        assert [text for request in model.requests for text in request.values] == texts
        assert all(len(request.values) <= size for request in model.requests)
        assert len(model.requests) == len(result.responses) == len(result.attempts) == -(-len(texts) // size)
        assert model.most <= parallel
        assert model.most == min(parallel, len(model.requests))
        assert result.usage == (Usage(len(texts)) if texts else Usage())

    run(main())


async def test_a_chunk_begins_as_soon_as_another_one_ends() -> None:
    model = Embedder()
    await embed_many(model, ["a" * 10, "b", "b", "b", "b"], max_per_call=1, parallel=2)
    assert asyncio.get_running_loop().time() == 10


async def test_the_models_limit_is_the_size_of_a_chunk() -> None:
    model = Embedder(limit=2)
    await embed_many(model, list("abcde"))
    assert [len(request.values) for request in model.requests] == [2, 2, 1]
    await embed_many(model, list("abcde"), max_per_call=4)
    assert [len(request.values) for request in model.requests[3:]] == [4, 1]
    unlimited = Embedder()
    await embed_many(unlimited, list("abcde"))
    assert len(unlimited.requests) == 1


async def test_a_failed_chunk_does_not_lose_the_others() -> None:
    with pytest.raises(PartialEmbeddingError, match="1 of 3 chunks failed; the first error: .*slow down") as caught:
        await embed_many(Embedder(fails=("c",)), list("abcde"), max_per_call=2)
    error = caught.value
    assert error.partial.embeddings == ((1.0,), (1.0,), None, None, (1.0,))
    assert [each is None for each in error.partial.responses] == [False, True, False]
    assert error.partial.usage == Usage(3)
    assert [type(each) for each in error.errors] == [RateLimitError]
    assert error.__cause__ is error.errors[0]
    assert error.retryable
    assert len(error.attempts) == len(error.partial.attempts) == 3


async def test_when_no_chunk_succeeds_the_first_error_itself_is_raised() -> None:
    first = AuthenticationError("no key")
    model = ScriptedCall[EmbeddingRequest, EmbeddingResult]([first, RateLimitError("x")])
    with pytest.raises(AuthenticationError) as caught:
        await embed_many(model, list("abc"), max_per_call=2)
    assert caught.value is first
    assert len(attempts_of(first)) == 2


async def test_an_error_that_is_not_retryable_makes_the_whole_so() -> None:
    good = EmbeddingResult(embeddings=((1.0,),))
    model = ScriptedCall[EmbeddingRequest, EmbeddingResult]([good, RateLimitError("x"), ValueError("y")])
    with pytest.raises(PartialEmbeddingError) as caught:
        await embed_many(model, list("abc"), max_per_call=1)
    assert not caught.value.retryable
    assert len(caught.value.errors) == 2


async def test_the_wrong_number_of_vectors_is_an_error() -> None:
    model = ScriptedCall[EmbeddingRequest, EmbeddingResult]([EmbeddingResult(embeddings=((1.0,), (2.0,)))])
    with pytest.raises(InvalidResponseError, match="2 vectors for 1 texts"):
        await embed(model, "a")
    with pytest.raises(InvalidResponseError, match="2 vectors for 3 texts"):
        await embed_many(model, list("abc"))


async def test_a_cancellation_cancels_every_chunk() -> None:
    model = Embedder()
    task = asyncio.ensure_future(embed_many(model, ["a" * 100] * 8, max_per_call=1))
    await asyncio.sleep(1)
    assert model.running == 4
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.running == 0
    assert len(model.requests) == 4


async def test_no_texts_make_no_call() -> None:
    model = Embedder()
    assert (await embed_many(model, [])).embeddings == ()
    assert model.requests == []


BAD: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    ("text", {}, InvalidRequestError, "values is a str"),
    (["a", 1], {}, InvalidRequestError, r"values\[1\] is a int"),
    (["a"], {"parallel": 0}, InvalidRequestError, "parallel is 0"),
    (["a"], {"max_per_call": 0}, InvalidRequestError, "max_per_call is 0"),
    (["a"], {"dimensions": 0}, InvalidRequestError, "dimensions is 0"),
    (["a"], {"dimension": 5}, TypeError, "did you mean 'dimensions'"),
]


@pytest.mark.parametrize(("values", "settings", "error", "words"), BAD)
async def test_bad_input_is_refused_before_any_call(
    values: Any, settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    model = Embedder()
    with pytest.raises(error, match=words):
        await embed_many(model, values, **settings)
    assert model.requests == []
    with pytest.raises(InvalidRequestError, match="value is a int"):
        await embed(model, 5)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]

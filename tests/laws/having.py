"""What is kept of an answer and given again, tried on every kind of call: caches, codecs, cassettes, batches."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeAlias

from laws.doing import answered, broken, failure, now
from laws.harness import no_task_left, search
from laws.keeping import all_over, given_on
from layer_laws.kinds import Answer, Kind, read, same, stored

from ai_sdk._frozen import EMPTY
from ai_sdk.cassette import Cassette
from ai_sdk.errors import InvalidRequestError, ServerError
from ai_sdk.middleware import record, replay
from ai_sdk.model import wrap_model
from ai_sdk.requests import EmbeddingRequest, changed
from ai_sdk.results import EmbeddingResult, Usage
from ai_sdk.stores.entry import Entry
from ai_sdk.testing import ScriptedCall, run

Make: TypeAlias = Callable[..., Any]
Stores: TypeAlias = Callable[[], Any]


class Bytes:
    """A store of bytes, so that what is kept goes through the codec."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def get(self, key: str, /) -> bytes | None:
        """What was set."""
        return self.kept.get(key)

    async def set(self, key: str, value: bytes, ttl: float | None, /) -> None:
        """Keep bytes."""
        assert type(value) is bytes
        self.kept[key] = value

    async def delete(self, key: str, /) -> None:
        """Forget."""
        self.kept.pop(key, None)


def _is_a_hit(got: Answer, answer: Answer) -> None:
    """Assert that this is the answer, marked as one that has used nothing."""
    assert same(stored(got), stored(answer)), "the hit is another answer"
    took = {"input_tokens": 3, "output_tokens": 4} if answer[-1].usage.total_tokens else {}
    marked = {**answer[-1].provider_metadata, "ai_sdk": {"cached": True, "usage": took}}
    assert got[-1].provider_metadata == marked
    assert got[-1].usage == Usage(input_tokens=0, output_tokens=0)


async def keeps(kind: Kind, make: Make, store: Any) -> None:
    """An equal request gets the answer again, streamed or not; one that differs anywhere, also in bytes, does not."""
    options = {} if store is None else {"store": store, "scope": None}
    model = kind.script(kind.answer, kind.second)
    stack = wrap_model(model, [make(**options)])
    given_on(await answered(kind, stack), kind.answer)
    _is_a_hit(await answered(kind, stack), kind.answer)
    if kind.fold is not None:
        _is_a_hit(await read(stack, changed(kind.request, stream=not kind.live)), kind.answer)
    assert len(model.calls) == 1
    if store is not None:
        again = kind.script(kind.second)
        _is_a_hit(await answered(kind, wrap_model(again, [make(**options)])), kind.answer)
        assert not again.calls
    for count, other in enumerate(kind.others, start=2):
        given_on(await read(stack, other), kind.second)
        assert len(model.calls) == count, "another request got an answer that is not its own"
        _is_a_hit(await read(stack, other), kind.second)
    await all_over(model)


async def _keeps_nothing_broken(kind: Kind, make: Make) -> None:
    *parts, last = kind.answer
    says_why = hasattr(last, "reason")
    cut = (*parts, replace(last, reason="length")) if says_why else kind.answer
    model = kind.script((*parts, broken()), cut, kind.answer)
    stack = wrap_model(model, [make()])
    assert isinstance(await failure(stack, kind.request), ServerError)
    given_on(await answered(kind, stack), cut)
    if says_why:
        given_on(await answered(kind, stack), kind.answer)
    _is_a_hit(await answered(kind, stack), kind.answer)
    assert len(model.calls) == 2 + says_why


async def _asks_once_for_many(kind: Kind, make: Make) -> None:
    model = kind.script((*kind.answer[:-1], 1.0, kind.answer[-1]))
    stack = wrap_model(model, [make()])
    for got in await asyncio.gather(*[read(stack, kind.request) for _ in range(3)]):
        given_on(got, kind.answer)
    assert len(model.calls) == 1
    assert now() == 1.0
    await all_over(model)


async def _does_not_search(kind: Kind, make: Make) -> None:
    nobody = ScriptedCall[EmbeddingRequest, EmbeddingResult]([ValueError("asked for the meaning of another kind")])
    model = kind.script(kind.answer)
    stack = wrap_model(model, [make(semantic=nobody)])
    given_on(await answered(kind, stack), kind.answer)
    _is_a_hit(await answered(kind, stack), kind.answer)
    assert not nobody.calls


def caches(kind: Kind, make: Make, stores: Stores) -> None:
    """What was answered is given again, nothing broken is, and equal calls that come at once are one."""
    run(keeps(kind, make, stores()))
    run(_keeps_nothing_broken(kind, make))
    run(_asks_once_for_many(kind, make))
    if not kind.is_language:
        run(_does_not_search(kind, make))


Codec: TypeAlias = tuple[Callable[[Entry], bytes], Callable[[bytes], "Entry | None"]]


def packs(kind: Kind, codec: Codec) -> None:
    """An answer comes back from its bytes equal in every field."""
    encode, decode = codec

    def law(answer: Answer) -> None:
        entry = Entry(value=answer[0]) if kind.fold is None else Entry(answer, kind.fold)
        got = decode(encode(entry))
        assert got is not None, "the bytes are no entry"
        assert got.fold is kind.fold
        assert same((got.value,) if kind.fold is None else got.parts, answer)

    search(law, kind.answers, tries=40)


def records(kind: Kind, make: Make) -> None:
    """Every answer is recorded so that it can be given again; what is recorded says the request but its headers."""

    def law(request: Any, answer: Answer) -> None:
        async def trial() -> None:
            tape = Cassette()
            model = kind.script(answer)
            given_on(await read(wrap_model(model, [make(tape)]), request), answer)
            assert len(tape.recordings) == 1, "nothing was recorded"
            again = await read(wrap_model(kind.script(broken()), [replay(tape)]), changed(request, headers=EMPTY))
            assert same(again, answer), "what was recorded is another answer"

        run(trial())

    search(law, kind.requests, kind.answers, tries=15)


async def replays_from(kind: Kind, make: Make, path: Any) -> None:
    """What is in the file is given again: the parts as they were cut, at their times; errors too; nobody is asked."""
    model = kind.script((*kind.answer[:-1], 2.0, kind.answer[-1]), (*kind.answer[:-1], broken()))
    taped = wrap_model(model, [record(path)])
    given_on(await answered(kind, taped), kind.answer)
    await failure(taped, kind.request)
    nobody = kind.script(kind.second)
    stack = wrap_model(nobody, [make(path, timing=True)])
    begun = now()
    assert same(await answered(kind, stack), kind.answer), "it is another answer"
    assert now() - begun == 2.0
    error = await failure(stack, kind.request)
    assert type(error) is ServerError
    if kind.live:
        assert error.partial == kind.result(kind.answer[:-1])
    for other in kind.others:
        refused = await failure(stack, other)
        assert isinstance(refused, InvalidRequestError)
        assert _differs_in(kind, other, str(refused.field)), f"the request does not differ in {refused.field}"
    assert not nobody.calls


def _differs_in(kind: Kind, other: Any, field: str) -> bool:
    """Whether a path such as ``files[0].data`` begins with the one field in which two requests differ."""
    names = [each.name for each in fields(other) if getattr(other, each.name) != getattr(kind.request, each.name)]
    return [re.split(r"[.\[]", field)[0]] == names and not field.endswith("base64")


def batches(make: Make) -> None:
    """Embedding calls that come at once are one call, and each caller gets the vectors of its own texts."""

    async def trial() -> None:
        whole = EmbeddingResult(embeddings=((1.0,), (2.0,), (3.0,)), usage=Usage(input_tokens=9))
        model = ScriptedCall[EmbeddingRequest, EmbeddingResult]([whole])
        stack = wrap_model(model, [make()])
        got = await asyncio.gather(stack(EmbeddingRequest(values=("a", "b"))), stack(EmbeddingRequest(values=("c",))))
        assert [each.values for each in model.calls] == [("a", "b", "c")]
        assert [each.embeddings for each in got] == [((1.0,), (2.0,)), ((3.0,),)]
        assert sum((each.usage.input_tokens or 0) for each in got) == 9
        await no_task_left()

    run(trial())

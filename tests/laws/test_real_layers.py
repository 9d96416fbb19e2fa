"""The laws that all layers keep, tried on every real layer alone and on random stacks of them."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from laws import cancelling, closing, coherence, loops, order
from laws import wrong_composition as wrong
from laws.closing import House
from laws.coherence import real_start
from laws.harness import ANSWERS, FINISH, STREAMED, WHOLE, A, B, LanguageModel, no_task_left, rejects, search, turns
from laws.layers import marking
from layer_laws.real import SHEETS, Sheet, missing

from ai_sdk.call import current_call
from ai_sdk.deadline import deadline
from ai_sdk.errors import BadRequestError, TruncatedStreamError
from ai_sdk.model import name_of, wrap_model
from ai_sdk.parts import AudioDelta, SpeechPart
from ai_sdk.requests import EmbeddingRequest, SpeechRequest
from ai_sdk.response import hold
from ai_sdk.results import EmbeddingResult, SpeechResponse, Usage, fold_language, fold_speech
from ai_sdk.testing import ScriptedCall, ScriptedModel, run
from ai_sdk.testing.scripted import Step

EVERY = pytest.mark.parametrize("name", sorted(SHEETS))
SAME = sorted(name for name, sheet in SHEETS.items() if sheet.same)
PLAIN = sorted(name for name in SAME if not SHEETS[name].task)
KINDS = sorted(name for name, sheet in SHEETS.items() if sheet.every_kind)


def test_every_layer_is_here() -> None:
    assert missing() == []


def named(name: str, make: Any) -> None:
    layer = make()
    assert name_of(layer) == name
    assert repr(wrap_model(ScriptedModel(), [layer])).endswith(f", [{name}])")


def named_retry(make: Any) -> None:
    named("retry", make)


@EVERY
def test_M9_a_layer_is_called_what_its_file_is_called(name: str) -> None:
    named(name, SHEETS[name].make)


def test_M9_finds_out_a_layer_of_another_name() -> None:
    rejects(named_retry, wrong.nameless)


@pytest.mark.parametrize("name", SAME)
def test_M3_a_layer_that_does_not_look_at_content_gives_on_the_very_parts(name: str) -> None:
    coherence.neutral(lambda: [SHEETS[name].make()])


@EVERY
def test_M4_streaming_changes_nothing(name: str) -> None:
    def law(answer: Any) -> None:
        async def trial() -> None:
            results: list[Any] = []
            for request in (STREAMED, WHOLE):
                model = wrap_model(ScriptedModel([answer]), [SHEETS[name].make()])
                response = await model(request)
                parts = [part async for part in response]
                results.append(await response.result())
                assert fold_language(parts) == results[-1]
            assert results[0] == results[1]

        run(trial())

    search(law, ANSWERS, tries=30)


@EVERY
def test_law_02_immutability_through_the_layer(name: str) -> None:
    order.requests_never_change(lambda: [SHEETS[name].make()])


@EVERY
def test_law_05_cancelling_through_the_layer(name: str) -> None:
    cancelling.cancellation_is_final(lambda: [SHEETS[name].make()])
    cancelling.a_timeout_of_the_caller_is_the_callers(lambda: [SHEETS[name].make()])


@EVERY
def test_law_05_cancelling_one_caller_of_the_layer_leaves_the_others(name: str) -> None:
    script: list[Step] = [A, 1.0, A, FINISH]
    cancelling.a_bystander_is_not_cancelled(lambda: wrap_model(ScriptedModel([script]), [SHEETS[name].make()]))


class Around(House):
    """The house of law 4, whose wire stands inside of a real layer."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(real_start, hold, lambda response, change, peek: response.through(change, peek=peek))
        self.sheet = sheet

    def wire(self, steps: closing.Steps) -> LanguageModel:
        model: LanguageModel = self.sheet.make()(super().wire(steps))
        return model


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize(
    "law",
    [
        closing.ends_in_the_reader,
        closing.cancelled_anywhere,
        closing.dropped_without_closing,
        closing.dropped_after_its_loop,
        closing.dropped_in_another_thread,
        closing.closed_by_another_task,
    ],
)
def test_law_04_closing_through_the_layer(name: str, law: Callable[[Callable[[], House]], None]) -> None:
    law(lambda: Around(SHEETS[name]))


async def to_the_end(model: LanguageModel) -> None:
    await (await model(STREAMED)).result()


async def leaving(model: LanguageModel) -> None:
    async with await model(STREAMED) as response:
        async for _ in response:
            break


async def unread(model: LanguageModel) -> None:
    await (await model(STREAMED)).aclose()


async def dropping(model: LanguageModel) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        response: Any = await model(STREAMED)
        async for _ in response:
            break
        del response
        gc.collect()
        await turns()


async def cancelled(model: LanguageModel) -> None:
    task = asyncio.create_task(to_the_end(model))
    await asyncio.sleep(0.5)
    task.cancel()
    await asyncio.wait([task])


@EVERY
@pytest.mark.parametrize("use", [to_the_end, leaving, unread, dropping, cancelled])
async def test_law_04_the_wire_is_closed_once_however_the_reader_ends(name: str, use: Any) -> None:
    model = ScriptedModel([[A, A, 1.0, B, FINISH]])
    await use(wrap_model(model, [SHEETS[name].make()]))
    assert len(model.wires) == 1
    assert not model.wires[0].open
    await no_task_left()


@EVERY
async def test_law_07_a_truncated_stream_stays_an_error_with_its_partial_result(name: str) -> None:
    model = wrap_model(ScriptedModel([[A, B]]), [SHEETS[name].make()])
    with pytest.raises(TruncatedStreamError) as caught:
        await to_the_end(model)
    shown = caught.value.partial.text
    assert shown == "ab" if SHEETS[name].same else "ab".startswith(shown)


@EVERY
async def test_M3_an_error_passes_as_the_object_that_it_is(name: str) -> None:
    for request in (STREAMED, WHOLE):
        refused = BadRequestError("no", status=400)
        with pytest.raises(BadRequestError) as caught:
            await wrap_model(ScriptedModel([[refused]]), [SHEETS[name].make()])(request)
        assert caught.value is refused


@EVERY
async def test_M3_nothing_is_left_in_the_context(name: str) -> None:
    async with await wrap_model(ScriptedModel([[A, 1.0, B, FINISH]]), [SHEETS[name].make()])(STREAMED) as response:
        assert current_call() is None
        assert deadline() is None
        async for _ in response:
            assert current_call() is None
            assert deadline() is None


def _speech(calls: list[SpeechRequest]) -> Callable[[SpeechRequest], Any]:
    async def source() -> AsyncGenerator[SpeechPart, None]:
        yield AudioDelta(b"la")
        await asyncio.sleep(1)
        yield AudioDelta(b"la")
        yield FINISH

    async def speech(request: SpeechRequest) -> SpeechResponse:
        calls.append(request)
        if request.stream:
            return await SpeechResponse.start(source(), fold_speech)
        return SpeechResponse.of([AudioDelta(b"lala"), FINISH], fold_speech)

    return speech


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("stream", [True, False])
async def test_a_layer_for_every_kind_serves_speech(name: str, stream: bool) -> None:
    calls: list[SpeechRequest] = []
    model = wrap_model(_speech(calls), [SHEETS[name].make()])
    result = await (await model(SpeechRequest(text="la la", stream=stream))).result()
    assert (result.audio, len(calls)) == (b"lala", 1)
    await no_task_left()


@pytest.mark.parametrize("name", KINDS)
async def test_a_layer_for_every_kind_serves_embeddings(name: str) -> None:
    answer = EmbeddingResult(embeddings=((1.0,),), usage=Usage(input_tokens=1))
    scripted = ScriptedCall[EmbeddingRequest, EmbeddingResult]([0.5, answer, BadRequestError("no", status=400)])
    model = wrap_model(scripted, [SHEETS[name].make()])
    assert (await model(EmbeddingRequest(values=("a",)))).embeddings == answer.embeddings
    with pytest.raises(BadRequestError):
        await model(EmbeddingRequest(values=("b",)))
    assert len(scripted.calls) == 2
    await no_task_left()


def share_nothing(make: Any) -> None:
    model = ScriptedModel([[A, FINISH]])
    around = make()
    for layer in (around, make(), around):
        assert run(_text(wrap_model(model, [layer]))) == "a"
    assert len(model.calls) == 3


@EVERY
def test_M5_two_stacks_share_nothing(name: str) -> None:
    share_nothing(SHEETS[name].make)


def test_M5_finds_out_a_cache_for_all() -> None:
    rejects(share_nothing, wrong.one_cache_for_all)


@EVERY
def test_law_10_loops_and_threads_use_one_layer_object(name: str) -> None:
    model = wrap_model(ScriptedModel([[A, B, FINISH]]), [SHEETS[name].make()])

    async def main() -> None:
        for _ in range(10):
            assert await asyncio.gather(*[_text(model) for _ in range(5)]) == ["ab"] * 5

    run(main())
    loops.in_threads(main, main)
    run(main())


async def _text(model: LanguageModel) -> str:
    return (await (await model(STREAMED)).result()).text


STACKS = st.lists(st.sampled_from(SAME), min_size=2, max_size=6, unique=True)


def made(names: list[str]) -> list[Any]:
    return [SHEETS[name].make() for name in names]


def test_M3_M4_random_stacks_of_real_layers_give_on_the_very_parts() -> None:
    def law(names: list[str], answer: Any, stream: bool) -> None:
        async def trial() -> None:
            model = ScriptedModel([answer])
            stack = wrap_model(model, made(names))
            got = [part async for part in await stack(STREAMED if stream else WHOLE)]
            assert got == answer
            assert len(model.calls) == 1
            await no_task_left()

        run(trial())

    search(law, STACKS, ANSWERS, st.booleans(), tries=60)


def nest(wrap: Any) -> None:
    def law(names: list[str], cut: int, answer: Any) -> None:
        async def trial() -> None:
            log: list[str] = []
            layers = [*made(names[:cut]), marking("one", log), *made(names[cut:]), marking("two", log)]
            at = cut + 1
            flat = wrap(ScriptedModel([answer]), layers)
            nested = wrap(wrap(ScriptedModel([answer]), layers[at:]), layers[:at])
            assert await (await flat(STREAMED)).result() == await (await nested(STREAMED)).result()
            assert log == ["one in", "two in", "two out", "one out"] * 2

        run(trial())

    search(law, STACKS, st.integers(0, 6), ANSWERS, tries=40)


def test_M2_random_stacks_nest() -> None:
    nest(wrap_model)
    rejects(nest, wrong.wrap_from_the_inside)
    rejects(nest, wrong.wrap_and_forget)


def close_once(more: Any) -> None:
    def law(names: list[str]) -> None:
        for use in (to_the_end, leaving, unread, dropping, cancelled):
            run(_closes([*made(names), *more()], use))

    search(law, STACKS, tries=25)


async def _closes(layers: list[Any], use: Any) -> None:
    model = ScriptedModel([[A, A, 1.0, B, FINISH]])
    await use(wrap_model(model, layers))
    assert len(model.wires) == 1
    assert not model.wires[0].open
    await no_task_left()


def test_M7_random_stacks_close_once_and_cancel_cleanly() -> None:
    close_once(list)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        rejects(close_once, lambda: [wrong.leaving_it_open()])
        gc.collect()


def test_law_05_cancelling_through_random_stacks() -> None:
    def law(names: list[str], seconds: float) -> None:
        async def trial() -> None:
            model = ScriptedModel([[1.0, A, 1.0, B, 1.0, FINISH]])
            task = asyncio.create_task(_text(wrap_model(model, made(names))))
            await asyncio.sleep(seconds)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            assert not [wire for wire in model.wires if wire.open]
            await no_task_left()

        run(trial())

    search(law, STACKS, st.sampled_from([0.0, 0.5, 1.5, 2.5]), tries=40)


def test_law_10_random_stacks_serve_two_threads() -> None:
    def law(names: list[str]) -> None:
        model = wrap_model(ScriptedModel([[A, B, FINISH]]), made(names))

        async def main() -> None:
            assert await asyncio.gather(*[_text(model) for _ in range(5)]) == ["ab"] * 5

        loops.in_threads(main, main)

    search(law, STACKS, tries=15)


def test_a_request_of_another_kind_passes_a_stack() -> None:
    async def main() -> None:
        answer = EmbeddingResult(embeddings=((1.0,),))
        layers = [SHEETS[name].make() for name in SAME if SHEETS[name].every_kind]
        model = wrap_model(ScriptedCall[EmbeddingRequest, EmbeddingResult]([answer]), layers)
        assert (await model(EmbeddingRequest(values=("a",)))).embeddings == ((1.0,),)

    run(main())

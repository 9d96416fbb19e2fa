"""Batches that are wrong in one way each. The laws of ``test_batch`` must find them out."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

from ai_sdk.middleware.batch import batch
from ai_sdk.model import Layer, Model, layer
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult

EmbeddingModel = Model[EmbeddingRequest, EmbeddingResult]
Embedding = Layer[EmbeddingRequest, EmbeddingResult]


def never(**_options: Any) -> Embedding:
    """Puts nothing together."""

    @layer
    async def wrong(request: EmbeddingRequest, call: EmbeddingModel) -> EmbeddingResult:
        return await call(request)

    return wrong


def whatever_the_settings(**options: Any) -> Embedding:
    """Sends calls with different settings together."""

    def around(model: EmbeddingModel) -> EmbeddingModel:
        inside = batch(**options)(model)

        async def wrong(request: EmbeddingRequest) -> EmbeddingResult:
            return await inside(EmbeddingRequest(values=request.values))

        return wrong

    return around


def takes_true_for_one(**options: Any) -> Embedding:
    """Compares settings as Python does."""

    def around(model: EmbeddingModel) -> EmbeddingModel:
        seen: dict[Any, EmbeddingRequest] = {}

        async def wrong(request: EmbeddingRequest) -> EmbeddingResult:
            first = seen.setdefault(replace(request, values=()), request)
            return await inside(replace(first, values=request.values))

        inside = batch(**options)(model)
        return wrong

    return around


def sorted_texts(**options: Any) -> Embedding:
    """Sends the texts in another order and does not put the vectors back."""

    def around(model: EmbeddingModel) -> EmbeddingModel:
        async def sorting(request: EmbeddingRequest) -> EmbeddingResult:
            return await model(replace(request, values=tuple(sorted(request.values))))

        return batch(**options)(sorting)

    return around


def over_full(*, max_size: int, **options: Any) -> Embedding:
    """Has room for one text more."""
    return batch(max_size=max_size + 1, **options)


def half_full(*, max_size: int, **options: Any) -> Embedding:
    """Sends when half of the room is used."""
    return batch(max_size=max(1, max_size // 2), **options)


def slow(*, max_wait: float, **options: Any) -> Embedding:
    """Waits twice as long."""
    return batch(max_wait=max_wait * 2, **options)


def hasty(*, max_wait: float, **options: Any) -> Embedding:
    """Waits half as long."""
    return batch(max_wait=max_wait / 2, **options)


def patient(*, max_size: int, max_wait: float, **_options: Any) -> Embedding:
    """Waits on while calls come, as a batch that starts its time anew with each of them does."""

    def around(model: EmbeddingModel) -> EmbeddingModel:
        texts: list[str] = []
        last: list[float] = []
        answers: list[asyncio.Task[EmbeddingResult]] = []

        async def send() -> EmbeddingResult:
            loop = asyncio.get_running_loop()
            while loop.time() < last[0] + max_wait and len(texts) < max_size:
                await asyncio.sleep(max_wait / 4)
            values, texts[:] = tuple(texts), []
            answers.clear()
            return await model(EmbeddingRequest(values=values))

        async def wrong(request: EmbeddingRequest) -> EmbeddingResult:
            start = len(texts)
            texts.extend(request.values)
            last[:] = [asyncio.get_running_loop().time()]
            if not answers:
                answers.append(asyncio.ensure_future(send()))
            whole = await answers[0]
            return replace(whole, embeddings=whole.embeddings[start : start + len(request.values)])

        return wrong

    return around


def _shared_task(*, max_wait: float, shield: bool, forget: bool = True, last_cancels: bool = False) -> Embedding:
    """Callers wait for one task, which makes the call; settings and room do not count."""

    def around(model: EmbeddingModel) -> EmbeddingModel:
        texts: list[str] = []
        answers: list[asyncio.Task[EmbeddingResult]] = []

        async def send() -> EmbeddingResult:
            await asyncio.sleep(max_wait)
            values, texts[:] = tuple(texts), []
            answers.clear()
            return await model(EmbeddingRequest(values=values))

        async def wrong(request: EmbeddingRequest) -> EmbeddingResult:
            start = len(texts)
            texts.extend(request.values)
            if not answers:
                answers.append(asyncio.ensure_future(send()))
            task = answers[0]
            whole = await (asyncio.shield(task) if shield else task)
            return replace(whole, embeddings=whole.embeddings[start : start + len(request.values)])

        return wrong

    return around


def one_cancels_all(*, max_wait: float, **_options: Any) -> Embedding:
    """A caller who is cancelled takes the call along."""
    return _shared_task(max_wait=max_wait, shield=False)


def sends_what_nobody_wants(*, max_wait: float, **_options: Any) -> Embedding:
    """Sends the texts of callers who have left."""
    return _shared_task(max_wait=max_wait, shield=True)


def one_error_for_all(*, max_wait: float, **_options: Any) -> Embedding:
    """Raises one exception object in all callers."""
    return _shared_task(max_wait=max_wait, shield=True)


def usage_for_each(**options: Any) -> Embedding:
    """Each caller is told the usage of the whole."""

    def around(model: EmbeddingModel) -> EmbeddingModel:
        usages: list[Any] = []

        async def seeing(request: EmbeddingRequest) -> EmbeddingResult:
            result = await model(request)
            usages.append(result.usage)
            return result

        inside = batch(**options)(seeing)

        async def wrong(request: EmbeddingRequest) -> EmbeddingResult:
            return replace(await inside(request), usage=usages[-1])

        return wrong

    return around


def usage_by_callers(**options: Any) -> Embedding:
    """Divides the usage by the number of texts, rounding each share down."""

    def around(model: EmbeddingModel) -> EmbeddingModel:
        whole: list[tuple[int, Any]] = []

        async def seeing(request: EmbeddingRequest) -> EmbeddingResult:
            result = await model(request)
            whole.append((len(request.values), result.usage))
            return result

        inside = batch(**options)(seeing)

        async def wrong(request: EmbeddingRequest) -> EmbeddingResult:
            result = await inside(request)
            count, usage = whole[-1]
            tokens = (usage.input_tokens or 0) * len(request.values) // count
            return replace(result, usage=replace(usage, input_tokens=tokens))

        return wrong

    return around


def across_loops(*, max_wait: float, **_options: Any) -> Embedding:
    """One list of waiting texts for all event loops, sent by whoever comes first."""

    def around(model: EmbeddingModel) -> EmbeddingModel:
        lock = threading.Lock()
        waiting: list[tuple[EmbeddingRequest, asyncio.Future[EmbeddingResult]]] = []

        async def wrong(request: EmbeddingRequest) -> EmbeddingResult:
            future: asyncio.Future[EmbeddingResult] = asyncio.get_running_loop().create_future()
            with lock:
                waiting.append((request, future))
                first = len(waiting) == 1
            if first:
                await asyncio.sleep(max_wait)
                with lock:
                    mine, waiting[:] = list(waiting), []
                whole = await model(EmbeddingRequest(values=tuple(text for each, _ in mine for text in each.values)))
                start = 0
                for each, waiter in mine:
                    end = start + len(each.values)
                    waiter.set_result(replace(whole, embeddings=whole.embeddings[start:end]))
                    start = end
            return await future

        return wrong

    return around


def believes_any_answer(**options: Any) -> Embedding:
    """Fills up with what there is when a provider returns too few vectors."""

    def around(model: EmbeddingModel) -> EmbeddingModel:
        async def filling(request: EmbeddingRequest) -> EmbeddingResult:
            result = await model(request)
            vectors = (*result.embeddings, *[(0.0,)] * len(request.values))[: len(request.values)]
            return replace(result, embeddings=vectors)

        return batch(**options)(filling)

    return around


def records_nothing(**options: Any) -> Embedding:
    """Makes its calls in a context of its own, where nobody's record is."""
    from contextvars import Context

    def around(model: EmbeddingModel) -> EmbeddingModel:
        async def elsewhere(request: EmbeddingRequest) -> EmbeddingResult:
            call: Any = model(request)
            return await asyncio.get_running_loop().create_task(call, context=Context())

        return batch(**options)(elsewhere)

    return around


def keeps_the_deadline(**options: Any) -> Embedding:
    """Lets the deadline of whoever came first into the call."""
    from ai_sdk.deadline import deadline, deadline_at

    def around(model: EmbeddingModel) -> EmbeddingModel:
        seen: list[float | None] = []

        async def limited(request: EmbeddingRequest) -> EmbeddingResult:
            at = seen.pop(0)
            with deadline_at(at if at is not None else 1e9):
                return await model(request)

        inside = batch(**options)(limited)

        async def wrong(request: EmbeddingRequest) -> EmbeddingResult:
            seen.append(deadline())
            return await inside(request)

        return wrong

    return around


def always_anew(**options: Any) -> Embedding:
    """Makes a new request of a call that stays alone."""

    def around(model: EmbeddingModel) -> EmbeddingModel:
        async def copying(request: EmbeddingRequest) -> EmbeddingResult:
            return replace(await model(replace(request)))

        return batch(**options)(copying)

    return around

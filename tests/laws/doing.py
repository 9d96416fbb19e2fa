"""What each layer is there for, tried on every kind of call.

A law takes a kind and the layer's own function, calls that with the options of the trial, and raises ``AssertionError``
when the layer does not do on this kind what it is there for. A layer that does nothing must be found out by each.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from laws.keeping import all_over, given_on
from layer_laws.kinds import NOISE, SECRET, Kind, read
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ai_sdk.call import record_call
from ai_sdk.credentials import overriding_key
from ai_sdk.errors import (
    AllModelsFailedError,
    APITimeoutError,
    AuthenticationError,
    BudgetExceededError,
    CircuitOpenError,
    ServerError,
)
from ai_sdk.middleware import (
    budget,
    circuit_breaker,
    default_settings,
    fallback,
    hedge,
    key_pool,
    logging,
    rate_limit,
    route,
    timeout,
    tracing,
)
from ai_sdk.middleware import retry as real_retry
from ai_sdk.middleware.fallback import Candidate
from ai_sdk.model import wrap_model
from ai_sdk.prices import NANO, Price
from ai_sdk.requests import changed
from ai_sdk.spending import SpendingLedger
from ai_sdk.testing import HANG, run

Make: TypeAlias = Callable[..., Any]
Law: TypeAlias = Callable[[Kind, Make], None]


def broken() -> ServerError:
    """An error that another try may mend."""
    return ServerError("broken", status=500)


def now() -> float:
    """The time of the virtual clock, in seconds."""
    return asyncio.get_running_loop().time()


async def failure(stack: Any, request: Any) -> Exception:
    """The error of a call that must fail."""
    try:
        await read(stack, request)
    except Exception as error:  # noqa: BLE001 - looked at by the law
        return error
    raise AssertionError("the call did not fail")


async def answered(kind: Kind, stack: Any) -> Any:
    """What a call gives that must not fail, and must fold as answers of this kind do."""
    try:
        response: Any = await stack(kind.request)
        if kind.fold is None:
            return (response,)
        assert response.fold is kind.fold, "it folds in another way"
        async with response:
            return tuple([part async for part in response])
    except Exception as error:
        raise AssertionError(f"the call failed with {error!r}") from error


def retries(kind: Kind, make: Make) -> None:
    """What fails before its first content is asked for again, at most so often; what fails later is not."""

    async def mended() -> None:
        model = kind.script(broken(), ConnectionError("reset"), kind.answer)
        with record_call() as record:
            given_on(await answered(kind, wrap_model(model, [make(attempts=3, wait=1.0)])), kind.answer)
        assert model.started == [0.0, 1.0, 2.0]
        assert [type(each.error) for each in record.attempts] == [ServerError, ConnectionError, type(None)]
        await all_over(model)

    async def given_up(*script: Any, times: int) -> None:
        error = broken()
        model = kind.script((*script, error))
        assert await failure(wrap_model(model, [make(attempts=3, wait=1.0)]), kind.request) is error
        assert len(model.calls) == times
        await all_over(model)

    run(mended())
    run(given_up(times=3))
    if kind.live:
        run(given_up(*kind.answer[:-1], times=1))


def falls_over(kind: Kind, make: Make) -> None:
    """When a model fails another of the same kind is asked with the same request; all errors are kept."""

    async def trial(last: Any) -> None:
        first, second = kind.script(broken()), kind.script(last, name="other")
        stack = wrap_model(first, [make(second)])
        if isinstance(last, Exception):
            error = await failure(stack, kind.request)
            assert isinstance(error, AllModelsFailedError), f"{error!r} came"
            assert error.exceptions == (first.turns[0], last)
        else:
            with record_call() as record:
                given_on(await answered(kind, stack), last)
            assert [each.model for each in record.attempts] == ["scripted:model", "scripted:other"]
        assert first.calls == second.calls == [kind.request]
        await all_over(first)
        await all_over(second)

    run(trial(kind.answer))
    run(trial(broken()))


def routes(kind: Kind, make: Make) -> None:
    """Calls go to the models by the strategy, and to the next one when that fails."""

    async def trial() -> None:
        first, second = kind.script(kind.answer), kind.script(kind.answer, name="other")
        stack = wrap_model(first, [make(Candidate(second), strategy="round-robin")])
        for _ in range(4):
            given_on(await answered(kind, stack), kind.answer)
        assert (len(first.calls), len(second.calls)) == (2, 2)

    async def shadowed() -> None:
        model, shadow = kind.script(kind.answer), kind.script(kind.second, broken(), name="shadow")
        stack = wrap_model(model, [make(shadow=shadow)])
        for _ in range(2):
            given_on(await answered(kind, stack), kind.answer)
            asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
            await asyncio.sleep(1)
        assert shadow.calls == model.calls == [kind.request] * 2
        await all_over(shadow)

    run(trial())
    run(shadowed())
    falls_over(kind, make)


def times_out(kind: Kind, make: Make) -> None:
    """A limit interrupts the call, and for a live response a read, at its time; all is closed."""

    async def trial(script: tuple[Any, ...], limit: str, at: float, **limits: float) -> None:
        model = kind.script(script)
        task = asyncio.create_task(failure(wrap_model(model, [make(**limits)]), kind.request))
        await asyncio.wait([task], timeout=100)
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
            raise AssertionError("it waits for ever")
        error = task.result()
        assert isinstance(error, APITimeoutError)
        assert (error.limit, now()) == (limit, at)
        if len(script) > 1:
            assert error.partial == kind.result(script[:-1])
        await all_over(model)

    run(trial((HANG,), "total", 5.0, total=5))
    run(trial((HANG,), "first content", 3.0, total=5, first_content=3))
    if kind.live:
        run(trial((*kind.answer[:-1], HANG), "total", 5.0, total=5))
        run(trial((*kind.answer[:-1], HANG), "idle", 2.0, total=5, idle=2))


def limits(kind: Kind, make: Make) -> None:
    """No more calls in a window than allowed, and no more at once, each to the end of its response."""

    async def trial(started: list[float], **options: float) -> None:
        model = kind.script((*kind.answer[:-1], 2.0, kind.answer[-1]))
        stack = wrap_model(model, [make(**options)])
        for got in await asyncio.gather(*[read(stack, kind.request) for _ in started]):
            given_on(got, kind.answer)
        assert model.started == started
        await all_over(model)

    run(trial([0.0, 60.0, 120.0], requests=1, per=60))
    run(trial([0.0, 2.0, 4.0], concurrency=1))


def opens(kind: Kind, make: Make) -> None:
    """After failures nobody is asked; a live response that breaks is one; when the time has come, one call probes."""

    async def trial(*script: Any) -> None:
        model = kind.script((*script, broken()), (*script, broken()), kind.answer)
        stack = wrap_model(model, [make(min_calls=2, wait=10.0, jitter=0.0)])
        for kind_of_error in (ServerError, ServerError, CircuitOpenError):
            assert type(await failure(stack, kind.request)) is kind_of_error
        assert len(model.calls) == 2
        await asyncio.sleep(10)
        given_on(await answered(kind, stack), kind.answer)
        await all_over(model)

    run(trial())
    if kind.live:
        run(trial(*kind.answer[:-1]))


def hedges(kind: Kind, make: Make) -> None:
    """When an answer is late a second call is made, the first content wins, and the other call is ended."""

    async def trial() -> None:
        model = kind.script((HANG,), kind.answer)
        task = asyncio.create_task(read(wrap_model(model, [make(delay=1.0)]), kind.request))
        await asyncio.wait([task], timeout=100)
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
            raise AssertionError("nobody else was asked")
        given_on(task.result(), kind.answer)
        assert model.started == [0.0, 1.0]
        assert model.calls == [kind.request] * 2
        await all_over(model)

    run(trial())


def pays(kind: Kind, make: Make) -> None:
    """Calls, tokens and money are counted; what does not fit is refused before the model is asked."""

    async def calls() -> None:
        model = kind.script(kind.answer)
        stack = wrap_model(model, [make(requests=2, per=60)])
        for _ in range(2):
            given_on(await answered(kind, stack), kind.answer)
        error = await failure(stack, kind.request)
        assert isinstance(error, BudgetExceededError)
        assert len(model.calls) == 2

    async def spent() -> None:
        ledger = SpendingLedger(usd=100, tokens=10**6)
        prices = {"scripted": Price(input=1, output=1, request=0.5, image=0.25, second=0.125)}
        stack = wrap_model(kind.script(kind.answer), [make(ledger, prices=prices, on_unknown_price="ignore")])
        await answered(kind, stack)
        result = kind.result(kind.answer)
        used = ledger.spent()
        if result.usage.total_tokens is not None:
            assert used.tokens == result.usage.total_tokens
        else:
            assert used.tokens > 0, "nothing is reserved where nobody knows"
        assert used.requests == 1
        seconds = _SECONDS.get(type(kind.request).__name__.removesuffix("Request"), 0.0)
        made = 0.25 * len(getattr(result, "images", ())) + 0.125 * seconds
        assert used.nano_usd == (0.5 + made) * NANO + 1000 * (result.usage.total_tokens or 0)

    run(calls())
    run(spent())


_SECONDS = {"Transcription": 1.5, "Video": 5.0}


def takes_keys(kind: Kind, make: Make) -> None:
    """Each attempt goes out with a key of the pool; one that is refused makes room for the next."""

    async def trial() -> None:
        used: list[str | None] = []
        script = kind.script(AuthenticationError("no", status=401), kind.answer)

        async def model(request: Any) -> Any:
            used.append(overriding_key("scripted"))
            return await script(request)

        given_on(await answered(kind, wrap_model(model, [make("sk-one", "sk-two", provider="scripted")])), kind.answer)
        assert sorted(map(str, used)) == ["sk-one", "sk-two"]
        assert script.calls == [kind.request] * 2
        await all_over(script)

    try:
        run(trial())
    except AuthenticationError as error:
        raise AssertionError("no other key was tried") from error


def fills_in(kind: Kind, make: Make) -> None:
    """What the request leaves open gets the default; what it says wins."""

    async def trial() -> None:
        model = kind.script(kind.answer)
        stack = wrap_model(model, [make(headers={"X-A": "1"}, provider_options={"scripted": {"user": "me"}})])
        await answered(kind, stack)
        await read(stack, changed(kind.request, headers={"x-a": "2"}, provider_options={"scripted": {"user": "you"}}))
        assert [each.headers for each in model.calls] == [{"X-A": "1"}, {"x-a": "2"}]
        assert [each.provider_options["scripted"]["user"] for each in model.calls] == ["me", "you"]

    run(trial())


class Lines:
    """A logger that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, Mapping[str, Any]]] = []

    def info(self, event: str, **fields: Any) -> None:
        """Keep a line."""
        self.lines.append((event, fields))


def tells(kind: Kind, make: Make) -> None:
    """One line for a call, with its kind; texts only when asked for, and bytes and keys never."""

    async def trial(content: bool, failing: bool) -> None:
        logger = Lines()
        ending = broken() if failing else kind.answer[-1]
        model = kind.script((*kind.answer[:-1], 1.0, ending))
        stack = wrap_model(model, [make(logger, content=content)])
        await asyncio.gather(read(stack, kind.request), return_exceptions=True)
        assert len(logger.lines) == 1, f"{len(logger.lines)} lines"
        ((event, fields),) = logger.lines
        assert (event, fields["kind"]) == ("call", type(kind.request).__name__.removesuffix("Request").lower())
        assert (fields["model"], fields["attempts"], fields["duration"]) == ("scripted:model", 1, 1.0)
        assert fields["outcome"] == ("error" if failing else "end")
        assert fields.get("error") == ("ServerError" if failing else None)
        shown = repr(fields)
        assert "\\x00" not in shown, "bytes are in the line"
        assert repr(NOISE)[2:-1] not in shown
        has_words = not failing or not _hears(kind)
        assert (SECRET in shown) is (content and has_words), "the texts are not as asked for"

    for content in (False, True):
        run(trial(content, failing=False))
        run(trial(content, failing=True))


def traces(kind: Kind, make: Make) -> None:
    """One span for a call, with a child for each attempt, which says its kind; no texts unless asked for, no bytes."""

    async def trial(content: bool, failing: bool) -> None:
        exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        model = kind.script((*kind.answer[:-1], 1.0, broken() if failing else kind.answer[-1]))
        stack = wrap_model(model, [make(tracer_provider=provider, content=content)])
        await asyncio.gather(read(stack, kind.request), return_exceptions=True)
        spans = exporter.get_finished_spans()
        assert len(spans) == 2, f"{len(spans)} spans"
        attempt, call = spans
        said = dict(call.attributes or {})
        operation = _OPERATIONS[type(kind.request).__name__.removesuffix("Request")]
        assert (call.name, said["gen_ai.operation.name"]) == (f"{operation} model", operation)
        assert said["gen_ai.provider.name"] == "scripted"
        assert attempt.parent is not None
        assert attempt.parent == call.context
        assert said["ai_sdk.attempts"] == 1
        assert said.get("error.type") == ("ServerError" if failing else None)
        assert call.status.is_ok == (not failing)
        shown = f"{said} {dict(attempt.attributes or {})} {call.status.description}"
        assert repr(NOISE)[2:-1] not in shown, "bytes are on the span"
        assert (SECRET in shown) is (content and kind.is_language), "the texts are not as asked for"

    for content in (False, True):
        run(trial(content, failing=False))
        run(trial(content, failing=True))


_OPERATIONS = {
    "Language": "chat",
    "Embedding": "embeddings",
    "Image": "image_generation",
    "Speech": "speech",
    "Transcription": "transcription",
    "Rerank": "rerank",
    "Video": "video_generation",
}


def sends_bytes(kind: Kind) -> bool:
    """Whether its requests have bytes in them."""
    return NOISE in pickle.dumps(kind.request)


def _hears(kind: Kind) -> bool:
    """Whether only the answer has words, and those are lost when the call fails before it."""
    return type(kind.request).__name__ == "TranscriptionRequest" and not kind.live


DOING: Mapping[str, tuple[Law, Make]] = {
    "retry": (retries, real_retry),
    "fallback": (falls_over, fallback),
    "route": (routes, route),
    "timeout": (times_out, timeout),
    "rate_limit": (limits, rate_limit),
    "circuit_breaker": (opens, circuit_breaker),
    "hedge": (hedges, hedge),
    "budget": (pays, budget),
    "key_pool": (takes_keys, key_pool),
    "default_settings": (fills_in, default_settings),
    "logging": (tells, logging),
    "tracing": (traces, tracing),
}
"""What each layer is there for; ``cache``, ``record`` and ``replay`` are in ``laws.having``."""

"""The options of ``retry``, what it reports, and its place in a stack."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import tenacity
from layer_laws.kit import (
    STREAMED,
    WHOLE,
    Outcome,
    Scripted,
    caught,
    read,
)

from ai_sdk.call import CallRecord, EventKind, record_call
from ai_sdk.errors import (
    APIError,
    InvalidRequestError,
    ServerError,
    StreamError,
)
from ai_sdk.middleware import retry
from ai_sdk.model import name_of, wrap_model
from ai_sdk.parts import ResponseMetadata, TextDelta
from ai_sdk.testing import ScriptedModel, run


async def test_retry_on_adds_exceptions_or_decides() -> None:
    def scripted(error: Exception) -> Scripted:
        return Scripted("whole", [Outcome(error), Outcome("good")])

    assert await read(retry(retry_on=ValueError)(scripted(ValueError("x")).model), WHOLE) == "good"
    assert await read(retry(retry_on=(KeyError, OSError))(scripted(OSError("x")).model), WHOLE) == "good"
    assert await read(retry(retry_on=ValueError)(scripted(ServerError("x")).model), WHOLE) == "good"
    assert await read(retry(retry_on=lambda _: None)(scripted(ServerError("x")).model), WHOLE) == "good"
    assert await read(retry(retry_on=lambda _: True)(scripted(KeyError("x")).model), WHOLE) == "good"
    with pytest.raises(ServerError):
        await read(retry(retry_on=lambda _: False)(scripted(ServerError("x")).model), WHOLE)
    with pytest.raises(KeyError):
        await read(retry(retry_on=ValueError)(scripted(KeyError("x")).model), WHOLE)


@pytest.mark.parametrize(
    ("options", "started"),
    [
        ({"wait": 2.0}, [0, 2, 4]),
        ({"wait": 0}, [0, 0, 0]),
        ({"wait": -1.0}, [0, 0, 0]),
        ({"wait": tenacity.wait_incrementing(1, 2), "attempts": 4}, [0, 1, 4, 9]),
        ({"wait": tenacity.wait_fixed(1) + tenacity.wait_fixed(2)}, [0, 3, 6]),
        ({"wait": tenacity.wait_chain(tenacity.wait_fixed(1), tenacity.wait_fixed(5))}, [0, 1, 6]),
        ({"wait": tenacity.wait_exception(lambda error: len(str(error)))}, [0, 1, 2]),
        ({"wait": 100.0, "max_wait": 7.0}, [0, 7, 14]),
        ({"wait": 3, "attempts": None, "stop": tenacity.stop_after_delay(7)}, [0, 3, 6, 9]),
        ({"wait": 3, "attempts": None, "stop": tenacity.stop_before_delay(7)}, [0, 3, 6]),
        ({"wait": 3, "attempts": 2, "stop": tenacity.stop_after_delay(100)}, [0, 3]),
        (
            {"wait": 3, "attempts": None, "stop": tenacity.stop_after_attempt(3) | tenacity.stop_after_delay(4)},
            [0, 3, 6],
        ),
    ],
)
async def test_tenacitys_policies_in_the_time_of_the_loop(options: dict[str, Any], started: list[float]) -> None:
    scripted = Scripted("whole", [Outcome(ConnectionError("x"))])
    await caught(read(retry(**options)(scripted.model), WHOLE))
    assert scripted.started == started


async def test_it_reports_retries_and_waits_and_the_attempts_are_on_the_error() -> None:
    events: list[tuple[str, Any]] = []

    def observe(_record: CallRecord, kind: EventKind, detail: Any) -> None:
        if kind in ("retried", "waited"):
            events.append((kind, detail))

    first, second = ServerError("one", status=500), ServerError("two", status=500)
    model = wrap_model(ScriptedModel([first, second]), [retry(attempts=2, wait=3)])
    with pytest.raises(APIError) as raised, record_call(observers=(observe,)) as record:
        await model(STREAMED)
    assert raised.value is second
    assert events == [("retried", first), ("waited", 3)]
    assert [attempt.error for attempt in record.attempts] == [first, second]
    assert raised.value.attempts == tuple(record.attempts)


async def test_a_truncated_start_is_retried_and_a_late_failure_is_not() -> None:
    model = ScriptedModel([[ResponseMetadata(id="1")], [TextDelta("par"), StreamError("broke")]])
    response: Any = await retry()(model)(STREAMED)
    with pytest.raises(StreamError) as raised:
        await response.result()
    assert raised.value.partial.text == "par"
    assert len(model.calls) == 2


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"attempts": 0}, "attempts"),
        ({"attempts": True}, "attempts"),
        ({"attempts": None}, "attempts"),
        ({"base": -1}, "base"),
        ({"cap": float("nan")}, "cap"),
        ({"max_wait": -0.1}, "max_wait"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        retry(**options)
    assert raised.value.field == field


def test_its_name_and_place() -> None:
    assert name_of(retry()) == "retry"
    model = ScriptedModel()
    assert repr(wrap_model(model, [retry()])) == f"wrap_model({model!r}, [retry])"
    with pytest.warns(UserWarning, match="two retry layers"):
        wrap_model(model, [retry(), retry()])


def test_the_same_layer_in_two_event_loops() -> None:
    layer = retry(wait=1)

    async def call() -> None:
        scripted = Scripted("streamed", [Outcome(ServerError("x")), Outcome("good")])
        assert await read(layer(scripted.model), replace(WHOLE, stream=True)) == "good"
        scripted.check_closed()

    run(call())
    run(call())

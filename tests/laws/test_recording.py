"""Law 6 on the contract."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import pytest
from laws import recording
from laws.harness import FINISH, STREAMED, A, LanguageModel
from laws.layers import passing, trying

from ai_sdk.call import CallRecord, EventKind, current_call, record_call, report
from ai_sdk.model import layer, wrap_model
from ai_sdk.parts import LanguagePart
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse
from ai_sdk.testing import ScriptedModel

MAKERS = pytest.mark.parametrize("make", [recording.reporting, recording.plain])


@MAKERS
def test_law_06_one_record_and_one_attempt_a_call(make: Callable[..., LanguageModel]) -> None:
    recording.one_attempt_a_call(make)


@MAKERS
def test_law_06_one_record_of_every_attempt(make: Callable[..., LanguageModel]) -> None:
    recording.every_attempt_is_known(wrap_model, make)


@MAKERS
def test_law_06_one_record_is_observed_in_order(make: Callable[..., LanguageModel]) -> None:
    recording.observers_see_it_in_order(make)


def test_law_06_one_record_and_bad_observers() -> None:
    recording.watching_changes_nothing(lambda observers: record_call(observers=observers))


async def test_law_06_one_record_is_gone_after_a_call_and_never_seen_by_a_reader() -> None:
    seen: list[bool] = []

    async def looking(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            seen.append(current_call() is not None)
            yield part

    @layer
    async def look(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        return await (await call(request)).through(looking, peek=True)

    async with await wrap_model(ScriptedModel([[A, A, FINISH]]), [look])(STREAMED) as response:
        assert current_call() is None
        async for _ in response:
            assert current_call() is None
    assert current_call() is None
    assert seen == [True, False, False]


async def test_law_06_one_record_even_when_stacks_nest_and_layers_call_other_stacks() -> None:
    other = wrap_model(ScriptedModel([[A, FINISH]], model_id="other"), [passing])

    @layer
    async def also(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        await (await other(request)).result()
        return await call(request)

    model = wrap_model(wrap_model(ScriptedModel([[KeyError("x")], [A, FINISH]]), [trying()]), [also])
    with record_call() as record:
        await (await model(STREAMED)).result()
    names = [attempt.model for attempt in record.attempts]
    assert names == ["scripted:other", "scripted:model", "scripted:model"]
    assert not record.children


async def test_law_06_one_record_costs_no_call_without_an_observer(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    def tell(record: CallRecord, kind: EventKind, detail: Any = None) -> None:
        told.append(kind)

    with record_call() as record:
        assert record.observers == ()
        monkeypatch.setattr(CallRecord, "tell", tell)
        await (await wrap_model(ScriptedModel(), [passing])(STREAMED)).result()
        report("retried")
    assert "retried" not in told
    assert "record-opened" not in told

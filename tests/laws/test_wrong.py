"""Each law rejects an implementation that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from laws import (
    cancelling,
    closing,
    coherence,
    importing,
    leaking,
    loops,
    order,
    recording,
    refusing,
    wrong,
    wrong_closing,
)
from laws.closing import House
from laws.coherence import real_start
from laws.harness import FINISH, A, rejects
from laws.test_refusing import GOOD

from ai_sdk.model import wrap_model
from ai_sdk.requests import LanguageRequest
from ai_sdk.response import hold
from ai_sdk.results import LanguageResponse
from ai_sdk.testing import ScriptedModel

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]


async def real_through(response: LanguageResponse, change: Any, peek: bool) -> LanguageResponse:
    return await response.through(change, peek=peek)


def house(start: Any = real_start, held: Any = hold, through: Any = real_through) -> Callable[[], House]:
    return lambda: House(start, held, through)


def test_wrong_01_order() -> None:
    rejects(order.first_is_outermost, wrong.wraps_backwards)
    rejects(order.first_is_outermost, wrong.forgets_the_inner_stack)
    rejects(order.nothing_is_identity, wrong.wraps_even_without_layers)
    rejects(order.stacks_are_independent, wrong.SharesItsStack())
    rejects(order.short_circuits, wrong.answers_but_also_asks)
    rejects(order.calls_are_independent, wrong.RemembersItsResponse())


def test_wrong_02_immutability() -> None:
    rejects(order.requests_never_change, lambda: [wrong.changes_in_place])
    rejects(order.requests_never_change, lambda: [wrong.adds_on_every_attempt])
    rejects(order.requests_are_frozen, wrong.ShallowRequest)


def test_wrong_03_coherence() -> None:
    rejects(coherence.streaming_changes_nothing, wrong.dropping(only=True))
    rejects(coherence.neutral, wrong.dropping(only=False))
    rejects(coherence.neutral, wrong.copying)
    rejects(coherence.folding_is_faithful, wrong.folds_previews)
    rejects(coherence.folding_is_faithful, wrong.folds_each_delta_apart)
    rejects(coherence.folding_is_faithful, wrong.folds_unknown_to_zero)
    rejects(coherence.the_head_comes_first, wrong_closing.starts_at_once)


@pytest.mark.parametrize(
    ("law", "make"),
    [
        (closing.ends_in_the_reader, house(held=wrong_closing.releases_early)),
        (closing.ends_in_the_reader, house(held=wrong_closing.releases_twice)),
        (closing.ends_in_the_reader, house(held=wrong_closing.releases_before_the_wire)),
        (closing.ends_in_the_reader, house(held=wrong_closing.forgets_on_error)),
        (closing.ends_in_the_reader, house(held=wrong_closing.releases_elsewhere)),
        (closing.ends_in_the_reader, house(start=wrong_closing.starts(wrong_closing.ClosesOnBreak))),
        (closing.ends_in_the_reader, house(start=wrong_closing.starts(wrong_closing.ForgetsTheEnding))),
        (closing.ends_in_the_reader, house(through=wrong_closing.maps_without_closing)),
        (closing.cancelled_anywhere, house(held=wrong_closing.forgets_on_cancel)),
        (closing.cancelled_anywhere, house(held=wrong_closing.forgets_on_error)),
        (closing.dropped_without_closing, house(start=wrong_closing.starts(wrong_closing.ForgetsOnDrop))),
        (closing.dropped_after_its_loop, house(start=wrong_closing.starts(wrong_closing.ForgetsOnDrop))),
        (closing.dropped_in_another_thread, house(start=wrong_closing.starts(wrong_closing.ForgetsOnDrop))),
        (closing.closed_by_another_task, house(start=wrong_closing.starts(wrong_closing.ForgetsTheEnding))),
        (closing.one_bad_release_keeps_no_other, house(held=wrong_closing.raises_from_release)),
        (closing.an_early_stop_is_not_an_end, house(through=wrong_closing.copies_the_ending)),
        (closing.endings_know_what_arrived, house(held=wrong_closing.releases_early)),
    ],
)
def test_wrong_04_closing(law: Callable[..., None], make: Callable[[], House]) -> None:
    rejects(law, make)


def test_wrong_05_cancellation() -> None:
    rejects(cancelling.cancellation_is_final, wrong.swallowing)
    rejects(cancelling.cancellation_is_final, wrong.retrying_cancellation)
    rejects(cancelling.cancellation_is_final, wrong.converting)
    rejects(cancelling.cancellation_is_final, wrong.shielding)
    rejects(cancelling.a_timeout_of_the_caller_is_the_callers, wrong.swallowing)
    rejects(cancelling.a_bystander_is_not_cancelled, lambda: wrong.SharedCall(ScriptedModel([[A, 1.0, A, FINISH]])))


def test_wrong_06_one_record() -> None:
    for make in (wrong.sends_twice, wrong.reports_nothing):
        rejects(recording.one_attempt_a_call, make(recording.reporting))
    rejects(recording.observers_see_it_in_order, wrong.reports_too_early(recording.reporting))
    rejects(recording.every_attempt_is_known, wrong.leaves_its_record, recording.reporting)
    rejects(recording.every_attempt_is_known, wrong.hides_the_attempts, recording.reporting)
    rejects(recording.every_attempt_is_known, wrap_model, wrong.reports_nothing(recording.reporting))
    rejects(recording.watching_changes_nothing, wrong.tells_loudly)


def test_wrong_07_truncation() -> None:
    rejects(coherence.no_finish_is_an_error, wrong_closing.starts(wrong_closing.NeverFinished))
    rejects(coherence.no_finish_is_an_error, wrong.loses_the_partial)
    rejects(coherence.no_finish_is_an_error, wrong.invents_a_finish)
    rejects(coherence.a_broken_stream_is_an_error, wrong.loses_the_partial)
    rejects(coherence.decoders_do_not_leak, wrong.decodes_with_json)


def test_wrong_08_secrets() -> None:
    rejects(leaking.keeps_secrets, wrong.ShowsItsKey)
    rejects(leaking.keeps_secrets, wrong.error_with_headers)


def test_wrong_09_import(tmp_path: Path) -> None:
    (tmp_path / "heavy_module.py").write_text("import cachetools\n")
    (tmp_path / "busy_module.py").write_text("import threading, time\n" + _THREAD)
    with pytest.raises(AssertionError, match="loads cachetools"):
        importing.imports_lightly(["heavy_module"], path=tmp_path)
    with pytest.raises(AssertionError, match="thread"):
        importing.imports_lightly(["busy_module"], path=tmp_path)


_THREAD = "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"


def test_wrong_10_loops_and_threads() -> None:
    rejects(loops.limits_hold_everywhere, wrong.shared_semaphore)
    rejects(loops.a_limit_is_global, wrong.semaphore_per_loop)
    rejects(loops.a_slot_is_free_when_the_response_ends, wrong.never_gives_back)
    rejects(loops.a_live_response_keeps_its_slot, wrong.limits_the_call_alone)


def test_wrong_11_bad_input() -> None:
    for make in (wrong.accepts_anything, wrong.complains_about_nothing_in_particular, wrong.lets_python_complain):
        rejects(refusing.refuses_bad_input, make, refusing.LANGUAGE, GOOD[LanguageRequest])

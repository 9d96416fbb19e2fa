"""The laws of ``map_rows`` hold, and each rejects implementations that break it."""

from __future__ import annotations

from typing import Any

import pytest
from batch import laws, wrong
from layer_laws.kit import rejects

from ai_sdk.batch import map_rows

pytestmark = [pytest.mark.filterwarnings("ignore::RuntimeWarning"), pytest.mark.filterwarnings("ignore:.*damaged")]

LAWS: dict[Any, list[Any]] = {
    laws.every_row_once: [wrong.LosesErrors, wrong.GivesTheLastTwice, wrong.order_of_arrival],
    laws.as_they_are_done: [wrong.Simple, wrong.always_ordered],
    laws.bounded_concurrency: [wrong.Simple, wrong.one_too_many_calls, wrong.one_at_a_time],
    laws.bounded_lookahead: [wrong.Simple, wrong.one_too_many_rows],
    laws.resumes_after_any_cut: [wrong.Simple, wrong.keeps_the_torn_end, wrong.forgets_errors],
    laws.resumes_after_a_crash: [wrong.Simple, wrong.writes_at_the_end],
    laws.damage_is_no_value: [wrong.unchecked_lines],
    laws.refuses_a_changed_dataset: [wrong.knows_the_name_alone, wrong.does_not_look_at_the_end],
    laws.stops_at_an_error: [wrong.Simple],
}


def _name(value: Any) -> str:
    return str(value.__name__)


@pytest.mark.parametrize("law", LAWS, ids=_name)
def test_law(law: Any) -> None:
    law(map_rows)


@pytest.mark.parametrize(
    ("law", "implementation"),
    [(law, each) for law, several in LAWS.items() for each in several],
    ids=_name,
)
def test_rejects(law: Any, implementation: Any) -> None:
    rejects(law, implementation)

"""Law 5 on the contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from laws import cancelling
from laws.harness import FINISH, A, LanguageLayer
from laws.layers import made, passing, trying

from ai_sdk.model import wrap_model
from ai_sdk.testing import ScriptedModel


@pytest.mark.parametrize(
    "layers", [list[LanguageLayer], lambda: [passing, trying()], lambda: made(["slot", "map", "try", "peek"])]
)
def test_law_05_cancellation(layers: Callable[[], list[LanguageLayer]]) -> None:
    cancelling.cancellation_is_final(layers)


@pytest.mark.parametrize("names", [[], ["try"], ["slot", "peek"], ["map", "try", "slot", "pass"]])
def test_law_05_cancellation_by_a_timeout_of_the_caller(names: list[str]) -> None:
    cancelling.a_timeout_of_the_caller_is_the_callers(lambda: made(names))


def test_law_05_cancellation_of_one_caller() -> None:
    cancelling.a_bystander_is_not_cancelled(
        lambda: wrap_model(ScriptedModel([[A, 1.0, A, FINISH]]), made(["try", "map"]))
    )

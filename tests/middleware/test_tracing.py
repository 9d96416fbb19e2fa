"""The laws of ``tracing``, and that they find out what breaks them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from laws import tracing as laws
from laws import wrong_tracing as wrong
from laws.harness import rejects

from ai_sdk.middleware.tracing import tracing
from ai_sdk.telemetry import recording

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # trials drop responses


@pytest.fixture(autouse=True)
def what_was_dropped() -> Iterator[None]:
    """Collect what the trials of a law dropped before another test begins, which would be blamed for it."""
    yield
    gc.collect()


LAWS = [
    laws.s1_every_span_ends_once,
    laws.s1_when_the_loop_is_gone,
    laws.s2_one_tree_a_call,
    laws.s3_the_status_is_the_end,
    laws.s4_a_stream_is_open_until_it_ends,
    laws.s5_the_context_is_the_callers,
    laws.s6_nothing_changes,
    laws.s7_tokens_as_they_are_and_no_content,
    laws.s8_attempts_are_numbered,
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law: Any) -> None:
    law(tracing)


KINDS = [
    (laws.s1_every_span_ends_once, wrong.Forgets),
    (laws.s1_every_span_ends_once, wrong.Leaks),
    (laws.s1_every_span_ends_once, wrong.Twice),
    (laws.s1_when_the_loop_is_gone, wrong.Leaks),
    (laws.s1_when_the_loop_is_gone, wrong.Hasty),
    (laws.s2_one_tree_a_call, wrong.Childless),
    (laws.s2_one_tree_a_call, wrong.Rootless),
    (laws.s2_one_tree_a_call, wrong.Early),
    (laws.s3_the_status_is_the_end, wrong.Alarmed),
    (laws.s3_the_status_is_the_end, wrong.Calm),
    (laws.s3_the_status_is_the_end, wrong.Silent),
    (laws.s4_a_stream_is_open_until_it_ends, wrong.AtTheAwait),
    (laws.s4_a_stream_is_open_until_it_ends, wrong.Late),
    (laws.s5_the_context_is_the_callers, wrong.Absent),
    (laws.s5_the_context_is_the_callers, wrong.Outer),
    (laws.s5_the_context_is_the_callers, wrong.Unread),
    (laws.s5_the_context_is_the_callers, wrong.Stays),
    (laws.s6_nothing_changes, wrong.Fragile),
    (laws.s7_tokens_as_they_are_and_no_content, wrong.Doubled),
    (laws.s8_attempts_are_numbered, wrong.Single),
]


@pytest.mark.parametrize(("law", "kind"), KINDS, ids=lambda each: each.__name__)
def test_the_laws_find_out(law: Any, kind: type[recording.TracedCall], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "TracedCall", kind)
    rejects(law, tracing)


@pytest.mark.parametrize(
    ("law", "make"),
    [
        (laws.s1_every_span_ends_once, wrong.around_a_yield),
        (laws.s5_the_context_is_the_callers, wrong.around_a_yield),
        (laws.s2_one_tree_a_call, wrong.an_attempt_alone),
        (laws.s7_tokens_as_they_are_and_no_content, wrong.content_always),
    ],
    ids=lambda each: each.__name__,
)
@pytest.mark.filterwarnings("ignore")
def test_the_laws_find_out_layers(law: Any, make: Any) -> None:
    rejects(law, make)

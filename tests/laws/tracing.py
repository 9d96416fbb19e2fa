"""The laws of tracing, S1 to S8, over random stacks and random ways in which a call ends.

A law takes ``make``, which makes the layer from the options of ``tracing``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from laws.harness import search
from laws.tracing_trials import (
    ENDS,
    SCRIPTS,
    SECRET,
    STACKS,
    Make,
    ReadableSpan,
    SpanProcessor,
    TracerProvider,
    Trial,
    Use,
    played,
    played_past_its_loop,
    span_id,
)
from opentelemetry.trace import StatusCode

from ai_sdk.results import Usage
from ai_sdk.telemetry.spans import error_type


def _law(check: Callable[[Trial], None], make: Make, tries: int, **options: Any) -> None:
    def law(stack: tuple[list[str], int], scripts: list[str], use: Use) -> None:
        names, at = stack
        check(played(Trial(make, names, at, scripts, options), use))

    search(law, STACKS, SCRIPTS, st.sampled_from(ENDS), tries=tries)


def _each_once(trial: Trial) -> None:
    started, ended = [span_id(each) for each in trial.spans.started], [span_id(each) for each in trial.spans.ended]
    assert sorted(started) == sorted(ended), f"{len(started)} spans started, {len(ended)} ended"
    assert not trial.complaints, trial.complaints
    assert not trial.reports, trial.reports


def s1_every_span_ends_once(make: Make) -> None:
    """Every span that starts ends exactly once, however the call ends, and nobody complains."""
    _law(_each_once, make, 120)


def s1_when_the_loop_is_gone(make: Make) -> None:
    """A response that is dropped when its event loop has ended ends its spans, too."""

    def law(stack: tuple[list[str], int], script: str, reads: int) -> None:
        names, at = stack
        trial = played_past_its_loop(Trial(make, names, at, [script]), reads)
        _each_once(trial)
        _contained(trial)

    without = STACKS.filter(lambda each: "hedge" not in each[0] and "cache" not in each[0])
    search(law, without, st.sampled_from(["good", "hanging", "broken"]), st.integers(0, 1), tries=30)


def _contained(trial: Trial) -> None:
    by_id = {span_id(span): span for span in trial.spans.ended}
    for span in trial.spans.ended:
        parent = by_id.get(span.parent.span_id) if span.parent is not None else None
        if parent is None or parent.name == "caller":
            continue
        assert span.start_time is not None
        assert span.end_time is not None
        assert parent.start_time is not None
        assert parent.end_time is not None
        assert parent.start_time <= span.start_time <= span.end_time <= parent.end_time, "a child is not in its parent"


def _tree(trial: Trial) -> None:
    roots = trial.spans.named("chat")
    assert len(roots) == len([call for call in trial.calls if call.record is not None])
    for span, call in zip(roots, [each for each in trial.calls if each.record is not None], strict=True):
        assert call.record is not None
        assert span.parent is not None
        assert span.parent.span_id == span_id(trial.caller), "a call is not in its caller's trace"
        attempts = trial.spans.children(span, "attempt")
        assert len(attempts) == len(call.record.attempts), (
            f"{len(attempts)} spans, {len(call.record.attempts)} attempts"
        )
        assert (span.attributes or {})["ai_sdk.attempts"] == len(attempts)
    assert len(trial.spans.named("attempt")) == sum(len(c.record.attempts) for c in trial.calls if c.record is not None)
    _contained(trial)


def s2_one_tree_a_call(make: Make) -> None:
    """A call is one span in the caller's trace, around a child for each attempt."""
    _law(_tree, make, 120)


def _status(trial: Trial) -> None:
    for span, call in zip(trial.spans.named("chat"), trial.calls, strict=False):
        assert call.ending is not None
        said = dict(span.attributes or {})
        how, error = call.ending.how, call.ending.error
        failed = how == "error"
        assert (span.status.status_code is StatusCode.ERROR) == failed, f"{how} has {span.status.status_code}"
        wanted = {"cancelled": "CancelledError", "error": error_type(error) if error is not None else None}.get(how)
        assert said.get("error.type") == wanted, f"{how} has {said.get('error.type')}"
        assert said.get("ai_sdk.stream.abandoned", False) == (how in ("closed", "dropped"))


def s3_the_status_is_the_end(make: Make) -> None:
    """An error is one; a cancellation and a reader who leaves are no errors, and can be told apart."""
    _law(_status, make, 120)


def _live(trial: Trial) -> None:
    for span, call in zip(trial.spans.named("chat"), trial.calls, strict=False):
        said = dict(span.attributes or {})
        assert call.ended_before or (call.ending is not None and call.ending.how == "dropped"), "the span ends too late"
        assert said.get("gen_ai.response.time_to_first_chunk") == call.first
        assert call.open_at_first is not False, "the span ended before the response"


def s4_a_stream_is_open_until_it_ends(make: Make) -> None:
    """The span of a live response ends when that closes, and knows when its first content came."""
    _law(_live, make, 120)


def _context(trial: Trial) -> None:
    assert not trial.complaints, trial.complaints
    spans: list[int] = []
    for model in (trial.model, trial.other):
        for attempt, seen in model.seen.items():
            if not any(attempt in call.record.attempts for call in trial.calls if call.record is not None):
                continue  # asked by a layer around
            assert all(isinstance(each, ReadableSpan) for each in seen), "no span is current inside"
            assert {each.name for each in seen} == {f"attempt {model.model_id}"}, f"{[each.name for each in seen]}"
            assert len({span_id(each) for each in seen}) == 1, "an attempt ran in several spans"
            spans.append(span_id(seen[0]))
    assert len(spans) == len(set(spans)), "two attempts ran in one span"


def s5_the_context_is_the_callers(make: Make) -> None:
    """Inside, the attempt's span is the current one; outside it never is, whoever reads or closes in which task."""
    _law(_context, make, 120)


class Broken(SpanProcessor):
    """A processor that fails whenever it can."""

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        """Fail, sometimes."""
        if span.name.startswith("attempt"):
            raise RuntimeError("on_start")

    def on_end(self, span: ReadableSpan) -> None:
        """Fail."""
        raise RuntimeError("on_end")


class NoStart(Broken):
    """A processor that fails at once."""

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        """Fail."""
        raise RuntimeError("on_start")


class BrokenMeters:
    """A provider of metrics that fails."""

    def get_meter(self, *_arguments: Any, **_options: Any) -> Any:
        """Fail."""
        raise RuntimeError("no meter")


def s6_nothing_changes(make: Make) -> None:
    """With tracing, without it, without an SDK and with exporters that fail the caller gets the same."""

    def law(stack: tuple[list[str], int], scripts: list[str], use: Use, kind: str) -> None:
        names, at = stack
        plain = played(Trial(make, names, at, scripts, bare=True), use)
        provider = TracerProvider(shutdown_on_exit=False)
        options: dict[str, Any] = {}
        if kind == "no SDK":
            options = {"tracer_provider": None}
        elif kind == "meters":
            options = {"meter_provider": BrokenMeters()}
        elif kind != "good":
            provider.add_span_processor(NoStart() if kind == "start" else Broken())
            options = {"tracer_provider": provider}
        traced = played(Trial(make, names, at, scripts, options), use)
        assert traced.got == plain.got, f"{traced.got} came instead of {plain.got}"
        assert not traced.complaints, traced.complaints
        if kind == "no SDK":
            assert [each.name for each in traced.spans.started] == ["caller"]

    search(
        law,
        STACKS,
        SCRIPTS,
        st.sampled_from(ENDS),
        st.sampled_from(["good", "no SDK", "start", "attempts", "meters"]),
        tries=120,
    )


def _tokens(trial: Trial) -> None:
    for span in trial.spans.ended:
        shown = f"{span.name} {dict(span.attributes or {})} {span.events} {span.status.description}"
        shown += str([event.attributes for event in span.events])
        assert SECRET not in shown, f"content is in {shown}"
    for span, call in zip(trial.spans.named("chat"), trial.calls, strict=False):
        assert call.ending is not None
        usage = getattr(call.ending.result(), "usage", None) or Usage()
        said = dict(span.attributes or {})
        for name, count in (
            ("input_tokens", usage.input_tokens),
            ("output_tokens", usage.output_tokens),
            ("cache_read.input_tokens", usage.cache_read_tokens),
        ):
            assert said.get(f"gen_ai.usage.{name}") == count, f"{name}: {said.get(f'gen_ai.usage.{name}')} for {count}"


def s7_tokens_as_they_are_and_no_content(make: Make) -> None:
    """Tokens are those of the answer; what was asked and answered, and what errors say, is nowhere."""
    _law(_tokens, make, 120)


def _numbered(trial: Trial) -> None:
    for span, call in zip(trial.spans.named("chat"), trial.calls, strict=False):
        assert call.record is not None
        attempts = trial.spans.children(span, "attempt")
        said = [dict(each.attributes or {}) for each in attempts]
        assert [each["ai_sdk.attempt.number"] for each in said] == list(range(1, len(attempts) + 1))
        models = [f"{each['ai_sdk.attempt.provider']}:{each['ai_sdk.attempt.model']}" for each in said]
        assert models == [each.model for each in call.record.attempts]
        for each, attempt in zip(said, call.record.attempts, strict=True):
            error = error_type(attempt.error) if attempt.error is not None else None
            assert each.get("error.type") == error or each.get("ai_sdk.attempt.outlives")


def s8_attempts_are_numbered(make: Make) -> None:
    """The attempts of a call count up, and say which model failed with what."""
    _law(_numbered, make, 120)

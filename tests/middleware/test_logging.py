"""The laws of ``logging``: one line for each call, when it is over, and no other effect."""

from __future__ import annotations

import asyncio
import gc
import logging as standard
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from layer_laws import wrong
from layer_laws.kit import (
    EMBEDDING,
    FINISH,
    KINDS,
    STREAMED,
    WHOLE,
    Kind,
    Outcome,
    Scripted,
    caught,
    check_closed,
    examples,
    good,
    read,
    rejects,
)

from ai_sdk.errors import ServerError
from ai_sdk.messages import FilePart, ToolCallPart, ToolResultPart, assistant, tool_results, user
from ai_sdk.middleware import logging, retry, timeout
from ai_sdk.model import AnyLayer, name_of, wrap_model
from ai_sdk.parts import ReasoningDelta, TextDelta
from ai_sdk.requests import EmbeddingRequest, LanguageRequest
from ai_sdk.results import EmbeddingResult
from ai_sdk.testing import HANG, ScriptedCall, ScriptedModel, run

Make = Callable[..., AnyLayer]


class Lines:
    """A logger with structlog's methods that keeps what it is told."""

    def __init__(self, shown: str = "debug") -> None:
        self.shown = getattr(standard, shown.upper())
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def is_enabled_for(self, level: int) -> bool:
        return bool(level >= self.shown)

    def debug(self, event: str, **fields: Any) -> None:
        self.lines.append(("debug", event, fields))

    def info(self, event: str, **fields: Any) -> None:
        self.lines.append(("info", event, fields))

    def warning(self, event: str, **fields: Any) -> None:
        self.lines.append(("warning", event, fields))

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [fields for _, event, fields in self.lines if event == "call"]


How: TypeAlias = Literal["end", "error", "cancelled", "closed", "dropped"]


async def go(layered: Any, how: How) -> None:
    """Read a stream that hangs after its second part, or ends or fails there, and leave it in one of the ways."""
    if how in ("end", "error"):
        await caught(read(layered, STREAMED))
    elif how == "cancelled":
        task = asyncio.create_task(read(layered, STREAMED))
        await asyncio.sleep(9)
        task.cancel()
        await caught(task)
    elif how == "closed":
        async with await layered(STREAMED) as response:
            async for _ in response:
                break
    else:
        response = await layered(STREAMED)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            del response
            gc.collect()
            await asyncio.sleep(0.1)


def law_one_line(make: Make) -> None:
    @examples()
    @given(
        st.sampled_from(["end", "error", "cancelled", "closed", "dropped"]),
        st.integers(0, 5),
        st.integers(1, 5).map(float),
    )
    def law(how: How, first: int, second: float) -> None:
        async def trial() -> None:
            last: dict[str, Any] = {"end": FINISH, "error": ServerError("broken", status=500)}
            begin: list[Any] = [float(first)] if first else []
            model = ScriptedModel([[*begin, TextDelta("a"), second, last.get(how, HANG)]])
            lines = Lines()
            await go(make(lines)(model), how)
            assert len(lines.lines) == 1
            level, event, fields = lines.lines[0]
            assert (level, event, fields["outcome"]) == ("info", "call", how)
            assert fields["first_content"] == first
            assert fields["duration"] == {"end": first + second, "error": first + second, "cancelled": 9}.get(
                how, first
            )
            assert fields.get("error") == {"error": "ServerError", "cancelled": "CancelledError"}.get(how)
            assert fields.get("status") == (500 if how == "error" else None)
            assert fields.get("finish_reason") == ("stop" if how == "end" else None)
            assert fields.get("input_tokens") == (1 if how == "end" else None)
            check_closed(model)

        run(trial())

    law()


def test_one_line_when_the_response_is_over_however_it_ended() -> None:
    law_one_line(wrapped_logging)
    rejects(law_one_line, wrong.logging_at_the_await)
    rejects(law_one_line, wrong.logging_twice)


def wrapped_logging(logger: Any) -> AnyLayer:
    return logging(logger)


Outcomes = st.lists(
    st.sampled_from([Outcome("a"), Outcome(ServerError("b")), Outcome(ValueError("c"))]), min_size=1, max_size=4
)


@examples()
@given(st.sampled_from(KINDS), Outcomes, st.sampled_from(["debug", "info", "error"]), st.booleans())
def test_the_same_answer_the_same_error(kind: Kind, outcomes: list[Outcome], shown: str, content: bool) -> None:
    async def trial() -> None:
        bare, logged, lines = Scripted(kind, outcomes), Scripted(kind, outcomes), Lines(shown)
        plain = await caught(read(wrap_model(bare.model, [retry(wait=1)]), bare.request))
        stack = wrap_model(logged.model, [logging(lines, content=content), retry(wait=1)])
        answer = await caught(read(stack, logged.request))
        assert answer is plain if isinstance(plain, Exception) else answer == plain
        assert len(lines.calls) == (0 if shown == "error" else 1)
        if shown != "error":
            assert lines.calls[0]["attempts"] == len(bare.calls)
            assert lines.calls[0]["kind"] == ("embedding" if kind == "embedding" else "language")
        assert len([event for _, event, _ in lines.lines if event == "call retried"]) == (
            len(bare.calls) - 1 if shown == "debug" else 0
        )
        logged.check_closed()

    run(trial())


async def test_the_fields_of_a_whole_answer_and_of_a_vector() -> None:
    lines = Lines("info")
    await read(wrap_model(ScriptedModel(["hello there"]), [logging(lines)]), WHOLE)
    vectors = ScriptedCall[Any, EmbeddingResult]([2.0, EmbeddingResult()], provider="openai", model_id="small")
    await read(wrap_model(vectors, [logging(lines, level="warning")]), EMBEDDING)
    assert lines.lines == [
        (
            "info",
            "call",
            {
                "model": "scripted:model",
                "kind": "language",
                "stream": False,
                "outcome": "end",
                "attempts": 1,
                "duration": 0.0,
                "first_content": 0.0,
                "finish_reason": "stop",
                "input_tokens": 1,
                "output_tokens": 2,
            },
        ),
        (
            "warning",
            "call",
            {"model": "openai:small", "kind": "embedding", "outcome": "end", "attempts": 1, "duration": 2.0},
        ),
    ]


async def test_retries_and_waits_at_debug() -> None:
    lines = Lines()
    model = wrap_model(ScriptedModel([ServerError("x"), "good"]), [logging(lines), retry(wait=3)])
    await read(model, STREAMED)
    assert [(level, event) for level, event, _ in lines.lines] == [
        ("debug", "call retried"),
        ("debug", "call waited"),
        ("info", "call"),
    ]
    assert lines.lines[0][2] == {"error": "ServerError", "attempts": 1}
    assert lines.lines[1][2] == {"seconds": 3}
    assert lines.calls[0]["attempts"] == 2


async def test_inside_of_retry_it_writes_a_line_for_each_attempt() -> None:
    lines = Lines("info")
    await read(wrap_model(ScriptedModel([ServerError("x"), "good"]), [retry(wait=3), logging(lines)]), STREAMED)
    assert [fields["outcome"] for fields in lines.calls] == ["error", "end"]


async def test_a_timeout_cancels_what_is_inside_of_the_await() -> None:
    inside, outside = Lines("info"), Lines("info")
    stack = wrap_model(ScriptedModel([[HANG]]), [logging(outside), timeout(total=4), logging(inside)])
    await caught(read(stack, STREAMED))
    assert [(fields["outcome"], fields["error"]) for fields in inside.calls] == [("cancelled", "CancelledError")]
    assert [(fields["outcome"], fields["error"]) for fields in outside.calls] == [("error", "APITimeoutError")]


async def test_a_timeout_of_a_read_is_the_error_of_the_response() -> None:
    inside, outside = Lines("info"), Lines("info")
    model = ScriptedModel([[TextDelta("a"), HANG]])
    stack = wrap_model(model, [logging(outside), timeout(total=4), logging(inside)])
    await caught(read(stack, STREAMED))
    assert [(fields["outcome"], fields["error"]) for fields in inside.calls] == [("error", "APITimeoutError")]
    assert [(fields["outcome"], fields["error"]) for fields in outside.calls] == [("error", "APITimeoutError")]


SECRET = "s3cret"
PRIVATE = LanguageRequest(
    messages=(
        user("quiet words", FilePart(data=b"pixels", media_type="image/png")),
        assistant(ToolCallPart("1", "find", '{"q": 1}')),
        tool_results(ToolResultPart("1", "find", "found it")),
    ),
    headers={"authorization": SECRET},  # pyright: ignore[reportArgumentType]
    provider_options={"groq": {"key": SECRET}},  # pyright: ignore[reportArgumentType]
    stream=True,
)


def law_discreet(make: Make) -> None:
    @examples(20)
    @given(st.booleans())
    def law(fails: bool) -> None:
        async def trial() -> None:
            lines = Lines()
            model = ScriptedModel([ServerError("loud words", status=500)] if fails else ["loud words"])
            await caught(read(wrap_model(model, [make(lines), retry(wait=1)]), PRIVATE))
            assert lines.calls
            for word in (SECRET, "quiet", "loud", "pixels", "found"):
                assert word not in repr(lines.lines)

        run(trial())

    law()


def test_no_content_and_never_a_secret() -> None:
    law_discreet(wrapped_logging)
    rejects(law_discreet, wrong.logging_content)


async def test_content_when_it_is_asked_for_without_bytes_and_secrets() -> None:
    lines = Lines("info")
    model = ScriptedModel(
        [[ReasoningDelta("hm"), TextDelta("ok"), ToolCallPart("2", "f", "{}"), FINISH], ServerError("no")]
    )
    stack = wrap_model(model, [logging(lines, content=True)])
    await read(stack, PRIVATE)
    await caught(read(stack, PRIVATE))
    first, second = lines.calls
    assert first["input"] == [
        "user: quiet words [image/png]",
        'assistant: [find({"q": 1})]',
        "tool: [find -> 'found it']",
    ]
    assert first["output"] == "hm ok [f({})]"
    assert second["error_message"] == "provider: no"
    assert SECRET not in repr(lines.lines)
    assert "pixels" not in repr(lines.lines)
    vectors = ScriptedCall[EmbeddingRequest, EmbeddingResult]([EmbeddingResult(embeddings=((1.0,),))])
    await read(wrap_model(vectors, [logging(lines, content=True)]), EMBEDDING)
    assert lines.calls[2]["input"] == {"values": ("hi",)}
    assert "output" not in lines.calls[2]


class Broken(Lines):
    """A logger that fails, when it is asked or when it writes."""

    def __init__(self, when: str) -> None:
        super().__init__()
        self.when = when

    def is_enabled_for(self, level: int) -> bool:
        if self.when == "asked" or (self.when == "asked for debug" and level < standard.INFO):
            raise OSError("disk full")
        return True

    def info(self, event: str, **fields: Any) -> None:
        raise OSError("disk full")


@pytest.mark.parametrize("when", ["asked", "asked for debug", "writing"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_failing_logger_breaks_nothing(when: str, kind: Kind) -> None:
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))
    scripted = Scripted(kind, [Outcome("good"), Outcome(ServerError("broken"))])
    model = logging(Broken(when))(scripted.model)
    assert await read(model, scripted.request) == good(kind, "good")
    assert isinstance(await caught(read(model, scripted.request)), ServerError)
    assert {type(each["exception"]) for each in failures} == {OSError}
    scripted.check_closed()


async def test_without_structlog_configured_the_standard_logger_in_logfmt(caplog: pytest.LogCaptureFixture) -> None:
    model = wrap_model(ScriptedModel(["two words"]), [logging()])
    await read(model, STREAMED)
    assert not caplog.records
    with caplog.at_level(standard.INFO, logger="ai_sdk"):
        await read(model, STREAMED)
    assert [(record.name, record.levelname) for record in caplog.records] == [("ai_sdk", "INFO")]
    (line,) = caplog.messages
    assert line == (
        "event=call model=scripted:model kind=language stream=true outcome=end attempts=1 duration=0.0 "
        "first_content=0.0 finish_reason=stop input_tokens=1 output_tokens=2"
    )
    assert getattr(caplog.records[0], "ai_sdk")["output_tokens"] == 2  # noqa: B009


async def test_a_standard_logger_of_the_users_own(caplog: pytest.LogCaptureFixture) -> None:
    own = standard.getLogger("my.app")
    with caplog.at_level(standard.DEBUG, logger="my.app"):
        await read(logging(standard.LoggerAdapter(own, {}), level="error")(ScriptedModel(["100 %s"])), STREAMED)
        await read(logging(own, level="debug", content=True)(ScriptedModel(["100 %s"])), STREAMED)
    assert [(record.name, record.levelname) for record in caplog.records] == [("my.app", "ERROR"), ("my.app", "DEBUG")]
    assert 'output="100 %s"' in caplog.messages[1]


@pytest.fixture
def configured() -> Iterator[list[Any]]:
    """Structlog as an application configures it, keeping what it is told."""
    with structlog.testing.capture_logs() as lines:
        structlog.configure(
            processors=[structlog.contextvars.merge_contextvars, *structlog.get_config()["processors"]],
            cache_logger_on_first_use=False,
        )
        yield lines
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


async def test_an_application_with_structlog_gets_events_with_its_bound_context(configured: list[Any]) -> None:
    model = wrap_model(ScriptedModel(["hello"]), [logging()])
    structlog.contextvars.bind_contextvars(tenant="blue")
    response: Any = await model(STREAMED)
    structlog.contextvars.bind_contextvars(tenant="red")
    await response.result()
    assert len(configured) == 1
    assert configured[0]["event"] == "call"
    assert configured[0]["log_level"] == "info"
    assert configured[0]["tenant"] == "blue"
    assert configured[0]["outcome"] == "end"


def test_a_response_dropped_after_its_loop_has_ended_is_let_go_in_silence() -> None:
    lines = Lines()
    model = ScriptedModel([[TextDelta("a"), HANG]])

    async def call() -> Any:
        return await logging(lines)(model)(STREAMED)

    response = run(call())
    with pytest.warns(ResourceWarning):
        del response
        gc.collect()
    assert not lines.lines
    assert not model.wires[0].open


def test_its_name() -> None:
    assert name_of(logging()) == "logging"

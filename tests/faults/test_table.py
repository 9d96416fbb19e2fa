"""The fault table: statuses, broken streams, and what is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from ai_sdk.errors import (
    AISDKError,
    APIConnectionError,
    APIError,
    BadRequestError,
    InterruptedStreamError,
    InvalidResponseError,
    MalformedEventError,
    OverloadedError,
    RateLimitError,
    ServerError,
    TruncatedStreamError,
)
from ai_sdk.model import AnyLayer
from ai_sdk.testing.fault_server import (
    OK,
    ByteAtATime,
    CleanEnd,
    Cut,
    ErrorEvent,
    Fault,
    FaultServer,
    Malformed,
    NoDone,
    Status,
)
from faults.table import TEXT, Seen, ask, column, soon

both = pytest.mark.parametrize("stream", [False, True], ids=["call", "stream"])


def ask_once(faults: Sequence[Fault], *layers: AnyLayer, stream: bool = False) -> Seen:
    async def main() -> Seen:
        async with FaultServer() as server:
            return await ask(server, faults, *layers, stream=stream)

    return asyncio.run(main())


def attempts(seen: Seen) -> list[int | None]:
    assert isinstance(seen.error, AISDKError)
    return [attempt.status for attempt in seen.error.attempts]


@both
def test_a_500_gets_three_attempts_and_its_own_error(stream: bool) -> None:
    seen = ask_once([Status(500)], soon(), stream=stream)
    assert isinstance(seen.error, ServerError)
    assert (seen.requests, seen.error.status, attempts(seen)) == (3, 500, [500, 500, 500])


@both
def test_a_500_that_passes_is_not_seen(stream: bool) -> None:
    assert ask_once([Status(500), Status(503), OK()], soon(), stream=stream).text == TEXT


@both
def test_a_429_waits_as_long_as_the_provider_asked(stream: bool) -> None:
    seen = ask_once([Status(429, retry_after=0.2), OK()], soon(), stream=stream)
    assert (seen.text, seen.requests) == (TEXT, 2)
    assert seen.seconds >= 0.2


@both
def test_a_429_that_stays_is_raised_after_three_attempts(stream: bool) -> None:
    seen = ask_once([Status(429, retry_after=0.05)], soon(), stream=stream)
    assert isinstance(seen.error, RateLimitError)
    assert (seen.requests, seen.error.retry_after) == (3, 0.05)


@both
def test_a_400_gets_one_attempt(stream: bool) -> None:
    seen = ask_once([Status(400)], soon(), stream=stream)
    assert isinstance(seen.error, BadRequestError)
    assert seen.requests == 1


def test_without_retry_there_is_one_attempt() -> None:
    assert ask_once([Status(500)]).requests == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (CleanEnd(3), TruncatedStreamError),
        (Cut(3), InterruptedStreamError),
        (Cut(3, reset=True), InterruptedStreamError),
    ],
    ids=["clean end", "cut", "reset"],
)
def test_a_stream_that_breaks_is_an_error_with_what_had_arrived(fault: Fault, kind: type[AISDKError]) -> None:
    seen = ask_once([fault], soon(), stream=True)
    assert type(seen.error) is kind
    assert seen.requests == 1, "content had reached the caller"
    assert TEXT.startswith(seen.text)
    assert getattr(seen.error, "partial").text == seen.text
    if not getattr(fault, "reset", False):
        assert seen.text == "The quick brown "


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        ({"message": "no capacity", "type": "overloaded_error"}, OverloadedError, True),
        ({"message": "slow down", "type": "rate_limit_error", "code": 429}, RateLimitError, True),
        ({"message": "bad tools", "type": "invalid_request_error", "code": 400}, BadRequestError, False),
        ({"message": "we failed"}, ServerError, True),
    ],
    ids=["overloaded", "rate limit", "bad request", "unnamed"],
)
def test_an_error_event_is_classified(error: dict[str, object], kind: type[APIError], retryable: bool) -> None:
    seen = ask_once([ErrorEvent(2, error=error)], soon(), stream=True)
    assert isinstance(seen.error, kind)
    assert (seen.requests, seen.error.retryable) == (1, retryable)
    assert seen.error.message == error["message"]
    assert seen.error.partial.text == seen.text == "The quick "


@pytest.mark.parametrize(
    "fault", [CleanEnd(0), Cut(0), Cut(0, reset=True), ErrorEvent(0), Malformed(0)], ids=lambda fault: repr(fault)
)
def test_what_breaks_before_the_first_content_is_tried_again(fault: Fault) -> None:
    seen = ask_once([fault, OK()], soon(), stream=True)
    assert (seen.text, seen.error, seen.requests) == (TEXT, None, 2)


def test_an_error_event_that_cannot_be_mended_is_not_tried_again() -> None:
    refused = ErrorEvent(0, error={"message": "bad tools", "type": "invalid_request_error"})
    seen = ask_once([refused, OK()], soon(), stream=True)
    assert isinstance(seen.error, BadRequestError)
    assert seen.requests == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(Cut(), APIConnectionError), (ErrorEvent(), ServerError), (Malformed(), InvalidResponseError)],
    ids=["cut", "error in a 200", "not JSON"],
)
def test_a_broken_json_answer_is_tried_again_and_typed(fault: Fault, kind: type[AISDKError]) -> None:
    assert ask_once([fault, OK()], soon()).text == TEXT
    seen = ask_once([fault], soon())
    assert isinstance(seen.error, kind)
    assert seen.requests == 3


def test_a_malformed_event_is_typed_and_quoted() -> None:
    seen = ask_once([Malformed(2)], soon(), stream=True)
    assert isinstance(seen.error, MalformedEventError)
    assert "hal" in seen.error.event
    assert seen.error.partial.text == seen.text == "The quick "


@both
@pytest.mark.parametrize("fault", [ByteAtATime(), NoDone()], ids=["a byte at a time", "no end marker"])
def test_what_is_odd_but_complete_gives_the_same_text(fault: Fault, stream: bool) -> None:
    seen = ask_once([fault], soon(), stream=stream)
    assert (seen.text, seen.error, seen.requests) == (TEXT, None, 1)


def test_the_table_says_the_same() -> None:
    said = dict(column())
    assert "**no**" not in said.values()
    assert said["HTTP 500"] == "3 requests, ServerError"
    assert said["HTTP 400"] == "1 request, BadRequestError"
    assert said["clean end, no finish reason, no [DONE]"].startswith("1 request, TruncatedStreamError with `.partial`")

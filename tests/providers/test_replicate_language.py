"""Language models of Replicate: whole answers, and events from a host of their own, which never sees the key."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ai_sdk.errors import (
    APIConnectionError,
    APIError,
    ContentFilterError,
    InvalidResponseError,
    ServerError,
    TruncatedStreamError,
)
from ai_sdk.messages import user
from ai_sdk.parts import TextDelta
from ai_sdk.providers.replicate import create_replicate
from ai_sdk.requests import LanguageRequest, ToolDefinition
from ai_sdk.testing import Answer, ScriptedHTTP

MADE = "POST /v1/models/acme/llama/predictions"
SEEN = "GET /v1/predictions/p1"
CANCELED = "POST /v1/predictions/p1/cancel"
EVENTS = "GET /v1/streams/abc"
HOST = "https://stream.replicate.com"
ASK = LanguageRequest(messages=(user("Hi"),))
LIVE = LanguageRequest(messages=(user("Hi"),), stream=True, headers={"x-mine": "1"})


def said(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "p1", "model": "acme/llama", "status": status, **more}


def event(name: str, data: str, at: int = 0) -> bytes:
    lines = "".join(f"data: {line}\n" for line in data.split("\n"))
    return f"event: {name}\nid: 1:{at}\n{lines}\n".encode()


METRICS = {"input_token_count": 3, "output_token_count": 5, "predict_time": 0.5}
DONE = said("succeeded", output=["Hel", "lo"], metrics=METRICS)
GOOD = (b": hi\n\n", event("output", "Hel"), event("logs", "x"), event("output", "lo\n\n you"), event("done", "{}"))


def door(script: dict[str, Any], url: str | None = f"{HOST}/v1/streams/abc") -> tuple[Any, ScriptedHTTP]:
    made = said("starting", urls={"stream": url} if url else {})
    events = Answer(b"", headers={"content-type": "text/event-stream"}, pieces=GOOD)
    http = ScriptedHTTP({MADE: Answer(made, 201), EVENTS: events, SEEN: Answer(DONE), CANCELED: Answer({}), **script})
    made_door = create_replicate(api_key="r8_key", http=http, headers={"x-team": "a"})
    return made_door("acme/llama"), http


def events(*pieces: bytes) -> dict[str, Any]:
    return {EVENTS: Answer(b"", headers={"content-type": "text/event-stream"}, pieces=pieces)}


async def test_a_whole_answer() -> None:
    model, http = door({MADE: Answer(DONE, 201)})
    result = await (await model(ASK)).result()
    assert (result.text, result.finish_reason, result.raw_finish_reason) == ("Hello", "stop", "succeeded")
    assert (result.usage.input_tokens, result.usage.output_tokens) == (3, 5)
    assert result.provider_metadata["replicate"]["metrics"]["predict_time"] == 0.5
    assert (result.response.id, result.response.model) == ("p1", "acme/llama")
    assert http.requests[0].headers["prefer"] == "wait"


async def test_a_whole_answer_after_polls() -> None:
    model, http = door({SEEN: [Answer(said("starting")), Answer(said("processing")), Answer(DONE)]})
    result = await (await model(ASK)).result()
    assert (result.text, http.routes) == ("Hello", [MADE, SEEN, SEEN, SEEN])
    assert asyncio.get_running_loop().time() == 0.5 + 0.75 + 1.125


@pytest.mark.parametrize(
    ("output", "text"), [("Hello", "Hello"), (["a", "", "b"], "ab"), (None, ""), ([], ""), (["a", 1], None), ({}, None)]
)
async def test_outputs(output: Any, text: str | None) -> None:
    model, _ = door({MADE: Answer(said("succeeded", output=output), 201)})
    if text is None:
        with pytest.raises(InvalidResponseError, match="no text"):
            await model(ASK)
    else:
        assert (await (await model(ASK)).result()).text == text


async def test_an_output_that_was_removed() -> None:
    model, _ = door({MADE: Answer(said("succeeded", output=None, data_removed=True), 201)})
    with pytest.raises(InvalidResponseError, match="has been removed"):
        await model(ASK)


@pytest.mark.parametrize("host", [HOST, "https://streaming-api.svc.us.c.replicate.net"])
async def test_events_are_read_without_the_key(host: str) -> None:
    model, http = door({}, f"{host}/v1/streams/abc")
    response = await model(LIVE)
    parts = [part async for part in response]
    assert [part.text for part in parts if isinstance(part, TextDelta)] == ["Hel", "lo\n\n you"]
    result = await response.result()
    assert (result.text, result.usage.output_tokens, result.raw_finish_reason) == ("Hello\n\n you", 5, "succeeded")
    assert http.routes == [MADE, EVENTS, SEEN]
    made, opened, seen = http.requests
    assert json.loads(made.body)["stream"] is True
    assert "prefer" not in made.headers
    assert opened.url == f"{host}/v1/streams/abc"
    assert opened.headers == {
        "user-agent": "ai-sdk-layers",
        "accept": "text/event-stream",
        "cache-control": "no-store",
    }
    assert (seen.headers["authorization"], seen.headers["x-team"]) == ("Bearer r8_key", "a")
    assert [each.ending.how for each in http.streams if each.ending] == ["end"]


async def test_events_at_our_own_origin_are_read_with_the_key() -> None:
    model, http = door({}, "https://api.replicate.com/v1/streams/abc")
    assert (await (await model(LIVE)).result()).text == "Hello\n\n you"
    assert http.requests[1].headers["authorization"] == "Bearer r8_key"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "https://stream.replicate.com.evil.test/v1/streams/abc",
        "https://evilreplicate.com/v1/streams/abc",
        "http://stream.replicate.com/v1/streams/abc",
        "https://u:p@stream.replicate.com/v1/streams/abc",
        "https://stream.replicate.com:8443/v1/streams/abc",
        "https://api.replicate.com.evil.test/v1/streams/abc",
        "https://[odd/v1/streams/abc",
        "file:///etc/passwd",
    ],
)
async def test_events_elsewhere_are_not_read(url: str | None) -> None:
    model, http = door({}, url)
    result = await (await model(LIVE)).result()
    assert (result.text, [each.feature for each in result.warnings]) == ("Hello", ["stream"])
    assert http.routes == [MADE, SEEN]


@pytest.mark.parametrize("broken", [Answer({}, 404), Answer({}, 500), APIConnectionError("refused")])
async def test_events_that_cannot_be_opened_make_no_second_prediction(broken: Any) -> None:
    model, http = door({EVENTS: broken})
    assert (await (await model(LIVE)).result()).text == "Hello"
    assert http.routes == [MADE, EVENTS, SEEN]


@pytest.mark.parametrize(
    ("last", "kind", "message"),
    [
        ([event("error", '{"detail": "CUDA out of memory"}')], ServerError, "CUDA out of memory"),
        ([event("error", "plain words")], ServerError, "plain words"),
        ([event("error", '{"detail": "NSFW content detected"}')], ContentFilterError, "NSFW"),
        ([event("done", '{"reason": "canceled"}')], ServerError, "was canceled"),
        ([event("done", '{"reason": "error"}')], ServerError, "the prediction failed"),
    ],
)
async def test_events_of_a_failure(last: list[bytes], kind: type[APIError], message: str) -> None:
    model, http = door(events(event("output", "Hel"), *last))
    response = await model(LIVE)
    with pytest.raises(kind, match=message) as caught:
        await response.result()
    assert (caught.value.job, caught.value.partial.text) == ("p1", "Hel")
    assert http.routes == [MADE, EVENTS]
    first, _ = door(events(*last))
    with pytest.raises(kind, match=message):
        await first(LIVE)


async def test_a_prediction_that_had_failed_when_its_events_were_done() -> None:
    model, _ = door({SEEN: Answer(said("failed", error="ValueError"))})
    response = await model(LIVE)
    with pytest.raises(ServerError, match="ValueError"):
        await response.result()


@pytest.mark.parametrize("seen", [Answer({}, 500), Answer({"odd": 1}), Answer(said("processing"))])
async def test_metrics_that_are_not_to_be_had(seen: Answer) -> None:
    model, _ = door({SEEN: seen})
    result = await (await model(LIVE)).result()
    assert (result.text, result.finish_reason, result.usage.output_tokens) == ("Hello\n\n you", "stop", None)


async def test_events_that_break_off() -> None:
    model, http = door(events(event("output", "Hel")))
    response = await model(LIVE)
    with pytest.raises(TruncatedStreamError) as caught:
        await response.result()
    assert caught.value.partial.text == "Hel"
    assert http.routes == [MADE, EVENTS, CANCELED]


async def test_an_answer_that_is_left_is_called_off() -> None:
    model, http = door({})
    async with await model(LIVE) as response:
        async for part in response:
            if isinstance(part, TextDelta):
                break
    assert http.routes == [MADE, EVENTS, CANCELED]
    assert http.requests[-1].headers["authorization"] == "Bearer r8_key"
    assert [each.ending.how for each in http.streams if each.ending] == ["closed"]


async def test_an_answer_that_is_left_at_its_end_is_not() -> None:
    model, http = door({CANCELED: Answer({}, 500)})
    async with await model(LIVE) as response:
        await response.result()
    assert http.routes == [MADE, EVENTS, SEEN]
    model, http = door({CANCELED: Answer({}, 500)})
    await (await model(LIVE)).aclose()
    assert http.routes == [MADE, EVENTS, CANCELED]


async def test_a_call_cancelled_while_it_waits_for_events() -> None:
    slow = Answer(b"", headers={"content-type": "text/event-stream"}, seconds=50, pieces=GOOD)
    model, http = door({EVENTS: slow})
    task = asyncio.ensure_future(model(LIVE))
    await asyncio.sleep(3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert http.routes == [MADE, EVENTS, CANCELED]


async def test_calling_off_takes_two_seconds_at_most() -> None:
    model, http = door({CANCELED: Answer({}, seconds=3600)})
    await (await model(LIVE)).aclose()
    assert asyncio.get_running_loop().time() == 2
    assert http.routes == [MADE, EVENTS, CANCELED]


async def test_warnings_come_first() -> None:
    model, _ = door({})
    asked = LanguageRequest(messages=(user("Hi"),), stream=True, tools=(ToolDefinition("add"),))
    response = await model(asked)
    first = [part async for part in response][0]
    assert [each.feature for each in first.warnings] == ["tools"]


async def test_a_prediction_that_is_over_at_once_is_not_streamed() -> None:
    model, http = door({MADE: Answer({**DONE, "urls": {"stream": f"{HOST}/v1/streams/abc"}}, 201)})
    assert (await (await model(LIVE)).result()).text == "Hello"
    assert http.routes == [MADE]

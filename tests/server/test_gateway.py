"""The gateway: wires, keys, refusals, clients that leave, failures in the middle."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.asgi_kit import Answer, Client, chat

from ai_sdk import wrap_model
from ai_sdk.errors import (
    AISDKError,
    AllModelsFailedError,
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    BudgetExceededError,
    CircuitOpenError,
    ContextLengthError,
    GuardrailError,
    InterruptedStreamError,
    InvalidRequestError,
    MissingAPIKeyError,
    NotFoundError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.messages import TextPart, ToolCallPart, ToolResultPart, UserMessage
from ai_sdk.middleware import budget, fallback, rate_limit, retry
from ai_sdk.model import Model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import LanguageRequest, ToolDefinition
from ai_sdk.results import LanguageResponse, Usage
from ai_sdk.server import Gateway, Key
from ai_sdk.testing import HANG, ScriptedModel, run

SECRET = "sk-gateway-0123456789"
PATHS = {
    "/v1/chat/completions": chat(),
    "/v1/responses": {"model": "m", "input": "hi"},
    "/v1/messages": {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]},
}
FINISH = Finish("stop", Usage(3, 2))


def serving(*turns: Any, **options: Any) -> tuple[Client, ScriptedModel]:
    model = ScriptedModel(list(turns))
    return Client(Gateway({"m": model}, **options)), model


def is_open(model: ScriptedModel) -> bool:
    return any(wire.open for wire in model.wires)


def text_of(path: str, body: Any) -> str:
    """The text of a whole answer in the words of a wire."""
    if path == "/v1/chat/completions":
        return str(body["choices"][0]["message"]["content"])
    if path == "/v1/responses":
        return "".join(part["text"] for item in body["output"] for part in item["content"])
    return "".join(block["text"] for block in body["content"])


def streamed_text(path: str, answer: Answer) -> str:
    events = [event for event in answer.events if event != "[DONE]"]
    if path == "/v1/chat/completions":
        choices = [choice for event in events for choice in event.get("choices", ())]
        return "".join(choice["delta"].get("content", "") for choice in choices)
    if path == "/v1/responses":
        return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    return "".join(event["delta"]["text"] for event in events if event["type"] == "content_block_delta")


@pytest.mark.parametrize("path", PATHS)
async def test_a_whole_answer(path: str) -> None:
    client, model = serving("hello there")
    answer = await client.post(path, PATHS[path])
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert text_of(path, answer.json) == "hello there"
    assert model.calls[0].stream is False
    assert model.calls[0].messages == (UserMessage((TextPart("hi"),)),)


@pytest.mark.parametrize("path", PATHS)
async def test_a_streamed_answer(path: str) -> None:
    client, model = serving([TextDelta("he"), 5.0, TextDelta("llo"), FINISH])
    answer = await client.post(path, {**PATHS[path], "stream": True})
    assert (answer.status, answer.headers["content-type"], answer.complete) == (200, "text/event-stream", True)
    assert streamed_text(path, answer) == "hello"
    assert model.calls[0].stream is True
    assert not is_open(model)


def wire_call(identity: str, arguments: str) -> dict[str, Any]:
    return {"id": identity, "type": "function", "function": {"name": "look", "arguments": arguments}}


async def test_tools_go_both_ways() -> None:
    call = ToolCallPart("call_1", "look", '{"at":1}')
    client, model = serving([call, Finish("tool-calls", Usage(1, 1))])
    tool: dict[str, Any] = {
        "type": "function",
        "function": {"name": "look", "parameters": {"type": "object", "properties": {}}},
    }
    said = [
        {"role": "user", "content": "hi"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c0", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c0", "content": "nothing"},
    ]
    answer = await client.post("/v1/chat/completions", chat(messages=said, tools=[tool]))
    choice = answer.json["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"] == [
        {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at":1}'}}
    ]
    asked = model.calls[0]
    assert isinstance(asked.tools[0], ToolDefinition)
    assert asked.messages[-1].content == (ToolResultPart("c0", "look", "nothing"),)


LIMITED, BROKEN = RateLimitError("a", status=429), ServerError("b", status=500)
ERRORS: list[tuple[Exception, int, str | None]] = [
    (BadRequestError("no", status=400), 400, None),
    (ContextLengthError("long", status=400), 400, "context_length_exceeded"),
    (AuthenticationError("bad key", status=401), 502, "provider_error"),
    (NotFoundError("no model", status=404), 502, "provider_error"),
    (QuotaExceededError("empty", status=429), 503, "provider_quota_exceeded"),
    (RateLimitError("slow", status=429, retry_after=7.2), 429, "rate_limit_exceeded"),
    (OverloadedError("busy", status=529), 503, "provider_overloaded"),
    (ServerError("broke", status=500), 502, "provider_error"),
    (APIConnectionError("gone"), 502, "provider_unreachable"),
    (APITimeoutError("slow", limit="total", seconds=3), 504, "provider_timeout"),
    (InterruptedStreamError("cut"), 502, "provider_unreachable"),
    (InvalidRequestError("top_k is -1", field="top_k"), 400, None),
    (UnsupportedError("no pictures"), 400, "unsupported"),
    (BudgetExceededError("spent"), 429, "budget_exceeded"),
    (CircuitOpenError("open"), 503, "circuit_open"),
    (GuardrailError("refused"), 400, "guardrail"),
    (
        AllModelsFailedError("all", [RateLimitError("a", status=429), RateLimitError("b", status=429)]),
        429,
        "all_models_failed",
    ),
    (
        AllModelsFailedError("all", [RateLimitError("a", status=429), ServerError("b", status=500)]),
        503,
        "all_models_failed",
    ),
    (
        AllModelsFailedError("all", [BadRequestError("a", status=400), ServerError("b", status=500)]),
        502,
        "all_models_failed",
    ),
]


@pytest.mark.parametrize(("error", "status", "code"), ERRORS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("stream", [False, True])
async def test_what_fails_before_content_is_a_status(
    error: Exception, status: int, code: str | None, stream: bool
) -> None:
    client, _ = serving(error)
    answer = await client.post("/v1/chat/completions", chat(stream=stream))
    assert (answer.status, answer.error["code"]) == (status, code)
    assert answer.error["message"]
    assert answer.headers.get("retry-after") == ("8" if isinstance(error, RateLimitError) else None)


async def test_the_key_of_the_gateway_itself_is_no_affair_of_its_clients() -> None:
    client, _ = serving(MissingAPIKeyError("set GROQ_API_KEY"))
    answer = await client.post("/v1/chat/completions", chat())
    assert answer.status == 503
    assert "GROQ" not in answer.body.decode()


async def test_an_error_that_nobody_foresaw_tells_nothing_of_itself(caplog: pytest.LogCaptureFixture) -> None:
    client, _ = serving(RuntimeError("secret detail"))
    answer = await client.post("/v1/messages", PATHS["/v1/messages"])
    assert answer.status == 500
    assert answer.json["type"] == "error"
    assert "secret" not in answer.body.decode()
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    assert any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("path", PATHS)
async def test_what_fails_in_the_middle_ends_the_stream_with_an_error_event_and_no_end_mark(path: str) -> None:
    client, model = serving([TextDelta("he"), ServerError("broke", status=500)])
    answer = await client.post(path, {**PATHS[path], "stream": True})
    assert (answer.status, answer.complete, streamed_text(path, answer)) == (200, True, "he")
    last = answer.events[-1]
    if path == "/v1/chat/completions":
        assert last["error"]["code"] == "provider_error"
    elif path == "/v1/responses":
        assert (last["type"], last["response"]["error"]["code"]) == ("response.failed", "provider_error")
    else:
        assert (last["type"], last["error"]["type"]) == ("error", "api_error")
    assert "[DONE]" not in answer.events
    assert not is_open(model)


@given(seconds=st.floats(0.1, 9.9), stream=st.booleans(), path=st.sampled_from(sorted(PATHS)))
def test_a_client_that_leaves_closes_the_call_behind_it(seconds: float, stream: bool, path: str) -> None:
    run(left_after(seconds, stream, path))


async def left_after(seconds: float, stream: bool, path: str) -> None:
    client, model = serving([3.0, TextDelta("a"), 3.0, TextDelta("b"), HANG])
    answer = await client.post(path, {**PATHS[path], "stream": stream}, leave_after=seconds)
    assert not answer.complete
    assert not is_open(model)
    assert asyncio.get_running_loop().time() == pytest.approx(seconds, abs=1e-6)
    assert len(asyncio.all_tasks()) == 1


async def test_a_server_that_stops_tells_the_readers_of_streams() -> None:
    client, model = serving([TextDelta("a"), HANG])
    reading = asyncio.create_task(client.post("/v1/chat/completions", chat(stream=True)))
    await asyncio.sleep(1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert client.last.complete
    assert client.last.events[-1]["error"]["code"] == "shutting_down"
    assert not is_open(model)


async def test_without_keys_everybody_may_ask_and_with_keys_none_without_one() -> None:
    client, _ = serving("hi")
    assert (await client.post("/v1/chat/completions", chat())).status == 200
    guarded, model = serving("hi", "hi", keys=[Key(SECRET, "team")])
    for headers in (
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {SECRET}"},
        {"x-api-key": SECRET + "x"},
    ):
        answer = await guarded.post("/v1/chat/completions", chat(), headers=headers)
        assert (answer.status, answer.error["type"]) == (401, "authentication_error")
        assert SECRET not in answer.body.decode()
    assert model.calls == []
    for headers in ({"authorization": f"Bearer {SECRET}"}, {"x-api-key": SECRET}):
        assert (await guarded.post("/v1/chat/completions", chat(), headers=headers)).status == 200


async def test_a_key_may_use_its_models_alone() -> None:
    models = {"open": ScriptedModel(["hi"]), "hidden": ScriptedModel(["hi"])}
    client = Client(Gateway(models, keys=[Key(SECRET, "team", models=["open"])]), SECRET)
    listed = await client.get("/v1/models")
    assert [each["id"] for each in listed.json["data"]] == ["open"]
    refused = await client.post("/v1/chat/completions", chat("hidden"))
    unknown = await client.post("/v1/chat/completions", chat("nothing"))
    assert (refused.status, unknown.status) == (404, 404)
    assert refused.body.replace(b"hidden", b"nothing") == unknown.body
    assert (await client.get("/v1/models/open")).json["id"] == "open"
    assert (await client.get("/v1/models/hidden")).status == 404


async def test_the_layers_of_a_key_count_over_all_its_models() -> None:
    models = {"a": ScriptedModel(["hi"] * 5), "b": ScriptedModel(["hi"] * 5)}
    other = "sk-other-0123456789"
    keys = [Key(SECRET, "one", layers=[rate_limit(requests=2, per=60, max_wait=0)]), Key(other, "two")]
    gateway = Gateway(models, keys=keys)
    asked = [(SECRET, "a"), (SECRET, "b"), (SECRET, "a"), (other, "a")]
    answers = [await Client(gateway, key).post("/v1/chat/completions", chat(model)) for key, model in asked]
    assert [each.status for each in answers] == [200, 200, 429, 200]
    assert answers[2].error["code"] == "rate_limit_exceeded"
    assert 59 <= int(answers[2].headers["retry-after"]) <= 60


async def test_clients_do_not_share_the_budget_of_a_stack() -> None:
    other = "sk-other-0123456789"
    stack = wrap_model(ScriptedModel(["hi"] * 9), [budget(requests=1)])
    gateway = Gateway({"m": stack}, keys=[Key(SECRET, "one"), Key(other, "two")])
    answers = [await Client(gateway, key).post("/v1/chat/completions", chat()) for key in (SECRET, SECRET, other)]
    assert [each.status for each in answers] == [200, 429, 200]
    assert (answers[1].error["type"], answers[1].error["code"]) == ("insufficient_quota", "budget_exceeded")


async def test_the_way_of_a_call_is_told_when_it_is_asked_for() -> None:
    broken, good = ScriptedModel([ServerError("x", status=500)] * 9), ScriptedModel(["hi"] * 9)
    stack: Model[LanguageRequest, LanguageResponse] = wrap_model(broken, [retry(attempts=1), fallback(good)])
    client = Client(Gateway({"m": stack}))
    told = await client.post("/v1/chat/completions", chat(), headers={"x-ai-sdk-explain": "1"})
    assert told.headers["x-ai-sdk-stack"] == "retry > fallback > scripted:model"
    assert [each.split()[1] for each in told.headers["x-ai-sdk-attempts"].split(", ")] == ["ServerError", "ok"]
    assert "x-ai-sdk-stack" not in (await client.post("/v1/chat/completions", chat())).headers
    silent = Client(Gateway({"m": good}, explain=False))
    assert (
        "x-ai-sdk-stack"
        not in (await silent.post("/v1/chat/completions", chat(), headers={"x-ai-sdk-explain": "1"})).headers
    )


async def test_a_request_keeps_its_id_if_that_is_one() -> None:
    client, _ = serving("a", "b")
    kept = await client.post("/v1/chat/completions", chat(), headers={"x-request-id": "abc-1"})
    assert kept.headers["x-request-id"] == "abc-1"
    made = await client.post("/v1/chat/completions", chat(), headers={"x-request-id": "a b\n"})
    assert len(made.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("data", "status", "word"),
    [
        (b"", 400, "JSON"),
        (b"{", 400, "JSON"),
        (b"[]", 400, "list"),
        (b'{"model":NaN}', 400, "JSON"),
        (b"[" * 100_000, 400, "JSON"),
        (b'{"model":3,"messages":[]}', 400, "model"),
        (b'{"model":"m"}', 400, "messages"),
        (b'{"model":"m","messages":[{"role":"king","content":"x"}]}', 400, "messages[0].role"),
        (b'{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":"hot"}', 400, "temperature"),
        (b'{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":-1}', 400, "temperature"),
        (b"x" * 2000, 413, "1000"),
    ],
)
@pytest.mark.parametrize("pieces", [1, 7])
async def test_a_bad_body_is_refused_with_the_field(data: bytes, status: int, word: str, pieces: int) -> None:
    client, model = serving("hi", max_body=1000 if status == 413 else 10**6)
    answer = await client.post("/v1/chat/completions", data, pieces=pieces)
    assert (answer.status, model.calls) == (status, [])
    assert word in answer.error["message"]


async def test_paths_methods_and_headers() -> None:
    client, _ = serving("hi", max_headers=500)
    assert (await client.get("/v2/nothing")).status == 404
    wrong = await client.get("/v1/chat/completions")
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST")
    assert (await client.get("/healthz", headers={"x": "y" * 600})).status == 431
    assert (await client.get("/healthz")).json == {"status": "ok"}
    assert (await client.get("/readyz")).status == 200
    client.gateway.ready = False
    assert (await client.get("/readyz")).status == 503


async def test_what_only_a_store_of_answers_could_do_is_refused() -> None:
    client, _ = serving("hi")
    for field, value in (("previous_response_id", "resp_1"), ("background", True), ("conversation", "c")):
        answer = await client.post("/v1/responses", {"model": "m", "input": "hi", field: value})
        assert (answer.status, answer.error["param"]) == (400, field)


async def test_the_gateway_counts_and_shows_itself_to_admins(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ai_sdk.server")
    admin = "sk-admin-0123456789"
    keys = [Key(SECRET, "team"), Key(admin, "boss", admin=True)]
    gateway = Gateway({"counted": ScriptedModel(["hi", ServerError("x", status=500)])}, keys=keys)
    for _ in range(2):
        await Client(gateway, SECRET).post("/v1/chat/completions", chat("counted"))
    for path in ("/metrics", "/live/data"):
        assert (await Client(gateway).get(path)).status == 401
        assert (await Client(gateway, SECRET).get(path)).status == 403
    shown = (await Client(gateway, admin).get("/live/data")).json
    assert shown["totals"]["requests_total"]["counted 200"] == 1
    assert shown["totals"]["requests_total"]["counted 502"] == 1
    assert shown["totals"]["attempts_total"]["counted scripted:model ok"] == 1
    assert [each["status"] for each in shown["recent"]] == [200, 502]
    text = (await Client(gateway, admin).get("/metrics")).body.decode()
    assert 'ai_sdk_gateway_requests_total{key="team",model="counted",route="chat",status="502"} 1.0' in text
    lines = [record.getMessage() for record in caplog.records if record.name == "ai_sdk.server"]
    assert [" 200 " in lines[0], " 502 provider_error " in lines[1]] == [True, True]
    assert not any(SECRET in line or admin in line for line in [*lines, text, str(shown), repr(gateway.keys.keys)])


async def test_the_page_and_the_description() -> None:
    client, _ = serving("hi")
    page = await client.get("/live")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    described = (await client.get("/openapi.json")).json
    assert set(PATHS) < set(described["paths"])
    assert "security" not in described
    body = described["paths"]["/v1/messages"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["model"]["enum"] == ["m"]


async def test_the_description_names_models_to_those_who_may_use_them_alone() -> None:
    models = {"open": ScriptedModel([]), "hidden": ScriptedModel([])}
    gateway = Gateway(models, keys=[Key(SECRET, "team", models=["open"])])
    stranger = (await Client(gateway).get("/openapi.json")).body
    known = (await Client(gateway, SECRET).get("/openapi.json")).body
    assert b'"open"' not in stranger
    assert (b'"open"' in known, b"hidden" in known) == (True, False)


async def test_the_life_of_the_server() -> None:
    gateway = Gateway({"m": ScriptedModel(["hi"])})
    asked = iter(["lifespan.startup", "lifespan.shutdown"])
    told: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": next(asked)}

    async def send(message: Any) -> None:
        told.append(message["type"])

    await gateway({"type": "lifespan"}, receive, send)
    assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert not gateway.ready


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"models": {}}, "models"),
        ({"models": {"m": ScriptedModel([])}, "kinds": {"x": "image"}}, "kinds"),
        ({"models": {"m": ScriptedModel([])}, "kinds": {"m": "smell"}}, "kinds"),
        ({"models": {"m": ScriptedModel([])}, "keys": [Key(SECRET, "a"), Key(SECRET, "a")]}, "keys"),
    ],
)
def test_a_gateway_that_makes_no_sense(arguments: Any, field: str) -> None:
    models = arguments.pop("models")
    with pytest.raises(InvalidRequestError) as caught:
        Gateway(models, **arguments)
    assert caught.value.field == field


def test_keys_keep_no_secret_and_have_a_hash_instead() -> None:
    import hashlib

    from ai_sdk.server.keys import Keyring

    key = Key(SECRET, "team")
    hashed = Key.of_hash(hashlib.sha256(SECRET.encode()).hexdigest(), "team")
    assert Keyring([hashed]).find(SECRET) is hashed
    assert key == hashed
    assert SECRET not in repr(key)
    assert key.digest.hex() not in repr(key)
    wrongs: list[Callable[[], Key]] = [
        lambda: Key("short", "team"),
        lambda: Key.of_hash("zz", "team"),
        lambda: Key(SECRET, ""),
    ]
    for wrong in wrongs:
        with pytest.raises(InvalidRequestError):
            wrong()


@given(st.lists(st.text(min_size=16, max_size=20), unique=True, min_size=1, max_size=4), st.text(max_size=24))
def test_a_keyring_finds_exactly_its_secrets(secrets: list[str], other: str) -> None:
    from ai_sdk.server.keys import Keyring

    ring = Keyring([Key(secret, str(at)) for at, secret in enumerate(secrets)])
    for at, secret in enumerate(secrets):
        found = ring.find(secret)
        assert found is not None
        assert found.name == str(at)
    assert (ring.find(other) is None) == (other not in secrets)


def test_errors_of_this_library_all_have_a_status() -> None:
    from ai_sdk.server._failures import failure_of

    def kinds(kind: type[AISDKError]) -> list[type[AISDKError]]:
        return [kind, *(each for sub in kind.__subclasses__() for each in kinds(sub))]

    ours = [kind for kind in kinds(AISDKError) if kind.__module__ == AISDKError.__module__]
    assert len(ours) > 30
    for kind in ours:
        if kind is not AllModelsFailedError:
            error = kind.__new__(kind, "x")
            error.__dict__.update(provider=None, model=None, status=None, request_id=None, code=None)
            assert 400 <= failure_of(error).status < 600
            assert failure_of(error).status != 500

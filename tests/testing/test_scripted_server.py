"""A scripted model behind the OpenAI dialect, seen by an independent client and by our own provider."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest

from ai_sdk.errors import (
    APITimeoutError,
    InterruptedStreamError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
    TruncatedStreamError,
)
from ai_sdk.messages import (
    FilePart,
    ReasoningPart,
    SourcePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    assistant,
    system,
    user,
)
from ai_sdk.messages import tool_results as results
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, TextDelta, ToolInputDelta
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.requests import JSONFormat, LanguageRequest, SpecificTool, ToolDefinition
from ai_sdk.results import LanguageResult, Usage, fold_language
from ai_sdk.testing._openai import ChunkEncoder, Chunks, decode_request, encode_result
from ai_sdk.testing.scripted import HANG, ScriptedModel, Turn
from ai_sdk.testing.scripted_server import ScriptedServer

USAGE = Usage(7, 5, cache_read_tokens=2, reasoning_tokens=1)
CALLS: Sequence[LanguagePart] = (
    ReasoningDelta("Hm. "),
    TextDelta("Let me "),
    TextDelta("look."),
    ToolInputDelta("c1", "weather", '{"city":'),
    ToolInputDelta("c2", "time", ""),
    ToolInputDelta("c1", "weather", '"Paris"}'),
    ToolCallPart("c1", "weather", '{"city":"Paris"}'),
    ToolCallPart("c2", "time", "{}"),
    ToolCallPart("c3", "news", "{}"),
    Finish("tool-calls", USAGE, "tool_calls"),
)


def serving(
    turns: Sequence[Turn], use: Callable[[ScriptedServer, httpx.AsyncClient], Awaitable[None]]
) -> ScriptedModel:
    """Run ``use`` against a server of a scripted model, both in one loop."""
    model = ScriptedModel(turns)

    async def main() -> None:
        async with ScriptedServer(model) as server:
            async with httpx.AsyncClient(base_url=server.base_url, timeout=5.0, verify=False) as client:
                await use(server, client)
            async with asyncio.timeout(5):
                await server.wait_idle()

    asyncio.run(main())
    assert all(not wire.open for wire in model.wires)
    return model


async def post(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    asked = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **body}
    return await client.post("/chat/completions", json=asked)


async def chunks(client: httpx.AsyncClient, **body: Any) -> list[Any]:
    lines = (await post(client, stream=True, **body)).text.split("\n\n")
    found = [line.removeprefix("data: ") for line in lines if line]
    return [json.loads(each) if each != "[DONE]" else each for each in found]


def test_an_answer_as_json() -> None:
    async def use(_: ScriptedServer, client: httpx.AsyncClient) -> None:
        answer = (await post(client)).json()
        assert answer["object"] == "chat.completion"
        assert answer["model"] == "m"
        (choice,) = answer["choices"]
        assert choice["finish_reason"] == "tool_calls"
        message = choice["message"]
        assert (message["role"], message["content"], message["reasoning_content"]) == (
            "assistant",
            "Let me look.",
            "Hm. ",
        )
        assert [call["function"]["arguments"] for call in message["tool_calls"]] == ['{"city":"Paris"}', "{}", "{}"]
        assert answer["usage"] == {
            "prompt_tokens": 7,
            "completion_tokens": 5,
            "total_tokens": 12,
            "prompt_tokens_details": {"cached_tokens": 2},
            "completion_tokens_details": {"reasoning_tokens": 1},
        }

    model = serving([CALLS], use)
    assert model.calls == [LanguageRequest(messages=(user("hi"),))]


def test_an_answer_as_a_stream() -> None:
    async def use(_: ScriptedServer, client: httpx.AsyncClient) -> None:
        found = await chunks(client, stream_options={"include_usage": True})
        assert found[-1] == "[DONE]"
        assert found[-2]["choices"] == []
        assert found[-2]["usage"]["total_tokens"] == 12
        deltas = [chunk["choices"][0]["delta"] for chunk in found[:-2]]
        assert deltas[0] == {"role": "assistant", "reasoning_content": "Hm. "}
        assert [delta["content"] for delta in deltas if "content" in delta] == ["Let me ", "look."]
        calls = [call for delta in deltas for call in delta.get("tool_calls", [])]
        assert [(call["index"], call.get("id"), call["function"]["arguments"]) for call in calls] == [
            (0, "c1", '{"city":'),
            (1, "c2", ""),
            (0, None, '"Paris"}'),
            (1, None, "{}"),
            (2, "c3", "{}"),
        ]
        assert found[-3]["choices"][0]["finish_reason"] == "tool_calls"
        assert "usage" not in str(await chunks(client))

    serving([CALLS], use)


@pytest.mark.parametrize("stream", [False, True])
def test_our_own_provider_gets_the_same_answer_back(stream: bool) -> None:
    async def use(server: ScriptedServer, _: httpx.AsyncClient) -> None:
        ours = create_openai_compatible(base_url=server.base_url)("m")
        request = LanguageRequest(messages=(user("hi"),), stream=stream, temperature=0.5, stop=("end",))
        result = await (await ours(request)).result()
        expected = fold_language(CALLS)
        assert (result.content, result.finish_reason) == (expected.content, expected.finish_reason)
        assert result.usage == USAGE

    model = serving([CALLS], use)
    assert model.calls[0] == LanguageRequest(messages=(user("hi"),), stream=stream, temperature=0.5, stop=("end",))


def test_errors_keep_their_status_and_their_words() -> None:
    turns: list[Turn] = [
        RateLimitError("slow down", status=429, code="rate_limit_exceeded", type="tokens", retry_after=2.5),
        ServerError("no status"),
        APITimeoutError("too late", limit="idle"),
        ValueError("a bug"),
        [TextDelta("x"), InvalidRequestError("top_k is strange", field="top_k")],
    ]

    async def use(_: ScriptedServer, client: httpx.AsyncClient) -> None:
        limited = await post(client)
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "2.5")
        error = {"message": "slow down", "type": "tokens", "param": None, "code": "rate_limit_exceeded"}
        assert limited.json() == {"error": error}
        others = [await post(client) for _ in turns[1:]]
        assert [each.status_code for each in others] == [500, 504, 500, 400]
        assert others[2].json()["error"]["message"] == "a bug"

    serving(turns, use)


def test_errors_in_the_middle_of_a_stream() -> None:
    turns: list[Turn] = [
        [TextDelta("x"), ServerError("broke", code="internal")],
        [TextDelta("x"), TruncatedStreamError("")],
        [TextDelta("x"), InterruptedStreamError("")],
        [TextDelta("x"), ToolInputDelta("c", "t", "1"), ToolCallPart("c", "t", "2")],
    ]

    async def use(_: ScriptedServer, client: httpx.AsyncClient) -> None:
        assert (await chunks(client))[1]["error"]["message"] == "broke"
        assert len(await chunks(client)) == 1
        with pytest.raises(httpx.RemoteProtocolError):
            await chunks(client)
        assert "previews" in (await chunks(client))[2]["error"]["message"]

    serving(turns, use)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"[]", "not a JSON object"),
        (b"{}", "messages"),
        (b'{"messages": 1}', "cannot be understood"),
        (b'{"messages": [{"role": "king"}]}', "king"),
        (b'{"messages": [{"role": "user", "content": [{"type": "smell", "smell": 1}]}]}', "smell"),
        (b'{"messages": [{"role": "user", "content": "x"}], "temperature": -1}', "temperature"),
    ],
)
def test_bad_requests_are_refused(body: bytes, says: str) -> None:
    async def use(_: ScriptedServer, client: httpx.AsyncClient) -> None:
        response = await client.post("/chat/completions", content=body)
        assert response.status_code == 400
        assert says in response.json()["error"]["message"]

    assert serving(["ok"], use).calls == []


def test_models_and_unknown_paths() -> None:
    async def use(server: ScriptedServer, client: httpx.AsyncClient) -> None:
        assert [each["id"] for each in (await client.get("/models")).json()["data"]] == ["scripted:model"]
        listed = await create_openai_compatible(base_url=server.base_url).models()
        assert [each.id for each in listed] == ["scripted:model"]
        assert (await client.get("/chat/completions")).status_code == 404

    serving(["ok"], use)


def test_a_client_that_leaves_closes_the_response_of_the_model() -> None:
    model = ScriptedModel([[TextDelta("a"), HANG]])

    async def main() -> None:
        async with ScriptedServer(model) as server, httpx.AsyncClient(base_url=server.base_url, verify=False) as client:
            asked = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": True}
            async with client.stream("POST", "/chat/completions", json=asked) as response:
                lines = response.aiter_lines()
                assert await anext(lines)
                (wire,) = model.wires
                assert wire.open
            async with asyncio.timeout(5):
                await server.wait_idle()
            assert wire.closed is not None
            assert [each.events for each in server.aborted] == [1]

    asyncio.run(main())


def test_every_setting_is_decoded() -> None:
    body = {
        "model": "m",
        "messages": [
            {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
            {"role": "user", "name": "Ada", "content": _user_content()},
            {
                "role": "assistant",
                "content": "Looking.",
                "reasoning_content": "Hm.",
                "tool_calls": [_call("c1", "weather"), _call("c2", "time")],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
            {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "noon"}]},
        ],
        "max_completion_tokens": 9,
        "top_k": 3,
        "stop": "end",
        "reasoning_effort": "low",
        "tools": [{"type": "function", "function": {"name": "weather", "description": "d", "strict": True}}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
        "user": "u1",
    }
    decoded = decode_request(body)
    call = ToolCallPart("c1", "weather", "{}")
    assert decoded == LanguageRequest(
        messages=(
            system("Be brief."),
            user(
                "What is this?",
                FilePart(url="https://x.example/a.png", media_type="image/png"),
                FilePart(data=b"RIFF", media_type="audio/wav"),
                FilePart(data=b"%PDF", media_type="application/pdf", filename="a.pdf"),
                name="Ada",
            ),
            assistant(ReasoningPart("Hm."), TextPart("Looking."), call, ToolCallPart("c2", "time", "{}")),
            results(ToolResultPart("c1", "weather", "sunny"), ToolResultPart("c2", "time", "noon")),
        ),
        max_output_tokens=9,
        top_k=3,
        stop=("end",),
        reasoning="low",
        tools=(ToolDefinition("weather", "d", strict=True),),
        tool_choice=SpecificTool("weather"),
        response_format=JSONFormat(_frozen({"type": "object"}), "n"),
        provider_options=_frozen({"openai": {"user": "u1"}}),
    )


def _user_content() -> list[dict[str, Any]]:
    return [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "https://x.example/a.png", "detail": "low"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}},
    ]


def _call(identity: str, name: str) -> dict[str, Any]:
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": "{}"}}


def _frozen(value: dict[str, Any]) -> Any:
    return value


def test_what_the_dialect_cannot_say_is_left_out() -> None:
    ran = ToolCallPart("c1", "search", "{}", provider_executed=True)
    shown = SourcePart("s1", url="https://x.example")
    encoder = ChunkEncoder(Chunks("m"))
    assert [encoder.encode(part) for part in (ran, shown)] == [[], []]
    message = encode_result(LanguageResult(content=(ran, shown)), Chunks("m"))["choices"][0]["message"]
    assert message == {"role": "assistant", "content": None}


@pytest.mark.parametrize(
    ("said", "expected"),
    [({"type": "text"}, None), ({"type": "json_object"}, JSONFormat()), (None, None)],
)
def test_response_formats(said: Any, expected: JSONFormat | None) -> None:
    body = {"messages": [{"role": "user", "content": "x"}], "response_format": said, "stop": ["a", "b"]}
    decoded = decode_request(body)
    assert decoded.response_format == expected
    assert decoded.stop == ("a", "b")


@pytest.mark.parametrize(
    ("reason", "raw", "word"),
    [
        ("stop", None, "stop"),
        ("content-filter", None, "content_filter"),
        ("other", "eos", "eos"),
        ("error", None, "error"),
        (None, None, "stop"),
    ],
)
def test_finish_reasons(reason: Any, raw: str | None, word: str) -> None:
    result = LanguageResult(finish_reason=reason, raw_finish_reason=raw)
    encoded = encode_result(result, Chunks("m"))
    assert encoded["choices"][0]["finish_reason"] == word
    assert "usage" not in encoded
    finish = Finish(reason or "stop", Usage(), raw)
    assert ChunkEncoder(Chunks("m")).encode(finish)[0]["choices"][0]["finish_reason"] == word

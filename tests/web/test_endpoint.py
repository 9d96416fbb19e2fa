"""The endpoint as a server sees it, on the virtual clock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from web.asgi_kit import HI, Client, chat

from ai_sdk import stream_text, tool
from ai_sdk.errors import InvalidRequestError, ServerError
from ai_sdk.messages import ToolCallPart
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.results import Usage
from ai_sdk.testing import HANG, ScriptedModel
from ai_sdk.web import ChatEndpoint, ChatRequest, DataPart, MemoryStreams, answering
from ai_sdk.web.chunks import KEEP_ALIVE


async def test_a_model_answers_with_a_stream() -> None:
    client = await Client(ChatEndpoint(ScriptedModel(["Hello there"]), message_id=lambda: "m1"), body=chat()).run()
    headers = dict(client.sent[0]["headers"])
    assert client.status == 200
    assert headers[b"x-vercel-ai-ui-message-stream"] == b"v1"
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert client.content.startswith(b'data: {"type":"start","messageId":"m1"}\n\n')
    assert client.content.endswith(b"data: [DONE]\n\n")
    assert client.sent[-1]["more_body"] is False
    assert client.text == "Hello there"


async def test_a_function_answers_and_may_mix_in_data() -> None:
    seen: list[ChatRequest] = []

    async def answer(request: ChatRequest) -> Any:
        seen.append(request)

        async def parts() -> AsyncGenerator[Any, None]:
            yield DataPart("status", "thinking", transient=True)
            async with stream_text(ScriptedModel(["yes"]), messages=request.messages) as stream:
                async for part in stream.parts:
                    yield part

        return parts()

    client = await Client(ChatEndpoint(answer), body=chat(room="r"), x_user="ada").run()
    assert b'"type":"data-status","transient":true,"data":"thinking"' in client.content
    assert client.text == "yes"
    assert (seen[0].id, seen[0].body, seen[0].headers["x-user"]) == ("c1", {"room": "r"}, "ada")


@tool
def weather(city: str) -> str:
    """Tell the weather."""
    return f"18 in {city}"


async def test_what_tools_answered_is_believed_in_the_same_chat_alone() -> None:
    call: list[Any] = [ToolCallPart("t", "weather", '{"city": "Oslo"}'), Finish("tool-calls", Usage())]
    model = ScriptedModel([call, "18 degrees", "still 18"])
    endpoint = ChatEndpoint(answering(model, tools=[weather], system="Be brief."))
    first = await Client(endpoint, body=chat()).run()
    for name, wanted in (("c1", 5), ("c2", 3)):
        await Client(endpoint, body=chat(HI, first.message(), HI, name=name)).run()
        messages = model.calls[-1].messages
        assert messages[0].content == "Be brief."
        assert len(messages) == wanted + 1


REFUSED: list[tuple[dict[str, Any], int, str | None]] = [
    ({"body": b"{"}, 400, "body"),
    ({"body": {"messages": 3}}, 400, "messages"),
    ({"body": [1]}, 400, "body"),
    ({"body": chat(), "content_type": "text/plain"}, 415, "content-type"),
    ({"body": b'"' + b"x" * 3000 + b'"'}, 413, "body"),
    ({"method": "GET", "path": "/api/chat/c1/stream"}, 405, None),
    ({"method": "PUT"}, 405, None),
]


@pytest.mark.parametrize(("request_", "status", "field"), REFUSED)
async def test_bad_requests_are_told_so(request_: dict[str, Any], status: int, field: str | None) -> None:
    from ai_sdk.web import Limits

    model = ScriptedModel()
    client = await Client(ChatEndpoint(model, limits=Limits(bytes=2000)), **request_).run()
    assert client.status == status
    assert json.loads(client.content)["field"] == field
    assert model.calls == []


async def test_a_client_that_leaves_closes_the_call_of_the_model_at_once() -> None:
    turns: list[list[Any]] = [[TextDelta("a"), HANG], [HANG]]
    for turn in turns:
        model = ScriptedModel([turn])
        client = Client(ChatEndpoint(model), body=chat())
        asyncio.get_running_loop().call_later(3, client.left.set)
        await client.run()
        assert asyncio.get_running_loop().time() % 3 == 0
        assert all(not wire.open for wire in model.wires)
        assert client.sent[-1].get("more_body") is True
        assert len(asyncio.all_tasks()) == 1


async def test_a_cancelled_request_stays_cancelled_and_closes_the_call() -> None:
    model = ScriptedModel([[TextDelta("a"), HANG]])
    task = asyncio.create_task(Client(ChatEndpoint(model), body=chat()).run())
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not model.wires[0].open


async def test_silence_is_filled_with_comments() -> None:
    model = ScriptedModel([[TextDelta("a"), 40.0, TextDelta("b"), Finish("stop", Usage())]])
    client = await Client(ChatEndpoint(model, keep_alive=15.0), body=chat()).run()
    beats = [at for at, message in zip(client.times, client.sent, strict=True) if message.get("body") == KEEP_ALIVE]
    assert beats == [15.0, 30.0]
    assert client.text == "ab"
    silent = await Client(ChatEndpoint(model, keep_alive=None), body=chat()).run()
    assert KEEP_ALIVE not in silent.content


async def test_a_failure_is_told_in_safe_words() -> None:
    client = await Client(ChatEndpoint(ScriptedModel([ServerError("key sk-1")])), body=chat()).run()
    assert client.status == 200
    assert b'{"type":"error","errorText":"Something went wrong."}' in client.content
    assert b"sk-1" not in client.content


def owner(scope: Any) -> str | None:
    return dict(scope["headers"]).get(b"x-user", b"").decode() or None


def resumable(model: Any, **options: Any) -> ChatEndpoint:
    return ChatEndpoint(model, streams=MemoryStreams(), owner=owner, **options)


SLOW: list[Any] = [TextDelta("one "), 2.0, TextDelta("two "), 2.0, TextDelta("three"), Finish("stop", Usage())]


async def test_a_stream_goes_on_without_its_client_and_is_given_again() -> None:
    model = ScriptedModel([SLOW])
    endpoint = resumable(model)
    first = Client(endpoint, body=chat(), x_user="ada")
    asyncio.get_running_loop().call_later(1, first.left.set)
    await first.run()
    assert model.wires[0].open
    again = await Client(endpoint, "GET", "/api/chat/c1/stream", x_user="ada").run()
    assert again.text == "one two three"
    assert again.content.startswith(first.content)
    last = first.content.count(b"id: ")
    for path, headers in (
        (f"/api/chat/c1/stream?after={last}", {}),
        ("/api/chat/c1/stream", {"last_event_id": str(last)}),
    ):
        rest = await Client(endpoint, "GET", path, x_user="ada", **headers).run()
        assert first.content + rest.content == again.content


async def test_a_stream_is_its_owners_alone_and_is_forgotten() -> None:
    endpoint = resumable(ScriptedModel(["secret"]))
    await Client(endpoint, body=chat(), x_user="ada").run()
    assert (await Client(endpoint, "GET", "/api/chat/c1/stream", x_user="ada").run()).text == "secret"
    for path, headers, status in (
        ("/api/chat/c1/stream", {"x_user": "eve"}, 204),
        ("/api/chat/c2/stream", {"x_user": "ada"}, 204),
        ("/api/chat/c1/stream", {}, 401),
        ("/api/chat/c1/stream?after=x", {"x_user": "ada"}, 400),
    ):
        client = await Client(endpoint, "GET", path, **headers).run()
        assert client.status == status
        assert b"secret" not in client.content
    await asyncio.sleep(301)
    assert (await Client(endpoint, "GET", "/api/chat/c1/stream", x_user="ada").run()).status == 204
    with pytest.raises(InvalidRequestError, match="owner"):
        ChatEndpoint(ScriptedModel(), streams=MemoryStreams())


async def test_a_stream_is_stopped_replaced_and_ended_with_the_application() -> None:
    turn: list[Any] = [TextDelta("a"), HANG]
    model = ScriptedModel([turn, turn, turn, "new"])
    endpoint = resumable(model)

    async def begin() -> asyncio.Task[Client]:
        task = asyncio.create_task(Client(endpoint, body=chat(), x_user="ada").run())
        await asyncio.sleep(1)
        return task

    reader = await begin()
    stopped = await Client(endpoint, "DELETE", "/api/chat/c1/stream", x_user="ada").run()
    assert stopped.status == 204
    assert b'{"type":"abort","reason":"stopped"}' in (await reader).content
    assert not model.wires[0].open
    reader = await begin()
    other = await begin()
    assert not model.wires[1].open
    assert b"abort" in (await reader).content
    await endpoint.aclose()
    assert not model.wires[2].open
    assert b"abort" in (await other).content
    assert len(asyncio.all_tasks()) == 1


async def test_a_store_keeps_so_many_streams_of_such_a_size() -> None:
    streams = MemoryStreams(max_runs=1, max_bytes=5)
    one = await streams.begin("a")
    assert await streams.add("a", one, [b"1234"])
    assert not await streams.add("a", one, [b"56"])
    two = await streams.begin("b")
    assert await streams.find("a") is None
    assert not await streams.add("a", one, [b"x"])
    await streams.finish("b", two)
    assert [data async for data in streams.read("b", two, 0)] == []
    for name in ("ttl", "max_runs", "max_bytes"):
        with pytest.raises(InvalidRequestError, match=name):
            MemoryStreams(**{name: 0})

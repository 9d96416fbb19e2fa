"""The fault server, seen by an independent client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import httpx
import pytest

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
    Reply,
    Stall,
    StallHeaders,
    Status,
)

TEXT = "one two three four five"


def with_server(script: list[Fault], use: Callable[[FaultServer, httpx.AsyncClient], Awaitable[None]]) -> FaultServer:
    """Run ``use`` against a server, both in one loop; afterwards nothing may be open."""

    async def main() -> FaultServer:
        async with FaultServer(script) as server:
            async with httpx.AsyncClient(base_url=server.base_url, timeout=5.0, verify=False) as client:
                await use(server, client)
            async with asyncio.timeout(5):
                await server.until(lambda: server.open_connections == 0)
                await server.wait_idle()
        assert not [task for task in asyncio.all_tasks() if "ai_sdk" in repr(task)]
        return server

    return asyncio.run(main())


def chat(model: str = "any", *, stream: bool = False, **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": stream, **more}


async def post(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await client.post("/chat/completions", json=chat(**body))


async def events(response: httpx.Response) -> AsyncGenerator[str, None]:
    async for line in response.aiter_lines():
        if line:
            yield line.removeprefix("data: ")


async def streamed(client: httpx.AsyncClient, got: list[str], **body: Any) -> None:
    async with client.stream("POST", "/chat/completions", json=chat(stream=True, **body)) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream"
        async for event in events(response):
            got.append(event)


def text_of(got: list[str]) -> str:
    chunks = [json.loads(each) for each in got if each != "[DONE]"]
    return "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk.get("choices", []))


def reasons(got: list[str]) -> list[str]:
    chunks = [json.loads(each) for each in got if each != "[DONE]"]
    return [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"] if choice["finish_reason"]]


def test_ok_as_json_and_what_it_records() -> None:
    async def use(server: FaultServer, client: httpx.AsyncClient) -> None:
        response = await post(client, model="m")
        answer = response.json()
        assert answer["model"] == "m"
        assert answer["choices"] == [
            {"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
        ]
        assert answer["usage"] == {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
        assert server.open_connections == 1

    server = with_server([OK(text=TEXT)], use)
    (request,) = server.requests
    assert request.route == ("POST", "/v1/chat/completions")
    assert request.headers["content-type"] == "application/json"
    assert request.json == chat("m")
    assert server.aborted == []
    assert server.answering == 0


def test_ok_as_a_stream_ends_with_a_reason_usage_and_the_marker() -> None:
    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        got: list[str] = []
        await streamed(client, got, stream_options={"include_usage": True})
        assert text_of(got) == TEXT
        assert reasons(got) == ["stop"]
        assert json.loads(got[-2])["usage"]["completion_tokens"] == 5
        assert got[-1] == "[DONE]"
        assert len(got) == 5 + 3
        without: list[str] = []
        await streamed(client, without)
        assert len(without) == 5 + 2

    with_server([OK(text=TEXT)], use)


def test_chunks_may_be_given_and_paced() -> None:
    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        got: list[str] = []
        await streamed(client, got)
        assert [text_of([each]) for each in got[:3]] == ["a", "", "b\n"]

    with_server([OK(chunks=["a", "", "b\n"], pause=0.001)], use)


def test_a_script_is_taken_in_order_and_its_last_fault_repeats() -> None:
    async def use(server: FaultServer, client: httpx.AsyncClient) -> None:
        statuses = [(await post(client)).status_code for _ in range(4)]
        assert statuses == [500, 503, 200, 200]
        server.script([Status(418)])
        assert (await post(client)).status_code == 418

    with_server([Status(500), Status(503), OK()], use)


def test_a_status_has_headers_and_a_body() -> None:
    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        limited = await post(client)
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "1")
        assert limited.json()["error"]["type"] == "rate_limit_error"
        plain = await post(client)
        assert (plain.status_code, plain.text, plain.headers["x-a"]) == (502, "<html>", "b")
        assert plain.headers["content-type"] == "text/plain"
        assert (await post(client)).json() == {"message": "flat"}

    faults: list[Fault] = [
        Status(429, retry_after=1.0),
        Status(502, body="<html>", headers={"x-a": "b"}),
        Status(400, body={"message": "flat"}),
    ]
    with_server(faults, use)


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("after", [0, 3, 7])
def test_a_cut_comes_after_that_many_chunks(after: int, reset: bool) -> None:
    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        got: list[str] = []
        with pytest.raises(httpx.RemoteProtocolError if not reset else httpx.TransportError):
            await streamed(client, got)
        assert len(got) == after
        with pytest.raises(httpx.TransportError):
            await post(client)

    server = with_server([Cut(after, text=TEXT, reset=reset)], use)
    assert server.aborted == []


def test_a_clean_end_has_neither_reason_nor_marker() -> None:
    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        got: list[str] = []
        await streamed(client, got)
        assert text_of(got) == "one two "
        assert reasons(got) == []
        assert "[DONE]" not in got
        assert (await post(client)).json()["choices"][0]["finish_reason"] is None

    with_server([CleanEnd(after=2, text=TEXT)], use)


def test_no_done_has_the_reason_and_not_the_marker() -> None:
    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        got: list[str] = []
        await streamed(client, got)
        assert text_of(got) == TEXT
        assert reasons(got) == ["stop"]
        assert "[DONE]" not in got

    with_server([NoDone(text=TEXT)], use)


def test_an_error_event_comes_in_the_middle() -> None:
    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        got: list[str] = []
        await streamed(client, got)
        assert text_of(got[:-1]) == "one two "
        assert json.loads(got[-1]) == {"error": {"message": "no", "code": "overloaded"}}
        response = await post(client)
        assert (response.status_code, response.json()) == (200, {"error": {"message": "no", "code": "overloaded"}})

    with_server([ErrorEvent(2, text=TEXT, error={"message": "no", "code": "overloaded"})], use)


def test_a_malformed_event_has_good_ones_around_it() -> None:
    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        got: list[str] = []
        await streamed(client, got)
        with pytest.raises(ValueError, match="Unterminated string"):
            json.loads(got[2])
        assert text_of(got[:2] + got[3:]) == TEXT
        assert got[-1] == "[DONE]"
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            (await post(client)).json()

    with_server([Malformed(2, text=TEXT)], use)


def test_a_byte_at_a_time_is_the_same_answer() -> None:
    async def use(server: FaultServer, client: httpx.AsyncClient) -> None:
        sizes: list[int] = []
        raw = b""
        async with client.stream("POST", "/chat/completions", json=chat(stream=True)) as response:
            async for piece in response.aiter_bytes():
                sizes.append(len(piece))
                raw += piece
        assert len(sizes) > len(raw) / 2
        got = [line.removeprefix("data: ") for line in raw.decode().split("\n") if line]
        assert text_of(got) == TEXT
        assert got[-1] == "[DONE]"
        assert (await post(client)).json()["choices"][0]["message"]["content"] == TEXT
        assert server.open_connections == 1

    server = with_server([ByteAtATime(text=TEXT)], use)
    assert server.aborted == []


def test_a_stall_lasts_until_the_client_goes_away() -> None:
    async def use(server: FaultServer, client: httpx.AsyncClient) -> None:
        async with client.stream("POST", "/chat/completions", json=chat(stream=True)) as response:
            async with aclosing(events(response)) as seen:
                got = [await anext(seen) for _ in range(3)]
                assert text_of(got) == "one two three "
                assert server.answering == 1
                with pytest.raises(httpx.ReadTimeout):
                    await client.post("/chat/completions", json=chat(), timeout=0.05)
        await server.wait_idle()
        assert [(each.path, each.events) for each in server.aborted] == [
            ("/v1/chat/completions", 0),
            ("/v1/chat/completions", 3),
        ]

    with_server([Stall(3, text=TEXT)], use)


def test_stalled_headers_never_come() -> None:
    async def use(server: FaultServer, client: httpx.AsyncClient) -> None:
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/chat/completions", json=chat(stream=True), timeout=0.05)
        await server.wait_idle()
        assert [each.events for each in server.aborted] == [0]

    with_server([StallHeaders()], use)


def test_a_client_that_leaves_early_is_noticed() -> None:
    async def use(server: FaultServer, client: httpx.AsyncClient) -> None:
        async with client.stream("POST", "/chat/completions", json=chat(stream=True)) as response:
            async with aclosing(events(response)) as seen:
                assert await anext(seen)
        await server.until(lambda: len(server.aborted) == 1)
        assert 0 < server.aborted[0].events < 100_000

    with_server([OK(chunks=["x"] * 100_000)], use)


@pytest.mark.parametrize(
    ("name", "status"),
    [("ok", 200), ("500", 500), ("429-retry-after-0.5", 429), ("no-such", 404), ("cut-after-x", 404)],
)
def test_a_model_id_names_its_fault(name: str, status: int) -> None:
    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        response = await post(client, model=f"fault:{name}")
        assert response.status_code == status
        assert response.headers.get("retry-after") == ("0.5" if status == 429 else None)
        if status == 404:
            assert "cut-after-<n>" in response.json()["error"]["message"]
        assert (await post(client)).status_code == 403

    with_server([Status(403)], use)


@pytest.mark.parametrize("name", ["cut-after-2", "reset-after-2", "stall-after-2", "clean-end-after-2"])
def test_a_model_id_says_after_how_many_chunks(name: str) -> None:
    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        got: list[str] = []
        try:
            async with client.stream(
                "POST", "/chat/completions", json=chat(f"fault:{name}", stream=True), timeout=0.2
            ) as response:
                async for event in events(response):
                    got.append(event)
        except httpx.TransportError:
            assert name != "clean-end-after-2"
        assert len(got) == 2

    with_server([], use)


def test_a_model_id_may_be_a_script_of_its_own() -> None:
    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        first = [(await post(client, model="fault:500,429,ok")).status_code for _ in range(4)]
        assert first == [500, 429, 200, 200]
        assert (await post(client, model="fault:500,ok")).status_code == 500

    with_server([], use)


def test_models_embeddings_and_unknown_paths() -> None:
    async def use(server: FaultServer, client: httpx.AsyncClient) -> None:
        names = [each["id"] for each in (await client.get("/models")).json()["data"]]
        assert "fault:cut-after-<n>" in names
        assert (await client.get("/nothing")).status_code == 404
        body = {"model": "e", "input": ["ab", "", "c"]}
        assert (await client.post("/embeddings", json=body)).status_code == 500
        answer = (await client.post("/embeddings", json=body)).json()
        assert [each["index"] for each in answer["data"]] == [0, 1, 2]
        assert [each["embedding"][0] for each in answer["data"]] == [2.0, 0.0, 1.0]
        assert answer["usage"] == {"prompt_tokens": 2, "total_tokens": 2}
        assert len(server.requests) == 4

    with_server([Status(500), OK()], use)


def test_a_fault_of_ones_own() -> None:
    class Teapot:
        async def answer(self, request: object, reply: Reply) -> None:
            del request
            await reply.send(418, b"short and stout", "text/plain")

    async def use(_: FaultServer, client: httpx.AsyncClient) -> None:
        assert (await post(client)).text == "short and stout"

    with_server([Teapot()], use)


def test_a_thread_of_its_own_serves_code_without_a_loop() -> None:
    with FaultServer([OK(text=TEXT), Stall(1)]) as server:
        with httpx.Client(base_url=server.base_url, timeout=5.0, verify=False) as client:
            answer = client.post("/chat/completions", json=chat()).json()
            assert answer["choices"][0]["message"]["content"] == TEXT
            with client.stream("POST", "/chat/completions", json=chat(stream=True)) as response:
                lines = response.iter_lines()
                assert next(lines)
                with pytest.raises(TimeoutError):
                    server.block_until(lambda: server.answering == 0, timeout=0.02)
            server.block_until(lambda: server.answering == 0)
            assert [each.events for each in server.aborted] == [1]

        async def elsewhere() -> None:
            async with asyncio.timeout(5):
                await server.wait_idle()
                await server.until(lambda: server.open_connections == 0)

        asyncio.run(elsewhere())
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.base_url
    assert "not running" in repr(server)


def test_stopping_ends_what_is_under_way_and_who_waits() -> None:
    async def main() -> None:
        async with httpx.AsyncClient(timeout=5.0, verify=False) as client:
            async with FaultServer([StallHeaders()]) as server:
                assert server.base_url in repr(server)
                call = asyncio.ensure_future(client.post(f"{server.base_url}/chat/completions", json=chat()))
                wait = asyncio.ensure_future(server.until(lambda: False))
                await server.until(lambda: server.answering == 1)
            with pytest.raises(httpx.RemoteProtocolError):
                await call
            with pytest.raises(RuntimeError, match="was stopped"):
                await wait
            assert (server.open_connections, server.answering, server.aborted) == (0, 0, [])

    asyncio.run(main())


def test_a_condition_that_fails_fails_for_who_waits() -> None:
    async def main() -> None:
        async with FaultServer() as server:
            with pytest.raises(ZeroDivisionError):
                await server.until(lambda: 1 // 0 == 0)
            with pytest.raises(RuntimeError, match="running already"):
                await server.__aenter__()

    asyncio.run(main())

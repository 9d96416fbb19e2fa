"""A client of a server in this process, over streams as a real one and directly."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
from mcp.server.mcpserver import MCPServer
from with_mcp.kit import PNG, Line, Seen, busy_server

from ai_sdk import generate_text
from ai_sdk.errors import InvalidRequestError, OverloadedError, ToolExecutionError
from ai_sdk.mcp import (
    Elicitation,
    Limits,
    MCPClient,
    MCPConnectionError,
    MCPError,
    MCPLimitError,
    MCPTimeoutError,
    Progress,
    Sampling,
    all_tools,
    connect,
    http,
    stdio,
)
from ai_sdk.messages import FilePart, SystemMessage, TextPart, ToolCallPart, user
from ai_sdk.requests import SpecificTool
from ai_sdk.results import LanguageResult
from ai_sdk.testing import ScriptedModel

BOTH = pytest.mark.parametrize("way", ["direct", "streams", "old"])


def target(way: str, server: MCPServer) -> Any:
    return server if way == "direct" else Line(server, old=way == "old")


def calling(name: str, given: str) -> LanguageResult:
    return LanguageResult(content=(ToolCallPart("c", name, given),), finish_reason="tool-calls")


async def run_tool(client: MCPClient, name: str, arguments: str) -> Any:
    found = {each.name: each for each in await client.tools()}
    return await found[name].run(ToolCallPart("call-1", name, arguments))


@BOTH
async def test_what_a_server_says_of_itself(way: str) -> None:
    async with connect(target(way, busy_server()), name="it") as client:
        assert (client.server_name, client.server_version, client.instructions) == ("busy", "1.2", "Be kind.")
        assert {"tools", "resources", "prompts"} <= client.capabilities
        assert client.protocol_version == ("2025-11-25" if way == "old" else "2026-07-28")
        assert repr(client).startswith("MCPClient('it'")


@BOTH
async def test_tools_keep_their_schema_and_their_annotations(way: str) -> None:
    async with connect(target(way, busy_server())) as client:
        add = (await client.tools())[0]
    assert add.definition.name == "add"
    assert add.definition.description == "Add two numbers."
    assert add.definition.input_schema["properties"]["a"] == {"title": "A", "type": "integer"}
    assert (add.annotations.read_only, add.annotations.title, add.annotations.idempotent) == (True, "Adding", None)
    assert repr(add) == "MCPTool(add of busy)"
    assert not add.idempotent
    async with connect(target(way, busy_server()), trust_annotations=True) as client:
        trusted = {each.name: each.idempotent for each in await client.tools()}
    assert (trusted["add"], trusted["nap"], trusted["sleep"]) == (True, True, False)


@BOTH
async def test_results_become_text_data_and_parts(way: str) -> None:
    async with connect(target(way, busy_server())) as client:
        assert await run_tool(client, "point", '{"x": 3}') == {"x": 3, "y": -3}
        text, image, audio, link, memo = await run_tool(client, "media", "")
        assert await client.call_tool("add", {"a": 1, "b": 2}) in ("3", {"result": "3"})
    assert text == TextPart("see")
    assert (image.data, image.media_type) == (PNG, "image/png")
    assert (audio.data, audio.media_type) == (b"RIFF", "audio/wav")
    assert link.text == "[resource page (text/html) at https://example.com/p: a page]"
    assert link.provider_metadata["mcp"]["uri"] == "https://example.com/p"
    assert memo.text == "remember"
    assert memo.provider_metadata["mcp"]["uri"] == "memo://one"


@BOTH
async def test_a_tool_that_fails_is_an_error_result_for_the_model(way: str) -> None:
    async with connect(target(way, busy_server())) as client:
        with pytest.raises(ToolExecutionError, match="the disk is full") as caught:
            await run_tool(client, "fail", '{"why": "the disk is full"}')
        assert (caught.value.tool, caught.value.call_id) == ("fail", "call-1")
        model = ScriptedModel([calling("fail", '{"why": "no"}'), "it failed"])
        result = await generate_text(model, "go", tools=await client.tools())
    assert result.steps[0].tool_results[0].is_error
    assert "no" in result.steps[0].tool_results[0].output


@BOTH
async def test_a_tool_loop_uses_the_servers_tools(way: str) -> None:
    async with connect(target(way, busy_server()), prefix="calc") as client:
        model = ScriptedModel([calling("calc_point", '{"x": 7}'), "done"])
        result = await generate_text(model, "go", tools=await client.tools(), tool_choice=SpecificTool("calc_point"))
    assert result.steps[0].tool_results[0].output == {"x": 7, "y": -7}


@BOTH
async def test_resources_and_prompts(way: str) -> None:
    async with connect(target(way, busy_server())) as client:
        assert [each.uri for each in await client.resources()] == ["memo://one"]
        assert [each.uri_template for each in await client.resource_templates()] == ["pixel://{name}"]
        [memo] = await client.read_resource("memo://one")
        [prompt] = await client.prompts()
        messages = await client.prompt("review", {"code": "x = 1"})
    assert isinstance(memo, TextPart)
    assert memo.text == "remember"
    assert (prompt.name, dict(prompt.arguments)) == ("review", {"code": True})
    assert messages == (user("Review this: x = 1"),)


def test_a_resource_of_bytes_is_a_file() -> None:
    async def read() -> Any:  # in a thread of the server, which the virtual clock does not see
        async with connect(busy_server()) as client:
            return await client.read_resource("pixel://red")

    [picture] = asyncio.run(read())
    assert isinstance(picture, FilePart)
    assert (picture.data, picture.media_type, picture.base64) == (PNG, "image/png", base64.b64encode(PNG).decode())
    assert picture.provider_metadata["mcp"]["uri"] == "pixel://red"


@BOTH
async def test_what_a_server_does_not_know_is_a_typed_error(way: str) -> None:
    async with connect(target(way, busy_server()), name="it") as client:
        with pytest.raises(MCPError, match="MCP server it: the prompt nothing") as caught:
            await client.prompt("nothing")
        assert not isinstance(caught.value, MCPConnectionError)
        with pytest.raises(MCPError, match="the resource memo://two"):
            await client.read_resource("memo://two")


@BOTH
async def test_elicitation_is_refused_unless_a_callback_is_given(way: str) -> None:
    asked: list[Elicitation] = []

    async def yes(question: Elicitation) -> dict[str, Any]:
        asked.append(question)
        return {"sure": True}

    async with connect(target(way, busy_server())) as client:
        with pytest.raises((ToolExecutionError, MCPError)):
            await client.call_tool("ask_user")
    async with connect(target(way, busy_server()), elicitation=yes) as client:
        assert "accept sure=True" in str(await client.call_tool("ask_user"))
    async with connect(target(way, busy_server()), elicitation=lambda question: None) as client:
        assert "decline" in str(await client.call_tool("ask_user"))
    assert asked[0].message == "Are you sure?"
    assert asked[0].schema["properties"]["sure"]["type"] == "boolean"


@BOTH
async def test_progress_is_heard(way: str) -> None:
    heard: list[Progress] = []
    async with connect(target(way, busy_server()), on_progress=heard.append) as client:
        await client.call_tool("sleep", {"key": "a", "seconds": 4})
    assert [each.progress for each in heard] == [0, 1, 2, 3]
    assert (heard[1].tool, heard[1].total, heard[1].message) == ("sleep", 4, "step 1")


@BOTH
async def test_a_time_limit_cancels_the_call_at_the_server(way: str) -> None:
    seen = Seen()
    async with connect(target(way, busy_server(seen)), timeout=2) as client:
        with pytest.raises(MCPTimeoutError, match="the tool sleep took longer than 2 s") as caught:
            await client.call_tool("sleep", {"key": "a", "seconds": 60})
        assert caught.value.may_have_run
        assert not caught.value.retryable
        await asyncio.sleep(1)
        assert seen.cancelled == ["a"]
        assert "slept" in str(await client.call_tool("sleep", {"key": "b", "seconds": 1}))


@BOTH
async def test_a_cancellation_reaches_the_server(way: str) -> None:
    seen = Seen()
    async with connect(target(way, busy_server(seen))) as client:
        call = asyncio.create_task(client.call_tool("sleep", {"key": "a", "seconds": 50}))
        await asyncio.sleep(5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.sleep(1)
        assert (seen.started, seen.cancelled, seen.finished) == (["a"], ["a"], [])


async def test_many_calls_run_at_once() -> None:
    seen = Seen()
    async with connect(Line(busy_server(seen))) as client:
        started = asyncio.get_running_loop().time()
        calls = [client.call_tool("sleep", {"key": str(n), "seconds": 10}) for n in range(30)]
        await asyncio.gather(*calls)
        assert asyncio.get_running_loop().time() - started < 11
    assert len(seen.finished) == 30


@pytest.mark.parametrize("size", [1000, 1001])
async def test_a_result_over_the_limit_is_refused(size: int) -> None:
    async with connect(busy_server(), limits=Limits(message_bytes=1000)) as client:
        call = client.call_tool("big", {"size": size - len('{"result": ""}')})
        if size > 1000:
            with pytest.raises(MCPLimitError, match="more than 1000 bytes"):
                await call
        else:
            await call


async def test_a_listing_over_the_limit_is_refused() -> None:
    async with connect(busy_server(), limits=Limits(items=3)) as client:
        with pytest.raises(MCPLimitError, match="more than 3 tools"):
            await client.tools()


@BOTH
async def test_a_change_of_the_tools_is_noticed(way: str) -> None:
    changes: list[str] = []
    async with connect(target(way, busy_server()), on_change=changes.append) as client:
        before = await client.tools()
        assert "later" not in [each.name for each in before]
        await client.call_tool("grow", {"name": "later"})
        await asyncio.sleep(1)
        assert changes == ["tools"]
        assert [each.name for each in await client.tools()] == [*(each.name for each in before), "later"]


@BOTH
async def test_sampling_asks_the_given_model_and_no_more_than_allowed(way: str) -> None:
    model = ScriptedModel(["roses are red"])
    asked: list[Any] = []

    def approve(messages: Any) -> bool:
        asked.append(messages)
        return len(asked) == 1

    given = Sampling(model, max_output_tokens=100, approve=approve)
    async with connect(target(way, busy_server()), sampling=given) as client:
        assert "roses are red (scripted:model, endTurn)" in str(await client.call_tool("ask_model"))
        with pytest.raises((ToolExecutionError, MCPError), match="refused"):
            await client.call_tool("ask_model")
    [request] = model.calls
    assert request.messages == (SystemMessage("Rhyme."), user("A poem, please."))
    assert (request.max_output_tokens, request.temperature, request.stop) == (100, 0.5, ("END",))
    async with connect(target(way, busy_server())) as client:
        with pytest.raises((ToolExecutionError, MCPError)):
            await client.call_tool("ask_model")
    broken = ScriptedModel([OverloadedError("the key is hunter2")])
    async with connect(target(way, busy_server()), sampling=broken) as client:
        with pytest.raises((ToolExecutionError, MCPError)) as caught:
            await client.call_tool("ask_model")
    assert "OverloadedError" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@BOTH
async def test_roots_are_shown_when_they_are_given(way: str) -> None:
    async with connect(target(way, busy_server()), roots=["/srv/data", "file:///tmp"]) as client:
        assert "file:///srv/data file:///tmp" in str(await client.call_tool("folders"))
    async with connect(target(way, busy_server())) as client:
        with pytest.raises((ToolExecutionError, MCPError)):
            await client.call_tool("folders")


async def test_tools_of_two_servers_keep_apart() -> None:
    async with connect(busy_server(name="one")) as one, connect(busy_server(name="two")) as two:
        alone = await all_tools(one)
        both = await all_tools(one, two)
        assert [each.name for each in alone] == [each.remote_name for each in alone]
        names = [each.name for each in both]
        assert len(set(names)) == len(names) == 2 * len(alone)
        assert {"one_add", "two_add"} <= set(names)
        [add] = [each for each in both if each.name == "two_add"]
        assert add.definition.name == "two_add"
        assert await add.run(ToolCallPart("c", "two_add", '{"a": 1, "b": 1}')) in ("2", {"result": "2"})


async def test_a_client_may_be_used_from_another_loop_and_thread() -> None:
    got: list[Any] = []
    seen = Seen()
    async with connect(Line(busy_server(seen))) as client:

        def elsewhere() -> None:
            async def call() -> None:
                got.append(await client.call_tool("point", {"x": 1}))
                with pytest.raises(ToolExecutionError):
                    await client.call_tool("fail", {"why": "no"})

            asyncio.run(call())

        await asyncio.to_thread(elsewhere)
        assert got == [{"x": 1, "y": -1}]

        def cancelled() -> None:
            async def call() -> None:
                task = asyncio.create_task(client.call_tool("sleep", {"key": "a", "seconds": 10_000}))
                while not seen.started:
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

            asyncio.run(call())

        await asyncio.to_thread(cancelled)


async def test_arguments_can_be_fixed() -> None:
    async with connect(busy_server()) as client:
        add = (await client.tools())[0].fixed(b=40)
        assert list(add.definition.input_schema["properties"]) == ["a"]
        assert add.definition.input_schema["required"] == ("a",)
        assert "42" in str(await add.run(ToolCallPart("c", "add", '{"a": 2, "b": 7}')))
        with pytest.raises(InvalidRequestError, match="it has a, b"):
            (await client.tools())[0].fixed(c=1)


async def test_what_is_used_outside_of_its_block_says_so() -> None:
    client = connect(busy_server())
    with pytest.raises(MCPConnectionError, match="async with connect"):
        await client.tools()
    async with client:
        assert await client.tools()
        with pytest.raises(InvalidRequestError, match="connected already"):
            await client.__aenter__()
    with pytest.raises(MCPConnectionError, match="the connection is closed") as caught:
        await client.prompts()
    assert not caught.value.may_have_run


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: connect(3), "target"),  # type: ignore[arg-type]
        (lambda: connect(stdio("true"), timeout=0), "timeout"),
        (lambda: connect(stdio("true"), restarts=-1), "restarts"),
        (lambda: connect(stdio("true"), roots=["https://example.com"]), "roots"),
        (lambda: stdio(""), "command"),
        (lambda: stdio("a", "b\0c"), "command"),
        (lambda: http("file:///etc/passwd"), "url"),
        (lambda: http("http://"), "url"),
        (lambda: http("http://a", headers={"x y": "1"}), "headers"),
        (lambda: http("http://a", headers={"x": "1\r\ny: 2"}), "headers"),
        (lambda: Limits(items=0), "items"),
    ],
)
async def test_bad_input_is_named_before_anything_is_done(make: Any, field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        make()
    assert caught.value.field == field

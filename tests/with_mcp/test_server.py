"""Our tools, agents and models as a server, and back through a client."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from with_mcp.kit import PNG, busy_server

from ai_sdk import tool
from ai_sdk.agent import Agent
from ai_sdk.errors import InvalidRequestError, ToolExecutionError
from ai_sdk.mcp import connect, mcp_app, mcp_server, prompt_tool, serve
from ai_sdk.messages import FilePart, TextPart, ToolCallPart
from ai_sdk.results import LanguageResult
from ai_sdk.testing import ScriptedModel, run


@tool
async def weather(city: str, days: int = 1) -> dict[str, Any]:
    """The weather.

    Args:
        city: where
    """
    return {"city": city, "days": days}


@tool(approve=False)
async def launch() -> str:
    """Launch."""
    return "launched"


async def greet(name: str) -> str:
    """Greet somebody."""
    return f"Hello {name}"


def calling(name: str, given_: str = "{}") -> LanguageResult:
    return LanguageResult(content=(ToolCallPart("c", name, given_),), finish_reason="tool-calls")


@dataclass
class Result:
    text: str
    output: Any = None
    pending: tuple[Any, ...] = ()


@dataclass
class Helper:
    name: str = "helper bee"
    pending: tuple[Any, ...] = ()
    asked: list[str] = field(default_factory=list[str])

    async def run(self, prompt: str) -> Result:
        self.asked.append(prompt)
        return Result(f"did: {prompt}", pending=self.pending)


async def test_tools_functions_agents_and_models_are_served() -> None:
    model = ScriptedModel(["blue"])
    async with connect(mcp_server(weather, greet, Helper(), model, name="ours", version="3")) as client:
        assert (client.server_name, client.server_version) == ("ours", "3")
        tools = {each.name: each for each in await client.tools()}
        assert list(tools) == ["weather", "greet", "helper_bee", "scripted_model"]
        assert tools["weather"].definition.input_schema == weather.definition.input_schema
        assert tools["weather"].description == "The weather."
        assert await client.call_tool("weather", {"city": "Rome"}) == {"city": "Rome", "days": 1}
        assert await client.call_tool("greet", {"name": "Ada"}) == "Hello Ada"
        assert await client.call_tool("helper_bee", {"prompt": "sing"}) == "did: sing"
        assert await client.call_tool("scripted_model", {"prompt": "sky?"}) == "blue"
    assert model.calls[0].messages[0].text == "sky?"  # type: ignore[union-attr]


async def test_an_agent_is_served() -> None:
    model = ScriptedModel([calling("weather", given_='{"city": "Rome"}'), "sunny"])
    agent = Agent(model, name="forecaster", tools=[weather])
    async with connect(mcp_server(agent)) as client:
        [listed] = await client.tools()
        assert listed.name == "forecaster"
        assert await client.call_tool("forecaster", {"prompt": "Rome?"}) == "sunny"
    careful = Agent(ScriptedModel([calling("launch")]), name="careful", tools=[launch])
    async with connect(mcp_server(careful)) as client:
        with pytest.raises(ToolExecutionError, match="an approval that nobody is here to give"):
            await client.call_tool("careful", {"prompt": "go"})


async def test_what_goes_wrong_is_told_to_the_client() -> None:
    async with connect(mcp_server(weather, launch, Helper(pending=("ask",)))) as client:
        for name, arguments, said in [
            ("weather", {}, "city: Field required"),
            ("weather", {"city": "x", "days": "soon"}, "days: Input should be a valid integer"),
            ("launch", {}, "denied"),
            ("helper_bee", {"prompt": "x"}, "an approval that nobody is here to give"),
            ("nothing", {}, "there is no tool named 'nothing'"),
        ]:
            with pytest.raises(ToolExecutionError, match=said):
                await client.call_tool(name, arguments)


async def test_a_cancellation_by_the_client_cancels_the_tool() -> None:
    ended: list[str] = []

    async def slow() -> str:
        """Slow."""
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return "done"

    async with connect(mcp_server(slow)) as client:
        call = asyncio.create_task(client.call_tool("slow"))
        await asyncio.sleep(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.sleep(1)
    assert ended == ["cancelled"]


parts = st.lists(
    st.builds(TextPart, st.text(max_size=20))
    | st.builds(
        FilePart,
        data=st.binary(max_size=20),
        media_type=st.sampled_from(["image/png", "audio/wav", "application/pdf"]),
    ),
    min_size=2,
    max_size=5,
)


@settings(max_examples=40, deadline=None)
@given(parts)
def test_parts_come_back_as_they_went(sent: list[TextPart | FilePart]) -> None:
    async def there_and_back() -> Any:
        async def show() -> Any:
            """Show."""
            return sent

        async with connect(mcp_server(show)) as client:
            return await client.call_tool("show")

    got = run(there_and_back())
    assert [each.text if isinstance(each, TextPart) else (each.data, each.media_type) for each in got] == [
        each.text if isinstance(each, TextPart) else (each.data, each.media_type) for each in sent
    ]


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.lists(st.booleans()), min_size=1))
def test_data_comes_back_as_it_went(sent: dict[str, Any]) -> None:
    async def there_and_back() -> Any:
        async def show() -> Any:
            """Show."""
            return sent

        async with connect(mcp_server(show)) as client:
            return await client.call_tool("show")

    assert run(there_and_back()) == sent


async def test_a_servers_tools_can_be_served_again() -> None:
    async with connect(busy_server()) as inner:
        async with connect(mcp_server(*await inner.tools(), name="outer")) as outer:
            tools = {each.name: each for each in await outer.tools()}
            assert tools["add"].annotations.read_only is True
            assert await outer.call_tool("point", {"x": 2}) == {"x": 2, "y": -2}
            _, image, *_ = await outer.call_tool("media")
            assert image.data == PNG
            with pytest.raises(ToolExecutionError, match="broken"):
                await outer.call_tool("fail", {"why": "broken"})


async def test_bad_input_is_named() -> None:
    with pytest.raises(InvalidRequestError, match="cannot be served"):
        mcp_server(3)
    with pytest.raises(InvalidRequestError, match="two tools are named"):
        mcp_server(weather, weather)
    with pytest.raises(InvalidRequestError, match="needs token="):
        mcp_app(weather, host="0.0.0.0")
    with pytest.raises(InvalidRequestError, match="transport is 'sse'"):
        await serve(weather, transport="sse")  # type: ignore[arg-type]
    assert prompt_tool("groq:llama", name="llama").name == "llama"

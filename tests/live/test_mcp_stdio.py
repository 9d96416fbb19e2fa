"""MCP servers that are programs: the reference servers from npm, and programs that die, hang and print."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from mcp_kit import need_reference_servers, processes, program, reference, until_some

from ai_sdk import generate_text
from ai_sdk.errors import ToolExecutionError
from ai_sdk.mcp import Elicitation, MCPConnectionError, Progress, connect, stdio
from ai_sdk.messages import FilePart, TextPart, ToolCallPart
from ai_sdk.providers.local import local
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.requests import SpecificTool
from ai_sdk.results import LanguageResult
from ai_sdk.steps import step_count
from ai_sdk.testing import ScriptedModel, ScriptedServer

pytestmark = pytest.mark.live

npm = pytest.mark.usefixtures("installed")
linux = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are found in /proc")

SLOW = """
    import asyncio, os, pathlib, sys
    from ai_sdk.mcp import serve

    notes = pathlib.Path(sys.argv[1])

    async def work(key: str, seconds: float) -> str:
        "Work."
        with notes.open("a") as file:
            file.write(f"{key}\\n")
        await asyncio.sleep(seconds)
        return f"worked on {key} in {os.getpid()}"

    asyncio.run(serve(work))
"""


@pytest.fixture
def installed() -> None:
    need_reference_servers()


@npm
@linux
def test_the_filesystem_server_writes_a_file_and_is_gone_afterwards(tmp_path: Path) -> None:
    async def main() -> None:
        async with connect(reference("filesystem", str(tmp_path)), name="fs") as server:
            assert server.server_name == "secure-filesystem-server"
            tools = {each.name: each for each in await server.tools()}
            assert tools["read_text_file"].annotations.read_only is True
            assert tools["write_file"].annotations.read_only is False
            given = json.dumps({"path": f"{tmp_path}/a.txt", "content": "hello"})
            await tools["write_file"].run(ToolCallPart("c", "write_file", given))
            assert (tmp_path / "a.txt").read_text() == "hello"
            with pytest.raises(ToolExecutionError, match="Access denied"):
                await server.call_tool("read_text_file", {"path": "/etc/passwd"})
            assert len(processes(str(tmp_path))) == 1
        assert processes(str(tmp_path)) == []

    asyncio.run(main())


@npm
@pytest.mark.usefixtures("child")
def test_the_local_model_writes_a_file_with_a_forced_tool(tmp_path: Path) -> None:
    """What is asserted is the file: it has what the model wrote into its call, and nothing else is there."""

    async def main() -> None:
        async with connect(reference("filesystem", str(tmp_path))) as server:
            [write] = [each for each in await server.tools() if each.name == "write_file"]
            result = await generate_text(
                local(),
                'Call write_file with content "Hello".',
                tools=[write.fixed(path=str(tmp_path / "greeting.txt"))],
                tool_choice=SpecificTool("write_file"),
                stop_when=step_count(1),
                temperature=0.0,
                max_output_tokens=300,
            )
        [call] = result.tool_calls
        assert [each.name for each in tmp_path.iterdir()] == ["greeting.txt"]
        assert (tmp_path / "greeting.txt").read_text() == call.arguments()["content"] != ""
        assert not result.tool_results[0].is_error

    asyncio.run(main())


@npm
def test_several_steps_over_http_use_what_the_tools_answered(tmp_path: Path) -> None:
    """A scripted model behind real HTTP: list, read, write what was read, in four steps."""

    def calling(name: str, **arguments: Any) -> LanguageResult:
        part = ToolCallPart(f"c-{name}", name, json.dumps(arguments))
        return LanguageResult(content=(part,), finish_reason="tool-calls")

    (tmp_path / "in.txt").write_text("42")
    model = ScriptedModel(
        [
            calling("fs_list_directory", path=str(tmp_path)),
            calling("fs_read_text_file", path=str(tmp_path / "in.txt")),
            calling("fs_write_file", path=str(tmp_path / "out.txt"), content="forty-two"),
            "copied",
        ]
    )

    async def main() -> None:
        async with (
            ScriptedServer(model) as upstream,
            connect(reference("filesystem", str(tmp_path)), prefix="fs") as fs,
        ):
            remote = create_openai_compatible(name="loopback", base_url=upstream.base_url, api_key="none")
            result = await generate_text(remote("any"), "copy it", tools=await fs.tools())
        assert result.text == "copied"
        assert len(result.steps) == 4
        assert "in.txt" in str(result.steps[0].tool_results[0].output)
        assert "42" in str(result.steps[1].tool_results[0].output)

    asyncio.run(main())
    assert (tmp_path / "out.txt").read_text() == "forty-two"
    assert "42" in str(model.calls[2].messages[-1].content)


@npm
def test_the_everything_server(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Content of each kind, progress, sampling, elicitation, roots, logs, prompts and resources of the old protocol."""
    monkeypatch.setenv("OPENAI_API_KEY", "hunter2-secret")
    caplog.set_level(logging.DEBUG, "ai_sdk.mcp")
    progress: list[Progress] = []
    asked: list[Elicitation] = []

    async def user(question: Elicitation) -> dict[str, Any]:
        asked.append(question)
        return {"name": "Ada", "email": "ada@example.com"}

    async def main() -> None:
        async with connect(
            reference("everything", env={"GREETING": "hi-there"}),
            name="every",
            sampling=ScriptedModel(["a sampled answer"]),
            elicitation=user,
            roots=["/srv"],
            on_progress=progress.append,
            log_level="debug",
        ) as server:
            names = [each.name for each in await server.tools()]
            assert "simulate-research-query" not in names
            environment = json.loads(await server.call_tool("get-env"))
            assert environment["GREETING"] == "hi-there"
            assert "OPENAI_API_KEY" not in environment
            _, image, _ = await server.call_tool("get-tiny-image")
            assert isinstance(image, FilePart)
            assert (image.data or b"").startswith(b"\x89PNG")
            _, memo, _ = await server.call_tool("get-resource-reference")
            assert isinstance(memo, TextPart)
            assert memo.provider_metadata["mcp"]["uri"].startswith("demo://")
            weather = await server.call_tool("get-structured-content", {"location": "New York"})
            assert set(weather) == {"temperature", "conditions", "humidity"}
            await server.call_tool("trigger-long-running-operation", {"duration": 0.2, "steps": 2})
            assert [each.progress for each in progress] == [1, 2]
            sampled = await server.call_tool("trigger-sampling-request", {"prompt": "hello", "maxTokens": 10})
            assert "a sampled answer" in str(sampled)
            await server.call_tool("trigger-elicitation-request")
            assert asked[0].schema["type"] == "object"
            assert "/srv" in str(await server.call_tool("get-roots-list"))
            assert len(await server.prompts()) >= 3
            [message] = await server.prompt("args-prompt", {"city": "Rome", "state": "Lazio"})
            assert "Rome" in str(message.content)
            assert len(await server.resource_templates()) == 2
            [blob] = await server.read_resource("demo://resource/dynamic/blob/1")
            assert isinstance(blob, FilePart)
            await server.call_tool("toggle-simulated-logging")
            async with asyncio.timeout(15):
                while "mcp.log" not in caplog.text:
                    await asyncio.sleep(0.05)

    asyncio.run(main())
    assert "server=every" in caplog.text


@linux
def test_a_server_killed_in_the_middle_is_started_again_and_the_call_is_not_repeated(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"

    async def main() -> None:
        async with connect(program(tmp_path, SLOW, str(notes)), name="worker", timeout=30) as server:
            first = await server.call_tool("work", {"key": "a", "seconds": 0})
            call = asyncio.create_task(server.call_tool("work", {"key": "b", "seconds": 60}))
            async with asyncio.timeout(20):
                while notes.read_text().split() != ["a", "b"]:
                    await asyncio.sleep(0.02)
            [pid] = processes(str(notes))
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(MCPConnectionError, match="MCP server worker: the tool work: .*may have run") as caught:
                await call
            assert caught.value.may_have_run
            assert not caught.value.retryable
            second = await server.call_tool("work", {"key": "c", "seconds": 0})
            assert first.split()[-1] == str(pid) != second.split()[-1]
            assert notes.read_text().split() == ["a", "b", "c"]
        assert processes(str(notes)) == []

    asyncio.run(main())


@linux
def test_a_cancelled_run_leaves_no_process(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.touch()

    async def use() -> None:
        async with connect(program(tmp_path, SLOW, str(notes))) as server:
            await server.call_tool("work", {"key": "a", "seconds": 60})

    async def main() -> None:
        task = asyncio.create_task(use())
        async with asyncio.timeout(20):
            while not notes.read_text():
                await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert processes(str(notes)) == []


@linux
def test_a_loop_that_is_torn_down_leaves_no_process(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    kept: list[Any] = []

    async def main() -> None:
        server = connect(program(tmp_path, SLOW, str(notes)))
        await server.__aenter__()
        kept.append(server)
        assert processes(str(notes))

    asyncio.run(main())
    assert processes(str(notes)) == []


@linux
def test_a_server_that_does_not_want_to_end_is_killed_with_its_children(tmp_path: Path) -> None:
    stubborn = """
        import asyncio, signal, subprocess, sys
        from ai_sdk.mcp import serve

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen([sys.executable, "-c", "import signal, time; time.sleep(600)", sys.argv[1]])

        async def hello() -> str:
            "Hello."
            return "hello"

        async def main() -> None:
            await serve(hello)
            await asyncio.sleep(600)

        asyncio.run(main())
    """

    async def main() -> None:
        async with connect(program(tmp_path, stubborn, f"{tmp_path}/marker")) as server:
            assert await server.call_tool("hello") == "hello"
            assert len(await until_some(f"{tmp_path}/marker")) == 2

    asyncio.run(main())
    assert processes(f"{tmp_path}/marker") == []


def test_a_program_that_does_not_start_says_why_without_its_secrets(tmp_path: Path) -> None:
    broken = """
        import os, sys
        print("no such database, key", os.environ["KEY"], file=sys.stderr)
        sys.exit(3)
    """

    async def main(target: Any) -> str:
        with pytest.raises(MCPConnectionError) as caught:
            async with connect(target, name="db"):
                raise AssertionError
        assert not caught.value.may_have_run
        return str(caught.value)

    said = asyncio.run(main(program(tmp_path, broken, env={"KEY": "hunter2-secret"})))
    assert "no such database, key ***" in said
    assert "hunter2" not in said
    assert "No such file" in asyncio.run(main(stdio("/nowhere/at-all")))


def test_a_server_that_prints_and_a_server_that_talks_nonsense(tmp_path: Path) -> None:
    chatty = """
        import asyncio, sys
        from ai_sdk.mcp import serve

        print("not a message")
        sys.stdout.flush()

        async def hello() -> str:
            "Hello."
            print("a tool prints")
            return "hello"

        asyncio.run(serve(hello))
    """

    async def main() -> None:
        async with connect(program(tmp_path, chatty)) as server:
            assert await server.call_tool("hello") == "hello"

    asyncio.run(main())

"""The user functions for callers without an event loop, on real threads."""

from __future__ import annotations

import asyncio
import contextvars
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import BaseModel

from ai_sdk import (
    Agent,
    EmbeddingRequest,
    EmbeddingResult,
    Finish,
    InvalidRequestError,
    LanguageRequest,
    LanguageResponse,
    LanguageResult,
    RateLimitError,
    ResponseClosedError,
    TextDelta,
    ToolCallPart,
    Usage,
    generate_text,
    sync,
    tool,
)
from ai_sdk.batch import map_rows
from ai_sdk.testing import HANG, ScriptedModel
from ai_sdk.testing.scripted import Step


class Person(BaseModel):
    name: str


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    sync.close()


def letters(text: str) -> list[Step]:
    return [*[TextDelta(letter) for letter in text], Finish("stop", Usage())]


def test_text_objects_and_embeddings() -> None:
    assert sync.generate_text(ScriptedModel(["hello"]), "hi", temperature=0).text == "hello"
    assert sync.generate_object(ScriptedModel(['{"name": "Ada"}']), "hi", schema=Person).object == Person(name="Ada")

    async def model(request: EmbeddingRequest) -> EmbeddingResult:
        return EmbeddingResult(embeddings=tuple((float(len(value)),) for value in request.values))

    assert sync.embed(model, "abc").embedding == (3.0,)
    assert sync.embed_many(model, ["a", "bb"], max_per_call=1).embeddings == ((1.0,), (2.0,))


def test_a_stream_is_a_context_manager_with_plain_iterators() -> None:
    model = ScriptedModel([letters("abcd")])
    with sync.stream_text(model, "hi") as stream:
        assert next(iter(stream.text)) == "a"
        part = next(iter(stream.parts))
        assert isinstance(part, TextDelta)
        assert "".join(stream.text) == "cd"
        assert list(stream.parts) == []
        assert stream.result().text == "abcd"
    assert not model.wires[0].open


def test_an_object_grows() -> None:
    with sync.stream_object(ScriptedModel([letters('{"name": "Al"}')]), "hi", schema=Person) as stream:
        assert list(stream.partial) == [{}, {"name": ""}, {"name": "A"}, {"name": "Al"}]
        assert stream.result().object == Person(name="Al")


def test_leaving_early_closes_the_response() -> None:
    model = ScriptedModel([[TextDelta("a"), HANG]])
    with sync.stream_text(model, "hi") as stream:
        for _ in stream.text:
            break
    closed = model.wires[0].closed
    assert closed is not None
    assert closed.how == "closed"
    with pytest.raises(ResponseClosedError):
        stream.result()


def test_anything_async_is_run_the_same_way() -> None:
    assert sync.run(Agent(ScriptedModel(["hello"])).run, "hi").text == "hello"

    async def double(row: int) -> int:
        if row == 3:
            raise RateLimitError("x")
        return 2 * row

    async def nested() -> int:
        return sync.run(double, 1)

    rows = sync.run(lambda: map_rows(double, [1, 2, 3], concurrency=2))
    assert [each.value for each in rows] == [2, 4, None]
    with pytest.raises(RateLimitError):
        sync.run(double, 3)
    with pytest.raises(InvalidRequestError, match="wait for itself"):
        sync.run(nested)


def test_errors_are_raised_to_the_caller() -> None:
    with pytest.raises(RateLimitError) as caught:
        sync.generate_text(ScriptedModel([RateLimitError("x")]), "hi")
    assert len(caught.value.attempts) == 1
    with pytest.raises(RateLimitError), sync.stream_text(ScriptedModel([RateLimitError("x")]), "hi"):
        pytest.fail("entered")
    with pytest.raises(InvalidRequestError):
        sync.stream_text(ScriptedModel(), "hi", temperature=-1)


def test_the_signature_and_the_words_are_those_of_the_async_function() -> None:
    assert sync.generate_text.__doc__ == generate_text.__doc__
    assert sync.generate_text.__name__ == "generate_text"


variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


def test_context_variables_are_seen_inside_and_not_changed_outside() -> None:
    seen: list[str] = []

    async def model(request: LanguageRequest) -> LanguageResponse:
        seen.append(variable.get())
        variable.set("inside")
        return await ScriptedModel()(request)

    variable.set("outside")
    sync.generate_text(model, "hi")
    sync.generate_text(model, "hi")
    assert seen == ["outside", "outside"]
    assert variable.get() == "outside"


def test_one_loop_in_one_daemon_thread_serves_all_threads() -> None:
    loops: set[object] = set()
    threads: set[threading.Thread] = set()
    meet = threading.Barrier(4, timeout=30)

    async def model(request: LanguageRequest) -> LanguageResponse:
        loops.add(asyncio.get_running_loop())
        threads.add(threading.current_thread())
        return await ScriptedModel([str(request.messages)])(request)

    def ask(number: int) -> str:
        meet.wait()
        return sync.generate_text(model, f"number {number}").text

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert [f"number {number}" in answer for number, answer in enumerate(answers)] == [True] * 4
    assert len(loops) == len(threads) == 1
    assert threads.pop().daemon


def test_it_works_inside_a_running_loop_as_in_a_notebook() -> None:
    async def main() -> str:
        return sync.generate_text(ScriptedModel(["hello"]), "hi").text

    assert asyncio.run(main()) == "hello"


def test_calling_back_from_the_loop_itself_is_refused_instead_of_hanging() -> None:
    async def model(request: LanguageRequest) -> LanguageResponse:
        sync.generate_text(ScriptedModel(), "deeper")
        raise AssertionError

    with pytest.raises(InvalidRequestError, match="await the async function"):
        sync.generate_text(model, "hi")


def test_a_sync_tool_may_call_back() -> None:
    @tool
    def ask(question: str) -> str:
        return sync.generate_text(ScriptedModel(["because"]), question).text

    turn = LanguageResult(content=(ToolCallPart("1", "ask", '{"question": "why"}'),), finish_reason="tool-calls")
    result = sync.generate_text(ScriptedModel([turn, "done"]), "hi", tools=[ask])
    assert result.steps[0].tool_results[0].output == "because"


def test_close_cancels_what_runs_and_the_next_call_starts_another_loop() -> None:
    begun = threading.Event()
    ended: list[str] = []

    async def model(request: LanguageRequest) -> LanguageResponse:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        raise AssertionError

    def ask() -> None:
        with pytest.raises(asyncio.CancelledError):
            sync.generate_text(model, "hi")

    thread = threading.Thread(target=ask)
    thread.start()
    assert begun.wait(30)
    sync.close()
    thread.join(30)
    assert ended == ["cancelled"]
    sync.close()
    assert sync.generate_text(ScriptedModel(["again"]), "hi").text == "again"


def test_a_system_exit_in_a_tool_reaches_the_caller_and_the_loop_is_made_again() -> None:
    @tool
    async def leave() -> None:
        raise SystemExit(3)

    turn = LanguageResult(content=(ToolCallPart("1", "leave", "{}"),), finish_reason="tool-calls")
    with pytest.raises(SystemExit):
        sync.generate_text(ScriptedModel([turn]), "hi", tools=[leave])
    assert sync.generate_text(ScriptedModel(["again"]), "hi").text == "again"


def python(code: str) -> str:
    """What a fresh interpreter in development mode prints; anything on its standard error fails."""
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_gets_a_thread_of_its_own() -> None:
    code = """
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from ai_sdk import sync
from ai_sdk.testing import ScriptedModel
assert sync.generate_text(ScriptedModel(["parent"]), "hi").text == "parent"
child = os.fork()
if child == 0:
    assert sync.generate_text(ScriptedModel(["child"]), "hi").text == "child"
    os._exit(7)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), sync.generate_text(ScriptedModel(["parent again"]), "hi").text)
"""
    assert python(code) == "7 parent again"


@pytest.mark.parametrize("begun", [False, True], ids=["before it began", "after it began"])
def test_control_c_in_the_very_moment_of_the_start_leaves_no_task(monkeypatch: pytest.MonkeyPatch, begun: bool) -> None:
    sync.generate_text(ScriptedModel(["warm"]), "hi")
    loop = sync._bridge._start().loop
    schedule = loop.call_soon_threadsafe
    hanging = threading.Event()
    calls: list[object] = []

    async def hang(request: LanguageRequest) -> LanguageResponse:
        hanging.set()
        await loop.create_future()
        raise AssertionError

    def interrupted(*args: Any, **kwargs: Any) -> asyncio.Handle:
        handle = schedule(*args, **kwargs)
        calls.append(handle)
        if len(calls) == 1:
            if begun:
                assert hanging.wait(20)
            raise KeyboardInterrupt
        return handle

    monkeypatch.setattr(loop, "call_soon_threadsafe", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sync.generate_text(hang, "hi")
    monkeypatch.undo()

    async def others() -> int:
        return len(asyncio.all_tasks()) - 2  # the thread's own, and the one that counts

    assert asyncio.run_coroutine_threadsafe(others(), loop).result(20) == 0
    assert sync.generate_text(ScriptedModel(["again"]), "hi").text == "again"


INTERRUPT = """
import asyncio, signal, threading
from ai_sdk import sync, TextDelta
from ai_sdk.testing import HANG, ScriptedModel

main = threading.main_thread()
ended = []

async def hang(request):
    threading.Timer(0, signal.pthread_kill, (main.ident, signal.SIGINT)).start()
    try:
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        await asyncio.sleep(0)
        ended.append("cancelled and waited for")
        raise
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_control_c_cancels_the_call_and_waits_until_it_has_ended() -> None:
    code = f"""{INTERRUPT}
try:
    sync.generate_text(hang, "hi")
except KeyboardInterrupt:
    print(*ended)
print(sync.generate_text(ScriptedModel(["still works"]), "hi").text)
"""
    assert python(code) == "cancelled and waited for\nstill works"


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_control_c_while_reading_a_stream_closes_it() -> None:
    code = f"""{INTERRUPT}
model = ScriptedModel([[TextDelta("a"), HANG]])
try:
    with sync.stream_text(model, "hi") as stream:
        for delta in stream.text:
            threading.Timer(0, signal.pthread_kill, (main.ident, signal.SIGINT)).start()
except KeyboardInterrupt:
    print(model.wires[0].closed.how)
"""
    assert python(code) in ("cancelled", "closed")


def test_a_process_ends_silently_without_closing_anything() -> None:
    code = """
from ai_sdk import sync
from ai_sdk.testing import ScriptedModel
print(sync.generate_text(ScriptedModel(["done"]), "hi").text)
"""
    assert python(code) == "done"

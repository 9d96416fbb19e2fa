"""A real Redis server for tests: started on a free port, killed and started again at will."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from layer_laws.kit import rejects

from ai_sdk.stores._limit_scripts import ADMIT
from ai_sdk.stores.redis import RedisConnection, Script


def server_program() -> str:
    """The server's path; AI_SDK_REQUIRE_LIVE=1 makes a missing one a failure."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        reason = "redis-server is not installed: run sh scripts/redis.sh"
        if os.environ.get("AI_SDK_REQUIRE_LIVE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return program


class Server:
    """A Redis without persistence, unless ``options`` say otherwise. It keeps its port when it is started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [server_program(), *settings, "--dir", str(self.folder), *self.options], stdout=subprocess.DEVNULL
        )
        until(self._answers)

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def send(self, *words: str) -> bytes:
        """Send one command on a connection of its own, and give what came back."""
        text = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as wire:
            wire.sendall(f"*{len(words)}\r\n{text}".encode())
            return wire.recv(65536)

    def connection(self, **options: object) -> RedisConnection:
        """A connection that bears a busy machine."""
        settings: dict[str, object] = {"timeout": 1.0, "probe_interval": 0.1, **options}
        return RedisConnection(self.url, **settings)  # type: ignore[arg-type]

    def _answers(self) -> bool:
        try:
            return self.send("PING").startswith(b"+PONG")
        except OSError:
            return False


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that another process does."""
    end = time.perf_counter() + seconds
    while not true():
        assert time.perf_counter() < end, "it did not become true"
        time.sleep(0.01)


def grown_up(server: Server, redis: RedisConnection, *names: str, script: Script = ADMIT) -> None:
    """Have the server look as if it had been there for long, to limits of these names (``name:per``)."""
    run = server.send("INFO", "server").decode().partition("run_id:")[2][:40]
    for name in names:
        server.send("HSET", redis.key(script, name, "meta"), "run", run, "quiet", "0", "last", "0")


def most_in_a_window(times: Iterable[float], seconds: float) -> int:
    """The greatest number of these times in any interval of this length, one of its ends not included."""
    ordered = sorted(times)
    return max((sum(1 for each in ordered[n:] if each - start < seconds) for n, start in enumerate(ordered)), default=0)


def finds_out(law: Callable[[Any, Server], None], server: Server, *wrong: Any) -> None:
    """The law rejects each of these wrong implementations."""

    def trial(make: Any) -> None:
        law(make, server)

    for each in wrong:
        rejects(trial, each)

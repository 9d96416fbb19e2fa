"""A provider and a gateway in front of it, each a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).parent
KEY = "sk-gateway-tests-0123456789"


class Process:
    """A process whose output is kept; it is killed at the end."""

    def __init__(self, arguments: list[str], **environment: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, pattern: str, seconds: float = 30) -> re.Match[str]:
        """The first match in the output."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            found = re.search(pattern, self.output)
            if found is not None:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"{pattern!r} did not appear in:\n{self.output}")

    def stop(self, sig: int = signal.SIGTERM, seconds: float = 20) -> int:
        """End it, and all that it started, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = -9
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(5)
        self._reader.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@contextmanager
def upstream(program: Path = HERE / "upstream.py") -> Generator[tuple[Process, str]]:
    """The provider, and its base URL."""
    process = Process([sys.executable, str(program)])
    try:
        yield process, process.wait_for(r"http://\S+").group()
    finally:
        process.stop(signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


@contextmanager
def gateway(
    upstream_url: str,
    *options: str,
    pipeline: Path = HERE / "pipeline.py",
    environment: Mapping[str, str] | None = None,
) -> Generator[tuple[Process, str]]:
    """``ai-sdk serve`` of the pipeline, and its address, when it is ready."""
    port = free_port()
    command = [sys.executable, "-m", "ai_sdk.cli", "serve", str(pipeline), "--port", str(port), *options]
    process = Process(command, UPSTREAM=upstream_url, **(environment or {}))
    try:
        address = f"http://127.0.0.1:{port}"
        _until_ready(process, address)
        yield process, address
    finally:
        process.stop()


def _until_ready(process: Process, address: str) -> None:
    until = time.perf_counter() + 30
    while time.perf_counter() < until and process.process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{address}/readyz", timeout=1) as answer:
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"the gateway did not start:\n{process.output}")

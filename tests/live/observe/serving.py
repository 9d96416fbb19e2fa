"""Programs that serve on a free loopback port while a test runs, and the example that is sent to them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

import ai_sdk

__all__ = ["ANSWER", "EXAMPLE", "environment", "example", "fetched", "free_port", "program", "running", "until"]

EXAMPLE = Path(__file__).parents[3] / "examples" / "observability_run.py"
ANSWER = "A light jacket for Paris, a warm coat for Oslo.\n1. light jacket\n2. warm coat\n3. umbrella\n"

Found = TypeVar("Found")


def program(variable: str, command: str) -> str:
    """The path in a variable, which ``command`` sets; without it the test is skipped."""
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"{variable} names no program: run {command}")
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def fetched(address: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
    """The JSON that comes back from a GET, or from a POST of ``body``; None for an empty answer."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address, data, {"content-type": "application/json", **(headers or {})})
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
    return json.loads(text) if text.startswith((b"{", b"[")) else None


def until(look: Callable[[], Found | None], seconds: float, gone: Callable[[], bool] = lambda: False) -> Found:
    """What ``look`` finds, as soon as it finds something; it may fail to connect until then."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end and not gone():
        try:
            if (found := look()) is not None:
                return found
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.2)
    raise AssertionError("the program has ended" if gone() else f"not found within {seconds:g} seconds")


@contextmanager
def running(words: list[str], ready: str, folder: Path, **variables: str) -> Generator[None, None, None]:
    """A program, from when the address ``ready`` answers until the block is left; what it prints goes to its log."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            words, stdout=out, stderr=out, cwd=folder, env={**os.environ, **variables}, start_new_session=True
        )
        try:
            until(lambda: (fetched(ready), True)[1], 240, lambda: process.poll() is not None)
            yield
        except BaseException:
            print(log.read_text(errors="replace")[-3000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def environment(**variables: str) -> dict[str, str]:
    """The environment of the example: only these of OpenTelemetry's variables, and the library of this tree."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return {**kept, "PYTHONPATH": str(Path(ai_sdk.__file__).parents[1]), **variables}


def example(**variables: str) -> None:
    """Run the example to its end, sending where the variables say. It must not warn."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLE)],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert (done.stdout, done.stderr) == (ANSWER, "")

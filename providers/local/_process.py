"""The life of llama.cpp's server: a child process that all models of one file share.

Why a child process and not a thread: docs/decisions/2026-11-21-local-server.md.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from ai_sdk.errors import APIConnectionError, APITimeoutError, InvalidRequestError

__all__ = ["Child", "Progress", "Settings", "explained", "running", "stop", "stop_all"]

Stage = Literal["loading", "ready", "failed"]
Progress = Callable[[Stage, str], None]
"""Told by the call that starts a server what it is doing: the stage, and a sentence for people."""

_POLL = 0.01
_LAST_BREATH = 0.3
_STOP = 2.0
_LOG_LINES = 20
_LOG_PREFIX = re.compile(r"^[\d.]+ [A-Z] +(?:(?:srv|cmn) +)?")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server is started with; equal settings share one server. ``site`` is where xllamacpp is installed."""

    path: str
    alias: str
    site: str
    context: int
    parallel: int
    threads: int
    batch: int
    chat_template: str | None = field(repr=False)


class Child:
    """A server process. A daemon thread reads what it says; all else asks this object."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.key = "local-" + secrets.token_urlsafe(24)
        self.url: str | None = None
        self.refused: str | None = None
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        script = Path(__file__).with_name("_server.py")
        self._process = subprocess.Popen(  # noqa: S603 - our own script, with no argument from outside
            [sys.executable, "-P", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, name="ai-sdk-local", daemon=True)
        self._listener.start()
        self._configure()

    def _configure(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it died at once: what it said tells why
            self._process.stdin.write(json.dumps({**asdict(self.settings), "key": self.key}) + "\n")
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._hear(line.strip())
        self._process.wait()
        self._hang_up()

    def _hear(self, line: str) -> None:
        if not line.startswith('{"ai_sdk_local"'):
            if line:
                self._log.append(line)
            return
        answer: dict[str, str] = json.loads(line)["ai_sdk_local"]
        self.refused = answer.get("error")
        self.url = answer.get("url")

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._process.poll() is None

    @property
    def over(self) -> bool:
        """Whether the process has ended and all that it said is known."""
        return not self._listener.is_alive()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def failure(self) -> Exception:
        """Why there is no server; only for a child that is not alive."""
        reason = _LOG_PREFIX.sub("", next(iter(self._log), "")) or self.refused or "it said nothing"
        if self.refused is not None:
            return InvalidRequestError(f"llama.cpp cannot load {self.settings.path}: {reason}", field="model_id")
        return APIConnectionError(f"the local model server ended while it started ({self.how_it_ended()}): {reason}")

    def how_it_ended(self) -> str:
        """The signal that ended the process, or its exit code."""
        code = self._process.returncode
        if code is None or code >= 0:
            return f"exit code {code}"
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"

    def stop(self) -> None:
        """End the process; it ends by itself when its input does. Stopping twice does nothing."""
        process = self._process
        self._hang_up()
        try:
            process.wait(_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._listener.join(_STOP)

    def forget(self) -> None:
        """In a forked process: let go of the parent's child without ending it."""
        self._process.returncode = 0
        self._hang_up()

    def _hang_up(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()


_children: dict[Settings, Child] = {}
_forgotten: list[Child] = []
_lock = threading.Lock()
_hooked = False


async def running(settings: Settings, seconds: float, on_progress: Progress | None) -> Child:
    """The server of these settings, started if there is none, when it is ready.

    Raises ``APITimeoutError`` after ``seconds``; the server goes on loading, and a later call finds it further on.
    """
    child, started = _child(settings)
    if child.url is not None:
        return child
    report: Progress = on_progress if started and on_progress is not None else _quiet
    report("loading", f"loading {settings.alias} ({_size(settings.path)})")
    began = asyncio.get_running_loop().time()
    try:
        await _ready(child, seconds)
    except BaseException:
        report("failed", f"{settings.alias} did not start")
        raise
    report("ready", f"{settings.alias} is ready after {asyncio.get_running_loop().time() - began:.1f} s")
    return child


def _quiet(_stage: Stage, _sentence: str, /) -> None:
    return None


async def _ready(child: Child, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await _wait(child)
    except TimeoutError:
        how = "give it more with create_local(startup_timeout=...)"
        message = f"the local model server was not ready after {seconds:g} s; {how}"
        raise APITimeoutError(message, limit="connect", seconds=seconds) from None


async def _wait(child: Child) -> None:
    while child.url is None:
        if child.over:
            raise child.failure()
        await asyncio.sleep(_POLL)


def _child(settings: Settings) -> tuple[Child, bool]:
    """The living child of these settings, or a new one; and whether it is new."""
    with _lock:
        child = _children.get(settings)
        if child is not None and child.alive:
            return child, False
        _hook()
        child = _children[settings] = Child(settings)
        return child, True


def _hook() -> None:
    """At the first start: end the servers with this process, and leave them alone in its forks."""
    global _hooked
    if not _hooked:
        _hooked = True
        atexit.register(stop_all)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_forget_all)


def stop(settings: Settings) -> None:
    """End the server of these settings, if there is one; the next call starts another."""
    with _lock:
        child = _children.pop(settings, None)
    if child is not None:
        child.stop()


def stop_all() -> None:
    """End every server of this process."""
    for settings in list(_children):
        stop(settings)


def _forget_all() -> None:
    global _lock
    _lock = threading.Lock()
    for child in _children.values():
        child.forget()
    _forgotten.extend(_children.values())  # their pipes may have been locked by a thread that is not here
    _children.clear()


async def explained(settings: Settings, error: APIConnectionError) -> APIConnectionError:
    """The error of a call, with the reason when the server died under it."""
    child = _children.get(settings)
    if child is None or child.url is None or isinstance(error, APITimeoutError):
        return error
    deadline = asyncio.get_running_loop().time() + _LAST_BREATH
    while child.alive:
        if asyncio.get_running_loop().time() >= deadline:
            return error
        await asyncio.sleep(_POLL)
    died = APIConnectionError(f"the local model server died ({child.how_it_ended()}); the next call starts another one")
    died.sent = error.sent
    return died


def _size(path: str) -> str:
    return f"{Path(path).stat().st_size / 1e6:.0f} MB"

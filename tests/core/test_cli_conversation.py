"""A conversation with the command, on a pseudo-terminal."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

import ai_sdk
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.results import Usage
from ai_sdk.testing import HANG, ScriptedModel
from ai_sdk.testing.scripted_server import ScriptedServer

pytest.importorskip("pty")

LAUNCH = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from ai_sdk.cli import main
sys.exit(main(sys.argv[1:]))
"""
PATIENCE = 30.0
"""Seconds until the program is taken to hang."""


class Terminal:
    """The command on a terminal of its own: type, and read on until something was written."""

    def __init__(self, *words: str, **env: str) -> None:
        self._screen, inner = os.openpty()
        source = str(Path(ai_sdk.__file__).parents[1])
        self._process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, *words],
            env={**os.environ, "PYTHONPATH": source, "NO_COLOR": "1", "TERM": "dumb", **env},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)
        self._seen = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._screen)

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def until(self, words: str) -> str:
        """What was written up to these words, with them."""
        while words not in self._seen:
            ready, _, _ = select.select([self._screen], [], [], PATIENCE)
            assert ready, f"waited for {words!r} after {self._seen!r}"
            self._seen += self._read() or pytest.fail(f"ended before {words!r}, after {self._seen!r}")
        before, _, self._seen = self._seen.partition(words)
        return (before + words).replace("\r\n", "\n")

    def interrupt_until(self, words: str) -> None:
        """Press Ctrl-C until it is heard: readline misses one in the instant before it waits for a key."""
        while words not in self._seen:
            self.type("\x03")
            while words not in self._seen and select.select([self._screen], [], [], 1.0)[0]:
                self._seen += self._read()
        self.until(words)

    def ended(self) -> int:
        while self._read():
            pass
        return self._process.wait(PATIENCE)

    def _read(self) -> str:
        try:
            return os.read(self._screen, 65536).decode()
        except OSError:
            return ""


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def server(model: ScriptedModel) -> Iterator[ScriptedServer]:
    with ScriptedServer(model) as server:
        yield server


def talk(server: ScriptedServer, *words: str) -> Terminal:
    url = {"OPENAI_COMPATIBLE_BASE_URL": server.base_url, "OPENAI_COMPATIBLE_API_KEY": ""}
    return Terminal("chat", "openai_compatible:m", *words, **url)


def sent(server: ScriptedServer, at: int = -1) -> list[tuple[str, Any]]:
    return [(each["role"], each["content"]) for each in server.requests[at].json["messages"]]


def test_a_conversation_keeps_its_history_until_it_is_cleared(model: ScriptedModel, server: ScriptedServer) -> None:
    model.turns = ["Hello Ada.", "You are Ada.", "Who are you?", "Ahoy."]
    with talk(server) as terminal:
        assert terminal.until("> ") == "openai_compatible:m: /help for help, Ctrl-D leaves\n> "
        terminal.type("I am Ada.\n")
        assert terminal.until("> ") == "I am Ada.\nHello Ada.\n> "
        terminal.type("Who am I?\n")
        terminal.until("You are Ada.\n> ".replace("\n", "\r\n"))
        history = [("user", "I am Ada."), ("assistant", "Hello Ada."), ("user", "Who am I?")]
        assert sent(server) == history
        terminal.type("/clear\n")
        terminal.until("(forgotten)\r\n> ")
        terminal.type("And now?\n")
        terminal.until("Who are you?\r\n> ")
        assert sent(server) == [("user", "And now?")]
        terminal.type("/system Talk like a sailor.\n")
        terminal.until("(instructions set)\r\n> ")
        terminal.type("\nHi.\n")
        terminal.until("Ahoy.\r\n> ")
        assert sent(server)[0] == ("system", "Talk like a sailor.")
        assert len(server.requests) == 4
        terminal.type("/exit\n")
        assert terminal.ended() == 0


def test_ctrl_c_stops_the_answer_and_not_the_program(model: ScriptedModel, server: ScriptedServer) -> None:
    model.turns = [[TextDelta("Once upon a"), HANG], "Fine."]
    with talk(server) as terminal:
        terminal.until("> ")
        terminal.type("Tell me a story.\n")
        terminal.until("Once upon a")
        terminal.type("\x03")
        terminal.until("(stopped)\r\n> ")
        server.block_until(lambda: len(server.aborted) == 1)
        terminal.type("half a line")
        terminal.until("half a line")
        terminal.interrupt_until("> ")
        terminal.type("How are you?\n")
        terminal.until("Fine.\r\n> ")
        assert sent(server) == [("user", "How are you?")]
        terminal.type("\x04")
        assert terminal.ended() == 0


def test_a_failed_turn_is_one_line_and_is_forgotten(model: ScriptedModel, server: ScriptedServer) -> None:
    from ai_sdk.errors import RateLimitError

    model.turns = [RateLimitError("slow down", status=429), [TextDelta("yes"), Finish("length", Usage())]]
    with talk(server, "-v") as terminal:
        terminal.until("> ")
        terminal.type("one\n")
        assert "\nai-sdk: openai_compatible:m 429: slow down\n" in terminal.until("> ")
        terminal.type("two\n")
        said = terminal.until("> ")
        assert "two\nyes\nthe answer ended early: length\nattempt 1: openai_compatible:m, " in said
        assert sent(server) == [("user", "two")]
        terminal.type("/what\n")
        assert "there is no /what: /exit leaves" in terminal.until("> ")


def test_a_missing_key_ends_the_conversation() -> None:
    with Terminal("chat", "groq:llama", GROQ_API_KEY="") as terminal:
        terminal.until("> ")
        terminal.type("hi\n")
        assert "GROQ_API_KEY" in terminal.until("api_key=...)")
        assert terminal.ended() == 3


def test_control_characters_of_a_model_do_not_reach_the_terminal(model: ScriptedModel, server: ScriptedServer) -> None:
    model.turns = ["a\x1b]0;owned\x07b\x9bc"]
    with talk(server) as terminal:
        terminal.until("> ")
        terminal.type("go\n")
        assert terminal.until("> ") == "go\na]0;ownedbc\n> "

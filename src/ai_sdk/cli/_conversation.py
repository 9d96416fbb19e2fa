"""A conversation on a terminal."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ai_sdk.cli._failures import MISSING, OK, exit_code, report
from ai_sdk.cli._terminal import note
from ai_sdk.cli.chat import stream_answer, tell_failure, tell_result, with_files

if TYPE_CHECKING:
    from ai_sdk.messages import FilePart, Message
    from ai_sdk.steps import LanguageModel, RequestSettings

__all__ = ["Conversation"]

_LOOK_AROUND = 0.01
"""Seconds for the loop, which stood still while the user typed, to see the connections that were closed meanwhile."""

_HELP = "/exit leaves, /clear forgets the conversation, /system TEXT gives instructions; Ctrl-C stops an answer"


class Conversation:
    """Questions and answers, with history. A turn that fails or is stopped is not part of the history."""

    def __init__(
        self,
        model: LanguageModel,
        settings: RequestSettings,
        *,
        files: Sequence[FilePart] = (),
        verbose: bool = False,
        debug: bool = False,
    ) -> None:
        self._model = model
        self._settings = settings
        self._files = list(files)
        self._verbose = verbose
        self._debug = debug
        self._history: list[Message] = []

    def run(self) -> int:
        """Talk until the user leaves; the exit code. A missing key or part ends it, as nothing can be answered."""
        from ai_sdk.model import name_of

        with suppress(ImportError):
            importlib.import_module("readline")  # gives input() editing and recall of lines
        note(f"{name_of(self._model)}: /help for help, Ctrl-D leaves")
        with asyncio.Runner() as runner:
            while (line := _read()) is not None:
                if line.startswith("/"):
                    if not self._command(line):
                        break
                elif line and (code := self._turn(line, runner)) == MISSING:
                    return code
        return OK

    def _turn(self, line: str, runner: asyncio.Runner) -> int:
        try:
            runner.run(self._answer(line))
        except KeyboardInterrupt:
            note("(stopped)")
        except Exception as error:  # noqa: BLE001 - told, and the conversation goes on
            tell_failure(error, verbose=self._verbose)
            report(error, debug=self._debug)
            return exit_code(error)
        return OK

    async def _answer(self, line: str) -> None:
        from ai_sdk.messages import user

        question = user(*with_files(line, self._files))
        settings = self._settings.copy()
        settings["messages"] = [*self._history, question]
        await asyncio.sleep(_LOOK_AROUND)
        result = await stream_answer(self._model, None, settings)
        self._history += [question, *result.messages]
        self._files.clear()
        tell_result(result, verbose=self._verbose)

    def _command(self, line: str) -> bool:
        """Do what a line with a slash says; whether to go on."""
        name, _, rest = line.partition(" ")
        if name in ("/exit", "/quit"):
            return False
        if name == "/clear":
            self._history.clear()
            note("(forgotten)")
        elif name == "/system":
            self._settings["system"] = rest.strip() or None
            note("(instructions set)" if rest.strip() else "(no instructions)")
        else:
            note(_HELP if name == "/help" else f"there is no {name}: {_HELP}")
        return True


def _read() -> str | None:
    """The next line, or None at the end of input; Ctrl-C throws a half-written line away."""
    while True:
        try:
            return _ask().strip()
        except EOFError:
            print(file=sys.stderr)
            return None
        except KeyboardInterrupt:
            print(file=sys.stderr)


def _ask() -> str:
    if sys.stdout.isatty():
        return input("> ")
    print("> ", end="", file=sys.stderr, flush=True)
    return input()

"""What the commands for pictures, sounds, films and vectors share: their options, output files, a bar for a job."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Coroutine, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ai_sdk.errors import InvalidRequestError

if TYPE_CHECKING:
    from ai_sdk.polling import Polling, Progress
    from ai_sdk.results import CallWarning, GeneratedFile

__all__ = [
    "STDOUT",
    "Bar",
    "add_common",
    "check_place",
    "given",
    "lines_of",
    "options_of",
    "polling_of",
    "running",
    "tell_warnings",
    "text_of",
    "write_files",
]

T = TypeVar("T")
STDOUT = "-"


def add_common(command: argparse.ArgumentParser, *, polled: bool = False) -> None:
    """Add what every such command takes."""
    command.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of the provider, in its own words; VALUE is JSON or text; repeatable",
    )
    command.add_argument("-v", "--verbose", action="store_true", help="show attempts and usage")
    if polled:
        command.add_argument("--timeout", type=float, metavar="SECONDS", help="how long to wait for the job at most")


def options_of(args: argparse.Namespace) -> dict[str, dict[str, Any]] | None:
    """The provider options that ``--option`` gave, in the namespace of the model's provider."""
    options: dict[str, Any] = {}
    for pair in args.option:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise InvalidRequestError(f"--option {pair!r} is not NAME=VALUE", field="--option")
        try:
            options[name] = json.loads(value)
        except ValueError:
            options[name] = value
    return {args.model.partition(":")[0]: options} if options else None


def polling_of(args: argparse.Namespace) -> Polling | None:
    """How to wait, when ``--timeout`` says so."""
    from ai_sdk.polling import Polling

    return None if args.timeout is None else Polling(timeout=args.timeout)


def given(**settings: Any) -> Any:
    """The settings that were given."""
    return {name: value for name, value in settings.items() if value is not None}


def text_of(words: Sequence[str], what: str) -> str:
    """The words of the command line, or standard input."""
    text = " ".join(words) if words else "" if sys.stdin.isatty() else sys.stdin.read()
    if not text.strip():
        raise InvalidRequestError(f"there is no {what}: give it in quotes, or on standard input", field=what.upper())
    return text.strip()


def lines_of(words: Sequence[str], what: str) -> list[str]:
    """The words of the command line, each by itself, or the lines of standard input that are not empty."""
    lines = list(words) if words else [] if sys.stdin.isatty() else sys.stdin.read().splitlines()
    found = [line for line in lines if line.strip()]
    if not found:
        raise InvalidRequestError(
            f"there is no {what}: give one or more in quotes, or a line each on standard input", field=what.upper()
        )
    return found


def check_place(output: str | None, *, force: bool = False) -> None:
    """Refuse, before a call that costs something, a place that cannot be written."""
    if output is None:
        return
    if output == STDOUT:
        if sys.stdout.isatty():
            raise InvalidRequestError("-o - writes bytes, and standard output is a terminal: use a file", field="-o")
        return
    path = Path(output)
    if path.is_dir() or not path.parent.is_dir():
        why = "is a folder" if path.is_dir() else f"is in {path.parent}, which does not exist"
        raise InvalidRequestError(f"-o {output} {why}", field="-o")
    if path.exists() and not force:
        raise InvalidRequestError(f"-o {output} exists; --force overwrites it", field="-o")


def write_files(files: Sequence[GeneratedFile], output: str | None, name: str) -> None:
    """Write files and print their paths: to ``output``, or beside nothing else as ``name-1.png``."""
    if output == STDOUT:
        for file in files:
            sys.stdout.buffer.write(file.data)
        return
    for at, file in enumerate(files):
        path = _numbered(Path(output), at) if output is not None else _free(name, file.extension)
        file.save(path)
        print(path)


def _numbered(path: Path, at: int) -> Path:
    return path if at == 0 else path.with_stem(f"{path.stem}-{at + 1}")


def _free(name: str, extension: str) -> Path:
    """The first name in this folder that is not taken."""
    path = Path(f"{name}.{extension}")
    number = 1
    while path.exists():
        number += 1
        path = Path(f"{name}-{number}.{extension}")
    return path


def tell_warnings(warnings: Sequence[CallWarning]) -> None:
    """Write what was left out."""
    from ai_sdk.cli._terminal import note

    for warning in warnings:
        note(f"warning: {warning.feature}: {warning.message}")


@contextmanager
def _telling(*, verbose: bool) -> Generator[None]:
    from ai_sdk.call import attempts_of
    from ai_sdk.cli.chat import tell_attempts

    try:
        yield
    except Exception as error:
        if verbose:
            tell_attempts(attempts_of(error))
        raise


def running(work: Coroutine[Any, Any, T], *, verbose: bool) -> T:
    """Run the call; tell what was tried and used when asked."""
    import asyncio

    from ai_sdk.cli.chat import tell_attempts

    with _telling(verbose=verbose):
        result = asyncio.run(work)
    said = cast("Any", result)
    tell_warnings(said.warnings)
    if verbose:
        from ai_sdk.cli._terminal import note

        tell_attempts(said.attempts)
        usage = said.usage
        if usage.input_tokens or usage.output_tokens:
            note(f"usage: {usage.input_tokens or 0} tokens in, {usage.output_tokens or 0} tokens out")
    return result


class Bar:
    """Shows how far a job is on standard error: a bar on a terminal, else a line for each change."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._said = ""

    def __call__(self, progress: Progress) -> None:
        """Show a look at the job."""
        words = progress.status if progress.message is None else f"{progress.status}: {progress.message}"
        bar = self._begun() if sys.stderr.isatty() else None
        if bar is not None:
            bar.set_description_str(words[:60], refresh=False)
            if progress.fraction is not None:
                bar.n = round(100 * progress.fraction)
            bar.refresh()
        elif words != self._said:
            self._said = words
            percent = "" if progress.fraction is None else f" {progress.fraction:.0%}"
            print(f"{words}{percent}", file=sys.stderr, flush=True)

    def _begun(self) -> Any:
        if self._bar is None:
            try:
                from tqdm import tqdm
            except ModuleNotFoundError:
                return None
            self._bar = tqdm(total=100, bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}", leave=False)
        return self._bar

    def close(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.close()

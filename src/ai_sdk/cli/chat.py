"""``ai-sdk chat [MODEL] [PROMPT]``: one answer, or a conversation."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_sdk.call import Attempt
    from ai_sdk.messages import FilePart, Prompt
    from ai_sdk.objects import ObjectResult
    from ai_sdk.steps import LanguageModel, RequestSettings, TextResult

__all__ = ["add", "run", "stream_answer", "tell_attempts", "tell_result"]

_ABOUT = """\
The first word is the model when it is `provider:model` without a space, or `local`; all other words are the prompt.
Without a model a small real one on this machine answers. Without a prompt it is read from standard input or, on a
terminal, a conversation begins: /exit, /clear, /system TEXT; Ctrl-C stops an answer, Ctrl-D leaves.
"""


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    command = commands.add_parser("chat", parents=[every], help="ask a model, or talk to it", description=_ABOUT)
    command.add_argument("words", nargs="*", metavar="[MODEL] [PROMPT]", help="see above")
    command.add_argument("-m", "--model", help="the model; then all words are the prompt")
    command.add_argument("--system", metavar="TEXT", help="instructions for the model")
    command.add_argument(
        "--image", action="append", default=[], metavar="PATH_OR_URL", help="show a picture; repeatable"
    )
    command.add_argument("--json-schema", metavar="FILE_OR_JSON", help="answer with JSON of this schema")
    command.add_argument(
        "--stack", metavar="FILE.py", help="a file that defines `stack`, layers to put around the model, or `model`"
    )
    command.add_argument("--temperature", type=float, metavar="NUMBER")
    command.add_argument("--max-output-tokens", type=int, metavar="NUMBER")
    command.add_argument("-v", "--verbose", action="store_true", help="show attempts and usage")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer, or begin a conversation."""
    import asyncio

    from ai_sdk.cli._input import load_model, read_image, read_schema, read_words
    from ai_sdk.errors import InvalidRequestError

    words = read_words(args.words, args.model)
    schema = read_schema(args.json_schema) if args.json_schema is not None else None
    files = [read_image(place) for place in args.image]
    model = load_model(words.model, args.stack)
    prompt = words.prompt
    if prompt is None and sys.stdin.isatty():
        if schema is not None:
            raise InvalidRequestError("--json-schema needs a prompt", field="--json-schema")
        from ai_sdk.cli._conversation import Conversation

        return Conversation(model, _settings(args), files=files, verbose=args.verbose, debug=args.debug).run()
    prompt = (sys.stdin.read() if prompt is None else prompt).strip()
    if not prompt and not files:
        raise InvalidRequestError("there is no prompt: give one in quotes, or on standard input", field="PROMPT")
    if schema is not None:
        _print_object(model, with_files(prompt, files), schema, args)
    else:
        asyncio.run(_print_answer(model, with_files(prompt, files), _settings(args), verbose=args.verbose))
    return 0


def _settings(args: argparse.Namespace) -> RequestSettings:
    return {
        "system": args.system,
        "temperature": args.temperature,
        "max_output_tokens": args.max_output_tokens,
    }


def with_files(prompt: str, files: Sequence[FilePart]) -> list[str | FilePart]:
    """A prompt of text and files."""
    return [*([prompt] if prompt else []), *files]


async def stream_answer(model: LanguageModel, prompt: Prompt | None, settings: RequestSettings) -> TextResult:
    """Write the answer to standard output while it arrives; it ends its last line, also when it fails."""
    from ai_sdk.cli._terminal import say
    from ai_sdk.text import stream_text

    last = "\n"
    try:
        async with stream_text(model, prompt, **settings) as stream:
            async for delta in stream.text:
                say(delta)
                last = delta
            return await stream.result()
    finally:
        if not last.endswith("\n"):
            say("\n")


async def _print_answer(model: LanguageModel, prompt: Prompt, settings: RequestSettings, *, verbose: bool) -> None:
    try:
        tell_result(await stream_answer(model, prompt, settings), verbose=verbose)
    except Exception as error:
        tell_failure(error, verbose=verbose)
        raise


def _print_object(model: LanguageModel, prompt: Prompt, schema: dict[str, Any], args: argparse.Namespace) -> None:
    import asyncio
    import json

    from ai_sdk.objects import generate_object

    try:
        result = asyncio.run(generate_object(model, prompt, schema=schema, **_settings(args)))
    except Exception as error:
        tell_failure(error, verbose=args.verbose)
        raise
    print(json.dumps(result.object, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))
    tell_result(result, verbose=args.verbose)


def tell_result(result: TextResult | ObjectResult[Any], *, verbose: bool) -> None:
    """Write notes about an answer: always when it was cut off or settings were left out, the rest when asked."""
    from ai_sdk.cli._terminal import note

    for warning in result.warnings:
        if verbose or warning.kind == "unsupported":
            note(f"warning: {warning.feature}: {warning.message}")
    if result.finish_reason not in ("stop", "tool-calls"):
        note(f"the answer ended early: {result.finish_reason}")
    if verbose:
        tell_attempts(result.attempts)
        usage = result.usage
        note(f"usage: {_count(usage.input_tokens)} in, {_count(usage.output_tokens)} out")


def tell_failure(error: Exception, *, verbose: bool) -> None:
    """Write what was tried before a failure, when asked."""
    from ai_sdk.call import attempts_of

    if verbose:
        tell_attempts(attempts_of(error))


def tell_attempts(attempts: Sequence[Attempt]) -> None:
    """Write a line for each attempt: the model, how long it took, how soon the first content came, how it ended."""
    from ai_sdk.cli._failures import one_line
    from ai_sdk.cli._terminal import note

    for number, each in enumerate(attempts, 1):
        took = f"{each.duration:.2f} s" if each.duration is not None else "unfinished"
        first = f", first content after {each.first_content - each.started:.2f} s" if each.first_content else ""
        ending = one_line(each.error) if each.error is not None else "ok"
        note(f"attempt {number}: {each.model}, {took}{first}: {ending}")


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens} tokens"

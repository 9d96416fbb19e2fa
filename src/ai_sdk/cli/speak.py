"""``ai-sdk speak MODEL TEXT``: spoken text, into a file or a player."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_sdk.results import SpeechResult

__all__ = ["add", "run"]


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    from ai_sdk.cli._media import add_common

    command = commands.add_parser("speak", parents=[every], help="speak a text, such as openai:gpt-4o-mini-tts 'Hello'")
    command.add_argument("model", metavar="PROVIDER:MODEL")
    command.add_argument("words", nargs="*", metavar="TEXT", help="else standard input")
    command.add_argument(
        "-o", "--output", metavar="FILE", help="where to write; - streams to standard output, for a player"
    )
    command.add_argument("--force", action="store_true", help="overwrite the file")
    command.add_argument("--voice", metavar="NAME")
    command.add_argument("--format", metavar="WORD", help="mp3, wav, pcm or another word of the provider's")
    command.add_argument("--speed", type=float, metavar="NUMBER", help="1.0 is normal")
    command.add_argument("--language", metavar="CODE", help="such as en")
    command.add_argument("--instructions", metavar="TEXT", help="how to speak")
    add_common(command, polled=True)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Speak, and print the path of the file."""
    from ai_sdk.cli._media import STDOUT, Bar, check_place, given, options_of, polling_of, running, text_of, write_files
    from ai_sdk.speech import generate_speech

    text = text_of(args.words, "text")
    check_place(args.output, force=args.force)
    bar = Bar()
    settings = given(
        voice=args.voice,
        output_format=args.format or _word_of(args.output),
        speed=args.speed,
        language=args.language,
        instructions=args.instructions,
        polling=polling_of(args),
        on_progress=bar,
        provider_options=options_of(args),
    )
    streamed = args.output == STDOUT
    try:
        work = _stream(args.model, text, settings) if streamed else generate_speech(args.model, text, **settings)
        result = running(work, verbose=args.verbose)
    finally:
        bar.close()
    if not streamed:
        write_files([result.file], args.output, "speech")
    return 0


def _word_of(output: str | None) -> str | None:
    """The format that the name of the file asks for."""
    _, dot, extension = (output or "").rpartition(".")
    return extension.lower() if dot and extension.isalnum() else None


async def _stream(model: str, text: str, settings: Any) -> SpeechResult:
    from ai_sdk.speech import stream_speech

    async with stream_speech(model, text, **settings) as stream:
        async for chunk in stream.audio:
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
        return await stream.result()

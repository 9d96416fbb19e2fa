"""``ai-sdk image MODEL PROMPT``: pictures, into files."""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["add", "run"]


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    from ai_sdk.cli._media import add_common

    command = commands.add_parser("image", parents=[every], help="make pictures, such as openai:gpt-image-1 'a cat'")
    command.add_argument("model", metavar="PROVIDER:MODEL")
    command.add_argument("words", nargs="*", metavar="PROMPT", help="else standard input")
    command.add_argument("-o", "--output", metavar="FILE", help="where to write; - is standard output")
    command.add_argument("--force", action="store_true", help="overwrite the file")
    command.add_argument("-n", type=int, default=1, metavar="NUMBER", help="how many")
    command.add_argument("--size", metavar="WIDTHxHEIGHT", help="in pixels")
    command.add_argument("--aspect-ratio", metavar="16:9")
    command.add_argument("--seed", type=int, metavar="NUMBER")
    command.add_argument(
        "--image", action="append", default=[], metavar="PATH_OR_URL", help="a picture to edit; repeatable"
    )
    command.add_argument("--mask", metavar="PATH_OR_URL", help="where to edit it")
    add_common(command, polled=True)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the pictures, write them, and print their paths."""
    from ai_sdk.cli._media import Bar, check_place, given, options_of, polling_of, running, text_of, write_files
    from ai_sdk.image import generate_image

    prompt = text_of(args.words, "prompt")
    check_place(args.output, force=args.force)
    bar = Bar()
    settings = given(size=args.size, aspect_ratio=args.aspect_ratio, seed=args.seed, provider_options=options_of(args))
    work = generate_image(
        args.model,
        prompt,
        n=args.n,
        images=args.image,
        mask=args.mask,
        polling=polling_of(args),
        on_progress=bar,
        **settings,
    )
    try:
        result = running(work, verbose=args.verbose)
    finally:
        bar.close()
    write_files(result.images, args.output, "image")
    return 0

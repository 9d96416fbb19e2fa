"""``ai-sdk video MODEL PROMPT``: a film, into a file."""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["add", "run"]


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    from ai_sdk.cli._media import add_common

    command = commands.add_parser("video", parents=[every], help="make a film, such as luma:ray-2 'a cat walks'")
    command.add_argument("model", metavar="PROVIDER:MODEL")
    command.add_argument("words", nargs="*", metavar="PROMPT", help="else standard input")
    command.add_argument("-o", "--output", metavar="FILE", help="where to write; - is standard output")
    command.add_argument("--force", action="store_true", help="overwrite the file")
    command.add_argument("-n", type=int, default=1, metavar="NUMBER", help="how many")
    command.add_argument("--aspect-ratio", metavar="16:9")
    command.add_argument("--resolution", metavar="WIDTHxHEIGHT", help="in pixels")
    command.add_argument("--duration", type=float, metavar="SECONDS")
    command.add_argument("--fps", type=int, metavar="NUMBER", help="pictures a second")
    command.add_argument("--seed", type=int, metavar="NUMBER")
    command.add_argument("--image", metavar="PATH_OR_URL", help="the first picture")
    add_common(command, polled=True)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the film, write it, and print its path."""
    from ai_sdk.cli._media import Bar, check_place, given, options_of, polling_of, running, text_of, write_files
    from ai_sdk.video import generate_video

    prompt = text_of(args.words, "prompt")
    check_place(args.output, force=args.force)
    bar = Bar()
    settings = given(
        aspect_ratio=args.aspect_ratio,
        resolution=args.resolution,
        duration=args.duration,
        fps=args.fps,
        seed=args.seed,
        provider_options=options_of(args),
    )
    work = generate_video(
        args.model, prompt, n=args.n, image=args.image, polling=polling_of(args), on_progress=bar, **settings
    )
    try:
        result = running(work, verbose=args.verbose)
    finally:
        bar.close()
    write_files(result.videos, args.output, "video")
    return 0

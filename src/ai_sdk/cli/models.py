"""``ai-sdk models PROVIDER``: which models a provider offers, or which of its models are publicly known."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_sdk.catalogue import ModelFacts

__all__ = ["add", "run"]


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    command = commands.add_parser("models", parents=[every], help="list the models that a provider offers")
    command.add_argument("provider", metavar="PROVIDER", help="its name, as `ai-sdk providers` lists it")
    command.add_argument(
        "--known", action="store_true", help="list what is publicly known, without a key or the network"
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the ids of the models, a line each; of known models also what they can do."""
    import asyncio

    from ai_sdk.errors import UnsupportedError
    from ai_sdk.registry import registry

    provider = registry.provider(args.provider)
    if args.known:
        return _known(args.provider)
    if not hasattr(provider, "models"):
        raise UnsupportedError(f"the provider {args.provider} does not list its models", field="provider")
    for each in sorted(asyncio.run(provider.models()), key=lambda model: model.id):
        print(each.id)
    return 0


def _known(provider: str) -> int:
    from ai_sdk.catalogue import known_models

    known = sorted(known_models(provider), key=lambda each: each.id)
    if not known:
        print(f"no model of {provider} is known; that does not mean that it has none")
        return 0
    rows = [("model", "context", "output", "can", "$ in", "$ out"), *map(_row, known)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _row(each: ModelFacts) -> tuple[str, ...]:
    """A line of the table: tokens, abilities, and dollars for a million tokens."""
    abilities = ("tools", "structured_output", "reasoning", "vision", "documents", "audio", "video")
    price = each.price
    amounts = (None, None) if price is None else (price.input, price.output)
    return (
        each.id,
        str(each.context_window or "?"),
        str(each.max_output_tokens or "?"),
        " ".join(name.replace("structured_output", "schema") for name in abilities if getattr(each, name)),
        *("?" if amount is None else f"{amount:g}" for amount in amounts),
    )

"""``ai-sdk models PROVIDER``: which models a provider offers."""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["add", "run"]


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    command = commands.add_parser("models", parents=[every], help="list the models that a provider offers")
    command.add_argument("provider", metavar="PROVIDER", help="its name, as `ai-sdk providers` lists it")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the ids of the models, a line each."""
    import asyncio

    from ai_sdk.errors import UnsupportedError
    from ai_sdk.registry import registry

    provider = registry.provider(args.provider)
    if not hasattr(provider, "models"):
        raise UnsupportedError(f"the provider {args.provider} does not list its models", field="provider")
    for each in sorted(asyncio.run(provider.models()), key=lambda model: model.id):
        print(each.id)
    return 0

"""``ai-sdk providers``: which providers there are, what they do, and whether their keys are set."""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["KeyState", "add", "key_state", "load", "run"]

KeyState = str


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    command = commands.add_parser("providers", parents=[every], help="list the providers, and which keys are set")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a table."""
    from ai_sdk.cli._terminal import table
    from ai_sdk.registry import provider_names

    del args
    rows = [("PROVIDER", "KEY", "STATE", "KINDS"), *(_row(name) for name in provider_names())]
    print(table(rows))
    return 0


def _row(name: str) -> tuple[str, str, str, str]:
    provider = load(name)
    if isinstance(provider, Exception):
        from ai_sdk.cli._failures import one_line

        return name, "", "broken", one_line(provider)
    key = " or ".join(getattr(provider, "key_env", ())) or "-"
    return name, key, key_state(provider), " ".join(getattr(provider, "kinds", ()))


def load(name: str) -> Any:
    """The provider, or the exception that its import raised: one that is broken does not hide the others."""
    from ai_sdk.registry import registry

    try:
        return registry.provider(name)
    except Exception as error:  # noqa: BLE001 - shown in the table
        return error


def key_state(provider: Any) -> KeyState:
    """Whether the provider can be called, as far as can be told without calling it. Keys are never shown."""
    missing = getattr(provider, "missing", None)
    if missing is not None:
        return "not installed" if missing() else "installed"
    if provider.api_key() is not None:
        return "set"
    return "not set" if provider.endpoint.key_required else "not needed"

"""``ai-sdk doctor``: what is installed, which keys are set, and, with ``--online``, who answers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["add", "run"]

_PATIENCE = 10.0

Row = tuple[str, str, str]


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    command = commands.add_parser("doctor", parents=[every], help="check the installation, the keys and the network")
    command.add_argument("--online", action="store_true", help="also ask each provider that has a key for its models")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what was found, a line each; fail when something that is always needed is missing."""
    import asyncio

    rows = [*_python(), *_packages(), *_local(), *_keys()]
    _print(rows)
    if args.online:
        _print(asyncio.run(_online()))
    return 1 if any(mark == "FAIL" for mark, _, _ in rows) else 0


def _print(rows: Sequence[Row]) -> None:
    for mark, name, found in rows:
        print(f"{mark:4}  {name:18}  {found}", flush=True)


def _python() -> Iterator[Row]:
    import platform

    from ai_sdk.cli._versions import version_of

    yield "ok", "python", f"{platform.python_version()} on {sys.platform} ({platform.machine()})"
    yield "ok", "ai-sdk-layers", version_of("ai-sdk-layers") or "runs from its source: it is not installed"


def _packages() -> Iterator[Row]:
    from ai_sdk.cli._versions import requirements, version_of

    for name in requirements("ai-sdk-layers"):
        version = version_of(name)
        if version is None:
            yield "FAIL", name, f"not installed: run pip install {name}"
        else:
            yield "ok", name, version


def _local() -> Iterator[Row]:
    from ai_sdk.providers.local import DEFAULT_MODEL, missing

    commands = missing()
    if commands:
        yield "-", "local model", f"not installed: run {' && '.join(commands)}"
    else:
        yield "ok", "local model", DEFAULT_MODEL


def _keys() -> Iterator[Row]:
    from ai_sdk.cli.providers import key_state, load
    from ai_sdk.registry import provider_names

    for name in provider_names():
        provider = load(name)
        if isinstance(provider, Exception):
            yield "-", name, f"cannot be loaded: {type(provider).__name__}: {provider}"
        elif names := " or ".join(getattr(provider, "key_env", ())):
            state = key_state(provider)
            yield "ok" if state == "set" else "-", name, f"{names} is {state}"


async def _online() -> list[Row]:
    import asyncio

    from ai_sdk.cli.providers import key_state, load
    from ai_sdk.registry import provider_names

    loaded = ((name, load(name)) for name in provider_names())
    asked = [
        (name, provider)
        for name, provider in loaded
        if not isinstance(provider, Exception) and key_state(provider) in ("set", "not needed")
    ]
    return await asyncio.gather(*(_reach(name, provider) for name, provider in asked)) if asked else []


async def _reach(name: str, provider: Any) -> Row:
    import asyncio

    from ai_sdk.cli._failures import one_line

    try:
        async with asyncio.timeout(_PATIENCE):
            models = await provider.models()
    except TimeoutError:
        return "-", name, f"no answer within {_PATIENCE:g} s"
    except Exception as error:  # noqa: BLE001 - this is what was asked for
        return "-", name, one_line(error)
    return "ok", name, f"answers, with {len(models)} models"

"""``ai-sdk pull MODEL``: download a model to a server on this machine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Protocol

__all__ = ["add", "run"]


class _Progress(Protocol):
    """How far a download is; bytes of the layer ``digest``."""

    @property
    def status(self) -> str: ...

    @property
    def digest(self) -> str | None: ...

    @property
    def completed(self) -> int | None: ...

    @property
    def total(self) -> int | None: ...


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    command = commands.add_parser("pull", parents=[every], help="download a model, such as ollama:llama3.2")
    command.add_argument("model", metavar="PROVIDER:MODEL", help="a provider that downloads models, and the model")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Download, with a bar for each layer on a terminal, else with a line for each step."""
    import asyncio

    from ai_sdk.errors import UnsupportedError
    from ai_sdk.registry import registry

    name, _, model_id = args.model.partition(":")
    provider: Any = registry.provider(name)
    if not hasattr(provider, "pull"):
        raise UnsupportedError(f"the provider {name} downloads no models", field="model")
    asyncio.run(_show(provider.pull(model_id)))
    return 0


async def _show(pulling: AsyncGenerator[_Progress, None]) -> None:
    bars = _Bars() if sys.stderr.isatty() else None
    said = ""
    async with aclosing(pulling) as all_progress:
        async for progress in all_progress:
            if bars is not None and progress.digest is not None and progress.total:
                bars.show(progress.status, progress.digest, progress.completed or 0, progress.total)
            elif progress.status != said:
                said = progress.status
                print(said, file=sys.stderr)
    if bars is not None:
        bars.close()


class _Bars:
    """A bar for each layer; without the package for them a line for each."""

    def __init__(self) -> None:
        self._bars: dict[str, Any] = {}

    def show(self, status: str, digest: str, completed: int, total: int) -> None:
        """Move the bar of a layer to where it is."""
        if digest not in self._bars:
            self._bars[digest] = _bar(status, total)
        bar = self._bars[digest]
        if bar is not None:
            bar.update(completed - bar.n)

    def close(self) -> None:
        """End all bars."""
        for bar in self._bars.values():
            if bar is not None:
                bar.close()


def _bar(status: str, total: int) -> Any:
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        print(status, file=sys.stderr)
        return None
    return tqdm(desc=status, total=total, unit="B", unit_scale=True)

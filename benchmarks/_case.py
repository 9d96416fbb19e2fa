"""What every client of ``overhead.py`` is asked to do; nothing but the standard library is needed to import it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

PROMPT = "Why is the sky blue? Answer in about a hundred words, for a child of ten years."
MODEL = "stub-model"
KEY = "test"


@dataclass(frozen=True)
class Client:
    """``call`` returns the text; ``stream`` takes a base URL and returns how many pieces of text its reader saw."""

    call: Callable[[], Awaitable[str]]
    stream: Callable[[str], Awaitable[int]]
    close: Callable[[], Awaitable[None]]


async def nothing() -> None:
    """Close nothing."""

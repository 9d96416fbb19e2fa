"""Servers with invented timing, as a program: ``python -m ai_sdk.bench.serving``.

It reads a line from standard input, a JSON list of ``{"profile": {...}, "seed": "..."}``, starts a server of the
OpenAI dialect on a free loopback port for each, prints their addresses as a JSON list, and ends when its standard input
does. A program of its own, so that it takes no time from the one that measures.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from ai_sdk.bench.profiles import Profile
from ai_sdk.errors import APIError, InterruptedStreamError, RateLimitError
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.results import LanguageResponse, Usage, fold_language
from ai_sdk.testing.scripted_server import ScriptedServer

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.requests import LanguageRequest

__all__ = ["TimedModel", "main"]


class TimedModel:
    """A language model that says ``word`` again and again, as fast as its profile says."""

    provider = "simulated"

    def __init__(self, profile: Profile, seed: str) -> None:
        self.model_id = seed
        self._profile = profile
        self._draw = random.Random(seed)
        self._slots = asyncio.Semaphore(profile.slots)
        self._active = 0
        self._taken: deque[float] = deque()

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        """Refuse, or answer with ``max_output_tokens`` words."""
        self._count()
        self._refuse()
        return await LanguageResponse.start(self._parts(request), fold_language)

    def _count(self) -> None:
        """Raise when more requests come than the limit takes."""
        now, profile = asyncio.get_running_loop().time(), self._profile
        if profile.limit is None:
            return
        while self._taken and self._taken[0] <= now - profile.limit_seconds:
            self._taken.popleft()
        if len(self._taken) >= profile.limit:
            wait = self._taken[0] + profile.limit_seconds - now
            raise RateLimitError("simulated: too many requests", status=429, type="requests", retry_after=wait)
        self._taken.append(now)

    def _refuse(self) -> None:
        """Raise one of the errors as often as the profile says."""
        left = self._draw.random()
        for status, share in self._profile.errors.items():
            left -= share
            if left < 0:
                raise APIError("simulated: the server failed", status=int(status), type="server_error")

    async def _parts(self, request: LanguageRequest) -> AsyncGenerator[LanguagePart, None]:
        loop, profile = asyncio.get_running_loop(), self._profile
        words = sum(len(str(part).split()) for message in request.messages for part in message.content)
        tokens = request.max_output_tokens or 128
        sizes = _sizes(tokens, profile.tokens_per_chunk)
        last = self._draw.randrange(len(sizes)) if self._draw.random() < profile.breaks else None
        async with self._slots:
            self._active += 1
            try:
                due = loop.time() + self._first(words)
                for at, size in enumerate(sizes):
                    await asyncio.sleep(max(0.0, due - loop.time()))
                    if at == last:
                        raise InterruptedStreamError("simulated: the stream broke off")
                    yield TextDelta("word " * size)
                    due += self._gap()
            finally:
                self._active -= 1
        yield Finish("length", Usage(input_tokens=words, output_tokens=tokens))

    def _first(self, words: int) -> float:
        profile, draw = self._profile, self._draw
        seconds = profile.first_token * draw.lognormvariate(0, profile.first_token_spread)
        stalled = profile.stall if draw.random() < profile.stalls else 0.0
        return seconds + profile.per_prompt_token * words + stalled

    def _gap(self) -> float:
        profile = self._profile
        crowded = 1 + profile.contention * (self._active - 1)
        return profile.gap * self._draw.lognormvariate(0, profile.gap_spread) * crowded


def _sizes(tokens: int, each: int) -> list[int]:
    whole, rest = divmod(tokens, each)
    return [each] * whole + ([rest] if rest else [])


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    wanted: list[Any] = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    async with AsyncExitStack() as stack:
        addresses: list[str] = []
        for each in wanted:
            server = ScriptedServer(TimedModel(Profile(**each["profile"]), each["seed"]))
            addresses.append((await stack.enter_async_context(server)).base_url)
        sys.stdout.write(json.dumps(addresses) + "\n")
        sys.stdout.flush()
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(main())

"""Several API keys of one account, and which of them rest.

``Bench`` says how long a key must rest; ``KeyBench`` keeps that in memory. It never sees a key, only a name made from
it: ``<hash>`` for the key, ``<hash>/<provider>:<model>`` for the key at one model. ``KeyRing`` has the keys and chooses
among those that are free.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from ai_sdk.clock import Clock
from ai_sdk.credentials import Account, SecretKey
from ai_sdk.errors import InvalidRequestError
from ai_sdk.guard import Guard

__all__ = ["Bench", "Choose", "KeyBench", "KeyRing"]

Choose: TypeAlias = Literal["weighted", "least-limited"]


class Bench(Protocol):
    """Where keys rest that were refused or limited. One in memory answers both questions without suspending."""

    async def free_in(self, names: Sequence[str], /) -> Sequence[float]:
        """For each name the seconds until it is free: 0.0 now, ``inf`` when it rests for good."""
        ...

    async def put(self, name: str, seconds: float, /) -> None:
        """Let it rest for so many seconds from now, ``inf`` for good; never shorter than it does already."""
        ...


class KeyBench:
    """A bench in memory, for all pools that share this object, in whatever event loops and threads of the process."""

    def __init__(self) -> None:
        self._guard = Guard()
        self._clock = Clock()
        self._until: dict[str, float] = {}

    async def free_in(self, names: Sequence[str], /) -> Sequence[float]:
        """For each name the seconds until it is free."""
        if not self._until:
            return (0.0,) * len(names)
        now = self._clock.now()
        with self._guard:
            rests = [_rest(self._until.get(name, now), now) for name in names]
            for name, seconds in zip(names, rests, strict=True):
                if not seconds:
                    self._until.pop(name, None)
        return rests

    async def put(self, name: str, seconds: float, /) -> None:
        """Let it rest for so many seconds from now."""
        now = self._clock.now()
        with self._guard:
            self._until[name] = max(now + seconds, self._until.get(name, now))

    def clear(self) -> None:
        """Nobody rests any more: for keys that were renewed or paid for."""
        with self._guard:
            self._until.clear()

    def __repr__(self) -> str:
        return f"<KeyBench {len(self._until)}>"


class KeyRing:
    """Keys with weights. Choosing by weight is exact over a round: smooth weighted round-robin."""

    def __init__(self, keys: Sequence[str | tuple[str, float]], choose: Choose) -> None:
        if not keys:
            raise InvalidRequestError("key_pool has no keys; it needs at least one", field="keys")
        if choose not in ("weighted", "least-limited"):
            raise InvalidRequestError(
                f"choose is {choose!r}; allowed are 'weighted' and 'least-limited'", field="choose"
            )
        pairs = [(each, 1.0) if isinstance(each, str) else each for each in keys]
        for at, (key, weight) in enumerate(pairs):
            _check(f"keys[{at}]", key, weight)
        if len({key for key, _ in pairs}) != len(pairs):
            raise InvalidRequestError("keys has a key twice; give it once, with a weight", field="keys")
        self.keys = tuple(SecretKey(key, f"key {at} of {len(pairs)}") for at, (key, _) in enumerate(pairs, start=1))
        self._weights = tuple(float(weight) for _, weight in pairs)
        self._choose = choose
        self._guard = Guard()
        self._credit = [0.0] * len(pairs)
        self._limited = [0] * len(pairs)
        self._count = 0

    def names(self, account: Account, model: str) -> tuple[str, ...]:
        """The names on the bench: of the keys, and then of the keys at this model."""
        keys = tuple(key.id(account) for key in self.keys)
        return keys + tuple(f"{key}/{model}" for key in keys)

    def choose(self, free: Sequence[int]) -> int:
        """One of the free keys, by its place."""
        if len(free) == 1:
            return free[0]
        with self._guard:
            if self._choose == "least-limited":
                longest = min(self._limited[at] for at in free)
                free = [at for at in free if self._limited[at] == longest]
            for at in free:
                self._credit[at] += self._weights[at]
            chosen = max(free, key=lambda at: self._credit[at])
            self._credit[chosen] -= sum(self._weights[at] for at in free)
            return chosen

    def limited(self, at: int) -> None:
        """The key was limited just now."""
        with self._guard:
            self._count += 1
            self._limited[at] = self._count

    def __repr__(self) -> str:
        return f"<KeyRing {len(self.keys)}>"


def _rest(until: float, now: float) -> float:
    """How long to wait until then, and not a rounding error less."""
    return until - now + math.ulp(until) if until > now else 0.0


def _check(field: str, key: object, weight: object) -> None:
    """Refuse what cannot be a key, without quoting it."""
    if not isinstance(key, str) or not key.strip() or not (key.isascii() and key.isprintable()):
        raise InvalidRequestError(f"{field} is no API key; allowed is a string of printable ASCII", field=field)
    if not isinstance(weight, int | float) or not 0 < weight < math.inf:
        raise InvalidRequestError(f"{field} has the weight {weight!r}; allowed is a number above 0", field=field)

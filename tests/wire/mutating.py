"""Answers that no server should send: recorded ones, changed at random but always the same way for the same seed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import Any, cast

from ai_sdk.testing.replay import Exchange
from wire.framings import Block, blocks_of, framing_of, joined, payload_of

__all__ = ["mutated"]

STRANGE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    7,
    0.5,
    10**30,
    float("nan"),
    "",
    "text",
    "null",
    "\ud800",
    "a\0b",
    "=",
    [],
    {},
    [None],
    [[]],
    ["text"],
    [7],
    [{}],
    {"": None},
    {"type": None},
    {"text": {"text": None}},
    {"type": "unheard_of", "value": [None]},
)
EVENTS = (b"null", b"[]", b"7", b'"text"', b"{}", b"[[[[null]]]]", b"{", b"", b"\xff\xfe", b'{"type": null}', b"NaN")
DEEP = b'{"a":' * 3_000 + b"null" + b"}" * 3_000


def mutated(exchange: Exchange, chance: Random) -> tuple[str, bytes]:
    """What was done, and the body after it."""
    framing = framing_of(exchange)
    name, change = chance.choice(_CHANGES if framing != "json" else _CHANGES_OF_ONE)
    return name, change(exchange.body, framing, chance)


@lru_cache(maxsize=256)
def _blocks(body: bytes, framing: str) -> tuple[Block, ...]:
    return tuple(blocks_of(body, framing))


def _whole(block: Block) -> bytes:
    return block.before + block.data + block.after


def _flip(body: bytes, _framing: str, chance: Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.randint(1, 4) if body else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(body: bytes, _framing: str, chance: Random) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _splice(body: bytes, _framing: str, chance: Random) -> bytes:
    """Something is missing, doubled or put in."""
    start, end = sorted((chance.randrange(len(body) + 1), chance.randrange(len(body) + 1)))
    end = min(end, start + 40)
    middle = chance.choice((b"", body[start:end] * 2, chance.randbytes(8), b"\n", b"\n\n", b'"', b"}"))
    return body[:start] + middle + body[end:]


def _drop(body: bytes, framing: str, chance: Random) -> bytes:
    blocks = list(_blocks(body, framing))
    for _ in range(chance.randint(1, 3)):
        if blocks:
            del blocks[chance.randrange(len(blocks))]
    return b"".join(map(_whole, blocks))


def _double(body: bytes, framing: str, chance: Random) -> bytes:
    blocks = list(_blocks(body, framing))
    at = chance.randrange(len(blocks))
    return b"".join(map(_whole, [*blocks[: at + 1], *blocks[at:]]))


def _swap(body: bytes, framing: str, chance: Random) -> bytes:
    blocks = list(_blocks(body, framing))
    one, other = chance.randrange(len(blocks)), chance.randrange(len(blocks))
    blocks[one], blocks[other] = blocks[other], blocks[one]
    return b"".join(map(_whole, blocks))


def _shuffle(body: bytes, framing: str, chance: Random) -> bytes:
    blocks = list(_blocks(body, framing))
    chance.shuffle(blocks)
    return b"".join(map(_whole, blocks))


def _strange_event(body: bytes, framing: str, chance: Random) -> bytes:
    blocks = _blocks(body, framing)
    at = chance.randrange(len(blocks))
    data = DEEP if chance.randrange(50) == 0 else chance.choice(EVENTS)
    return b"".join([joined(each, data) if place == at else _whole(each) for place, each in enumerate(blocks)])


def _edit(body: bytes, framing: str, chance: Random) -> bytes:
    """One to three places in the JSON of one event."""
    blocks = _blocks(body, framing)
    at = chance.randrange(len(blocks))
    return b"".join([_edited(each, chance) if place == at else _whole(each) for place, each in enumerate(blocks)])


def _edit_all(body: bytes, framing: str, chance: Random) -> bytes:
    """Places in the JSON of many events: as a server that is another version all the time."""
    seed = chance.random()
    return b"".join(
        [_edited(each, Random(seed)) if chance.randrange(3) else _whole(each) for each in _blocks(body, framing)]
    )


def _edited(block: Block, chance: Random) -> bytes:
    payload = payload_of(block)
    if payload is None:
        return _whole(block)
    for _ in range(chance.randint(1, 3)):
        payload = _with_a_change(payload, chance)
    return joined(block, json.dumps(payload).encode())


def _with_a_change(payload: Any, chance: Random) -> Any:
    places = list(_places(payload))
    if not places:
        return copy.deepcopy(chance.choice(STRANGE))
    holder, key = places[chance.randrange(len(places))]
    how = chance.randrange(8)
    if how == 0:
        del holder[key]
    elif how == 1:
        holder[key] = None
    elif how == 2:
        holder[key] = [holder[key]]
    elif how == 3:
        holder[key] = {"value": holder[key]}
    elif how == 4 and isinstance(key, int):
        holder.insert(key, copy.deepcopy(holder[key]))
    elif how == 4:
        holder[f"{key}_"] = holder.pop(key)
    elif how == 5 and isinstance(holder[key], str):
        holder[key] = holder[key][: len(holder[key]) // 2]
    else:
        holder[key] = copy.deepcopy(chance.choice(STRANGE))
    return payload


def _places(value: Any) -> Sequence[tuple[Any, Any]]:
    """Every place in a value that can be changed: what holds it, and the key there."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        for key in _keys(holder):
            found.append((holder, key))
            waiting.append(holder[key])
    return found


def _keys(holder: Any) -> list[Any]:
    if isinstance(holder, dict):
        return list(cast("dict[str, Any]", holder))
    return list(range(len(cast("list[Any]", holder)))) if isinstance(holder, list) else []


Change = Callable[[bytes, str, Random], bytes]
_BYTES: tuple[tuple[str, Change], ...] = (("bytes flipped", _flip), ("cut", _cut), ("bytes spliced", _splice))
_JSON: tuple[tuple[str, Change], ...] = (("JSON edited", _edit), ("an event that is none", _strange_event))
_ORDER: tuple[tuple[str, Change], ...] = (
    ("events dropped", _drop),
    ("event doubled", _double),
    ("events swapped", _swap),
    ("events shuffled", _shuffle),
    ("JSON edited in many events", _edit_all),
)
_CHANGES = (*_BYTES, *_JSON, *_ORDER, _JSON[0], _JSON[0], _JSON[0], _ORDER[-1])
_CHANGES_OF_ONE = (*_BYTES, *_JSON, _JSON[0], _JSON[0], _JSON[0], _JSON[0], _JSON[0], _JSON[0])

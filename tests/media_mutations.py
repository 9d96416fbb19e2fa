"""A good JSON answer with one thing in it changed, taken away or put in: for laws about what decoders raise."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, cast

from hypothesis import strategies as st

STRANGE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    0.5,
    10**30,
    "",
    "text",
    "=",
    "\x00",
    [],
    {},
    [None],
    [[]],
    [7],
    [{}],
    {"a": {}},
    {"text": None},
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a JSON value."""
    yield path
    if isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            yield from places(each, (*path, key))
    elif isinstance(value, list):
        for at, each in enumerate(cast("list[Any]", value)):
            yield from places(each, (*path, at))


@st.composite
def mutated(draw: st.DrawFn, good: Any) -> Any:
    """The good value with up to two changes; now and then the good value itself."""
    value = copy.deepcopy(good)
    for _ in range(draw(st.integers(0, 2))):
        path = draw(st.sampled_from(list(places(value))))
        strange = copy.deepcopy(draw(st.sampled_from(STRANGE)))
        if not path:
            value = strange
            continue
        around = value
        for step in path[:-1]:
            around = around[step]
        if draw(st.booleans()):
            around[path[-1]] = strange
        else:
            del around[path[-1]]
    return value

"""``frozen`` makes what ``dataclass(frozen=True, slots=True)`` makes, and quicker instances."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk._frozen import EMPTY, FrozenDict, freeze, frozen


@frozen()
class Ours:
    kind: ClassVar[str] = "k"
    name: str
    size: int = 1
    tags: list[str] = field(default_factory=list[str])
    hidden: str = field(default="h", repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("size")


@dataclass(frozen=True, slots=True)
class Theirs:
    kind: ClassVar[str] = "k"
    name: str
    size: int = 1
    tags: list[str] = field(default_factory=list[str])
    hidden: str = field(default="h", repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("size")


@frozen(kw_only=True)
class Named(Ours):
    more: int = 0
    size: int = 2


ARGUMENTS = st.tuples(
    st.lists(st.one_of(st.integers(-1, 3), st.text(max_size=2)), max_size=5),
    st.dictionaries(st.sampled_from(["name", "size", "tags", "hidden", "other"]), st.integers(-1, 3), max_size=3),
)


def made(kind: type[Any], given_: tuple[list[Any], dict[str, Any]]) -> Any:
    """What the class makes of the arguments, or the kind of error and its words."""
    try:
        made = kind(*given_[0], **given_[1])
    except (TypeError, ValueError) as error:
        return type(error), str(error).replace("Ours", "Theirs")
    return [getattr(made, each.name) for each in fields(made)], repr(made).replace("Ours", "Theirs")


@given(ARGUMENTS)
def test_it_takes_the_arguments_that_a_dataclass_takes(given_: tuple[list[Any], dict[str, Any]]) -> None:
    assert made(Ours, given_) == made(Theirs, given_)


def test_its_instances_are_those_of_a_dataclass() -> None:
    one = Ours("a")
    with pytest.raises(FrozenInstanceError):
        one.size = 2  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]
    assert not hasattr(one, "__dict__")
    assert one == Ours("a", hidden="other")
    assert one.tags is not Ours("a").tags, "a factory made one value for all"
    assert replace(one, size=3) == Ours("a", 3)
    assert pickle.loads(pickle.dumps(one)) == one == copy.deepcopy(one)
    assert str(inspect.signature(Ours)).replace("'", "") == str(inspect.signature(Theirs)).replace("'", "")
    with pytest.raises(ValueError, match="size"):
        Ours("a", -1)


def test_fields_of_a_base_and_names_alone() -> None:
    assert Named("a", more=3) == Named("a", more=3, size=2)
    with pytest.raises(TypeError, match="positional"):
        Named("a", [], "h", 3)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def plain(value: Any) -> Any:
    """Frozen data as it was before."""
    return json.loads(json.dumps(value))


@given(JSON)
def test_what_is_frozen_says_the_same_and_cannot_change(value: Any) -> None:
    found = freeze(value)
    assert plain(found) == value
    assert freeze(found) == found
    hash(found)
    if isinstance(found, FrozenDict):
        with pytest.raises(TypeError, match="immutable"):
            found["x"] = 1
    assert freeze({}) is EMPTY

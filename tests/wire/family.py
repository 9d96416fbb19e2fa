"""What the tests of all wires need to know of one wire: its recordings, and an oracle that uses none of our code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ai_sdk.http import HTTP
from ai_sdk.provider import Provider
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire.oracle import Said

__all__ = ["Family", "nothing_ends", "same"]

Turn: TypeAlias = Any
"""What the assistant said, as the wire says it: one message, or the list of items of one turn."""


OPAQUE = frozenset({"input", "args", "arguments", "parameters", "schema", "input_schema", "logprobs"})
"""Keys whose objects are data of a tool or a user, or too regular to be listed one by one."""


def nothing_ends(_body: bytes) -> bytes | None:
    """For a wire whose streams have no end marker."""
    return None


def same(turn: Turn) -> Turn:
    """A turn as it is."""
    return turn


@dataclass(frozen=True, kw_only=True)
class Family:
    """One wire, by whatever providers speak it.

    ``name``: the wire's, such as ``anthropic``. ``providers``: the files of recordings that may have some of it.
    ``kinds``: the kinds of recordings to look at. ``make``: an instance of the provider of a recording, by its name and
    door to HTTP. ``model``: the model of a recording, when it is not ``make(...)(<model of the request>)``.
    ``excluded``: why a recording is none of this wire; None when it is one. ``request``: a request that means to the
    decoder what the recorded one would (stream, tools, JSON). ``gather``: the oracle, at most 30 lines.
    ``expected_error``: of a recording that must raise, the class of the error and the words that it must quote.

    Echoes: ``turns`` are the assistant's turns in the body of a recorded request; ``encode_turn`` is our encoding of a
    folded answer, in the conversation that asked for it; ``same_turn`` says whether a client sent the recorded answer
    back as it was; ``normalised`` takes away what differs between clients that say the same.

    ``without_end`` takes the end marker off a recorded stream, so that it counts as cut; None when the recording has
    none. ``least``: by provider, the least counts of replayed, streams, errors, tool calls, echoes ("corpus" only;
    of hand-written exchanges there must be one of each). A provider named there must have exchanges of both sources;
    ``"data": 0`` says that there need be no hand-written ones.
    ``explained``: ids of recordings that break a rule, with the reason.

    What may be left at its default: ``alike`` compares our turn with the recorded one where ``normalised`` cannot.
    ``decoded_arguments``: arguments of calls are compared as the JSON that they say; False: as the text that they are.
    ``opaque``: keys whose values are somebody's data and no paths of the wire. ``inbound`` reads a recorded request
    into ours, and ``encode`` writes ours for the model of that name.
    """

    name: str
    providers: Sequence[str]
    make: Callable[[str, HTTP], Provider]
    excluded: Callable[[Exchange], str | None]
    request: Callable[[Exchange], LanguageRequest]
    gather: Callable[[Exchange], Said]
    expected_error: Callable[[Exchange], tuple[type[Exception], str | None] | None]
    turns: Callable[[Any], list[Turn]]
    encode_turn: Callable[[LanguageResult, Exchange], Turn]
    same_turn: Callable[[Said, Turn], bool]
    model: Callable[[Provider, Exchange], Any] | None = None
    normalised: Callable[[Turn], Any] = same
    without_end: Callable[[bytes], bytes | None] = nothing_ends
    kinds: Sequence[str] = ("chat",)
    least: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    explained: Mapping[str, str] = field(default_factory=dict[str, str])
    alike: Callable[[Turn, Turn], bool] | None = None
    decoded_arguments: bool = True
    opaque: frozenset[str] = OPAQUE
    inbound: Callable[[Any], LanguageRequest] | None = None
    encode: Callable[[LanguageRequest, str], dict[str, Any]] | None = None

"""``cache`` against a dictionary: any order of asking, waiting, reading slowly, leaving and failing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from laws import wrong_cache as wrong
from layer_laws.kit import FINISH, caught, examples, rejects

from ai_sdk.errors import ServerError
from ai_sdk.messages import user
from ai_sdk.middleware import cache
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import Usage
from ai_sdk.testing import ScriptedModel, VirtualClockLoop

TTL = 5.0
SIZE = 2
texts = st.sampled_from("abc")
outcomes = st.sampled_from(["good", "good", "fails", "breaks", "cut"])
modes = st.sampled_from(["on", "on", "on", "read", "write", "refresh", "off"])


@dataclass
class Kept:
    """What the cache ought to have: the number of the answer and until when."""

    number: int
    until: float


class Turns:
    """What the upstream does next; the text of an answer is the number of its call."""

    def __init__(self) -> None:
        self.next = "good"

    def __len__(self) -> int:
        return 1_000_000

    def __iter__(self) -> Iterator[Any]:
        return iter([self.next])

    def __getitem__(self, number: int) -> Any:
        text = TextDelta(str(number + 1))
        return {
            "good": [text, FINISH],
            "fails": [ServerError("broken")],
            "breaks": [text, 0.25, ServerError("broken")],
            "cut": [text, Finish("length", Usage())],
        }[self.next]


class CacheMachine(RuleBasedStateMachine):
    """The upstream numbers its answers; what comes out must be the number that the model of the cache says."""

    make: Any = staticmethod(cache)

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualClockLoop()
        self.turns = Turns()
        self.upstream = ScriptedModel(cast("Any", self.turns))
        self.layered = self.make(ttl=TTL, max_size=SIZE)(self.upstream)
        self.kept: dict[str, Kept] = {}
        self.calls = 0
        self.readers: list[tuple[str, Any, int, float]] = []

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def request(self, text: str, mode: str, stream: bool) -> LanguageRequest:
        options = {} if mode == "on" else {"cache": {"mode": mode}}
        return LanguageRequest(messages=(user(text),), stream=stream, layer_options=options)

    def lookup(self, text: str) -> Kept | None:
        kept = self.kept.get(text)
        if kept is None or self.loop.time() >= kept.until:
            self.kept.pop(text, None)
            return None
        self.kept[text] = self.kept.pop(text)
        return kept

    def store(self, text: str, number: int, left: float = TTL) -> None:
        self.kept.pop(text, None)
        self.kept[text] = Kept(number, self.loop.time() + left)
        while len(self.kept) > SIZE:
            del self.kept[next(iter(self.kept))]

    def under_way(self, text: str) -> tuple[str, Any, int, float] | None:
        """The answer that has arrived within the time, and that somebody has yet to read to its end."""
        return next(
            (each for each in self.readers if each[0] == text and self.loop.time() < each[3] + TTL),
            None,
        )

    @rule(text=texts, mode=modes, stream=st.booleans(), outcome=outcomes)
    def ask(self, text: str, mode: str, stream: bool, outcome: str) -> None:
        self.turns.next = outcome
        reads = mode in ("on", "read")
        known = self.lookup(text) if reads else None
        if mode == "refresh":
            self.kept.pop(text, None)
        waiting = self.under_way(text) if reads and known is None else None

        async def whole() -> Any:
            return (await (await self.layered(self.request(text, mode, stream))).result()).text

        answer = self.run(caught(whole()))
        if known is not None:
            assert answer == str(known.number)
        elif waiting is not None:
            assert answer == str(waiting[2])
            if mode == "on":
                self.settle(text, waiting)
        else:
            self.calls += 1
            if outcome in ("fails", "breaks"):
                assert isinstance(answer, ServerError)
            else:
                assert answer == str(self.calls)
            if mode in ("on", "read", "refresh"):
                self.forget_readers(text)
            if outcome == "good" and mode in ("on", "write", "refresh"):
                self.store(text, self.calls)
        assert len(self.upstream.calls) == self.calls

    def settle(self, text: str, waiting: tuple[str, Any, int, float]) -> None:
        """Somebody has read an answer to its end: it is stored, and nobody joins it any more."""
        self.store(text, waiting[2], waiting[3] + TTL - self.loop.time())
        self.forget_readers(text)

    def forget_readers(self, text: str) -> None:
        """Whoever still reads an older answer stores nothing."""
        self.readers = [("", *each[1:]) if each[0] == text else each for each in self.readers]

    @rule(text=texts)
    def open(self, text: str) -> None:
        """Ask for a stream and do not read it yet."""
        self.turns.next = "good"
        kept = self.kept.get(text)
        if (kept is not None and self.loop.time() < kept.until) or self.under_way(text) is not None:
            return
        self.kept.pop(text, None)
        self.forget_readers(text)
        response = self.run(self.layered(self.request(text, "on", True)))
        self.calls += 1
        self.run(asyncio.sleep(0))
        self.readers.append((text, response, self.calls, self.loop.time()))

    @precondition(lambda self: self.readers)
    @rule()
    def finish_reading(self) -> None:
        text, response, number, ended = self.readers.pop(0)
        assert self.run(response.result()).text == str(number)
        if text and self.loop.time() < ended + TTL:
            self.settle(text, (text, response, number, ended))

    @precondition(lambda self: self.readers)
    @rule()
    def leave(self) -> None:
        _, response, _, _ = self.readers.pop(0)
        self.run(response.aclose())

    @rule(seconds=st.integers(1, 6))
    def wait(self, seconds: int) -> None:
        self.run(asyncio.sleep(float(seconds)))

    @invariant()
    def nothing_is_open_upstream(self) -> None:
        assert not [wire for wire in self.upstream.wires if wire.open]

    def teardown(self) -> None:
        for _, response, _, _ in self.readers:
            self.run(response.aclose())
        self.loop.close()


def law_machine(make: Any) -> None:
    machine = type("Machine", (CacheMachine,), {"make": staticmethod(make)})
    steps = settings(examples(60), stateful_step_count=20)
    run_state_machine_as_test(machine, settings=steps)


def test_C1_to_C14_the_cache_is_a_dictionary_with_time_size_and_modes() -> None:
    law_machine(cache)
    rejects(law_machine, wrong.cache_without_time)
    rejects(law_machine, wrong.cache_without_a_bound)
    rejects(law_machine, wrong.cache_of_everything)
    rejects(law_machine, wrong.cache_without_modes)
    rejects(law_machine, wrong.cache_of_errors)


def test_the_machine_s_requests_are_the_ones_that_are_meant() -> None:
    machine = CacheMachine()
    plain = machine.request("a", "on", False)
    assert plain.layer_options == {}
    assert replace(machine.request("a", "read", True), layer_options={}, stream=False) == plain
    machine.teardown()

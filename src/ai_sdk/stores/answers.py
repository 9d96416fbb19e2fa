"""The answers of one model: those that a store has, and those that are under way.

This is what a cache is made of. A call that is under way is an ``Asking``: one flight that all equal calls join. The
answer is stored by the first caller who wants that and has read it to its end, before that caller sees the end.
A store that fails is a miss; it is reported once, until it has worked again.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Callable
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

from ai_sdk.call import CallRecord, EventKind, Observer, current_call, entered, report
from ai_sdk.ending import report_failure
from ai_sdk.errors import MissingExtraError
from ai_sdk.flight import Flight
from ai_sdk.response import Live
from ai_sdk.stores.codec import decode, encode
from ai_sdk.stores.entry import Entry

if TYPE_CHECKING:
    from ai_sdk.ending import Ending
    from ai_sdk.keys import Keys
    from ai_sdk.stores import Store
    from ai_sdk.stores.semantic import Place, SemanticIndex

__all__ = ["MODES", "Answers", "Mode", "Wish"]

Mode: TypeAlias = Literal["on", "read", "write", "refresh", "off"]
MODES: tuple[Mode, ...] = ("on", "read", "write", "refresh", "off")

Ask: TypeAlias = Callable[[], Awaitable[Any]]
Slot: TypeAlias = tuple[asyncio.AbstractEventLoop, str]


class Wish(NamedTuple):
    """What one call wants, and for how many seconds its answer is to be stored (None: as long as there is room)."""

    mode: Mode = "on"
    ttl: float | None = None

    @property
    def reads(self) -> bool:
        """Whether it takes an answer that is stored."""
        return self.mode in ("on", "read")

    @property
    def stores(self) -> bool:
        """Whether its answer is to be stored."""
        return self.mode not in ("read", "off")


class Answers:
    """The stored answers of one model, and the calls that are under way in each event loop.

    ``cacheable`` says of a complete answer whether it may be stored; None of ``semantic`` is no search by meaning.
    """

    def __init__(
        self,
        store: Store,
        cacheable: Callable[[Entry], bool],
        *,
        store_fallback: bool = False,
        semantic: SemanticIndex | None = None,
    ) -> None:
        self.cacheable = cacheable
        self.store_fallback = store_fallback
        self.semantic = semantic
        self._store: Any = store
        self._objects = bool(getattr(store, "keeps_objects", False))
        self._waits = iscoroutinefunction(store.get)
        self._under_way: dict[Slot, weakref.ref[Asking]] = {}
        self._failing: set[str] = set()

    async def answer(self, request: Any, ask: Ask, keys: Keys, key: str, wish: Wish) -> Any:
        """The answer to a request: stored, under way, or asked for with ``ask``."""
        if wish.reads and not self._waits:
            entry = await self.find(key)
            if entry is not None:
                report("cache-hit", key)
                return entry.replay()
        asking = self._join(key, wish)
        if asking is None:
            asking = self._start(request, ask, keys, key, wish)
        else:
            report("joined", key)
        response: Any = await asking.join()
        if isinstance(response, Live) and not cast("Any", response).closed:
            response.keep(_Reader(asking, wish, current_call()))
        elif wish.stores:
            if not asking.stored:
                await asking.store(wish.ttl, current_call())
        else:
            asking.leave()
        return response

    async def find(self, key: str) -> Entry | None:
        """What the store has under a key."""
        try:
            found = self._store.get(key)
            if found is not None and not isinstance(found, Entry | bytes):
                found = await found
        except MissingExtraError:
            raise
        except Exception as error:  # noqa: BLE001 - reported; without its store a cache asks
            self._failed("reading from a cache's store", error)
            return None
        self._failing.discard("reading from a cache's store")
        return found if found is None or isinstance(found, Entry) else decode(cast("bytes", found))

    async def put(self, key: str, entry: Entry, ttl: float | None) -> bool:
        """Store an answer; whether that worked."""
        try:
            waiting = self._store.set(key, entry.freeze() if self._objects else encode(entry), ttl)
            if waiting is not None:
                await waiting
        except Exception as error:  # noqa: BLE001 - reported; the answer is there all the same
            self._failed("storing in a cache", error)
            return False
        self._failing.discard("storing in a cache")
        return True

    async def forget(self, key: str) -> None:
        """Delete what the store has under a key."""
        try:
            waiting = self._store.delete(key)
            if waiting is not None:
                await waiting
        except Exception as error:  # noqa: BLE001 - reported; the new answer replaces the old one
            self._failed("deleting from a cache's store", error)

    def end(self, asking: Asking) -> None:
        """Nobody joins this call any more."""
        slot = asking.slot
        if slot is not None and (known := self._under_way.get(slot)) is not None and known() is asking:
            del self._under_way[slot]

    def _start(self, request: Any, ask: Ask, keys: Keys, key: str, wish: Wish) -> Asking:
        asking = Asking(self, request, ask, keys, key, wish)
        if wish.mode != "write":
            asking.slot = slot = (asyncio.get_running_loop(), key)
            self._under_way[slot] = weakref.ref(asking, partial(self._leave, slot))
        return asking

    def _join(self, key: str, wish: Wish) -> Asking | None:
        if wish.mode == "write":
            return None
        known = self._under_way.get((asyncio.get_running_loop(), key))
        asking = known() if known is not None else None
        if asking is None:
            return None
        if wish.mode != "refresh" or (asking.mode == "refresh" and not asking.done):
            left = asking.time_left(wish.ttl)
            if not asking.abandoned and (left is None or left > 0):
                return asking
        asking.stored = True  # so that it does not replace the answer of the call that begins now
        return None

    def _leave(self, slot: Slot, gone: weakref.ref[Asking]) -> None:
        if self._under_way.get(slot) is gone:
            del self._under_way[slot]

    def _failed(self, doing: str, error: Exception) -> None:
        if doing not in self._failing:
            self._failing.add(doing)
            report_failure(doing, error)


class Asking(Flight[Any]):
    """One call that is under way, or has ended and is still being read."""

    __slots__ = ("_answers", "_ended", "_entry", "_fallback", "_key", "_place", "mode", "slot", "stored")

    def __init__(self, answers: Answers, request: Any, ask: Ask, keys: Keys, key: str, wish: Wish) -> None:
        self._answers = answers
        self._key = key
        self._ended: float | None = None
        self._entry: Entry | None = None
        self._fallback = _Fallback()
        self._place: Place | None = None
        self.mode = wish.mode
        self.slot: Slot | None = None
        self.stored = False
        super().__init__(partial(self._ask, request, ask, keys, wish))

    def time_left(self, ttl: float | None) -> float | None:
        """Of the ``ttl`` seconds after its end, those that are left; None stays None."""
        if ttl is None or self._ended is None:
            return ttl
        return ttl - (asyncio.get_running_loop().time() - self._ended)

    async def store(self, ttl: float | None, record: CallRecord | None) -> None:
        """Store the answer, if it may be and nobody did so before; then others find it there."""
        left = self.time_left(ttl)
        entry = self._entry
        answers = self._answers
        if self.stored or entry is None:
            return
        self.stored = True
        if left is not None and left <= 0:
            answers.end(self)
            return
        try:
            if await answers.put(self._key, entry, left):
                if answers.semantic is not None and self._place is not None:
                    answers.semantic.add(self._key, self._place)
                if record is not None:
                    record.tell("cache-stored", self._key)
        finally:
            answers.end(self)

    def leave(self) -> None:
        """A caller is gone who has stored nothing: what nobody reads any more is not for those who come later."""
        if not self._callers:
            self._answers.end(self)

    async def _ask(self, request: Any, ask: Ask, keys: Keys, wish: Wish) -> Any:
        answers = self._answers
        entry = None
        if wish.mode == "refresh":
            await answers.forget(self._key)
        elif wish.reads and answers._waits:
            entry = await answers.find(self._key)
        if entry is None and answers.semantic is not None:
            entry = await self._look_around(request, keys, answers.semantic, wish)
        if entry is not None:
            self.stored = True
            report("cache-hit", self._key)
            return entry.replay()
        report("cache-miss", self._key)
        if answers.store_fallback:
            return await ask()
        around = current_call()
        mine: tuple[Observer, ...] = (self._fallback,)
        with entered(CallRecord("layer", "cache", around, mine if around is None else mine + around.observers)):
            return await ask()

    async def _look_around(self, request: Any, keys: Keys, semantic: SemanticIndex, wish: Wish) -> Entry | None:
        try:
            place = self._place = await semantic.place(request, keys)
            key = await semantic.nearest(place) if place is not None and wish.reads else None
        except Exception as error:  # noqa: BLE001 - reported; without its index a cache asks
            self._answers._failed("searching a cache by meaning", error)
            return None
        entry = await self._answers.find(key) if key is not None else None
        if key is not None and entry is None:
            semantic.forget(key)
        return entry

    def _finish(self, error: BaseException | None) -> None:
        """The call is over: an answer that may not be stored is not for those who come later, either."""
        super()._finish(error)
        self._ended = self._loop.time()
        if error is not None or self._fallback.served:
            self.stored = True
        elif not self.stored:
            entry = self._entry = Entry(self.parts, self.fold, self.value)
            try:
                self.stored = not self._answers.cacheable(entry)
            except Exception as failure:  # noqa: BLE001 - reported; in doubt an answer is not stored
                self.stored = True
                report_failure("asking whether an answer may be cached", failure)
        if self.stored:
            self._answers.end(self)


class _Fallback:
    """Observes whether a model of a fallback was asked. It knows nothing else, because records live on in attempts."""

    __slots__ = ("served",)

    def __init__(self) -> None:
        self.served = False

    def __call__(self, _record: CallRecord, kind: EventKind, _detail: Any) -> None:
        if kind == "fell-over":
            self.served = True


class _Reader:
    """Held by a live view: it stores the answer when it has been read to its end."""

    __slots__ = ("_asking", "_ended", "_record", "_wish")

    def __init__(self, asking: Asking, wish: Wish, record: CallRecord | None) -> None:
        self._asking: Asking | None = asking
        self._wish = wish
        self._record = record
        self._ended = False

    def release(self, ending: Ending, /) -> None:
        """Hear how the view ended."""
        asking = self._asking
        if ending.how == "end" and self._wish.stores:
            self._ended = True
        elif asking is not None:
            self._asking = None
            asking.leave()

    async def settle(self) -> None:
        """Store the answer, if the view was read to its end."""
        asking, self._asking = self._asking, None
        if self._ended and asking is not None:
            await asking.store(self._wish.ttl, self._record)

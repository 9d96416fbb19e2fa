"""Work of a model in this process: in threads, so that no loop waits, and loaded once for all.

``computed`` gives out what a generator computes, one item ahead of its reader. ``once`` loads what is expensive, in the
first thread that needs it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any, Final, TypeVar, cast

from ai_sdk.errors import AISDKError, ServerError

__all__ = ["all_computed", "computed", "forget_all", "once"]

T = TypeVar("T")

_END: Final = object()


async def computed(items: Generator[T, None, None], model_id: str) -> AsyncGenerator[T, None]:
    """The items, each computed in a worker thread, the next one while the reader looks at this one.

    A thread never waits for the reader. A reader who is cancelled or leaves does not wait for the thread, which ends
    with the item at hand. What is not an error of this library becomes a ``ServerError`` of the provider and the model.
    """
    loop = asyncio.get_running_loop()
    coming = loop.run_in_executor(_workers(), _advance, items, model_id)
    try:
        while (item := await coming) is not _END:
            coming = loop.run_in_executor(_workers(), _advance, items, model_id)
            yield cast("T", item)
    finally:
        if not coming.cancel() and not coming.cancelled():
            coming.exception()  # seen: nobody is left to hear of it


async def all_computed(items: Generator[T, None, None], model_id: str) -> list[T]:
    """All items, when the last of them is here; see ``computed``."""
    async with aclosing(computed(items, model_id)) as coming:
        return [item async for item in coming]


def _advance(items: Generator[Any, None, None], model_id: str) -> Any:
    try:
        return next(items, _END)
    except AISDKError:
        raise
    except Exception as error:
        what = f"the model failed: {type(error).__name__}: {error}"
        raise ServerError(what, provider="local", model=model_id) from error


class _Place:
    """Where something is that is loaded once."""

    __slots__ = ("loaded", "lock", "value")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.value: Any = None
        self.loaded = False


class _State:
    """What this process has: a fork begins with a new one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.places: dict[Hashable, _Place] = {}
        self.workers: ThreadPoolExecutor | None = None


_state = _State()
_parents: list[_State] = []


def _workers() -> ThreadPoolExecutor:
    """One thread for each core, shared by all models and loops; a model that computes with several is one worker."""
    with _state.lock:
        if _state.workers is None:
            _state.workers = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="ai-sdk-local")
        return _state.workers


def once(key: Hashable, load: Callable[[], T]) -> T:
    """What ``load`` gives, loaded by the first thread of this process that asks for ``key``; the others wait for it.

    It blocks: only worker threads call it. An error is raised to who asked, and the next one tries again.
    """
    with _state.lock:
        place = _state.places.setdefault(key, _Place())
    with place.lock:
        if not place.loaded:
            place.value = load()
            place.loaded = True
        value: T = place.value
        return value


def forget_all() -> None:
    """Let go of all that was loaded; who is using it goes on, and the next one loads it again."""
    with _state.lock:
        _state.places.clear()


def _after_fork() -> None:
    """In a forked process: load anew, because the threads of what the parent loaded are not here."""
    global _state
    _parents.append(_state)  # not destroyed: that would wait for those threads
    _state = _State()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

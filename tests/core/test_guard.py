"""The lock whose letter box finalisers use."""

from __future__ import annotations

import threading

from ai_sdk.guard import Guard


def test_an_action_runs_at_once_when_the_guard_is_free() -> None:
    done: list[str] = []
    guard = Guard()
    guard.soon(lambda: done.append("a"))
    assert done == ["a"]


def test_an_action_that_comes_inside_of_the_critical_section_runs_as_its_last_act() -> None:
    done: list[str] = []
    guard = Guard()
    with guard:
        guard.soon(lambda: done.append("posted"))
        guard.soon(lambda: guard.soon(lambda: done.append("posted by a posted one")))
        done.append("section")
    assert done == ["section", "posted", "posted by a posted one"]


def test_an_action_of_another_thread_does_not_wait_and_is_not_lost() -> None:
    done: list[str] = []
    guard = Guard()
    with guard:
        thread = threading.Thread(target=lambda: guard.soon(lambda: done.append("other")))
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
        assert done == []
    assert done == ["other"]


def test_threads_that_post_and_enter_at_once_lose_nothing() -> None:
    guard = Guard()
    counts = {"posted": 0, "entered": 0}

    def post() -> None:
        counts["posted"] += 1

    def work() -> None:
        for _ in range(2_000):
            guard.soon(post)
            with guard:
                counts["entered"] += 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == {"posted": 8_000, "entered": 8_000}

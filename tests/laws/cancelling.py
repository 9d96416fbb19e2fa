"""Law 5: cancellation is never swallowed, retried or turned into another error, and it closes the upstream."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from hypothesis import strategies as st
from laws.harness import FINISH, STREAMED, WHOLE, A, LanguageModel, Stack, no_task_left, search, turns

from ai_sdk.model import wrap_model
from ai_sdk.parts import LanguagePart
from ai_sdk.testing import HANG, Hang, ScriptedModel, run

Where = Literal["await", "read", "body"]
SCRIPTS: dict[str, list[LanguagePart | float | BaseException | Hang]] = {
    "await": [HANG],
    "read": [A, A, HANG],
    "body": [A, FINISH],
}


def cancellation_is_final(layers: Stack) -> None:
    """Cancel the caller while it awaits, reads or works: its task is cancelled, nobody calls again, all is closed."""

    def law(where: Where, early: int, stream: bool) -> None:
        async def trial() -> None:
            model = ScriptedModel([SCRIPTS[where]])
            stack = wrap_model(model, layers())

            async def use() -> None:
                async with await stack(STREAMED if stream else WHOLE) as response:
                    async for _ in response:
                        if where == "body":
                            await asyncio.sleep(5)

            task = asyncio.create_task(use())
            await turns(early)
            asked = len(model.calls)
            task.cancel()
            await asyncio.wait([task], timeout=1)
            assert task.done(), "the cancelled call goes on"
            assert task.cancelled(), f"the cancellation became {task.exception()!r}"
            assert len(model.calls) <= max(asked, 1), "a cancelled call was made again"
            assert not [wire for wire in model.wires if wire.open], "the upstream is still open"
            await no_task_left()

        run(trial())

    search(law, st.sampled_from(["await", "read", "body"]), st.integers(0, 14), st.booleans(), tries=60)


def a_timeout_of_the_caller_is_the_callers(layers: Stack) -> None:
    """``asyncio.timeout`` around a call or a read gives the caller's own TimeoutError, and closes the upstream."""

    def law(where: Literal["await", "read"]) -> None:
        async def trial() -> None:
            model = ScriptedModel([SCRIPTS[where]])
            try:
                async with asyncio.timeout(3):
                    await (await wrap_model(model, layers())(STREAMED)).result()
            except TimeoutError as error:
                assert type(error) is TimeoutError
            else:
                raise AssertionError("it ended by itself")
            assert asyncio.get_running_loop().time() == 3
            assert len(model.calls) == 1
            assert not model.wires[0].open

        run(trial())

    search(law, st.sampled_from(["await", "read"]), tries=10)


def a_bystander_is_not_cancelled(make: Callable[[], LanguageModel]) -> None:
    """Cancelling one caller leaves another caller of the same stack alone."""

    async def trial() -> None:
        model = make()
        tasks = [asyncio.create_task(_text(model)) for _ in range(3)]
        await asyncio.sleep(0.5)
        tasks[1].cancel()
        await asyncio.wait(tasks)
        assert [task.cancelled() for task in tasks] == [False, True, False]
        assert tasks[0].result() == tasks[2].result() == "aa"

    run(trial())


async def _text(model: LanguageModel) -> str:
    return (await (await model(STREAMED)).result()).text

"""Streams that do not reach their end, and the span trees they leave: ``pytest -s`` prints the four of them."""

from __future__ import annotations

import asyncio
import gc
import warnings
from typing import Any

import pytest
from laws.harness import STREAMED, turns
from laws.telemetry_kit import Kept

from ai_sdk.errors import ServerError
from ai_sdk.middleware import retry, tracing
from ai_sdk.model import wrap_model
from ai_sdk.parts import ResponseMetadata, TextDelta
from ai_sdk.testing import HANG, ScriptedModel, run

BUSY = ServerError("busy", status=503)
BEGUN: list[Any] = [ResponseMetadata("r-1", "served"), 1.0, TextDelta("a"), 1.0, TextDelta("b")]
SHOWN = ("error.type", "ai_sdk.stream.abandoned", "gen_ai.response.finish_reasons", "ai_sdk.attempts")


async def _broken_off(stack: Any) -> None:
    async with await stack(STREAMED) as response:
        async for _ in response:
            break


async def _cancelled(stack: Any) -> None:
    async def reading() -> None:
        async for _ in await stack(STREAMED):
            pass

    task = asyncio.ensure_future(reading())
    await asyncio.sleep(9)
    task.cancel()
    await asyncio.wait([task])


async def _dropped(stack: Any) -> None:
    response = await stack(STREAMED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del response
        gc.collect()
        await turns()


async def _failed(stack: Any) -> None:
    with pytest.raises(ServerError):
        async for _ in await stack(STREAMED):
            pass


WAYS = {"broken off": _broken_off, "cancelled": _cancelled, "dropped": _dropped, "failed": _failed}


def left_by(how: str) -> str:
    """The tree of a stream that ends so in its second attempt, as text."""
    kept = Kept()
    script: list[Any] = [*BEGUN, ServerError("gone", status=500) if how == "failed" else HANG]
    stack = wrap_model(ScriptedModel([BUSY, script]), [tracing(**kept.options), retry(wait=0.5)])
    run(WAYS[how](stack))
    root = next(each for each in kept.spans if each.parent is None)
    under = [each for each in kept.spans if each is not root]
    assert all(each.parent.span_id == root.context.span_id for each in under if each.parent and root.context)
    return "\n".join([how, _line(root, ""), *[_line(each, "└─ " if each is under[-1] else "├─ ") for each in under]])


def _line(span: Any, branch: str) -> str:
    said = " ".join(f"{name}={span.attributes[name]}" for name in SHOWN if name in span.attributes)
    happened = "".join(f" [{each.name}]" for each in span.events)
    assert span.end_time is not None
    return f"  {branch}{span.name} {span.status.status_code.name}{' ' if said else ''}{said}{happened}"


TREES = {
    "broken off": """\
broken off
  chat model UNSET ai_sdk.stream.abandoned=True gen_ai.response.finish_reasons=('error',) ai_sdk.attempts=2 \
[ai_sdk.retry] [ai_sdk.wait]
  ├─ attempt model ERROR error.type=ServerError
  └─ attempt model UNSET""",
    "cancelled": """\
cancelled
  chat model UNSET error.type=CancelledError gen_ai.response.finish_reasons=('error',) ai_sdk.attempts=2 \
[ai_sdk.retry] [ai_sdk.wait]
  ├─ attempt model ERROR error.type=ServerError
  └─ attempt model UNSET error.type=CancelledError""",
    "dropped": """\
dropped
  chat model UNSET ai_sdk.stream.abandoned=True gen_ai.response.finish_reasons=('error',) ai_sdk.attempts=2 \
[ai_sdk.retry] [ai_sdk.wait]
  ├─ attempt model ERROR error.type=ServerError
  └─ attempt model UNSET""",
    "failed": """\
failed
  chat model ERROR error.type=ServerError gen_ai.response.finish_reasons=('error',) ai_sdk.attempts=2 \
[ai_sdk.retry] [ai_sdk.wait]
  ├─ attempt model ERROR error.type=ServerError
  └─ attempt model ERROR error.type=ServerError""",
}


@pytest.mark.parametrize("how", list(WAYS))
def test_a_stream_that_does_not_reach_its_end_leaves_a_whole_tree(how: str) -> None:
    tree = left_by(how)
    print(f"\n{tree}")
    assert tree == TREES[how]

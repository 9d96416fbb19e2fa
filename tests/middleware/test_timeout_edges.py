"""What ``timeout`` does at the very end of the time, and what it says."""

from __future__ import annotations

import asyncio

import pytest
from layer_laws.kit import FINISH, STREAMED, WHOLE, caught, read

from ai_sdk.deadline import deadline_at
from ai_sdk.errors import APITimeoutError, InvalidRequestError
from ai_sdk.middleware import timeout
from ai_sdk.parts import LanguagePart, ResponseMetadata, TextDelta
from ai_sdk.testing import HANG, ScriptedModel


@pytest.mark.parametrize(("pause", "after"), [(4.0, 1), (5.0, 1), (6.0, 1), (6.0, 2), (6.0, 3)])
async def test_parts_that_are_here_already_are_not_given_after_the_end_of_the_call(pause: float, after: int) -> None:
    parts: list[LanguagePart] = [ResponseMetadata("id"), TextDelta("a"), FINISH]
    response = await timeout(total=5)(ScriptedModel([parts]))(STREAMED)
    seen: list[LanguagePart] = []
    limit = None
    try:
        async for part in response:
            seen.append(part)
            if len(seen) == after:
                await asyncio.sleep(pause)
    except APITimeoutError as error:
        limit = error.limit
    in_time = pause < 5 or after == 3
    assert (seen, limit) == ((parts, None) if in_time else (parts[:after], "total"))


async def test_what_its_errors_say() -> None:
    answer = await caught(read(timeout(total=2.5)(ScriptedModel([[HANG]])), STREAMED))
    assert str(answer) == "the limit of 2.5 s (total) has passed"
    with deadline_at(2.0):
        late = await caught(read(timeout(total=5)(ScriptedModel(["x"])), WHOLE))
    assert str(late) == "the limit of 0 s (deadline) has passed"
    with pytest.raises(InvalidRequestError, match="idle is -1; allowed are seconds above 0, or None"):
        timeout(idle=-1)

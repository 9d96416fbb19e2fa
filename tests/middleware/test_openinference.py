"""What Phoenix prices a call by: who answered, on the span of the call alone, where that is not who was asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from laws.harness import STREAMED
from laws.telemetry_kit import Kept
from layer_laws.kinds import KINDS, Kind, read

from ai_sdk.errors import ServerError
from ai_sdk.middleware import fallback, retry, tracing
from ai_sdk.model import AnyLayer, wrap_model
from ai_sdk.testing import ScriptedModel, run

DOWN = ServerError("down", status=500)


def traced(asked: Any, *layers: AnyLayer, request: Any = STREAMED) -> Kept:
    """The spans of one call, which may fail."""
    kept = Kept()
    model: Any = wrap_model(asked, [tracing(**kept.options), *layers])

    async def main() -> None:
        await asyncio.gather(read(model, request), return_exceptions=True)

    run(main())
    return kept


def named(kept: Kept, start: str) -> list[dict[str, Any]]:
    """The attributes of the spans whose names begin so, in the order in which they started."""
    return [dict(each.attributes or {}) for each in kept.spans if each.name.startswith(start)]


def other(kept: Kept) -> dict[str, Any]:
    (call,) = named(kept, "chat")
    return {name: value for name, value in call.items() if name.startswith("llm.")}


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (("groq", "b"), {"llm.model_name": "b", "llm.provider": "groq"}),
        (("cerebras", "a"), {"llm.model_name": "a", "llm.provider": "cerebras"}),
        (("togetherai", "org/b"), {"llm.model_name": "org/b", "llm.provider": "together"}),
        (("mistral", "b:latest"), {"llm.model_name": "b:latest", "llm.provider": "mistralai"}),
        (("groq", "a"), {}),
    ],
)
def test_a_fallback_names_who_answered(second: tuple[str, str], said: dict[str, str]) -> None:
    kept = traced(ScriptedModel([DOWN], "groq", "a"), fallback(ScriptedModel(["ok"], *second)))
    assert other(kept) == said
    assert [each["gen_ai.request.model"] for each in named(kept, "chat")] == ["a"]


def test_a_retry_and_a_failure_name_nobody() -> None:
    assert other(traced(ScriptedModel([DOWN, "ok"], "togetherai", "a"), retry(attempts=2, wait=0))) == {}
    assert other(traced(ScriptedModel([DOWN], "groq", "a"), fallback(ScriptedModel([DOWN], "groq", "b")))) == {}


@pytest.mark.parametrize("kind", [each for each in KINDS if not each.is_language], ids=lambda kind: kind.name)
def test_only_chats_are_priced_so(kind: Kind) -> None:
    kept = traced(kind.script(DOWN), fallback(kind.script(kind.answer, name="b")), request=kind.request)
    assert len(named(kept, "attempt")) == 2
    assert [name for span in kept.spans for name in span.attributes or {} if name.startswith("llm.")] == []


def test_an_attempt_is_not_taken_for_a_call() -> None:
    kept = traced(ScriptedModel([DOWN], "groq", "a"), fallback(ScriptedModel(["ok"], "groq", "b")))
    attempts = named(kept, "attempt")
    assert [each["ai_sdk.attempt.model"] for each in attempts] == ["a", "b"]
    assert [name for each in attempts for name in each if name.startswith(("gen_ai.", "llm."))] == []

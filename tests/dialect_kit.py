"""What the tests of the providers of the OpenAI dialect share: requests encoded, answers read, exchanges replayed."""

from __future__ import annotations

import json
from typing import Any

from provider_kit import ask

from ai_sdk.parts import LanguagePart
from ai_sdk.provider import Exchange as Wire
from ai_sdk.results import LanguageResult, fold_language
from ai_sdk.testing.replay import Exchange, Replayer

__all__ = ["answered", "body_of", "chunk", "lost_by", "replaying", "streamed", "whole"]


def body_of(model: Any, **fields: Any) -> dict[str, Any]:
    """The body of a request that loses nothing."""
    body: dict[str, Any]
    body, warnings = model.encode(ask(**fields))
    assert not warnings, warnings
    return body


def lost_by(model: Any, **fields: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The body of a request, and the kind and feature of each warning."""
    body, warnings = model.encode(ask(**fields))
    return body, [(each.kind, each.feature) for each in warnings]


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One event of a stream."""
    return {"id": "r", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def whole(message: dict[str, Any], finish: str = "stop", **more: Any) -> dict[str, Any]:
    """One whole answer."""
    return {"id": "r", "choices": [{"index": 0, "message": message, "finish_reason": finish}], **more}


def streamed(model: Any, *chunks: dict[str, Any], **fields: Any) -> list[LanguagePart]:
    """The parts of a stream of these events."""
    decoder = model.decoder(ask(stream=True, **fields), Wire(model.endpoint, model.model_id), {}, [])
    parts: list[LanguagePart] = [part for each in chunks for part in decoder.event(json.dumps(each).encode())]
    return [*parts, *decoder.end()]


def replaying(body: Any, status: int = 200, **headers: str) -> Replayer:
    """A door to HTTP behind which the server answers with this."""
    text = isinstance(body, str)
    kind = "text/event-stream" if text else "application/json"
    data = body.encode() if text else json.dumps(body).encode()
    return Replayer(Exchange("one", "p", "chat", status=status, headers={"content-type": kind, **headers}, body=data))


async def answered(model: Any, **fields: Any) -> LanguageResult:
    """The folded answer of a model."""
    response = await model(ask(**fields))
    return fold_language([part async for part in response])

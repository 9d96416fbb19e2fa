"""What an answer says of itself: its usage, its finish reason and who gave it.

That of a live response of a language model is read off its parts, without folding them: nobody else may want the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ai_sdk.ending import Ending
from ai_sdk.parts import Finish, ResponseMetadata
from ai_sdk.results import Usage, fold_language
from ai_sdk.telemetry.spans import COUNTS, finish_of, usage_of

__all__ = ["Answer", "answer_of", "on_answer"]

_UNKNOWN = Usage()


class Answer(NamedTuple):
    """``result`` is the whole, None when it was not needed or nothing has arrived; ``ends``: it has a finish reason."""

    usage: Usage | None
    finish_reason: str | None = None
    ends: bool = False
    id: str | None = None
    model: str | None = None
    result: Any = None


_NOTHING = Answer(None)


def answer_of(ending: Ending) -> Answer:
    """What had arrived when something ended."""
    arrived: Any = ending._fold
    if getattr(arrived, "fold", None) is fold_language:
        return _read_off(arrived.parts)
    result = ending.result()
    if result is None:
        return _NOTHING
    info = getattr(result, "response", None)
    return Answer(
        getattr(result, "usage", None),
        getattr(result, "finish_reason", None),
        hasattr(result, "finish_reason"),
        getattr(info, "id", None),
        getattr(info, "model", None),
        result,
    )


def _read_off(parts: list[Any]) -> Answer:
    """The same as from the folded result."""
    finish = parts[-1] if parts else None
    if type(finish) is not Finish:
        finish = next((each for each in reversed(parts) if isinstance(each, Finish)), None)
    named = model = None
    for each in parts:
        if type(each) is ResponseMetadata:
            named = each.id if each.id is not None else named
            model = each.model if each.model is not None else model
    if finish is None:
        return Answer(_UNKNOWN, None, True, named, model)
    return Answer(finish.usage, finish.reason, True, named, model)


def on_answer(answer: Answer) -> dict[str, Any]:
    """The attributes of an answer, as far as it has arrived."""
    said: dict[str, Any] = {}
    if isinstance(answer.id, str):
        said["gen_ai.response.id"] = answer.id
    if isinstance(answer.model, str):
        said["gen_ai.response.model"] = answer.model
    if answer.ends:
        said["gen_ai.response.finish_reasons"] = (finish_of(answer.finish_reason),)
    if answer.usage is None:
        return said
    names: Sequence[str] = COUNTS
    if not answer.ends:
        embeddings: Any = getattr(answer.result, "embeddings", None)
        if embeddings:
            said["gen_ai.embeddings.dimension.count"] = len(embeddings[0])
        names = COUNTS[:1] if embeddings is not None else COUNTS[:2]
    if answer.usage is not _UNKNOWN:
        said.update(usage_of(answer.usage, names))
    return said

"""From parts and results to chat answers of the dialect: what a server of it sends to its clients; pure.

A tool call goes out whole, when its authoritative part is here: a client never assembles arguments that a layer has
since repaired. What the dialect has no word for (files that are no picture, tools that a provider ran) is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.messages import FilePart, ReasoningPart, SourcePart, TextPart, ToolCallPart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, TextDelta

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ai_sdk.messages import AssistantContent
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import LanguageResult, Usage

__all__ = ["ChatWriter", "usage_of"]

JSON = dict[str, Any]

_REASONS = {"stop": "stop", "length": "length", "tool-calls": "tool_calls", "content-filter": "content_filter"}
_WORDS = frozenset({*_REASONS.values(), "function_call", "error"})


class ChatWriter:
    """Writes one answer: ``part`` gives the chunks of a part of a stream, ``whole`` a whole answer as one object.

    ``identity`` and ``created`` (Unix seconds) stand in the answer unless the model says its own; ``model`` is the name
    that the client asked for, and stands there unless the model says who served. ``usage``: the stream ends with a
    chunk that says what was used. Nothing is in that chunk that the model did not say.
    """

    def __init__(self, model: str, identity: str, created: int, *, usage: bool = False) -> None:
        self._frame: JSON = {"id": identity, "object": "", "created": created, "model": model}
        self._usage = usage
        self._begun = False
        self._calls = 0

    def part(self, part: LanguagePart) -> list[JSON]:
        """The chunks of a part."""
        if isinstance(part, TextDelta) and not part.provider_metadata:
            return [self._delta({"content": part.text})] if part.text else []
        if isinstance(part, ResponseMetadata):
            self._identify(part.id, part.model, part.timestamp)
            return []
        if isinstance(part, Finish):
            return self._finish(part)
        delta = self._said(part)
        return [self._delta(delta)] if delta else []

    def whole(self, result: LanguageResult) -> JSON:
        """A whole answer."""
        info = result.response
        self._identify(info.id, info.model, info.timestamp)
        choice: JSON = {
            "index": 0,
            "message": _message(result.content),
            "finish_reason": _reason(result.finish_reason, result.raw_finish_reason),
            "logprobs": _logprobs(result.provider_metadata),
        }
        answer: JSON = {**self._frame, "object": "chat.completion", "choices": [choice]}
        usage = usage_of(result.usage)
        return {**answer, "usage": usage} if usage else answer

    def _identify(self, identity: str | None, model: str | None, created: float | None) -> None:
        self._frame["id"] = identity or self._frame["id"]
        self._frame["model"] = model or self._frame["model"]
        self._frame["created"] = int(created) if created else self._frame["created"]

    def _chunk(self, choices: list[JSON]) -> JSON:
        return {**self._frame, "object": "chat.completion.chunk", "choices": choices}

    def _delta(self, delta: JSON) -> JSON:
        if not self._begun:
            self._begun = True
            delta = {"role": "assistant", **delta}
        return self._chunk([{"index": 0, "delta": delta, "finish_reason": None}])

    def _said(self, part: LanguagePart) -> JSON:
        if isinstance(part, TextDelta):
            return {"refusal" if _refused(part.provider_metadata) else "content": part.text} if part.text else {}
        if isinstance(part, ReasoningDelta):
            return {"reasoning_content": part.text} if part.text else {}
        if isinstance(part, ToolCallPart) and not part.provider_executed:
            self._calls += 1
            return {"tool_calls": [{"index": self._calls - 1, **_call(part)}]}
        if isinstance(part, SourcePart) and part.url:
            return {"annotations": [_citation(part)]}
        if isinstance(part, FilePart) and part.media_type.startswith("image/"):
            return {"images": [_picture(part)]}
        return {}

    def _finish(self, part: Finish) -> list[JSON]:
        choice: JSON = {
            "index": 0,
            "delta": {} if self._begun else {"role": "assistant", "content": ""},
            "finish_reason": _reason(part.reason, part.raw_reason),
        }
        logprobs = _logprobs(part.provider_metadata)
        chunks = [self._chunk([choice if logprobs is None else {**choice, "logprobs": logprobs}])]
        usage = usage_of(part.usage) if self._usage else None
        return [*chunks, {**self._chunk([]), "usage": usage}] if usage else chunks


def usage_of(usage: Usage) -> JSON | None:
    """Tokens in the words of the dialect; what is not known is not said, and None is nothing known at all."""
    if usage.input_tokens is None and usage.output_tokens is None:
        return None
    said: JSON = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }
    read, written = usage.cache_read_tokens, usage.cache_write_tokens
    prompt = {"cached_tokens": read, "cache_write_tokens": written}
    answer = {"reasoning_tokens": usage.reasoning_tokens}
    for name, details in (("prompt_tokens_details", prompt), ("completion_tokens_details", answer)):
        known = {key: count for key, count in details.items() if count is not None}
        if known:
            said[name] = known
    return {name: value for name, value in said.items() if value is not None}


def _message(content: Iterable[AssistantContent]) -> JSON:
    texts: list[str] = []
    lists: dict[str, list[JSON]] = {}
    more: dict[str, str] = {}
    for part in content:
        if isinstance(part, TextPart):
            if _refused(part.provider_metadata):
                more["refusal"] = more.get("refusal", "") + part.text
            else:
                texts.append(part.text)
        elif isinstance(part, ReasoningPart):
            more["reasoning_content"] = more.get("reasoning_content", "") + part.text
        elif isinstance(part, ToolCallPart):
            if not part.provider_executed:
                lists.setdefault("tool_calls", []).append(_call(part))
        elif isinstance(part, SourcePart):
            if part.url:
                lists.setdefault("annotations", []).append(_citation(part))
        elif isinstance(part, FilePart) and part.media_type.startswith("image/"):
            lists.setdefault("images", []).append(_picture(part))
    return {"role": "assistant", "content": "".join(texts) or None, "refusal": None, **more, **lists}


def _call(part: ToolCallPart) -> JSON:
    return {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": part.input}}


def _citation(part: SourcePart) -> JSON:
    title = {"title": part.title} if part.title else {}
    return {"type": "url_citation", "url_citation": {"url": part.url, **title}}


def _picture(part: FilePart) -> JSON:
    return {"type": "image_url", "image_url": {"url": part.data_url}}


def _reason(reason: str | None, raw: str | None) -> str:
    """The dialect's word; for a reason that has none the provider's own, if it is a word of the dialect."""
    known = _REASONS.get(reason or "")
    if known is not None:
        return known
    if reason == "error":
        return reason
    return raw if raw is not None and raw in _WORDS else "stop"


def _own(metadata: Mapping[str, Any], name: str) -> Any:
    """What any provider says under this name."""
    for said in cast("Iterable[object]", metadata.values()):
        if isinstance(said, dict) and name in said:
            return cast("JSON", said)[name]
    return None


def _refused(metadata: Mapping[str, Any]) -> bool:
    return _own(metadata, "refusal") is True


def _logprobs(metadata: Mapping[str, Any]) -> Any:
    found = _own(metadata or EMPTY, "logprobs")
    return cast("JSON", found) if isinstance(found, dict) else None

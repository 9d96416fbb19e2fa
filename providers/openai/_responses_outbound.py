"""From parts and results to Responses: what a server of that API sends to its clients; pure.

Text and refusals become ``message`` items, reasoning ``reasoning`` items with a summary, tool calls ``function_call``
items, in the order of the answer; blocks that were interleaved open a new item. A tool call goes out whole, when its
authoritative part is here. Files and tools that a provider ran are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.messages import ReasoningPart, SourcePart, TextPart, ToolCallPart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, TextDelta

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ai_sdk.messages import AssistantContent
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import LanguageResult, Usage

__all__ = ["ResponsesWriter"]

JSON = dict[str, Any]

_INCOMPLETE = {"length": "max_output_tokens", "content-filter": "content_filter"}


class ResponsesWriter:
    """Writes one answer: ``part`` gives the events of a part of a stream, ``whole`` a whole answer as one object.

    The whole answer is the ``response`` of the last event. ``identity`` and ``created`` (Unix seconds) stand in it
    unless the model says its own; ``model`` is the name that the client asked for, and stands there unless the model
    says who served. ``echoed`` are fields of the request that an answer repeats, such as ``tools``.
    """

    def __init__(self, model: str, identity: str, created: int, echoed: Mapping[str, Any]) -> None:
        self._response: JSON = {
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            **echoed,
            "id": identity,
            "object": "response",
            "created_at": created,
            "status": "in_progress",
            "error": None,
            "incomplete_details": None,
            "model": model,
            "output": [],
            "usage": None,
        }
        self._number = -1
        self._begun = False
        self._output: list[JSON] = []
        self._open: _Item | None = None

    def part(self, part: LanguagePart) -> list[JSON]:
        """The events of a part."""
        return [self._numbered(event) for event in self._events(part)]

    def whole(self, result: LanguageResult) -> JSON:
        """A whole answer."""
        info = result.response
        self._identify(info.id, info.model, info.timestamp)
        for part in _as_deltas(result.content):
            self._events(part)
        self._leave()
        return self._ended(result.finish_reason, result.usage)

    def failed(self, error: Mapping[str, Any]) -> list[JSON]:
        """The events that end a stream with an error, ``{"code": ..., "message": ...}``."""
        events = [*self._begin(), *self._leave()]
        response = {**self._response, "status": "failed", "error": dict(error), "output": list(self._output)}
        return [self._numbered(event) for event in [*events, {"type": "response.failed", "response": response}]]

    def _numbered(self, event: JSON) -> JSON:
        self._number += 1
        return {**event, "sequence_number": self._number}

    def _events(self, part: LanguagePart) -> list[JSON]:
        if isinstance(part, ResponseMetadata):
            self._identify(part.id, part.model, part.timestamp)
            return []
        if isinstance(part, TextDelta):
            return self._text(part) if part.text else []
        if isinstance(part, ReasoningDelta):
            return self._thought(part)
        if isinstance(part, ToolCallPart) and not part.provider_executed:
            return self._call(part)
        if isinstance(part, SourcePart):
            return self._cite(part)
        return self._finish(part) if isinstance(part, Finish) else []

    def _identify(self, identity: str | None, model: str | None, created: float | None) -> None:
        self._response["id"] = identity or self._response["id"]
        self._response["model"] = model or self._response["model"]
        self._response["created_at"] = int(created) if created else self._response["created_at"]

    def _begin(self) -> list[JSON]:
        if self._begun:
            return []
        self._begun = True
        kinds = ("response.created", "response.in_progress")
        return [{"type": kind, "response": dict(self._response)} for kind in kinds]

    def _enter(self, key: tuple[str, str], item: JSON) -> tuple[_Item, list[JSON]]:
        """The item that a part belongs to, and the events that lead into it."""
        if self._open is not None and self._open.key == key:
            return self._open, []
        events = [*self._begin(), *self._leave()]
        place = len(self._output)
        prefix = {"text": "msg", "reasoning": "rs", "call": "fc"}[key[0]]
        known = item.pop("id", None)
        opened = _Item(key, place, {"id": known or f"{prefix}_{place}_{self._response['id']}", **item})
        self._open = opened
        return opened, [*events, {"type": "response.output_item.added", "output_index": place, "item": opened.started}]

    def _leave(self) -> list[JSON]:
        if self._open is None:
            return []
        item, self._open = self._open, None
        events, done = item.finish()
        self._output.append(done)
        return [*events, {"type": "response.output_item.done", "output_index": item.place, "item": done}]

    def _text(self, part: TextDelta) -> list[JSON]:
        own = _own(part.provider_metadata)
        refused = own.get("refusal") is True
        kind = "refusal" if refused else "output_text"
        start: JSON = {"type": "message", "status": "in_progress", "role": "assistant", "content": []}
        item, events = self._enter(("text", f"{kind} {part.id}"), start)
        return [*events, *item.add(kind, part.text)]

    def _thought(self, part: ReasoningDelta) -> list[JSON]:
        own = _own(part.provider_metadata)
        sealed = own.get("encrypted_content")
        if not part.text and not sealed:
            return []
        start: JSON = {"type": "reasoning", "summary": []}
        if isinstance(own.get("id"), str):
            start["id"] = own["id"]
        item, events = self._enter(("reasoning", part.id), start)
        if sealed:
            item.more["encrypted_content"] = sealed
        return [*events, *(item.add("summary_text", part.text) if part.text else [])]

    def _call(self, part: ToolCallPart) -> list[JSON]:
        start: JSON = {
            "type": "function_call",
            "status": "in_progress",
            "call_id": part.id,
            "name": part.name,
            "arguments": "",
        }
        item, events = self._enter(("call", part.id), start)
        return [*events, *item.add("arguments", part.input), *self._leave()]

    def _cite(self, part: SourcePart) -> list[JSON]:
        """A source belongs to the text before it; one without any is left out."""
        item = self._open
        if item is None or item.kind != "output_text" or part.url is None:
            return []
        return [item.cite({"type": "url_citation", "url": part.url, "title": part.title or ""})]

    def _finish(self, part: Finish) -> list[JSON]:
        events = [*self._begin(), *self._leave()]
        response = self._ended(part.reason, part.usage)
        kind = "response.incomplete" if response["status"] == "incomplete" else "response.completed"
        return [*events, {"type": kind, "response": response}]

    def _ended(self, reason: str | None, usage: Usage) -> JSON:
        cause = _INCOMPLETE.get(reason or "")
        return {
            **self._response,
            "status": "incomplete" if cause else "completed",
            "incomplete_details": {"reason": cause} if cause else None,
            "output": list(self._output),
            "usage": _usage(usage),
        }


class _Item:
    """An output item while it is written: one block of text, of reasoning, or the arguments of a call."""

    def __init__(self, key: tuple[str, str], place: int, started: JSON) -> None:
        self.key = key
        self.place = place
        self.started = started
        self.kind = ""
        self.more: JSON = {}
        self._pieces: list[str] = []
        self._annotations: list[JSON] = []

    def add(self, kind: str, text: str) -> list[JSON]:
        """The events of more of it."""
        events: list[JSON] = []
        if not self.kind:
            self.kind = kind
            if kind != "arguments":
                events.append(self._event(f"{self._holder}_part.added", part=self._part()))
        self._pieces.append(text)
        return [*events, self._event(f"{self._name}.delta", delta=text)]

    def cite(self, annotation: JSON) -> JSON:
        """The event of a citation."""
        end = len("".join(self._pieces))
        annotation = {**annotation, "start_index": 0, "end_index": end}
        self._annotations.append(annotation)
        place = len(self._annotations) - 1
        return self._event("response.output_text.annotation.added", annotation_index=place, annotation=annotation)

    def finish(self) -> tuple[list[JSON], JSON]:
        """The events of its end, and the whole item."""
        text = "".join(self._pieces)
        if self.kind == "arguments":
            return [self._event(f"{self._name}.done", arguments=text)], {
                **self.started,
                "status": "completed",
                "arguments": text,
            }
        part = self._part() if self.kind else None
        field = "summary" if self.started["type"] == "reasoning" else "content"
        done = {**self.started, **self.more, field: [part] if part else []}
        if field == "content":
            done["status"] = "completed"
        if part is None:
            return [], done
        word = "refusal" if self.kind == "refusal" else "text"
        ends = [self._event(f"{self._name}.done", **{word: text}), self._event(f"{self._holder}_part.done", part=part)]
        return ends, done

    @property
    def _name(self) -> str:
        names = {"summary_text": "reasoning_summary_text", "arguments": "function_call_arguments"}
        return f"response.{names.get(self.kind, self.kind)}"

    @property
    def _holder(self) -> str:
        return "response.reasoning_summary" if self.kind == "summary_text" else "response.content"

    def _part(self) -> JSON:
        text = "".join(self._pieces)
        if self.kind == "refusal":
            return {"type": "refusal", "refusal": text}
        if self.kind == "summary_text":
            return {"type": "summary_text", "text": text}
        return {"type": "output_text", "text": text, "annotations": list(self._annotations), "logprobs": []}

    def _event(self, kind: str, **more: Any) -> JSON:
        event: JSON = {"type": kind, "item_id": self.started["id"], "output_index": self.place}
        if self.kind != "arguments":
            event["summary_index" if self.kind == "summary_text" else "content_index"] = 0
        if kind.startswith("response.output_text.") and kind.endswith((".delta", ".done")):
            event["logprobs"] = []
        return {**event, **more}


def _as_deltas(content: Iterable[AssistantContent]) -> Iterable[LanguagePart]:
    for place, part in enumerate(content):
        if isinstance(part, TextPart):
            yield TextDelta(part.text, str(place), part.provider_metadata)
        elif isinstance(part, ReasoningPart):
            yield ReasoningDelta(part.text, str(place), part.provider_metadata)
        else:
            yield part


def _usage(usage: Usage) -> JSON | None:
    if usage.input_tokens is None and usage.output_tokens is None:
        return None
    return {
        "input_tokens": usage.input_tokens or 0,
        "input_tokens_details": {"cached_tokens": usage.cache_read_tokens or 0},
        "output_tokens": usage.output_tokens or 0,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens or 0},
        "total_tokens": usage.total_tokens or 0,
    }


def _own(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a provider of this API says of a part; at most one provider says something."""
    for said in cast("Iterable[object]", metadata.values()):
        if isinstance(said, dict):
            return cast("JSON", said)
    return EMPTY

"""From the events and answers of the Responses API to parts: pure, with no clock, no randomness and no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import AISDKError, InvalidResponseError, MalformedEventError
from ai_sdk.messages import ToolCallPart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.provider import ErrorInfo, to_json
from ai_sdk.providers.openai._responses_items import (
    called,
    extra_of,
    hosted_parts,
    input_of,
    is_call,
    is_result,
    name_of,
    result_part,
    source_of,
)
from ai_sdk.results import CallWarning
from ai_sdk.wire import object_of, text_of

if TYPE_CHECKING:
    from ai_sdk.errors import APIError
    from ai_sdk.messages import ToolResultPart
    from ai_sdk.parts import LanguagePart
    from ai_sdk.provider import Exchange
    from ai_sdk.providers.openai._responses_rules import ResponsesRules
    from ai_sdk.results import FinishReason

__all__ = ["ResponsesDecoder"]

_EVENT_LENGTH = 500
_STRANGE = (ValueError, TypeError, OverflowError, RecursionError)
_REFUSED = ("invalid_", "image_", "unsupported_", "empty_image", "failed_to_download")
_TERMINAL = ("response.completed", "response.incomplete", "response.failed", "response.cancelled", "response.done")
_UNFINISHED = ("queued", "in_progress")


class _Item:
    """An output item while it arrives; ``given`` are the blocks and sources that are given out."""

    __slots__ = ("given", "id", "item", "key", "metadata", "preview")

    def __init__(self, key: Any, item: Mapping[str, Any]) -> None:
        self.key = key
        self.item = item
        self.id = text_of(item.get("id"))
        self.given: set[tuple[str, Any]] = set()
        self.preview = ""
        phase = {"phase": item["phase"]} if item.get("phase") is not None else {}
        self.metadata: dict[str, Any] = {**({"id": self.id} if self.id else {}), **phase}


class ResponsesDecoder:
    """Reads the events of one streamed answer, or one whole answer.

    ``event`` takes the data of one event and gives its parts. A finish is given at the terminal event
    (``response.completed`` or ``response.incomplete``); a stream that ends without one has no finish. What cannot be
    understood raises ``MalformedEventError``, and an error event or a failed response the error that it says. Items
    that are only in the terminal event count as well.
    """

    def __init__(
        self,
        rules: ResponsesRules,
        exchange: Exchange,
        headers: Mapping[str, str] = EMPTY,
        warnings: Iterable[CallWarning] = (),
        *,
        previews: bool = True,
    ) -> None:
        self.over = False
        self._rules = rules
        self._exchange = exchange
        self._headers = headers if isinstance(headers, FrozenDict) else FrozenDict(headers)
        self._warnings = tuple(warnings)
        self._previews = previews
        self._begun = False
        self._identified = False
        self._called = False
        self._items: dict[Any, _Item] = {}
        self._done: set[Any] = set()
        self._hosted: dict[str, str] = {}
        self._sources = 0
        self._logprobs: list[Any] = []
        self._metadata: dict[str, Any] = {}

    @property
    def provider(self) -> str:
        """The provider's name, under which metadata is given."""
        return self._exchange.endpoint.name

    def event(self, data: bytes, name: str = "message") -> list[LanguagePart]:
        """The parts of one event."""
        if self.over or data.startswith(b"[DONE]"):
            return []
        try:
            event = from_json(data)
            if not isinstance(event, dict):
                raise TypeError(f"it is a {type(event).__name__}, not an object")
            return self._read(cast("dict[str, Any]", event), name)
        except AISDKError:
            raise
        except _STRANGE as error:
            message = f"{self.provider} sent an event that cannot be understood: {error}"
            raise MalformedEventError(message, event=data[:_EVENT_LENGTH].decode("utf-8", "replace")) from error

    def answer(self, body: Any) -> list[LanguagePart]:
        """The parts of a whole JSON answer, by the same rules, without previews of tool input."""
        try:
            if not isinstance(body, dict):
                raise TypeError(f"it is a {type(body).__name__}, not an object")
            said = cast("dict[str, Any]", body)
            if not said.get("error") and not isinstance(said.get("output"), list):
                raise ValueError("it has no output")
            return self._finish(said)
        except AISDKError:
            raise
        except _STRANGE as error:
            raise InvalidResponseError(
                f"{self.provider} answered with JSON that is not an answer: {error}",
                body=repr(cast("object", body))[:_EVENT_LENGTH],
            ) from error

    def _read(self, event: dict[str, Any], name: str) -> list[LanguagePart]:
        kind = event.get("type") or name
        if kind == "error" or (event.get("error") and not str(kind).startswith("response.")):
            raise self._error(event)
        if kind in _TERMINAL:
            return self._finish(object_of(event.get("response")))
        reader = _READERS.get(kind) if isinstance(kind, str) else None
        if reader is not None:
            return reader(self, event)
        if isinstance(event.get("response"), dict):
            return self._start(event["response"])
        return []

    def _start(self, response: Mapping[str, Any]) -> list[LanguagePart]:
        parts: list[LanguagePart] = []
        if not self._begun:
            self._begun = True
            if self._warnings:
                parts.append(StreamStart(self._warnings))
        if not self._identified and (response.get("id") or response.get("model")):
            self._identified = True
            created = response.get("created_at")
            known = isinstance(created, int | float) and not isinstance(created, bool)
            parts.append(
                ResponseMetadata(
                    text_of(response.get("id")),
                    text_of(response.get("model")),
                    float(created) if known else None,  # type: ignore[arg-type]
                    self._headers,
                )
            )
        return parts

    def _item(self, event: Mapping[str, Any]) -> _Item:
        """The item that an event is about; one that was never announced is made up."""
        key = _key(event)
        item = self._items.get(key)
        if item is None:
            item = self._items[key] = _Item(key, {"id": event.get("item_id")})
        return item

    def _added(self, event: Mapping[str, Any]) -> list[LanguagePart]:
        said = object_of(event.get("item"))
        item = self._items[_key(event)] = _Item(_key(event), said)
        if said.get("type") not in ("function_call", "custom_tool_call") or self._rules.hosted(said) is not None:
            return []
        return self._preview(item, _text(said.get("arguments")) or _text(said.get("input")), first=True)

    def _text_delta(self, event: Mapping[str, Any]) -> list[LanguagePart]:
        return self._said(self._item(event), ("text", _place(event, "content_index")), _text(event.get("delta")), EMPTY)

    def _refusal_delta(self, event: Mapping[str, Any]) -> list[LanguagePart]:
        block = ("text", _place(event, "content_index"))
        return self._said(self._item(event), block, _text(event.get("delta")), {"refusal": True})

    def _said(self, item: _Item, block: tuple[str, Any], text: str, own: Mapping[str, Any]) -> list[LanguagePart]:
        if not text:
            return []
        if block in item.given:
            return [TextDelta(text, _block_id(item, block))]
        item.given.add(block)
        return [TextDelta(text, _block_id(item, block), self._own({**item.metadata, **own}))]

    def _own(self, metadata: Mapping[str, Any]) -> FrozenDict[str, Any]:
        return freeze({self.provider: metadata}) if metadata else EMPTY

    def _annotation(self, event: Mapping[str, Any]) -> list[LanguagePart]:
        return self._cited(
            self._item(event),
            (str(_place(event, "content_index")), event.get("annotation_index")),
            object_of(event.get("annotation")),
        )

    def _cited(self, item: _Item, place: tuple[str, Any], annotation: Mapping[str, Any]) -> list[LanguagePart]:
        source = source_of(annotation, self._sources, self.provider) if place not in item.given else None
        if source is None:
            return []
        item.given.add(place)
        self._sources += 1
        return [source]

    def _summary_delta(self, event: Mapping[str, Any]) -> list[LanguagePart]:
        return self._thought(self._item(event), ("summary", _place(event, "summary_index")), _text(event.get("delta")))

    def _reasoning_delta(self, event: Mapping[str, Any]) -> list[LanguagePart]:
        return self._thought(self._item(event), ("thought", _place(event, "content_index")), _text(event.get("delta")))

    def _thought(self, item: _Item, block: tuple[str, Any], text: str) -> list[LanguagePart]:
        if not text:
            return []
        if block in item.given:
            return [ReasoningDelta(text, _block_id(item, block))]
        item.given.add(block)
        kind = {"type": "reasoning_text"} if block[0] == "thought" else {}
        identity = {"id": item.id} if item.id else {}
        return [ReasoningDelta(text, _block_id(item, block), self._own({**identity, **kind}))]

    def _input_delta(self, event: Mapping[str, Any]) -> list[LanguagePart]:
        item = self._item(event)
        return self._preview(item, _text(event.get("delta")))

    def _code_delta(self, event: Mapping[str, Any]) -> list[LanguagePart]:
        item = self._item(event)
        code = to_json(_text(event.get("delta")))[1:-1].decode()
        return self._preview(item, code if item.preview else '{"code":"' + code)

    def _preview(self, item: _Item, text: str, *, first: bool = False) -> list[LanguagePart]:
        if not self._previews or not (text or first) or not is_call(item.item):
            return []
        identity = text_of(item.item.get("call_id")) or item.id
        if identity is None:
            return []
        item.preview += text
        name = self._rules.hosted(item.item) or name_of(item.item)
        return [ToolInputDelta(identity, name, text)]

    def _item_done(self, event: Mapping[str, Any]) -> list[LanguagePart]:
        said = object_of(event.get("item"))
        key = _key(event)
        item = self._items.get(key) or self._items.get(said.get("id")) or _Item(key, said)
        self._done.update((key, text_of(said.get("id"))))
        return self._whole(item, said)

    def _whole(self, item: _Item, said: Mapping[str, Any]) -> list[LanguagePart]:
        """What of a complete item was not given out before."""
        item.id = text_of(said.get("id")) or item.id
        kind = said.get("type")
        if kind == "message":
            return self._message(item, said)
        if kind == "reasoning":
            return self._reasoning(item, said)
        if is_call(said):
            return self._call(item, said)
        if is_result(said):
            return [self._result(said)]
        return [ReasoningDelta("", _block_id(item, ("item", 0)), self._own({"item": dict(said)}))]

    def _message(self, item: _Item, said: Mapping[str, Any]) -> list[LanguagePart]:
        told = item.metadata if item.given else {}
        item.metadata = {**({"id": item.id} if item.id else {}), **extra_of(said)}
        news = {name: value for name, value in item.metadata.items() if told.get(name) != value}
        parts: list[LanguagePart] = []
        for place, part in enumerate(_objects(said.get("content"))):
            block = ("text", place)
            refused = part.get("type") == "refusal"
            more = news
            if block not in item.given:
                text = _text(part.get("refusal") if refused else part.get("text"))
                parts += self._said(item, block, text, {"refusal": True} if refused else EMPTY)
                more = {}
            annotations = _objects(part.get("annotations"))
            for number, annotation in enumerate(annotations):
                parts += self._cited(item, (str(place), number), annotation)
            more = {**more, "annotations": annotations} if annotations else more
            if more and block in item.given:
                parts.append(TextDelta("", _block_id(item, block), self._own(more)))
            if isinstance(part.get("logprobs"), list):
                self._logprobs += part["logprobs"]
        return parts

    def _reasoning(self, item: _Item, said: Mapping[str, Any]) -> list[LanguagePart]:
        parts: list[LanguagePart] = []
        places: list[tuple[str, Any]] = []
        for word, field in (("summary", "summary"), ("thought", "content")):
            for place, part in enumerate(_objects(said.get(field))):
                block = (word, place)
                if block not in item.given:
                    parts += self._thought(item, block, _text(part.get("text")))
                places += [block] if block in item.given else []
        first = next((block for block in item.given if block[0] in ("summary", "thought")), ("summary", 0))
        block = places[0] if places else first
        extra = extra_of(said)
        if extra or not item.given:
            identity = {"id": item.id} if item.id else {}
            parts.append(ReasoningDelta("", _block_id(item, block), self._own({**identity, **extra})))
        return parts

    def _call(self, item: _Item, said: Mapping[str, Any]) -> list[LanguagePart]:
        hosted = self._rules.hosted(said)
        text = input_of(said)
        rest = text.removeprefix(item.preview) if item.preview and text.startswith(item.preview) else ""
        parts = self._preview(item, rest) if rest else []
        if hosted is not None:
            found = hosted_parts(said, hosted, self.provider)
            self._hosted.update({part.id: part.name for part in found if isinstance(part, ToolCallPart)})
            return [*parts, *found]
        if not text_of(said.get("call_id")) and not item.id:
            raise ValueError("a tool call has no id")
        if said.get("type") in ("function_call", "custom_tool_call") and not text_of(said.get("name")):
            raise ValueError("a tool call has no name")
        self._called = True
        return [*parts, called(said, self.provider)]

    def _result(self, said: Mapping[str, Any]) -> ToolResultPart:
        """A result that names no call belongs to the latest (a search of tools on the server, recorded)."""
        latest = next(reversed(self._hosted), "") if self._hosted else ""
        identity = text_of(said.get("call_id")) or latest or text_of(said.get("id")) or ""
        name = self._hosted.get(identity) or str(said["type"]).removesuffix("_output").removesuffix("_call")
        return result_part(said, identity, name, self.provider)

    def _finish(self, response: Mapping[str, Any]) -> list[LanguagePart]:
        if response.get("error"):
            raise self._error(response)
        parts = self._start(response)
        for place, said in enumerate(_objects(response.get("output"))):
            if place not in self._done and (text_of(said.get("id")) or place) not in self._done:
                parts += self._whole(self._items.get(place) or _Item(place, said), said)
        self.over = True
        reason, raw, warnings = self._reason(response)
        own = {name: response[name] for name in self._rules.metadata if response.get(name) is not None}
        if self._logprobs:
            own["logprobs"] = self._logprobs
        usage = self._rules.usage(response.get("usage"))
        parts.append(Finish(reason, usage, raw, self._own(own), warnings))
        return parts

    def _reason(self, response: Mapping[str, Any]) -> tuple[FinishReason, str | None, tuple[CallWarning, ...]]:
        status = text_of(response.get("status"))
        raw = text_of(object_of(response.get("incomplete_details")).get("reason")) or status
        reason: FinishReason = self._rules.finish_reasons.get(raw or "completed", "other")
        if reason == "stop" and self._called:
            reason = "tool-calls"
        if status in _UNFINISHED:
            why = f"the answer is {status}: it will be finished in the background"
            return "other", raw, (CallWarning("other", "background", why),)
        return reason, raw, ()

    def _error(self, body: Mapping[str, Any]) -> APIError:
        """The error of an error event, of a failed response, or of an error that came with a good status."""
        response = body.get("response")
        failed = cast("dict[str, Any]", response) if isinstance(response, dict) else body
        info = self._exchange.endpoint.read_error(dict(failed if failed.get("error") else body))
        said = f"{info.code or ''} {info.type or ''}"
        if info.status is None and any(word.startswith(_REFUSED) for word in said.split()):
            info = ErrorInfo(info.message, info.type, info.code, 400)
        return self._exchange.error_of(info, dict(body), headers=self._headers)


_READERS: dict[str, Callable[[ResponsesDecoder, Mapping[str, Any]], list[LanguagePart]]] = {
    "response.output_item.added": ResponsesDecoder._added,
    "response.output_item.done": ResponsesDecoder._item_done,
    "response.output_text.delta": ResponsesDecoder._text_delta,
    "response.refusal.delta": ResponsesDecoder._refusal_delta,
    "response.output_text.annotation.added": ResponsesDecoder._annotation,
    "response.reasoning_summary_text.delta": ResponsesDecoder._summary_delta,
    "response.reasoning_text.delta": ResponsesDecoder._reasoning_delta,
    "response.function_call_arguments.delta": ResponsesDecoder._input_delta,
    "response.custom_tool_call_input.delta": ResponsesDecoder._input_delta,
    "response.mcp_call_arguments.delta": ResponsesDecoder._input_delta,
    "response.code_interpreter_call_code.delta": ResponsesDecoder._code_delta,
}


def _key(event: Mapping[str, Any]) -> Any:
    """What names the item of an event: its place in the output, else its id."""
    place = event.get("output_index")
    if isinstance(place, int):
        return place
    return text_of(event.get("item_id")) or text_of(object_of(event.get("item")).get("id"))


def _place(event: Mapping[str, Any], name: str) -> Any:
    """Which of several; llama.cpp's server, which never has several, does not say (run live)."""
    place = event.get(name)
    return 0 if place is None else place


def _block_id(item: _Item, block: tuple[str, Any]) -> str:
    return f"{item.key}.{block[0]}.{block[1]}"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"a text is a {type(value).__name__}")
    return value


def _objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    return [cast("dict[str, Any]", each) for each in cast("list[Any]", value) if isinstance(each, dict)]

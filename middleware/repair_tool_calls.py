"""Mend tool calls that a model has written badly, without asking it again.

The law: a call of an offered tool whose arguments fit the tool's schema passes as the very object. Another call is
changed only when it becomes one: JSON is repaired, then the form of values is changed to the schema's. What cannot be
mended stays as the model wrote it, so that the caller's usual error rises. A tool name that was not offered is mapped
only to the one offered name that it equals up to case, ``-`` and ``_``, a ``functions.`` in front and special tokens
behind. Ids, order and all other parts stay. Mending twice is mending once.

Truncated JSON is closed only when the finish reason says that the answer was complete. In a stream a call that may need
that waits for the finish, and what comes after it waits, too; previews (``tool-input-delta``) pass, and the call that
follows them is what counts. Put it innermost, next to the model: what stands around sees the mended call.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, cast
from uuid import uuid4

from ai_sdk.call import CallRecord, current_call
from ai_sdk.errors import APIError
from ai_sdk.holding_back import part_or_error, reshaped
from ai_sdk.layer_options import check_kind
from ai_sdk.messages import ToolCallPart
from ai_sdk.model import Layer, Model, layer
from ai_sdk.parts import Finish, LanguagePart, ResponseMetadata, StreamStart, ToolInputDelta
from ai_sdk.repair import MOST_REPAIRED, NOT_READ, calls_in, mended, need_repairer, offered_name, read_json
from ai_sdk.requests import LanguageRequest, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning, LanguageResponse, Usage, fold_language

__all__ = ["repair_tool_calls"]

_FEATURE = "tool call repair"
_COMPLETE = ("stop", "tool-calls")
_PASSING = (ToolInputDelta, ResponseMetadata, StreamStart)


def repair_tool_calls(
    *, coerce: bool = True, names: bool = True, refused: bool = True
) -> Layer[LanguageRequest, LanguageResponse]:
    """Mend the tool calls of answers: their JSON, the form of their values, the names of their tools.

    Mended are: fences and special tokens around the JSON, line breaks in strings, JSON in a string, single quotes,
    trailing commas, comments, Python's True and None, bare words, and, in answers that are surely complete, what is
    missing at the end. ``ai_sdk.repair`` says how, and with which bounds: longer or deeper arguments stay as they are.

    ``coerce``: change the form of values to that of the schema, ``"5"`` to 5; see ``ai_sdk.fitting``. ``names``: map
    names that were not offered. ``refused``: also mend what the provider itself refused with the error code
    ``tool_use_failed`` (groq), when all that the model generated is calls that can be mended; otherwise its error is
    raised as it is.

    Each mended call leaves a warning in the result, of kind ``other`` and feature ``tool call repair``, and reports
    ``repaired`` with it as the detail; neither quotes the arguments. Needs the extra ``repair``: raises
    MissingExtraError when the layer is made without it. A request without tools passes at no cost.
    """
    need_repairer()

    @layer
    async def repair_tool_calls(
        request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]
    ) -> LanguageResponse:
        check_kind(request, LanguageRequest, "repair_tool_calls")
        if not any(isinstance(each, ToolDefinition) for each in request.tools):
            return await call(request)
        answer = _Answer(request, current_call(), coerce, names, refused)
        try:
            response = await call(request)
        except APIError as error:
            saved = answer.saved_from(error)
            if not saved:
                raise
            return LanguageResponse.of(saved, fold_language)
        return await reshaped(response, answer.mended, live=request.stream)

    return repair_tool_calls


class _Answer:
    """One answer to one request, and what was mended in it."""

    def __init__(
        self, request: LanguageRequest, record: CallRecord | None, coerce: bool, names: bool, refused: bool
    ) -> None:
        self._schemas = {each.name: each.input_schema for each in request.tools if isinstance(each, ToolDefinition)}
        self._offered = frozenset(each.name for each in request.tools)
        self._choice = request.tool_choice
        self._limit = request.max_output_tokens
        self._record = record
        self._coerce = coerce
        self._names = names
        self._refused = refused
        self._warnings: tuple[CallWarning, ...] = ()

    async def mended(self, parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        """The parts, with mended calls in the places of broken ones."""
        waiting: list[LanguagePart] = []
        begun = False
        while (part := await part_or_error(parts)) is not None:
            if isinstance(part, Exception):
                saved = self.saved_from(part)
                for each in (*waiting, *saved) if begun or saved else ():
                    yield each
                if saved:
                    return
                try:
                    raise part
                finally:
                    del part
            for each in self._shown(part, waiting):
                begun = begun or each.content
                yield each

    def _shown(self, part: LanguagePart, waiting: list[LanguagePart]) -> list[LanguagePart]:
        """What is shown now that this part is here; the rest is ``waiting``."""
        if isinstance(part, Finish):
            rest = [self._mend(each, self._is_complete(part)) for each in waiting]
            waiting.clear()
            return [*rest, self._finished(part)]
        if waiting and not isinstance(part, _PASSING):
            waiting.append(part)
            return []
        if isinstance(part, ToolCallPart):
            new = self._mend(part, None)
            if new is part and self._may_be_mended_later(part):
                waiting.append(part)
                return []
            return [new]
        return [part]

    def saved_from(self, error: Exception) -> list[LanguagePart]:
        """An answer of the calls that a provider refused, or nothing when one of them cannot be mended."""
        text = _failed_generation(error) if self._refused else None
        if text is None or self._choice == "none":
            return []
        calls: list[LanguagePart] = []
        for name, arguments in calls_in(text):
            written = ToolCallPart(f"call_{uuid4().hex[:24]}", name, arguments)
            tool = self._tool(name)
            found = mended(arguments, self._schemas[tool], coerce=self._coerce, complete=None) if tool else None
            if tool is None or found is None or (isinstance(self._choice, SpecificTool) and self._choice.name != tool):
                return []
            calls.append(replace(written, name=tool, input=found.text))
        for each in calls:
            self._tell(cast("ToolCallPart", each), "took it from what the provider refused")
        return [*calls, self._finished(Finish("tool-calls", Usage(), "tool_use_failed"))] if calls else []

    def _tool(self, name: str) -> str | None:
        """The offered function that a name means."""
        if name in self._schemas:
            return name
        if name in self._offered or not self._names:
            return None
        return offered_name(name, self._schemas)

    def _may_be_mended_later(self, call: ToolCallPart) -> bool:
        if call.provider_executed or len(call.input) > MOST_REPAIRED:
            return False
        return self._tool(call.name) is not None and read_json(call.input) is NOT_READ

    def _is_complete(self, finish: Finish) -> bool:
        """Whether the answer surely came to its end: some servers say so of answers that ran into the limit."""
        used = finish.usage.output_tokens
        return finish.reason in _COMPLETE and not (self._limit and used and used >= self._limit)

    def _mend(self, part: LanguagePart, complete: bool | None) -> LanguagePart:
        if not isinstance(part, ToolCallPart) or part.provider_executed:
            return part
        tool = self._tool(part.name)
        found = mended(part.input, self._schemas[tool], coerce=self._coerce, complete=complete) if tool else None
        if tool is None or found is None:
            return part
        renamed = "" if tool == part.name else "mapped the name of the tool to the one offered"
        what = " and ".join(filter(None, (renamed, found.what)))
        if not what:
            return part
        new = replace(part, name=tool, input=found.text)
        self._tell(new, what)
        return new

    def _tell(self, call: ToolCallPart, what: str) -> None:
        warning = CallWarning("other", _FEATURE, f"the call {call.id} of {call.name}: {what}")
        self._warnings += (warning,)
        if self._record is not None:
            self._record.tell("repaired", warning)

    def _finished(self, finish: Finish) -> Finish:
        return replace(finish, warnings=finish.warnings + self._warnings) if self._warnings else finish


def _failed_generation(error: Exception) -> str | None:
    """What the model wrote when the provider refused its tool calls (groq: ``tool_use_failed``)."""
    body: Any = error.body if isinstance(error, APIError) else None
    details: Any = cast("Mapping[str, Any]", body).get("error") if isinstance(body, Mapping) else None
    if not isinstance(details, Mapping):
        return None
    said = cast("Mapping[str, Any]", details)
    text = said.get("failed_generation")
    return text if said.get("code") == "tool_use_failed" and isinstance(text, str) else None

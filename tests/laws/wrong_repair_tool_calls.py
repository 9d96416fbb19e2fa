"""Implementations of ``repair_tool_calls`` that each break one law."""

from __future__ import annotations

import difflib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace
from typing import Any, cast

import json_repair

from ai_sdk.fitting import fitted
from ai_sdk.messages import ToolCallPart
from ai_sdk.middleware.repair_tool_calls import repair_tool_calls
from ai_sdk.model import Layer, layer
from ai_sdk.parts import Finish, LanguagePart, ToolInputDelta
from ai_sdk.repair import Mended, mended
from ai_sdk.requests import LanguageRequest, ToolDefinition
from ai_sdk.results import LanguageResponse, fold_language

Language = Layer[LanguageRequest, LanguageResponse]
Fix = Callable[[ToolCallPart, dict[str, Any]], ToolCallPart]


def _each_call(fix: Fix, around: Language | None = None) -> Language:
    """Change each call at once, outside of the real layer if it is given."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        schemas = {each.name: each.input_schema for each in request.tools if isinstance(each, ToolDefinition)}
        response: LanguageResponse = await (around(call) if around else call)(request)

        async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            async for part in parts:
                yield fix(part, schemas) if isinstance(part, ToolCallPart) else part

        return await response.through(change)

    return wrong


def _loads(text: str) -> Any:
    return json_repair.loads(text, skip_json_loads=True)


def repair_everything() -> Language:
    """Valid calls are written anew, too."""

    def fix(call: ToolCallPart, _schemas: dict[str, Any]) -> ToolCallPart:
        try:
            return replace(call, input=json.dumps(json.loads(call.input)))
        except ValueError:
            return call

    return _each_call(fix, repair_tool_calls())


def repair_by_asking_the_repairer_first() -> Language:
    """The repairer reads valid calls, too, although their text stays."""

    def fix(call: ToolCallPart, _schemas: dict[str, Any]) -> ToolCallPart:
        json_repair.loads(call.input)
        return call

    return _each_call(fix, repair_tool_calls())


def repair_that_goes_on() -> Language:
    """Each mending wraps a value that was mended once more."""

    def fix(call: ToolCallPart, schemas: dict[str, Any]) -> ToolCallPart:
        try:
            value = json.loads(call.input)
            return replace(call, input=json.dumps({**value, "tags": [*value.get("tags", []), "again"]}))
        except (ValueError, TypeError):
            return call

    return _each_call(fix)


def repair_without_a_look_at_the_schema() -> Language:
    """What is JSON now counts as mended."""

    def fix(call: ToolCallPart, _schemas: dict[str, Any]) -> ToolCallPart:
        value = _loads(call.input)
        return replace(call, input=json.dumps(value)) if isinstance(value, dict) else call

    return _each_call(fix)


def repair_to_nothing() -> Language:
    """What cannot be read becomes no arguments."""

    def fix(call: ToolCallPart, _schemas: dict[str, Any]) -> ToolCallPart:
        try:
            json.loads(call.input)
        except ValueError:
            return replace(call, input="{}")
        return call

    return _each_call(fix, repair_tool_calls())


def repair_to_the_nearest_name() -> Language:
    """A name that was not offered becomes the one that looks most like it."""

    def fix(call: ToolCallPart, schemas: dict[str, Any]) -> ToolCallPart:
        close = difflib.get_close_matches(call.name, schemas, 1, 0.1)
        return replace(call, name=close[0]) if close else call

    return _each_call(fix, repair_tool_calls())


def repair_to_the_first_name_alike() -> Language:
    """Where two offered names are meant, the first is taken."""

    def fix(call: ToolCallPart, schemas: dict[str, Any]) -> ToolCallPart:
        plain = call.name.replace("-", "_").casefold()
        alike = [each for each in schemas if each.replace("-", "_").casefold() == plain]
        return replace(call, name=alike[0]) if alike and call.name not in schemas else call

    return _each_call(fix, repair_tool_calls())


def _closing(call: ToolCallPart, schemas: dict[str, Any]) -> ToolCallPart:
    try:
        json.loads(call.input)
    except ValueError:
        try:
            return replace(call, input=json.dumps(fitted(_loads(call.input), schemas[call.name])))
        except (ValueError, KeyError):
            return call
    return call


def repair_that_closes_at_once() -> Language:
    """Truncated arguments are closed before anybody knows why the answer ended."""
    return _each_call(_closing)


def repair_that_trusts_every_finish() -> Language:
    """Whatever the finish reason is, the answer counts as complete."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        result = await (await call(request)).result()
        parts: list[Any] = [
            *result.content,
            Finish("tool-calls", result.usage, result.raw_finish_reason),
        ]

        async def complete(_request: LanguageRequest) -> LanguageResponse:
            return LanguageResponse.of(parts, fold_language)

        return await repair_tool_calls()(complete)(replace(request, max_output_tokens=None))

    return wrong


def repair_that_forgets_the_token_limit() -> Language:
    """An answer that used all its tokens counts as complete when the server says so."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        return await repair_tool_calls()(call)(replace(request, max_output_tokens=None))

    return wrong


def repair_that_reads_json_alone() -> Language:
    """Nothing is mended."""
    return _each_call(lambda call, _schemas: call)


def repair_that_loses_what_is_left() -> Language:
    """The repairer's first value is taken, whatever stood beside it."""

    def fix(call: ToolCallPart, _schemas: dict[str, Any]) -> ToolCallPart:
        value = _last(_loads(call.input))
        return replace(call, input=json.dumps(value)) if isinstance(value, dict) else call

    return _each_call(fix)


def _last(value: Any) -> Any:
    values = cast("list[Any]", value) if isinstance(value, list) else [value]
    return values[-1] if values else None


def repair_that_shows_broken_calls_last() -> Language:
    """A call that waits does not keep what comes after it."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await call(request)

        async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            late: list[LanguagePart] = []
            async for part in parts:
                if isinstance(part, ToolCallPart) and _is_broken(part.input):
                    late.append(part)
                    continue
                if part.last:
                    for each in late:
                        yield each
                yield part

        async def again(_request: LanguageRequest) -> LanguageResponse:
            return await response.through(change)

        return await repair_tool_calls()(again)(request)

    return wrong


def _is_broken(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def repair_with_new_ids() -> Language:
    """A mended call has another id."""

    def fix(call: ToolCallPart, _schemas: dict[str, Any]) -> ToolCallPart:
        return replace(call, id="new")

    return _each_call(fix, repair_tool_calls())


def repair_of_the_previews() -> Language:
    """Previews are dropped, because they show what was broken."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await repair_tool_calls()(call)(request)

        async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            async for part in parts:
                if not isinstance(part, ToolInputDelta):
                    yield part

        return await response.through(change)

    return wrong


def repair_at_the_end() -> Language:
    """Everything waits for the finish."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await repair_tool_calls()(call)(request)
        parts = [part async for part in response]
        return LanguageResponse.of(parts, fold_language)

    return wrong


def repair_without_bounds() -> Language:
    """The repairer gets every text, however long it takes."""
    return _each_call(_closing)


def repair_in_silence() -> Language:
    """Nobody is told."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await repair_tool_calls()(call)(request)

        async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            async for part in parts:
                yield replace(part, warnings=()) if isinstance(part, Finish) else part

        return await response.through(change)

    return wrong


def repair_that_quotes() -> Language:
    """The warning has the arguments in it."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await repair_tool_calls()(call)(request)

        async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            quoted = ""
            async for part in parts:
                quoted += part.input if isinstance(part, ToolCallPart) else ""
                if isinstance(part, Finish):
                    told = tuple(replace(each, message=each.message + quoted) for each in part.warnings)
                    yield replace(part, warnings=told)
                else:
                    yield part

        return await response.through(change)

    return wrong


def repair_of_refused_calls_without_a_look() -> Language:
    """What the provider refused is taken as it was written."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        try:
            return cast("LanguageResponse", await call(request))
        except Exception as error:
            body: Any = getattr(error, "body", None)
            text = body["error"]["failed_generation"]
            value = _last(json_repair.loads(text))
            if not isinstance(value, dict):
                raise
            written = cast("dict[str, Any]", value)
            arguments = json.dumps(written.get("arguments") or written.get("parameters"))
            found: list[Any] = [
                ToolCallPart("new", str(written.get("name")), arguments),
                Finish("tool-calls", cast("Any", None)),
            ]
            return LanguageResponse.of(found, fold_language)

    return wrong


def fit_what_can_be_fitted(value: Any, schema: Any) -> Any:
    """A value that fits in part is given back, too."""
    try:
        return fitted(value, schema)
    except ValueError:
        return {name: each for name, each in value.items() if name in schema["properties"]}


def fit_always_anew(value: Any, schema: Any) -> Any:
    """A value that fits is copied."""
    return json.loads(json.dumps(fitted(value, schema)))


def closed_when_brackets_are_even(text: str) -> bool:
    """Brackets in strings count, and what stands behind them does not."""
    return "{" in text and text.count("{") == text.count("}") and text.count("[") == text.count("]")


def closed_at_the_last_bracket(text: str) -> bool:
    """A closing bracket at the end is enough."""
    return text.rstrip().endswith(("}", "]"))


def mended_by_swapping_quotes(text: str, schema: Any, **_options: Any) -> Mended | None:
    """Single quotes become double ones, also inside of strings."""
    return mended(text.replace("'", '"'), schema)

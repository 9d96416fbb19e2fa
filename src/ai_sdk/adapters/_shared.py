"""What the adapters share: finding a framework, waiting without an event loop, the errors of other clients."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable, Mapping
from dataclasses import fields
from importlib import import_module
from typing import Any, TypeVar, cast

from ai_sdk import sync
from ai_sdk.errors import AISDKError, InvalidRequestError, MissingExtraError, api_error
from ai_sdk.messages import Message, ToolCallPart, ToolMessage, ToolResultPart, UserContent, _has_parts
from ai_sdk.requests import LanguageRequest, SpecificTool, ToolChoice, ToolDefinition
from ai_sdk.results import FinishReason

__all__ = [
    "arguments_of",
    "as_text",
    "blocking",
    "check_fields",
    "choice_of",
    "each",
    "files_of",
    "finish_reason_of",
    "framework",
    "merged",
    "tool_of",
    "translated",
]

T = TypeVar("T")
_FIELDS = frozenset(each.name for each in fields(LanguageRequest)) - {"messages", "stream"}
_END: Any = object()


def framework(module: str, extra: str) -> Any:
    """A module of a framework. Raises ``MissingExtraError`` naming the extra when it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(f"this adapter needs: pip install 'ai-sdk-layers[{extra}]'", field=extra) from error


def blocking(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine in the event loop of ``ai_sdk.sync`` and wait for it."""
    return sync._bridge.run(make)


def each(make: Callable[[], AsyncGenerator[T, None]]) -> Generator[T, None, None]:
    """Read an async generator from a thread without an event loop; leaving early closes it there."""

    async def begin() -> AsyncGenerator[T, None]:
        return make()

    source = blocking(begin)

    async def one() -> Any:
        return await anext(source, _END)

    try:
        while (item := blocking(one)) is not _END:
            yield item
    finally:
        blocking(source.aclose)


@contextlib.contextmanager
def translated(provider: str) -> Generator[None, None, None]:
    """Give an error of another client that names an HTTP status its class here, so that layers can judge it."""
    try:
        yield
    except AISDKError:
        raise
    except Exception as error:
        status = getattr(error, "status_code", None)
        if not isinstance(status, int):
            raise
        body = getattr(error, "body", None)
        raise api_error(str(error), status=status, provider=provider, body=body) from error


def check_fields(settings: Mapping[str, Any], aliases: Mapping[str, str]) -> dict[str, Any]:
    """Settings under the names of ``LanguageRequest``; what is None is left out.

    Raises ``InvalidRequestError`` for a name that neither a request nor ``aliases`` has.
    """
    known: dict[str, Any] = {}
    for name, value in settings.items():
        name = aliases.get(name, name)
        if name not in _FIELDS:
            raise InvalidRequestError(
                f"there is no setting {name!r}; allowed are {', '.join(sorted(_FIELDS))}", field=name
            )
        if value is not None:
            known[name] = value
    return known


def tool_of(definition: Any) -> Any:
    """A tool in the form of OpenAI's chat completions as a ``ToolDefinition``; anything else as it is."""
    if not isinstance(definition, Mapping) or "function" not in definition:
        return cast("Any", definition)
    function = cast("Mapping[str, Any]", definition["function"])
    schema: Mapping[str, Any] = function.get("parameters") or {"type": "object", "properties": {}}
    return ToolDefinition(function["name"], function.get("description") or None, schema, function.get("strict"))


def choice_of(choice: Any) -> ToolChoice | None:
    """A choice of tools as other frameworks write it: a word, the name of a tool, or OpenAI's object."""
    if choice is None or choice is False or isinstance(choice, SpecificTool):
        return choice or None
    if choice is True or choice in ("any", "required"):
        return "required"
    if choice == "auto" or choice == "none":
        return cast("ToolChoice", choice)
    if isinstance(choice, str):
        return SpecificTool(choice)
    if isinstance(choice, Mapping) and "function" in choice:
        return SpecificTool(cast("Mapping[str, Any]", choice)["function"]["name"])
    raise InvalidRequestError(
        f"tool_choice is {choice!r:.80}; allowed is auto, none, any, required or the name of a tool",
        field="tool_choice",
    )


def arguments_of(call: ToolCallPart) -> dict[str, Any] | None:
    """The arguments of a tool call; None when they are no JSON object."""
    try:
        return call.arguments()
    except AISDKError:
        return None


def as_text(output: Any) -> str:
    """What a tool answered as text: text as it is, anything else as JSON."""
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)


def files_of(result: ToolResultPart) -> tuple[UserContent, ...]:
    """The text and files of a tool result that is made of them; nothing for any other."""
    output: object = result.output
    if not isinstance(output, tuple):
        return ()
    parts = cast("tuple[Any, ...]", output)
    return parts if _has_parts(parts) else ()


def merged(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Messages with neighbouring tool messages made one, as the results of one step are."""
    done: list[Message] = []
    for message in messages:
        last = done[-1] if done else None
        if isinstance(message, ToolMessage) and isinstance(last, ToolMessage):
            done[-1] = ToolMessage((*last.content, *message.content))
        else:
            done.append(message)
    return tuple(done)


_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool-calls": "tool-calls",
    "tool_calls": "tool-calls",
    "tool_call": "tool-calls",
    "tool_use": "tool-calls",
    "function_call": "tool-calls",
    "content-filter": "content-filter",
    "content_filter": "content-filter",
    "safety": "content-filter",
    "refusal": "content-filter",
    "error": "error",
}


def finish_reason_of(raw: str | None, *, calls: bool) -> FinishReason:
    """The finish reason of a framework's or provider's own word; without one, ``tool-calls`` or ``other``."""
    if raw is None:
        return "tool-calls" if calls else "other"
    return _REASONS.get(raw.lower(), "other")

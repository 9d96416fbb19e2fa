"""Chat models of a llama.cpp server, with tool choices that are kept.

The server does not keep ``tool_choice`` ``required`` or a named tool with every model (run live): a weak model just
talks. Its grammar, though, keeps a JSON schema. So such a request is asked as JSON of the tool's input schema, or, with
several tools, of ``{"name": ..., "arguments": ...}``; the tools are told in the system message, and the JSON comes back
as a tool call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import SystemMessage, ToolCallPart
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.provider import to_json
from ai_sdk.providers.openai_compatible._decode import ChatDecoder, Context
from ai_sdk.providers.openai_compatible._encode import encode_chat
from ai_sdk.providers.openai_compatible.language import ChatModel
from ai_sdk.requests import JSONFormat, LanguageRequest, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from ai_sdk.messages import Message
    from ai_sdk.parts import LanguagePart
    from ai_sdk.provider import Exchange

__all__ = ["LlamaCppModel", "forced_tools"]


class LlamaCppModel(ChatModel):
    """A chat model of a llama.cpp server."""

    def encode(self, request: LanguageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        tools = forced_tools(request)
        if not tools:
            return super().encode(request)
        asked = _as_json_request(request, tools)
        body, warnings = encode_chat(asked, self.model_id, self.provider, self.quirks, "json_schema")
        how = "the server keeps this tool choice through a JSON schema"
        warnings.append(CallWarning("compatibility", "tool_choice", how))
        if request.response_format is not None:
            lost = "a forced tool call leaves no room for another format; it was left out"
            warnings.append(CallWarning("unsupported", "response_format", lost))
        return body, warnings

    def decoder(
        self, request: LanguageRequest, exchange: Exchange, headers: Mapping[str, str], warnings: list[CallWarning]
    ) -> ChatDecoder:
        """What reads the answer to a request; pure."""
        tools = forced_tools(request)
        if not tools:
            return super().decoder(request, exchange, headers, warnings)
        tool = tools[0].name if len(tools) == 1 else None
        return CallDecoder(self.context(request, exchange), headers, warnings, tool)


def forced_tools(request: LanguageRequest) -> tuple[ToolDefinition, ...]:
    """The tools of which one must be called; empty when none must."""
    offered = tuple(tool for tool in request.tools if isinstance(tool, ToolDefinition))
    choice = request.tool_choice
    if isinstance(choice, SpecificTool):
        named = tuple(tool for tool in offered if tool.name == choice.name)
        if not named:
            names = ", ".join(tool.name for tool in offered) or "none"
            raise InvalidRequestError(
                f"tool_choice names {choice.name!r}, which is not among the tools: {names}", field="tool_choice"
            )
        return named
    return offered if choice == "required" else ()


def _as_json_request(request: LanguageRequest, tools: tuple[ToolDefinition, ...]) -> LanguageRequest:
    schema = tools[0].input_schema if len(tools) == 1 else _one_of(tools)
    return replace(
        request,
        messages=_told(request.messages, tools),
        tools=(),
        tool_choice=None,
        response_format=JSONFormat(freeze(schema), name="tool_call"),
    )


def _told(messages: tuple[Message, ...], tools: tuple[ToolDefinition, ...]) -> tuple[Message, ...]:
    """The messages with the tools in the system message."""
    form = "the arguments" if len(tools) == 1 else '{"name": the tool, "arguments": its arguments}'
    lines = [f"Call {'this tool' if len(tools) == 1 else 'one of these tools'}. Answer only with JSON: {form}."]
    for tool in tools:
        described = f"{tool.name}: {tool.description}" if tool.description else tool.name
        lines.append(f"{described}\nArguments: {to_json(tool.input_schema).decode()}")
    text = "\n".join(lines)
    if messages and isinstance(messages[0], SystemMessage):
        first = replace(messages[0], content=f"{messages[0].content}\n\n{text}")
        return (first, *messages[1:])
    return (SystemMessage(text), *messages)


def _one_of(tools: tuple[ToolDefinition, ...]) -> dict[str, Any]:
    """The schema of a call of one of the tools; definitions move to its root, under names of their own."""
    definitions: dict[str, Any] = {}
    calls: list[dict[str, Any]] = []
    for tool in tools:
        schema = cast("dict[str, Any]", _renamed(tool.input_schema, tool.name))
        for name, definition in schema.pop("$defs", {}).items():
            definitions[f"{tool.name}.{name}"] = definition
        calls.append(
            {
                "type": "object",
                "properties": {"name": {"const": tool.name}, "arguments": schema},
                "required": ["name", "arguments"],
                "additionalProperties": False,
            }
        )
    return {"oneOf": calls, **({"$defs": definitions} if definitions else {})}


def _renamed(schema: Any, tool: str) -> Any:
    """A copy in which references to definitions carry the tool's name."""
    if isinstance(schema, dict):
        items = cast("dict[str, Any]", schema).items()
        return {key: _reference(value, tool) if key == "$ref" else _renamed(value, tool) for key, value in items}
    if isinstance(schema, tuple):
        return [_renamed(each, tool) for each in cast("tuple[Any, ...]", schema)]
    return schema


def _reference(value: Any, tool: str) -> Any:
    return value.replace("#/$defs/", f"#/$defs/{tool}.", 1) if isinstance(value, str) else _renamed(value, tool)


class CallDecoder(ChatDecoder):
    """Reads an answer whose text is a tool call in JSON. Text that is not complete JSON stays text."""

    hurried = False

    def __init__(
        self, context: Context, headers: Mapping[str, str], warnings: list[CallWarning], tool: str | None
    ) -> None:
        super().__init__(context, headers, warnings, previews=False)
        self._tool = tool
        self._texts: list[str] = []

    def chunk(self, chunk: Any, name: str = "message") -> list[LanguagePart]:
        """The parts of one decoded event; its text is kept for the end."""
        parts: list[LanguagePart] = []
        for part in super().chunk(chunk, name):
            if isinstance(part, TextDelta) and not part.id:
                self._texts.append(part.text)
            else:
                parts.append(part)
        return parts

    def finish(self) -> list[LanguagePart]:
        """The call, and the end of the answer."""
        text = "".join(self._texts)
        *parts, last = super().finish()
        call = self._call(text)
        if call is None:
            return [*parts, *([TextDelta(text)] if text else []), last]
        if isinstance(last, Finish) and last.reason == "stop":
            last = replace(last, reason="tool-calls")
        return [*parts, call, last]

    def _call(self, text: str) -> ToolCallPart | None:
        try:
            value: Any = from_json(text)
        except ValueError:
            return None
        if not isinstance(value, dict):
            return None
        identity = f"call_{self.context.first_call}"
        if self._tool is not None:
            return ToolCallPart(identity, self._tool, text)
        said = cast("dict[str, Any]", value)
        if not isinstance(said.get("name"), str) or not isinstance(said.get("arguments"), dict):
            return None
        return ToolCallPart(identity, said["name"], to_json(said["arguments"]).decode())

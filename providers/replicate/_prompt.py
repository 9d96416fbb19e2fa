"""From messages to the one prompt that language models of Replicate take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    Message,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserMessage,
)
from ai_sdk.provider import to_json
from ai_sdk.results import CallWarning

__all__ = ["Prompt", "prompt_of"]


class Prompt(NamedTuple):
    """The texts of a conversation and the pictures in it."""

    text: str
    system: str
    pictures: tuple[FilePart, ...]
    warnings: list[CallWarning]


def prompt_of(messages: Iterable[Message]) -> Prompt:
    """One question is the prompt as it is; a conversation is told as text, and the answer is to go on from it.

    Raises ``InvalidRequestError`` when there is nothing to answer, ``UnsupportedError`` for files that are no pictures.
    """
    system: list[str] = []
    turns: list[tuple[str, str]] = []
    pictures: list[FilePart] = []
    tools = False
    for message in messages:
        if isinstance(message, SystemMessage):
            system.append(message.content)
        elif isinstance(message, UserMessage):
            files = [part for part in message.content if isinstance(part, FilePart)]
            pictures += [_picture(each) for each in files]
            turns.append(("User", _text(message.content)))
        elif isinstance(message, AssistantMessage):
            tools = tools or any(isinstance(part, ToolCallPart) for part in message.content)
            turns.append(("Assistant", _text(message.content)))
        else:
            tools = True
            turns.append(("User", _results(message)))
    if not turns:
        raise InvalidRequestError("messages has no message of a user: there is nothing to answer", field="messages")
    warnings: list[CallWarning] = []
    if len(turns) > 1 or turns[0][0] != "User":
        how = "these models take one prompt: the conversation is told as text"
        warnings.append(CallWarning("compatibility", "messages", how))
        told = [f"{who}: {text}" for who, text in turns]
        text = "\n\n".join([*told, "Assistant:"] if turns[-1][0] == "User" else told)
    else:
        text = turns[0][1]
    if tools:
        how = "these models have no tools: earlier calls and their results are told as text"
        warnings.append(CallWarning("compatibility", "tool messages", how))
    return Prompt(text, "\n\n".join(system), tuple(pictures), warnings)


def _text(content: Iterable[Any]) -> str:
    """Texts and calls of tools; reasoning and sources are not told again."""
    said: list[str] = []
    for part in content:
        if isinstance(part, TextPart):
            said.append(part.text)
        elif isinstance(part, ToolCallPart):
            said.append(f"({part.name} was called with {part.input})")
        elif isinstance(part, ToolResultPart):
            said.append(_result(part))
    return "\n".join(said)


def _results(message: ToolMessage) -> str:
    return "\n".join(_result(each) for each in message.content)


def _result(part: ToolResultPart) -> str:
    output: Any = part.output
    return f"({part.name} answered) {output if isinstance(output, str) else to_json(output).decode()}"


def _picture(part: FilePart) -> FilePart:
    if not part.media_type.startswith("image/"):
        raise UnsupportedError(
            f"these models take pictures, not {part.media_type}; other files go in as options, under the model's own "
            "name for them",
            field="messages",
        )
    return part

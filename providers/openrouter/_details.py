"""``reasoning_details``: what a router passes on of a model's reasoning, kept whole and sent back as it came.

They arrive in pieces and belong to a whole message. Here they are joined and ride in the metadata of the reasoning part
under the provider's name, so that ``with_details`` can put them into the message again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import AssistantMessage, FilePart, Message, ReasoningPart, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.parts import ReasoningDelta
from ai_sdk.providers.openai_compatible._decode import ChatDecoder

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart

__all__ = ["DetailedDecoder", "ReasoningDetails", "objects_in", "text_in", "with_details", "without_pictures"]

_GROWING = ("text", "summary")
_SERVER_TOOL = "reasoning.server_tool_call"


class ReasoningDetails:
    """Joins the pieces of one message: texts and summaries of one type and index grow, all else stands by itself."""

    def __init__(self) -> None:
        self._details: list[dict[str, Any]] = []

    def add(self, piece: Mapping[str, Any]) -> bool:
        """Take a piece; whether it brought more than text for a detail that is known."""
        growing = next((name for name in _GROWING if f"reasoning.{name}" == piece.get("type")), None)
        known = self._known(piece) if growing is not None else None
        if growing is None or known is None:
            self._details.append(dict(piece))
            return growing is None
        known[growing] = text_in(known, growing) + text_in(piece, growing)
        news = {name: value for name, value in piece.items() if name != growing and value and known.get(name) != value}
        known.update(news)
        return bool(news)

    def _known(self, piece: Mapping[str, Any]) -> dict[str, Any] | None:
        return next((detail for detail in reversed(self._details) if _is_one(detail, piece)), None)

    def whole(self) -> tuple[Any, ...]:
        """The details so far."""
        return cast("tuple[Any, ...]", freeze(self._details))


def _is_one(detail: Mapping[str, Any], piece: Mapping[str, Any]) -> bool:
    if any(detail.get(name) != piece.get(name) for name in ("type", "index")):
        return False
    return not detail.get("id") or not piece.get("id") or bool(detail["id"] == piece["id"])


class DetailedDecoder(ChatDecoder):
    """Reads chat answers whose messages have ``reasoning_details`` and ``images``."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._details = ReasoningDetails()
        self._untold = False
        self._server_calls = 0

    def _choice(self, choice: dict[str, Any]) -> list[LanguagePart]:
        delta = self.delta_of(choice)
        parts = self._reasoned(objects_in(delta, "reasoning_details"))
        parts += super()._choice(choice)
        images = [_image(text_in(each.get("image_url") or {}, "url")) for each in objects_in(delta, "images")]
        return [*parts, *(image for image in images if image is not None)]

    def _reasoned(self, pieces: list[dict[str, Any]]) -> list[LanguagePart]:
        """The details so far when a piece brought more than text; the text itself comes as ``reasoning`` beside it."""
        parts: list[LanguagePart] = []
        tell = False
        for piece in pieces:
            tell = self._details.add(piece) or tell
            if piece.get("type") == _SERVER_TOOL:
                parts += self._server_tool(piece)
        self._untold = self._untold or bool(pieces)
        return [*self._tell(), *parts] if tell else parts

    def _tell(self) -> list[LanguagePart]:
        self._untold = False
        metadata = freeze({self.context.provider: {"reasoning_details": self._details.whole()}})
        return [ReasoningDelta("", provider_metadata=metadata)]

    def _server_tool(self, piece: dict[str, Any]) -> list[LanguagePart]:
        """A tool that the router ran, and what it answered (vendor documents)."""
        self._server_calls += 1
        identity = text_in(piece, "tool_call_id") or text_in(piece, "id") or f"server_{self._server_calls}"
        name = text_in(piece, "tool_name").rpartition(":")[2]
        answered = text_in(piece, "result")
        try:
            output = from_json(answered)
        except ValueError:
            output = answered
        return [
            ToolCallPart(identity, name, text_in(piece, "arguments"), provider_executed=True),
            ToolResultPart(identity, name, output, provider_executed=True),
        ]

    def finish(self) -> list[LanguagePart]:
        """The end of the answer, after the details that were not given out yet."""
        parts = self._tell() if self._untold else []
        return [*parts, *super().finish()]


def _image(url: str) -> FilePart | None:
    """A generated picture; raises ``ValueError`` for one that is no base64."""
    try:
        return FilePart.from_url(url) if url else None
    except InvalidRequestError as error:
        raise ValueError(error.message) from error


def with_details(
    encoded: list[dict[str, Any]], messages: Sequence[Message], provider: str, names: Sequence[str] = ()
) -> None:
    """Write into the encoded assistant messages the details that came from this provider, and generated pictures.

    ``names`` are lists in the metadata of text parts that go back into the message as they came.
    """
    said = [message for message in messages if isinstance(message, AssistantMessage)]
    written = [message for message in encoded if message["role"] == "assistant"]
    for message, body in zip(said, written, strict=True):
        pictures = [_picture(part) for part in message.content if _is_picture(part)]
        if pictures:
            body["images"] = pictures
        for part in message.content:
            own = part.provider_metadata.get(provider)
            if isinstance(part, ReasoningPart):
                _extend(body, own, ("reasoning_details",))
            elif isinstance(part, TextPart):
                _extend(body, own, names)


def without_pictures(message: Message) -> Message:
    """The message without generated pictures, which ``with_details`` writes."""
    if not isinstance(message, AssistantMessage) or not any(_is_picture(part) for part in message.content):
        return message
    return replace(message, content=tuple(part for part in message.content if not _is_picture(part)))


def _is_picture(part: Any) -> bool:
    return isinstance(part, FilePart) and part.media_type.startswith("image/")


def _picture(part: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": part.data_url}}


def _extend(body: dict[str, Any], own: Any, names: Sequence[str]) -> None:
    kept = cast("dict[str, Any]", own) if isinstance(own, dict) else {}
    for name in names:
        if isinstance(kept.get(name), tuple) and kept[name]:
            body[name] = [*body.get(name, ()), *kept[name]]


def objects_in(body: Any, name: str) -> list[dict[str, Any]]:
    """The objects in a list; nothing when it is none."""
    found = cast("dict[str, Any]", body).get(name) if isinstance(body, dict) else None
    listed = cast("list[Any]", found) if isinstance(found, list | tuple) else []
    return [cast("dict[str, Any]", each) for each in listed if isinstance(each, dict)]


def text_in(body: Any, name: str) -> str:
    """A string in an object; empty when there is none."""
    found = cast("Mapping[str, Any]", body).get(name) if isinstance(body, Mapping) else None
    return found if isinstance(found, str) else ""

"""From messages to the input items of the Responses API: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import UnsupportedError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserMessage,
)
from ai_sdk.provider import unsupported
from ai_sdk.providers.openai._responses_items import picture_type
from ai_sdk.providers.openai._responses_tools import output_item
from ai_sdk.results import CallWarning
from ai_sdk.wire import object_of

if TYPE_CHECKING:
    from ai_sdk.messages import AssistantContent

__all__ = ["InputEncoder", "call_id_of"]

_LONGEST_CALL_ID = 64
_OWN_FIELDS = frozenset({"id", "annotations", "refusal", "type", "item", "logprobs"})


def call_id_of(identity: str) -> str:
    """The id of a tool call, cut to the 64 characters that the API takes; always the same for the same id."""
    if 0 < len(identity) <= _LONGEST_CALL_ID:
        return identity
    return "call_" + sha256(identity.encode()).hexdigest()[:40]


class InputEncoder:
    """Writes the messages of one request as input items.

    What the provider said earlier is sent back as the items that it said, with their ids and encrypted content.
    Provider options of a message, and provider metadata of a user's parts, are written into the items as they are.
    A system message with the option ``instructions: True`` is not an item but ``instructions``, which a later request
    that goes on from this one does not inherit. ``stored`` says whether the provider keeps answers: when it does not,
    reasoning without encrypted content means nothing to it. ``reads_reasoning`` says whether the model takes reasoning
    at all. Reasoning that is left out takes the ids of its turn with it: they would ask for it (vendor documents).
    """

    def __init__(
        self,
        provider: str,
        *,
        system_role: str = "system",
        stored: bool = True,
        reads_reasoning: bool = True,
        file_ids: tuple[str, ...] = (),
    ) -> None:
        self.provider = provider
        self.items: list[dict[str, Any]] = []
        self.instructions: str | None = None
        self.warnings: list[CallWarning] = []
        self._system_role = system_role
        self._stored = stored
        self._reads_reasoning = reads_reasoning
        self._file_ids = file_ids
        self._kinds: dict[str, str] = {}
        self._pictures: dict[str, str] = {}

    def add(self, message: Message) -> None:
        """Write one message."""
        more = cast("dict[str, Any]", message.provider_options.get(self.provider) or {})
        if isinstance(message, SystemMessage) and more.get("instructions") is True:
            self.instructions = message.content
        elif isinstance(message, SystemMessage):
            self.items.append({"role": self._system_role, "content": message.content, **more})
        elif isinstance(message, UserMessage):
            if message.name is not None:
                self.warnings.append(unsupported("name", "this API has no names of speakers"))
            self.items.append({"role": "user", "content": self._user_content(message.content), **more})
        elif isinstance(message, AssistantMessage):
            self._assistant(message, more)
        else:
            self._tool(message, more)

    def own(self, part: Any) -> dict[str, Any]:
        """The provider's own metadata of a part."""
        return cast("dict[str, Any]", part.provider_metadata.get(self.provider) or {})

    def _user_content(self, content: Sequence[TextPart | FilePart]) -> Any:
        if len(content) == 1 and isinstance(content[0], TextPart) and not self.own(content[0]):
            return content[0].text
        return self.content(content)

    def content(self, parts: Sequence[TextPart | FilePart]) -> list[Any]:
        """Text and files as content of a user's message or of a tool's output."""
        return [self._input_part(part) for part in parts]

    def _input_part(self, part: TextPart | FilePart) -> dict[str, Any]:
        own = dict(self.own(part))
        if isinstance(part, TextPart):
            return {"type": "input_text", "text": part.text, **own}
        kind = part.media_type.partition("/")[0]
        if kind in ("audio", "video"):
            raise UnsupportedError(
                f"the Responses API of {self.provider} takes no files of type {part.media_type}; allowed are images "
                "and documents",
                field="messages",
            )
        file_id = own.pop("file_id", None) or self._file_id(part)
        if kind == "image":
            where = {"file_id": file_id} if file_id else {"image_url": _image_url(part)}
            return {"type": "input_image", **where, **own}
        return {"type": "input_file", **self._file(part, file_id), **own}

    def _file_id(self, part: FilePart) -> str | None:
        return part.url if part.url is not None and part.url.startswith(self._file_ids) else None

    def _file(self, part: FilePart, file_id: Any) -> dict[str, Any]:
        if file_id:
            return {"file_id": file_id}
        if part.data is None:
            return {"file_url": part.url}
        name = part.filename or ("document.pdf" if part.media_type == "application/pdf" else "document.txt")
        return {"filename": name, "file_data": part.data_url}

    def _assistant(self, message: AssistantMessage, more: dict[str, Any]) -> None:
        turn = _Turn(self, more)
        for part in message.content:
            if isinstance(part, FilePart) and part.data is not None and self.own(part).get("item_id"):
                self._pictures[str(self.own(part)["item_id"])] = part.base64
        for part in message.content:
            turn.add(part)
        self.items += turn.items

    def call(self, part: ToolCallPart, own: Mapping[str, Any]) -> dict[str, Any] | None:
        """The item of a tool call; None for one that another provider has run."""
        item = object_of(own.get("item"))
        if item:
            self._kinds[part.id] = str(item.get("type"))
            return self._with_picture(item)
        if part.provider_executed:
            return None
        kind = "custom_tool_call" if own.get("type") == "custom" else "function_call"
        self._kinds[part.id] = kind
        said = {"input": part.input} if kind == "custom_tool_call" else {"arguments": part.input or "{}"}
        identity = {"id": own["id"]} if own.get("id") else {}
        return {
            "type": kind,
            **identity,
            "call_id": call_id_of(part.id),
            "name": part.name,
            **said,
            **_more(own),
        }

    def _with_picture(self, item: dict[str, Any]) -> dict[str, Any]:
        picture = self._pictures.get(str(item.get("id")))
        return {**item, "result": picture} if picture and item.get("type") == "image_generation_call" else dict(item)

    def reasoning_means_something(self, own: Mapping[str, Any]) -> bool:
        """Whether the provider can read reasoning of its own that is sent back."""
        if not self._reads_reasoning:
            lost = "this model takes no reasoning of earlier turns"
        elif self._stored or own.get("encrypted_content") or own.get("type") == "reasoning_text":
            return True
        else:
            lost = "reasoning that was neither stored nor encrypted cannot be sent back"
        warning = unsupported("reasoning", lost)
        if warning not in self.warnings:
            self.warnings.append(warning)
        return False

    def _tool(self, message: ToolMessage, more: dict[str, Any]) -> None:
        for result in message.content:
            kind = str(self.own(result).get("type") or self._kinds.get(result.id) or "function_call")
            self.items.append({**output_item(result, kind, call_id_of(result.id), self.content), **more})


class _Turn:
    """The items of one assistant message; parts of one item follow each other and have its id."""

    def __init__(self, encoder: InputEncoder, more: dict[str, Any]) -> None:
        self.items: list[dict[str, Any]] = []
        self._encoder = encoder
        self._more = more
        self._open: tuple[str, Any] | None = None
        self._lost_reasoning = False

    def add(self, part: AssistantContent) -> None:
        own = self._encoder.own(part)
        if self._lost_reasoning and not isinstance(part, ReasoningPart) and "item" not in own:
            own = {name: value for name, value in own.items() if name != "id"}
        if isinstance(part, TextPart):
            self._text(part, own)
        elif isinstance(part, ReasoningPart):
            self._reasoning(part, own)
        elif isinstance(part, ToolCallPart):
            self._whole(self._encoder.call(part, own))
        elif isinstance(part, ToolResultPart):
            self._whole(dict(own["item"]) if object_of(own.get("item")) else None)
        elif isinstance(part, FilePart) and not own.get("item_id"):
            how = unsupported("a generated file", "an assistant message takes no files")
            self._encoder.warnings.append(how)

    def _whole(self, item: dict[str, Any] | None) -> None:
        if item is not None:
            self._open = None
            self.items.append(item)

    def _text(self, part: TextPart, own: Mapping[str, Any]) -> None:
        said: dict[str, Any] = {"type": "output_text", "text": part.text}
        if own.get("refusal"):
            said = {"type": "refusal", "refusal": part.text}
        elif own.get("annotations"):
            said["annotations"] = own["annotations"]
        if self._goes_on("message", own):
            self.items[-1]["content"].append(said)
            return
        identity = {"id": own["id"]} if own.get("id") else {}
        self.items.append(
            {"type": "message", **identity, "role": "assistant", "content": [said], **_more(own), **self._more}
        )

    def _reasoning(self, part: ReasoningPart, own: Mapping[str, Any]) -> None:
        if object_of(own.get("item")):
            self._whole(dict(own["item"]))
            return
        if not own:
            return
        if not self._goes_on("reasoning", own):
            if not self._encoder.reasoning_means_something(own):
                self._open, self._lost_reasoning = None, True
                return
            identity = {"id": own["id"]} if own.get("id") else {}
            self.items.append({"type": "reasoning", **identity, "summary": [], **_more(own)})
        item = self.items[-1]
        for name, value in _more(own).items():
            item[name] = value
        if own.get("type") == "reasoning_text":
            item.setdefault("content", []).append({"type": "reasoning_text", "text": part.text})
        elif part.text:
            item["summary"].append({"type": "summary_text", "text": part.text})

    def _goes_on(self, kind: str, own: Mapping[str, Any]) -> bool:
        """Whether a part belongs to the item before it; notes the item that it belongs to."""
        before, self._open = self._open, (kind, own.get("id"))
        return before == self._open


def _more(own: Mapping[str, Any]) -> dict[str, Any]:
    """The further fields of an item that a part brings back."""
    return {name: value for name, value in own.items() if name not in _OWN_FIELDS}


def _image_url(part: FilePart) -> str:
    if part.data is None or not part.media_type.endswith("/*"):
        return part.data_url
    return f"data:{picture_type(part.data)};base64,{part.base64}"

"""Parts that only a stream to a browser has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias, cast

from ai_sdk.approval import ApprovalRequest
from ai_sdk.errors import InvalidRequestError
from ai_sdk.steps import StreamPart

__all__ = ["DataPart", "MessageMetadata", "StepReset", "WebPart"]

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class DataPart:
    """Data of the application's own for its page, as ``data-NAME``.

    A later one with the same ``name`` and ``id`` takes the place of the earlier. A ``transient`` one is shown to the
    page and not kept in the message.
    """

    type: ClassVar[Literal["data"]] = "data"
    content: ClassVar[bool] = True
    last: ClassVar[bool] = False
    name: str
    data: Any
    id: str | None = None
    transient: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidRequestError(
                f"a data part is named {self.name[:80]!r}; allowed are 1 to 64 letters, digits, '_', '.' and '-'",
                field="name",
            )


@dataclass(frozen=True, slots=True)
class MessageMetadata:
    """Something about the whole message, such as the model or the tokens; later ones add to earlier ones."""

    type: ClassVar[Literal["message-metadata"]] = "message-metadata"
    content: ClassVar[bool] = False
    last: ClassVar[bool] = False
    value: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not isinstance(cast("object", self.value), Mapping):
            raise InvalidRequestError(
                f"value is a {type(self.value).__name__}; allowed is a mapping, since metadata are merged",
                field="value",
            )


@dataclass(frozen=True, slots=True)
class StepReset:
    """Read from a stream: what this step has said so far is to be forgotten, because it is tried again."""

    type: ClassVar[Literal["step-reset"]] = "step-reset"
    content: ClassVar[bool] = False
    last: ClassVar[bool] = False


WebPart: TypeAlias = StreamPart | ApprovalRequest | DataPart | MessageMetadata | StepReset
"""What a stream to a browser is made of: the parts of ``stream_text`` or of an agent, and those of this module."""

"""The parts of a response that is still arriving.

Whole content that needs no deltas arrives as the content classes of ``messages``: a tool call, a tool result of the
provider, a source, a file. ``tool-input-delta`` is a preview; the ``tool-call`` part is authoritative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from ai_sdk._frozen import EMPTY, frozen
from ai_sdk.messages import FilePart, SourcePart, ToolCallPart, ToolResultPart

if TYPE_CHECKING:
    from ai_sdk.results import CallWarning, FinishReason, Segment, Usage

__all__ = [
    "AudioDelta",
    "Finish",
    "LanguagePart",
    "ReasoningDelta",
    "ResponseMetadata",
    "SpeechPart",
    "StreamStart",
    "TextDelta",
    "ToolInputDelta",
    "TranscriptDelta",
    "TranscriptFinish",
    "TranscriptSegment",
    "TranscriptionPart",
]


@frozen()
class StreamStart:
    """Warnings about the request: settings that the model lacks and that were left out."""

    type: ClassVar[Literal["stream-start"]] = "stream-start"
    content: ClassVar[bool] = False
    last: ClassVar[bool] = False
    warnings: tuple[CallWarning, ...] = ()


@frozen()
class ResponseMetadata:
    """Who answered: the provider's response id, the model that served, the time (Unix seconds), the response headers.

    A later one adds to an earlier one; None leaves a field as it was.
    """

    type: ClassVar[Literal["response-metadata"]] = "response-metadata"
    content: ClassVar[bool] = False
    last: ClassVar[bool] = False
    id: str | None = None
    model: str | None = None
    timestamp: float | None = None
    headers: Mapping[str, str] = field(default=EMPTY, repr=False)


@frozen()
class TextDelta:
    """More text. Deltas with one ``id`` belong to one block of text; blocks with different ids may interleave."""

    type: ClassVar[Literal["text-delta"]] = "text-delta"
    content: ClassVar[bool] = True
    last: ClassVar[bool] = False
    text: str
    id: str = ""
    provider_metadata: Mapping[str, Any] = EMPTY


@frozen()
class ReasoningDelta:
    """More reasoning. Metadata such as a signature may come with empty text; that of later deltas adds to earlier."""

    type: ClassVar[Literal["reasoning-delta"]] = "reasoning-delta"
    content: ClassVar[bool] = True
    last: ClassVar[bool] = False
    text: str
    id: str = ""
    provider_metadata: Mapping[str, Any] = EMPTY


@frozen()
class ToolInputDelta:
    """More of the JSON text of a tool call's arguments, for showing; the first one of an ``id`` may be empty."""

    type: ClassVar[Literal["tool-input-delta"]] = "tool-input-delta"
    content: ClassVar[bool] = True
    last: ClassVar[bool] = False
    id: str
    name: str
    delta: str


@frozen()
class Finish:
    """The end of a complete response: why it ended and what it used. ``raw_reason`` is the provider's own word."""

    type: ClassVar[Literal["finish"]] = "finish"
    content: ClassVar[bool] = False
    last: ClassVar[bool] = True
    reason: FinishReason
    usage: Usage
    raw_reason: str | None = None
    provider_metadata: Mapping[str, Any] = EMPTY
    warnings: tuple[CallWarning, ...] = ()


@frozen()
class AudioDelta:
    """More bytes of audio, in the media type that the result names."""

    type: ClassVar[Literal["audio-delta"]] = "audio-delta"
    content: ClassVar[bool] = True
    last: ClassVar[bool] = False
    data: bytes
    media_type: str = "audio/mpeg"


@frozen()
class TranscriptDelta:
    """More text of a transcript."""

    type: ClassVar[Literal["transcript-delta"]] = "transcript-delta"
    content: ClassVar[bool] = True
    last: ClassVar[bool] = False
    text: str


@frozen()
class TranscriptSegment:
    """A segment of a transcript with its times. It adds no text: that comes as deltas."""

    type: ClassVar[Literal["transcript-segment"]] = "transcript-segment"
    content: ClassVar[bool] = True
    last: ClassVar[bool] = False
    segment: Segment


@frozen()
class TranscriptFinish:
    """The end of a complete transcript."""

    type: ClassVar[Literal["transcript-finish"]] = "transcript-finish"
    content: ClassVar[bool] = False
    last: ClassVar[bool] = True
    usage: Usage
    language: str | None = None
    duration: float | None = None
    words: tuple[Segment, ...] = ()
    provider_metadata: Mapping[str, Any] = EMPTY


LanguagePart: TypeAlias = (
    StreamStart
    | ResponseMetadata
    | TextDelta
    | ReasoningDelta
    | ToolInputDelta
    | ToolCallPart
    | ToolResultPart
    | SourcePart
    | FilePart
    | Finish
)
SpeechPart: TypeAlias = StreamStart | ResponseMetadata | AudioDelta | Finish
TranscriptionPart: TypeAlias = StreamStart | ResponseMetadata | TranscriptDelta | TranscriptSegment | TranscriptFinish

"""One frozen result for each kind of model, and how the parts of a response fold into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from ai_sdk._frozen import EMPTY, FrozenDict, frozen
from ai_sdk.media import dimensions_of, extension_of, media_type_of, shown_in_notebook
from ai_sdk.messages import (
    AssistantContent,
    AssistantMessage,
    FilePart,
    ReasoningPart,
    SourcePart,
    TextPart,
    ToolCallPart,
)
from ai_sdk.parts import (
    AudioDelta,
    Finish,
    LanguagePart,
    ReasoningDelta,
    ResponseMetadata,
    SpeechPart,
    StreamStart,
    TextDelta,
    ToolInputDelta,
    TranscriptDelta,
    TranscriptFinish,
    TranscriptionPart,
    TranscriptSegment,
)
from ai_sdk.response import Response

if TYPE_CHECKING:
    from ai_sdk.call import Attempt

__all__ = [
    "CallWarning",
    "EmbeddingResult",
    "FinishReason",
    "GeneratedFile",
    "ImageResult",
    "LanguageResponse",
    "LanguageResult",
    "RankedDocument",
    "RerankResult",
    "ResponseInfo",
    "Segment",
    "SpeechResponse",
    "SpeechResult",
    "TranscriptionResponse",
    "TranscriptionResult",
    "Usage",
    "VideoResult",
    "fold_language",
    "fold_speech",
    "fold_transcription",
]

FinishReason: TypeAlias = Literal["stop", "length", "tool-calls", "content-filter", "error", "other"]


@frozen()
class CallWarning:
    """Something that was asked for and was not done, or not as asked.

    ``unsupported``: the model lacks ``feature``, which was left out. ``compatibility``: it was done another way.
    """

    kind: Literal["unsupported", "compatibility", "other"]
    feature: str
    message: str


@frozen()
class Usage:
    """Tokens. ``input_tokens`` is uncached + cache read + cache write; ``output_tokens`` is text + reasoning.

    What the provider did not say is None, never 0. ``raw`` is the provider's own object. The sum of usages adds what is
    known; ``Usage()`` is its zero.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    raw: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def uncached_tokens(self) -> int | None:
        """Input that was neither read from nor written to a cache."""
        if self.input_tokens is None:
            return None
        return max(0, self.input_tokens - (self.cache_read_tokens or 0) - (self.cache_write_tokens or 0))

    @property
    def text_tokens(self) -> int | None:
        """Output that is not reasoning."""
        return None if self.output_tokens is None else max(0, self.output_tokens - (self.reasoning_tokens or 0))

    @property
    def total_tokens(self) -> int | None:
        """Input and output."""
        return _add(self.input_tokens, self.output_tokens)

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            _add(self.input_tokens, other.input_tokens),
            _add(self.output_tokens, other.output_tokens),
            _add(self.cache_read_tokens, other.cache_read_tokens),
            _add(self.cache_write_tokens, other.cache_write_tokens),
            _add(self.reasoning_tokens, other.reasoning_tokens),
        )


def _add(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other


@frozen()
class ResponseInfo:
    """Who answered: the provider's response id, the model that served, the time (Unix seconds), the headers."""

    id: str | None = None
    model: str | None = None
    timestamp: float | None = None
    headers: Mapping[str, str] = field(default=EMPTY, repr=False)


@frozen(kw_only=True)
class _Result:
    warnings: tuple[CallWarning, ...] = ()
    usage: Usage = Usage()
    response: ResponseInfo = field(default=ResponseInfo(), compare=False)
    provider_metadata: Mapping[str, Any] = EMPTY
    attempts: tuple[Attempt, ...] = field(default=(), compare=False, repr=False)


@frozen(kw_only=True)
class LanguageResult(_Result):
    """A finished answer of a language model; ``finish_reason`` is None only in the partial result of an error."""

    content: tuple[AssistantContent, ...] = ()
    finish_reason: FinishReason | None = None
    raw_finish_reason: str | None = None

    @property
    def text(self) -> str:
        """The text, joined."""
        return "".join([part.text for part in self.content if isinstance(part, TextPart)])

    @property
    def reasoning(self) -> str:
        """The reasoning, joined."""
        return "".join([part.text for part in self.content if isinstance(part, ReasoningPart)])

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The tool calls, in order."""
        return tuple([part for part in self.content if isinstance(part, ToolCallPart)])

    @property
    def sources(self) -> tuple[SourcePart, ...]:
        """What the answer rests on."""
        return tuple([part for part in self.content if isinstance(part, SourcePart)])

    @property
    def files(self) -> tuple[FilePart, ...]:
        """Generated files."""
        return tuple([part for part in self.content if isinstance(part, FilePart)])

    @property
    def message(self) -> AssistantMessage:
        """The answer as a message, to be sent back in the next turn."""
        return AssistantMessage(self.content)


@frozen(kw_only=True)
class EmbeddingResult(_Result):
    """One vector for each value of the request, in order."""

    embeddings: tuple[tuple[float, ...], ...] = field(default=(), repr=False)


@frozen()
class GeneratedFile:
    """Bytes that a model made. Without a ``media_type`` it is what the bytes themselves tell.

    ``width`` and ``height`` are those of a picture, in pixels; None for anything else. A notebook shows pictures, plays
    sounds and films.
    """

    data: bytes = field(repr=False)
    media_type: str = ""

    def __post_init__(self) -> None:
        if not self.media_type or self.media_type.endswith(("/*", "/octet-stream")):
            known = media_type_of(self.data) or self.media_type or "application/octet-stream"
            object.__setattr__(self, "media_type", known)

    @property
    def dimensions(self) -> tuple[int, int] | None:
        """Width and height of a picture in pixels."""
        return dimensions_of(self.data) if self.media_type.startswith("image/") else None

    @property
    def width(self) -> int | None:
        """The width of a picture in pixels."""
        found = self.dimensions
        return found[0] if found else None

    @property
    def height(self) -> int | None:
        """The height of a picture in pixels."""
        found = self.dimensions
        return found[1] if found else None

    @property
    def extension(self) -> str:
        """The usual end of a file's name for this media type, without the dot: ``png``."""
        return extension_of(self.media_type)

    @property
    def part(self) -> FilePart:
        """The same as a part of a message, to be shown to a model."""
        return FilePart(data=self.data, media_type=self.media_type)

    def save(self, path: str | Path) -> Path:
        """Write the bytes to a file and return its path."""
        path = Path(path)
        path.write_bytes(self.data)
        return path

    def __repr__(self) -> str:
        size = self.dimensions
        pixels = f", {size[0]}x{size[1]}" if size else ""
        return f"GeneratedFile({self.media_type}{pixels}, {len(self.data)} bytes)"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str] | None:
        """What a notebook shows."""
        return shown_in_notebook(self.data, self.media_type)


@frozen(kw_only=True)
class ImageResult(_Result):
    """The pictures, in order."""

    images: tuple[GeneratedFile, ...] = ()

    @property
    def image(self) -> GeneratedFile:
        """The first picture."""
        return self.images[0]


@frozen(kw_only=True)
class VideoResult(_Result):
    """The videos, in order."""

    videos: tuple[GeneratedFile, ...] = ()

    @property
    def video(self) -> GeneratedFile:
        """The first video."""
        return self.videos[0]


@frozen(kw_only=True)
class SpeechResult(_Result):
    """Spoken audio."""

    audio: bytes = field(default=b"", repr=False)
    media_type: str = "audio/mpeg"

    @property
    def file(self) -> GeneratedFile:
        """The audio as a file."""
        return GeneratedFile(self.audio, self.media_type)

    def save(self, path: str | Path) -> Path:
        """Write the audio to a file and return its path."""
        return self.file.save(path)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str] | None:
        """What a notebook shows."""
        return shown_in_notebook(self.audio, self.media_type)


@frozen()
class Segment:
    """A piece of a transcript, or a word of it; times are in seconds from the start of the audio."""

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None


@frozen(kw_only=True)
class TranscriptionResult(_Result):
    """A transcript. ``language`` as the provider names it, ``duration`` in seconds."""

    text: str = ""
    segments: tuple[Segment, ...] = ()
    words: tuple[Segment, ...] = ()
    language: str | None = None
    duration: float | None = None


@frozen()
class RankedDocument:
    """``index`` is the document's place in the request; a higher ``score`` is more relevant."""

    index: int
    score: float
    document: str | FrozenDict[str, Any]


@frozen(kw_only=True)
class RerankResult(_Result):
    """The documents, most relevant first."""

    ranking: tuple[RankedDocument, ...] = ()

    @property
    def documents(self) -> tuple[str | FrozenDict[str, Any], ...]:
        """The documents alone, most relevant first."""
        return tuple(each.document for each in self.ranking)


LanguageResponse: TypeAlias = Response[LanguagePart, LanguageResult]
SpeechResponse: TypeAlias = Response[SpeechPart, SpeechResult]
TranscriptionResponse: TypeAlias = Response[TranscriptionPart, TranscriptionResult]


_DELTAS = (TextDelta, ReasoningDelta)
_NOBODY = ResponseInfo()
_UNKNOWN = Usage()


class _Block:
    """A block of text or reasoning, while its deltas are gathered."""

    __slots__ = ("kind", "metadata", "texts")

    def __init__(self, kind: type[TextPart | ReasoningPart]) -> None:
        self.kind = kind
        self.texts: list[str] = []
        self.metadata: dict[str, Any] = {}

    def part(self) -> TextPart | ReasoningPart:
        return self.kind("".join(self.texts), FrozenDict(self.metadata) if self.metadata else EMPTY)


def fold_language(parts: Sequence[LanguagePart]) -> LanguageResult:
    """Fold parts into a result: blocks in the order of their first delta, previews of tool input left out."""
    content: list[_Block | AssistantContent] = []
    blocks: dict[tuple[type[Any], str], _Block] = {}
    info = _NOBODY
    warnings: tuple[CallWarning, ...] = ()
    finish: Finish | None = None
    last: tuple[type[Any], str] | None = None
    block = _Block(TextPart)
    for part in parts:
        if isinstance(part, _DELTAS):
            if last is None or part.id != last[1] or part.__class__ is not last[0]:
                last = (type(part), part.id)
                known = blocks.get(last)
                if known is None:
                    known = blocks[last] = _Block(TextPart if isinstance(part, TextDelta) else ReasoningPart)
                    content.append(known)
                block = known
            block.texts.append(part.text)
            if part.provider_metadata:
                _merge(block.metadata, part.provider_metadata)
        elif isinstance(part, ToolInputDelta):
            continue
        elif isinstance(part, ResponseMetadata):
            info = _add_info(info, part)
        elif isinstance(part, StreamStart):
            warnings += part.warnings
        elif isinstance(part, Finish):
            finish = part
            warnings += part.warnings
        else:
            content.append(part)
    return LanguageResult(
        content=tuple([each for each in map(_whole, content) if each is not None]),
        finish_reason=finish.reason if finish else None,
        raw_finish_reason=finish.raw_reason if finish else None,
        usage=finish.usage if finish else _UNKNOWN,
        provider_metadata=finish.provider_metadata if finish else EMPTY,
        warnings=warnings,
        response=info,
    )


def _whole(content: _Block | AssistantContent) -> AssistantContent | None:
    """The part of a block, None when nothing is in it; other content as it is."""
    if not isinstance(content, _Block):
        return content
    part = content.part()
    return part if part.text or part.provider_metadata else None


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        have = into.get(name)
        if isinstance(have, dict) and isinstance(value, dict):
            value = FrozenDict({**cast("dict[str, Any]", have), **cast("dict[str, Any]", value)})
        into[name] = value


def _add_info(info: ResponseInfo, part: ResponseMetadata) -> ResponseInfo:
    if info is _NOBODY:
        return ResponseInfo(part.id, part.model, part.timestamp, part.headers)
    return ResponseInfo(
        part.id if part.id is not None else info.id,
        part.model if part.model is not None else info.model,
        part.timestamp if part.timestamp is not None else info.timestamp,
        part.headers or info.headers,
    )


def fold_speech(parts: Sequence[SpeechPart]) -> SpeechResult:
    """Fold audio deltas into one piece of audio."""
    info = ResponseInfo()
    warnings: tuple[CallWarning, ...] = ()
    audio: list[AudioDelta] = []
    finish: Finish | None = None
    for part in parts:
        if isinstance(part, AudioDelta):
            audio.append(part)
        elif isinstance(part, ResponseMetadata):
            info = _add_info(info, part)
        else:
            warnings += part.warnings
            finish = part if isinstance(part, Finish) else finish
    return SpeechResult(
        audio=b"".join([part.data for part in audio]),
        media_type=audio[0].media_type if audio else "audio/mpeg",
        usage=finish.usage if finish else Usage(),
        provider_metadata=finish.provider_metadata if finish else EMPTY,
        warnings=warnings,
        response=info,
    )


def fold_transcription(parts: Sequence[TranscriptionPart]) -> TranscriptionResult:
    """Fold text deltas and segments into one transcript."""
    info = ResponseInfo()
    warnings: tuple[CallWarning, ...] = ()
    texts: list[str] = []
    segments: list[Segment] = []
    finish: TranscriptFinish | None = None
    for part in parts:
        if isinstance(part, TranscriptDelta):
            texts.append(part.text)
        elif isinstance(part, TranscriptSegment):
            segments.append(part.segment)
        elif isinstance(part, ResponseMetadata):
            info = _add_info(info, part)
        elif isinstance(part, StreamStart):
            warnings += part.warnings
        else:
            finish = part
    return TranscriptionResult(
        text="".join(texts),
        segments=tuple(segments),
        words=finish.words if finish else (),
        language=finish.language if finish else None,
        duration=finish.duration if finish else None,
        usage=finish.usage if finish else Usage(),
        provider_metadata=finish.provider_metadata if finish else EMPTY,
        warnings=warnings,
        response=info,
    )

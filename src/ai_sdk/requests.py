"""One frozen request for each kind of model.

Requests are immutable values: every attempt sees an equal one, and a layer that changes a request changes a copy
(``dataclasses.replace``). Sequences become tuples and mappings ``FrozenDict`` when a request is made. Settings that are
None are the provider's to choose. ``headers`` go out with the HTTP request; ``provider_options`` are namespaced by
provider (``{"groq": {"reasoning_format": "parsed"}}``) and reach that provider alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal, TypeAlias

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import FilePart, Message

__all__ = [
    "AnyRequest",
    "EmbeddingRequest",
    "ImageRequest",
    "JSONFormat",
    "LanguageRequest",
    "ProviderTool",
    "ReasoningEffort",
    "RerankRequest",
    "SpecificTool",
    "SpeechRequest",
    "ToolChoice",
    "ToolDefinition",
    "TranscriptionRequest",
    "VideoRequest",
]

Options: TypeAlias = FrozenDict[str, Any]
Headers: TypeAlias = FrozenDict[str, str]
ReasoningEffort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh"]


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool as the model sees it. ``input_schema`` is the JSON Schema of its arguments, an object."""

    name: str
    description: str | None = None
    input_schema: Options = field(default_factory=lambda: freeze({"type": "object", "properties": {}}))
    strict: bool | None = None
    provider_options: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "input_schema", freeze(self.input_schema))
        object.__setattr__(self, "provider_options", freeze(self.provider_options))


@dataclass(frozen=True, slots=True)
class ProviderTool:
    """A tool that the provider runs itself, such as ``ProviderTool("groq.browser_search")``."""

    id: str
    args: Options = EMPTY

    def __post_init__(self) -> None:
        object.__setattr__(self, "args", freeze(self.args))

    @property
    def name(self) -> str:
        """The id without the provider."""
        return self.id.partition(".")[2] or self.id


@dataclass(frozen=True, slots=True)
class SpecificTool:
    """The choice of one tool: the model must call the tool of this name."""

    name: str


ToolChoice: TypeAlias = Literal["auto", "none", "required"] | SpecificTool


@dataclass(frozen=True, slots=True)
class JSONFormat:
    """The answer must be JSON, of ``schema`` when there is one.

    ``strict``: None leaves it to the provider's door, which asks for it where the model supports it.
    """

    schema: Options | None = None
    name: str | None = None
    description: str | None = None
    strict: bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "schema", freeze(self.schema))


class _Request:
    """Freezes the fields of a request and checks its numbers."""

    __slots__ = ()
    _ranges: ClassVar[Mapping[str, tuple[float, float]]] = {}

    def __post_init__(self) -> None:
        for name in _FROZEN[type(self)]:
            value = getattr(self, name)
            if value is not EMPTY and value != ():
                object.__setattr__(self, name, freeze(value))
        for name, (low, high) in self._ranges.items():
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not low <= value <= high):
                allowed = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
                raise InvalidRequestError(f"{name} is {value!r}; allowed is a number {allowed}", field=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRequest(_Request):
    """What to answer, and how.

    ``stream`` is a wish: with False the provider makes one JSON call and hands out its parts at once.
    """

    _ranges: ClassVar[Mapping[str, tuple[float, float]]] = {
        "max_output_tokens": (1, math.inf),
        "temperature": (0, math.inf),
        "top_p": (0, 1),
        "top_k": (0, math.inf),
    }

    messages: tuple[Message, ...]
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    reasoning: ReasoningEffort | None = None
    tools: tuple[ToolDefinition | ProviderTool, ...] = ()
    tool_choice: ToolChoice | None = None
    response_format: JSONFormat | None = None
    stream: bool = False
    headers: Headers = EMPTY
    provider_options: Options = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingRequest(_Request):
    """Texts to embed, in order. ``dimensions`` shortens the vectors where the model can."""

    _ranges: ClassVar[Mapping[str, tuple[float, float]]] = {"dimensions": (1, math.inf)}

    values: tuple[str, ...]
    dimensions: int | None = None
    headers: Headers = EMPTY
    provider_options: Options = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest(_Request):
    """A picture to make: ``size="1024x1024"``, ``aspect_ratio="16:9"``; ``files`` are pictures to edit."""

    _ranges: ClassVar[Mapping[str, tuple[float, float]]] = {"n": (1, math.inf)}

    prompt: str
    n: int = 1
    size: str | None = None
    aspect_ratio: str | None = None
    seed: int | None = None
    files: tuple[FilePart, ...] = ()
    mask: FilePart | None = None
    headers: Headers = EMPTY
    provider_options: Options = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest(_Request):
    """Text to speak. ``output_format`` is a word such as ``mp3``, ``wav`` or ``pcm``; ``speed`` 1.0 is normal."""

    _ranges: ClassVar[Mapping[str, tuple[float, float]]] = {"speed": (0, math.inf)}

    text: str
    voice: str | None = None
    output_format: str | None = None
    instructions: str | None = None
    speed: float | None = None
    language: str | None = None
    stream: bool = False
    headers: Headers = EMPTY
    provider_options: Options = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionRequest(_Request):
    """Audio to write down. ``language`` is an ISO 639-1 code, ``prompt`` words that help the spelling."""

    audio: bytes = field(repr=False)
    media_type: str = "audio/wav"
    filename: str | None = None
    language: str | None = None
    prompt: str | None = None
    temperature: float | None = None
    stream: bool = False
    headers: Headers = EMPTY
    provider_options: Options = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankRequest(_Request):
    """Documents to put in order of their relevance to ``query``; ``top_n`` is how many to return."""

    _ranges: ClassVar[Mapping[str, tuple[float, float]]] = {"top_n": (1, math.inf)}

    query: str
    documents: tuple[str | FrozenDict[str, Any], ...]
    top_n: int | None = None
    headers: Headers = EMPTY
    provider_options: Options = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest(_Request):
    """A video to make. ``duration`` in seconds, ``resolution`` as ``"1280x720"``, ``image`` is the first frame."""

    _ranges: ClassVar[Mapping[str, tuple[float, float]]] = {"n": (1, math.inf), "duration": (0, math.inf)}

    prompt: str
    n: int = 1
    aspect_ratio: str | None = None
    resolution: str | None = None
    duration: float | None = None
    fps: int | None = None
    seed: int | None = None
    image: FilePart | None = None
    headers: Headers = EMPTY
    provider_options: Options = EMPTY


AnyRequest: TypeAlias = (
    LanguageRequest
    | EmbeddingRequest
    | ImageRequest
    | SpeechRequest
    | TranscriptionRequest
    | RerankRequest
    | VideoRequest
)
_CONTAINERS = ("tuple[", "Headers", "Options")
_FROZEN: dict[type[Any], tuple[str, ...]] = {
    kind: tuple(each.name for each in fields(kind) if str(each.type).startswith(_CONTAINERS))
    for kind in (
        LanguageRequest,
        EmbeddingRequest,
        ImageRequest,
        SpeechRequest,
        TranscriptionRequest,
        RerankRequest,
        VideoRequest,
    )
}

"""One frozen request for each kind of model.

Requests are immutable values: every attempt sees an equal one, and a layer that changes a request changes a copy
(``dataclasses.replace``). Sequences become tuples and mappings ``FrozenDict`` when a request is made. Settings that are
None are the provider's to choose. ``headers`` go out with the HTTP request; ``provider_options`` are namespaced by
provider (``{"groq": {"reasoning_format": "parsed"}}``) and reach that provider alone. ``layer_options`` are namespaced
by layer (``{"cache": {"mode": "refresh"}}``): what this one call wants of the layers around the model; no provider sees
them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import field, fields, replace
from operator import attrgetter
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias, TypeVar, cast, get_args

from ai_sdk._frozen import EMPTY, FrozenDict, freeze, frozen
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import AssistantMessage, FilePart, Message, SystemMessage, ToolMessage, UserMessage

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
    "changed",
]

Options: TypeAlias = Mapping[str, Any]
Headers: TypeAlias = Mapping[str, str]
Req = TypeVar("Req")
ReasoningEffort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh"]


@frozen()
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


@frozen()
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


@frozen()
class SpecificTool:
    """The choice of one tool: the model must call the tool of this name."""

    name: str


ToolChoice: TypeAlias = Literal["auto", "none", "required"] | SpecificTool


@frozen()
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
    """Freezes the fields of a request and checks each that is not at its default."""

    __slots__ = ()
    _ranges: ClassVar[Mapping[str, tuple[float, float]]] = {}

    def __post_init__(self) -> None:
        get_all, _, _ = _COPYING[type(self)]
        for value, (name, default, kind) in zip(get_all(self), _FIELDS[type(self)], strict=True):
            if value is not default and not (kind.many and kind.are(value)):
                self._take(name, value, kind)

    def _take(self, name: str, value: Any, kind: _Kind) -> None:
        if kind.frozen:
            value = freeze(value)
        object.__setattr__(self, name, value)
        _check(name, value, kind)
        if name in self._ranges and value is not None:
            _check_range(name, value, *self._ranges[name])


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        allowed = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
        raise InvalidRequestError(f"{name} is {value!r}; allowed is a number {allowed}", field=name)


@frozen(kw_only=True)
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
    headers: Headers = field(default=EMPTY, repr=False)
    provider_options: Options = EMPTY
    layer_options: Options = EMPTY


@frozen(kw_only=True)
class EmbeddingRequest(_Request):
    """Texts to embed, in order. ``dimensions`` shortens the vectors where the model can."""

    _ranges: ClassVar[Mapping[str, tuple[float, float]]] = {"dimensions": (1, math.inf)}

    values: tuple[str, ...]
    dimensions: int | None = None
    headers: Headers = field(default=EMPTY, repr=False)
    provider_options: Options = EMPTY
    layer_options: Options = EMPTY


@frozen(kw_only=True)
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
    headers: Headers = field(default=EMPTY, repr=False)
    provider_options: Options = EMPTY
    layer_options: Options = EMPTY


@frozen(kw_only=True)
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
    headers: Headers = field(default=EMPTY, repr=False)
    provider_options: Options = EMPTY
    layer_options: Options = EMPTY


@frozen(kw_only=True)
class TranscriptionRequest(_Request):
    """Audio to write down. ``language`` is an ISO 639-1 code, ``prompt`` words that help the spelling."""

    audio: bytes = field(repr=False)
    media_type: str = "audio/wav"
    filename: str | None = None
    language: str | None = None
    prompt: str | None = None
    temperature: float | None = None
    stream: bool = False
    headers: Headers = field(default=EMPTY, repr=False)
    provider_options: Options = EMPTY
    layer_options: Options = EMPTY


@frozen(kw_only=True)
class RerankRequest(_Request):
    """Documents to put in order of their relevance to ``query``; ``top_n`` is how many to return."""

    _ranges: ClassVar[Mapping[str, tuple[float, float]]] = {"top_n": (1, math.inf)}

    query: str
    documents: tuple[str | FrozenDict[str, Any], ...]
    top_n: int | None = None
    headers: Headers = field(default=EMPTY, repr=False)
    provider_options: Options = EMPTY
    layer_options: Options = EMPTY


@frozen(kw_only=True)
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
    headers: Headers = field(default=EMPTY, repr=False)
    provider_options: Options = EMPTY
    layer_options: Options = EMPTY


AnyRequest: TypeAlias = (
    LanguageRequest
    | EmbeddingRequest
    | ImageRequest
    | SpeechRequest
    | TranscriptionRequest
    | RerankRequest
    | VideoRequest
)


class _Kind(NamedTuple):
    """What a field may be: an instance of ``types``, a tuple of such if ``many``, or one of ``words``."""

    allowed: str
    types: tuple[type[Any], ...] = ()
    many: bool = False
    frozen: bool = False
    words: frozenset[str] = frozenset()

    def are(self, values: Any) -> bool:
        """Whether it is a tuple of just these types, which are immutable: the usual case, told at a glance."""
        return type(values) is tuple and _TYPES[self.allowed].issuperset(map(type, cast("Any", values)))

    def fits(self, value: Any) -> bool:
        if isinstance(value, str) and self.words:
            return value in self.words
        if isinstance(value, float) and not math.isfinite(value):
            return False
        return isinstance(value, self.types) and (type(value) is not bool or bool in self.types)


_EFFORTS = frozenset(get_args(ReasoningEffort))
_MESSAGES = (SystemMessage, UserMessage, AssistantMessage, ToolMessage)
_KINDS: dict[str, _Kind] = {
    "str": _Kind("a string", (str,)),
    "str | None": _Kind("a string", (str,)),
    "bool": _Kind("True or False", (bool,)),
    "int": _Kind("a whole number", (int,)),
    "int | None": _Kind("a whole number", (int,)),
    "float | None": _Kind("a finite number", (int, float)),
    "bytes": _Kind("bytes", (bytes,), frozen=True),
    "FilePart | None": _Kind("a FilePart", (FilePart,)),
    "JSONFormat | None": _Kind("a JSONFormat", (JSONFormat,)),
    "Headers": _Kind("a mapping of strings", (FrozenDict,), frozen=True),
    "Options": _Kind("a mapping, by provider", (FrozenDict,), frozen=True),
    "ReasoningEffort | None": _Kind(f"one of {', '.join(get_args(ReasoningEffort))}", words=_EFFORTS),
    "ToolChoice | None": _Kind(
        "auto, none, required or a SpecificTool", (SpecificTool,), words=frozenset({"auto", "none", "required"})
    ),
    "tuple[str, ...]": _Kind("strings", (str,), many=True, frozen=True),
    "tuple[Message, ...]": _Kind("messages", _MESSAGES, many=True, frozen=True),
    "tuple[FilePart, ...]": _Kind("FileParts", (FilePart,), many=True, frozen=True),
    "tuple[ToolDefinition | ProviderTool, ...]": _Kind(
        "ToolDefinitions and ProviderTools", (ToolDefinition, ProviderTool), many=True, frozen=True
    ),
    "tuple[str | FrozenDict[str, Any], ...]": _Kind("strings and mappings", (str, FrozenDict), many=True, frozen=True),
}

_TYPES = {kind.allowed: frozenset(kind.types) for kind in _KINDS.values() if kind.many}


def _check(name: str, value: Any, kind: _Kind) -> None:
    """Refuse a value that its field does not take, without quoting anything that may be long or secret."""
    if kind.many:
        if not isinstance(value, tuple):
            raise InvalidRequestError(
                f"{name} is a {type(value).__name__}; allowed is a sequence of {kind.allowed}", field=name
            )
        for at, each in enumerate(cast("tuple[Any, ...]", value)):
            if not kind.fits(each):
                raise InvalidRequestError(
                    f"{name}[{at}] is a {type(each).__name__}; allowed are {kind.allowed}", field=f"{name}[{at}]"
                )
    elif not kind.fits(value):
        given = f"{value!r:.80}" if isinstance(value, str | int | float) else f"a {type(value).__name__}"
        raise InvalidRequestError(f"{name} is {given}; allowed is {kind.allowed}", field=name)
    elif name == "headers" and not all(isinstance(each, str) for pair in value.items() for each in pair):
        raise InvalidRequestError(f"headers has something that is no string; allowed is {kind.allowed}", field=name)


_FIELDS: dict[type[Any], tuple[tuple[str, Any, _Kind], ...]] = {
    request: tuple((each.name, each.default, _KINDS[str(each.type)]) for each in fields(request))
    for request in (
        LanguageRequest,
        EmbeddingRequest,
        ImageRequest,
        SpeechRequest,
        TranscriptionRequest,
        RerankRequest,
        VideoRequest,
    )
}


def changed(request: Req, **changes: Any) -> Req:
    """A copy of a request with some fields changed: ``dataclasses.replace`` that looks at the changed fields alone.

    Raises InvalidRequestError for a value that a field does not take, TypeError for a field that the request lacks.
    """
    kind: Any = type(request)
    how = _COPYING.get(kind)
    if how is None:
        return cast("Req", replace(cast("Any", request), **changes))
    get_all, setters, kinds = how
    if not changes.keys() <= kinds.keys():
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(changes.keys() - kinds.keys()))}")
    copy: Any = object.__new__(kind)
    for set_one, value in zip(setters, get_all(request), strict=True):
        set_one(copy, value)
    for name, value in changes.items():
        default, allowed = kinds[name]
        if value is default:
            object.__setattr__(copy, name, value)
        else:
            copy._take(name, value, allowed)
    return cast("Req", copy)


_COPYING: dict[type[Any], tuple[Callable[[Any], tuple[Any, ...]], tuple[Any, ...], dict[str, tuple[Any, _Kind]]]] = {
    request: (
        attrgetter(*[name for name, _, _ in known]),
        tuple([getattr(request, name).__set__ for name, _, _ in known]),
        {name: (default, kind) for name, default, kind in known},
    )
    for request, known in _FIELDS.items()
}

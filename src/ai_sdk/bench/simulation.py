"""Models whose servers are on this machine and answer with invented timing, over real loopback HTTP."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import ai_sdk
from ai_sdk.bench.profiles import Profile, presets, profile_of, profiles
from ai_sdk.endpoint import Endpoint
from ai_sdk.errors import NoSuchModelError
from ai_sdk.registry import registry, resolve

if TYPE_CHECKING:
    from ai_sdk.model import Model
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import LanguageResponse

__all__ = ["Profile", "presets", "profiles", "simulation"]

_CHAT = "/chat/completions"
_KEY = "simulated"


@asynccontextmanager
async def simulation(
    names: Sequence[str], *, file: str | Path | None = None, seed: int = 0
) -> AsyncGenerator[dict[str, Model[LanguageRequest, LanguageResponse]]]:
    """The models of these names, each in front of a server with the timing that ``file`` has for it.

    Providers of the OpenAI dialect keep their own code on this side of the wire; any other is spoken to in the OpenAI
    dialect under its name. No key is needed and none is sent. The servers run in a process of their own and end with
    the ``async with``, or with this process. Give the names to ``measure(..., simulated=names)``.
    """
    known = profiles(file)
    wanted = [{"profile": profile_of(name, known).to_dict(), "seed": f"{seed}/{name}"} for name in names]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ai_sdk.bench.serving",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": _path()},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(wanted).encode() + b"\n")
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError("the simulated servers could not be started")
        yield {name: _aimed(name, url) for name, url in zip(names, json.loads(line), strict=True)}
    finally:
        process.stdin.close()
        await process.wait()


def _path() -> str:
    """The path on which the other process finds this package."""
    here = str(Path(ai_sdk.__file__).parents[1])
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])


def _aimed(name: str, url: str) -> Model[LanguageRequest, LanguageResponse]:
    """The model, asking the server at this address."""
    model: Any = resolve(name)
    aimed: Any
    provider, _, model_id = name.partition(":")
    if getattr(model, "path", None) != _CHAT or not isinstance(getattr(model, "endpoint", None), Endpoint):
        model = registry.provider("openai_compatible").language(model_id)
    if not isinstance(getattr(model, "endpoint", None), Endpoint):
        raise NoSuchModelError(f"{name} cannot be simulated: it has no address", field="model")
    aimed = copy.copy(model)
    endpoint = cast("Endpoint", model.endpoint)
    own_name = endpoint.name if endpoint.name != "openai_compatible" else provider
    aimed.endpoint = replace(endpoint, name=own_name, base_url=url, base_url_env=None, key=_KEY, sign=None)
    return cast("Model[LanguageRequest, LanguageResponse]", aimed)

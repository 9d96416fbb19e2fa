"""How fast simulated servers are, and named lists of models, from a JSON file (``profiles.json`` of this package).

The file has ``profiles``, by the name of a provider or of a whole model, with ``default`` for all others, and
``presets``, lists of models by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError

__all__ = ["Profile", "presets", "profile_of", "profiles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The timing of a simulated server; seconds and probabilities.

    A request waits for one of ``slots``; then the first piece comes after ``first_token`` and ``per_prompt_token`` for
    each word of the prompt, and each further one ``gap`` later. Both are medians of log-normal distributions with the
    deviation ``..._spread`` of the logarithm. A piece has ``tokens_per_chunk`` tokens. Each other answer under way
    makes a gap longer by the share ``contention``. ``limit`` requests in ``limit_seconds`` are taken, more are refused
    with 429. ``errors``: how often a request is refused, by HTTP status. ``breaks``: how often a stream breaks off.
    ``stalls``: how often the first piece comes ``stall`` seconds later.
    """

    first_token: float = 0.2
    first_token_spread: float = 0.0
    per_prompt_token: float = 0.0
    gap: float = 0.01
    gap_spread: float = 0.0
    tokens_per_chunk: int = 1
    slots: int = 1000
    contention: float = 0.0
    limit: int | None = None
    limit_seconds: float = 60.0
    errors: Mapping[str, float] = field(default=EMPTY)
    breaks: float = 0.0
    stalls: float = 0.0
    stall: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "errors", freeze(self.errors))
        for each in fields(self):
            value = getattr(self, each.name)
            least = 1 if each.name in ("tokens_per_chunk", "slots", "limit") else 0
            if each.name == "errors":
                _check_errors(value)
            elif value is not None and (type(value) not in (int, float) or value < least):
                raise InvalidRequestError(
                    f"{each.name} is {value!r}; allowed are numbers from {least}", field=each.name
                )

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def _check_errors(errors: Mapping[str, float]) -> None:
    for status, share in errors.items():
        if not (status.isdecimal() and 400 <= int(status) <= 599 and 0 <= share <= 1):
            raise InvalidRequestError(
                f"errors has {status!r}: {share!r}; allowed are statuses from 400 to 599 with shares from 0 to 1",
                field="errors",
            )


def profiles(path: str | Path | None = None) -> dict[str, Profile]:
    """All profiles of a file; of the one in this package without a path."""
    found = _read(path).get("profiles")
    if not isinstance(found, dict):
        raise InvalidRequestError(f"{path} has no `profiles`", field="profiles")
    made: dict[str, Profile] = {}
    for name, said in cast("dict[str, Any]", found).items():
        try:
            made[name] = Profile(**said)
        except TypeError as error:
            raise InvalidRequestError(f"the profile {name} cannot be understood: {error}", field="profiles") from error
    return made


def presets(path: str | Path | None = None) -> dict[str, tuple[str, ...]]:
    """The lists of models of a file; of the one in this package without a path."""
    return {name: tuple(models) for name, models in _read(path).get("presets", {}).items()}


def profile_of(name: str, known: Mapping[str, Profile]) -> Profile:
    """The profile for ``provider:model``: of the model, else of the provider, else the default one."""
    found = known.get(name) or known.get(name.partition(":")[0]) or known.get("default")
    if found is None:
        raise InvalidRequestError(f"there is no profile for {name}, and no default one", field="profiles")
    return found


def _read(path: str | Path | None) -> dict[str, Any]:
    source = files("ai_sdk.bench") / "profiles.json" if path is None else Path(path)
    try:
        said: Any = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidRequestError(f"cannot read {path}: {error.strerror}", field="profiles") from error
    except ValueError as error:
        raise InvalidRequestError(f"{path} is not JSON: {error}", field="profiles") from error
    if not isinstance(said, dict):
        raise InvalidRequestError(f"{path} is not a JSON object", field="profiles")
    return cast("dict[str, Any]", said)

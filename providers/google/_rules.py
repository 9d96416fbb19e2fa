"""How one house that serves Gemini differs from the other: data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

__all__ = ["GEMINI_API", "GENERATED_ID", "GeminiRules", "own_metadata"]

GENERATED_ID = re.compile(r"call_\d+")
"""The ids that calls get which come without one; those of Google's own tools are not sent back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeminiRules:
    """What a door says about its house; the defaults are the Gemini API's.

    ``namespaces``: the providers whose signatures and metadata are read in a history, the own one first.
    ``any_url``: it fetches any URL for any model; else only Gemini 2.5 and later do.
    ``tells_server_tools``: it can tell what its own tools were called with (``includeServerSideToolInvocations``).
    """

    namespaces: tuple[str, ...] = ("google", "google_vertex")
    any_url: bool = False
    tells_server_tools: bool = True


GEMINI_API = GeminiRules()


def own_metadata(part: Any, namespaces: tuple[str, ...]) -> dict[str, Any]:
    """The metadata that a part has of this wire, as a new dict."""
    for name in namespaces:
        found = cast("Mapping[str, Any]", part.provider_metadata).get(name)
        if isinstance(found, Mapping) and found:
            return dict(cast("Mapping[str, Any]", found))
    return {}

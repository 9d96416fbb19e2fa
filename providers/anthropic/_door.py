"""Where Anthropic is, with which key to ask it, and which models it lists."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange, ModelInfo, bearer

__all__ = ["AnthropicEndpoint", "api_key_or_token", "list_models"]

HOME = "https://api.anthropic.com"
_VERSIONED = re.compile(r"/v\d+$")
_PAGES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AnthropicEndpoint(Endpoint):
    """An endpoint whose base URL may lack its ``/v1``: other clients of ``ANTHROPIC_BASE_URL`` write it so."""

    def url(self, path: str) -> str:
        """The base URL with a path; ``/v1`` is added to Anthropic's own address and to that of the environment."""
        base = Endpoint.url(self, "")
        from_environment = bool(self.base_url_env and os.environ.get(self.base_url_env))
        if base == HOME or (from_environment and not _VERSIONED.search(base)):
            base += "/v1"
        return base + path


def api_key_or_token(key: str) -> Mapping[str, str]:
    """The headers of a key: ``x-api-key``, or a bearer's when it is ``ANTHROPIC_AUTH_TOKEN`` and there is no key."""
    if not key:
        return {"x-api-key": "", "authorization": ""}
    token = os.environ.get("ANTHROPIC_AUTH_TOKEN", "").strip()
    if key == token and not os.environ.get("ANTHROPIC_API_KEY", "").strip():
        return bearer(key)
    return {"x-api-key": key}


async def list_models(endpoint: Endpoint) -> list[ModelInfo]:
    """All pages of ``GET /models``."""
    found: list[ModelInfo] = []
    after = ""
    for _ in range(_PAGES):
        page, _headers = await Exchange(endpoint).json(f"/models?limit=1000{after}", method="GET")
        listed: Any = cast("dict[str, Any]", page).get("data") if isinstance(page, dict) else None
        if not isinstance(listed, list):
            raise InvalidResponseError(f"{endpoint.name} answered /models with something that is not a list")
        found += [_info(cast("dict[str, Any]", each)) for each in cast("list[Any]", listed) if _has_id(each)]
        last = cast("dict[str, Any]", page).get("last_id")
        if cast("dict[str, Any]", page).get("has_more") is not True or not isinstance(last, str):
            return found
        after = f"&after_id={quote(last, safe='')}"
    return found


def _has_id(raw: object) -> bool:
    return isinstance(raw, dict) and "id" in raw


def _info(raw: dict[str, Any]) -> ModelInfo:
    created = raw.get("created_at", raw.get("created"))
    owner = raw.get("owned_by")
    return ModelInfo(str(raw["id"]), _seconds(created), owner if isinstance(owner, str) else None, freeze(raw))


def _seconds(created: Any) -> float | None:
    """Unix time of an RFC 3339 time, or of what is a number already."""
    from datetime import datetime

    if isinstance(created, int | float) and not isinstance(created, bool):
        return float(created)
    if not isinstance(created, str):
        return None
    try:
        return datetime.fromisoformat(created).timestamp()
    except (ValueError, OverflowError):
        return None

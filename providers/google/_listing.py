"""Which models a house offers, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange, ModelInfo
from ai_sdk.providers.google._errors import refining
from ai_sdk.providers.google._read import objects, said, text

__all__ = ["list_models"]

_PAGES = 100


async def list_models(
    endpoint: Endpoint, path: str, name: str, headers: Mapping[str, str] = EMPTY, size: int = 1_000
) -> list[ModelInfo]:
    """The models under ``name`` of every page; an id is the last piece of the vendor's name."""
    found: list[ModelInfo] = []
    token = ""
    for _ in range(_PAGES):
        with refining():
            page, _headers = await Exchange(endpoint).json(
                f"{path}?pageSize={size}{token}", headers=headers, method="GET"
            )
        if not isinstance(said(page).get(name), list):
            raise InvalidResponseError(f"{endpoint.name} answered {path} with something that is not a list of models")
        models = [each for each in objects(said(page)[name]) if text(each.get("name"))]
        found += [ModelInfo(text(each["name"]).rpartition("/")[2], owner="google", raw=freeze(each)) for each in models]
        following = text(said(page).get("nextPageToken"))
        if not following:
            break
        token = f"&pageToken={quote(following, safe='')}"
    return found

"""Which models Cohere has: ``GET /v1/models``, page after page."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange, ModelInfo
from ai_sdk.providers.cohere._wire import as_object, as_text

__all__ = ["list_models"]

_PAGE = "page_size=1000"
_MOST_PAGES = 100


async def list_models(endpoint: Endpoint) -> list[ModelInfo]:
    """All models. The list is of the API's first version, beside the second one of the endpoint."""
    root = re.sub(r"/v\d+$", "", endpoint.url(""))
    first = replace(endpoint, base_url=f"{root}/v1", base_url_env=None)
    found: list[ModelInfo] = []
    path = f"/models?{_PAGE}"
    for _ in range(_MOST_PAGES):
        data, _headers = await Exchange(first).json(path, method="GET")
        page = as_object(data)
        if not isinstance(page.get("models"), list):
            raise InvalidResponseError(f"{endpoint.name} answered /models with something that is not a list")
        models = [as_object(each) for each in page["models"]]
        found += [ModelInfo(each["name"], raw=freeze(each)) for each in models if as_text(each.get("name"))]
        token = as_text(page.get("next_page_token"))
        if not token:
            break
        path = f"/models?{_PAGE}&page_token={quote(token, safe='')}"
    return found

"""A LM Studio server, by default on this machine: http://localhost:1234/v1. It needs no key.

``LMSTUDIO_BASE_URL`` names another address, ``LMSTUDIO_API_KEY`` a key for servers that want one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.provider import Endpoint
from ai_sdk.providers.openai_compatible import Quirks, StructuredOutput, TextProvider
from ai_sdk.providers.openai_compatible._quirks import SETTINGS

if TYPE_CHECKING:
    from ai_sdk.http import HTTP

__all__ = ["create_lmstudio", "lmstudio"]

QUIRKS = Quirks(
    settings=FrozenDict({**SETTINGS, "top_k": "top_k"}),
    structured_output=lambda _model_id: "json_schema",
    json_object=False,
)


def create_lmstudio(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> TextProvider:
    """Make another instance of the provider, with its own address, key or headers."""
    endpoint = Endpoint(
        name="lmstudio",
        base_url=base_url or "http://localhost:1234/v1",
        base_url_env=None if base_url else "LMSTUDIO_BASE_URL",
        key=api_key,
        key_env=("LMSTUDIO_API_KEY",),
        key_required=False,
        headers=headers or EMPTY,
        http=http,
    )
    return TextProvider(endpoint, QUIRKS, structured_output=structured_output, docs="https://lmstudio.ai/docs/app/api")


lmstudio = create_lmstudio()

"""A llama.cpp server (``llama-server``), by default on this machine: http://localhost:8080/v1. It needs no key.

``LLAMACPP_BASE_URL`` names another address, ``LLAMACPP_API_KEY`` a key for servers that want one. A tool choice of
``required`` or of one tool is kept through the server's JSON-schema grammar: see ``language.py``.
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
    from ai_sdk.providers.llamacpp.language import LlamaCppModel
    from ai_sdk.providers.openai_compatible.reranking import RerankModel

__all__ = ["QUIRKS", "LlamaCpp", "create_llamacpp", "llamacpp"]

QUIRKS = Quirks(
    settings=FrozenDict({**SETTINGS, "top_k": "top_k"}),
    structured_output=lambda _model_id: "json_schema",
    metadata=("system_fingerprint", "timings"),
)


_ONE_EXCHANGE_A_CONNECTION = {"connection": "close"}
"""The server ends a stream as if the connection lived on, and closes it (run live): the next exchange would break."""


class LlamaCpp(TextProvider):
    """The models of a llama.cpp server by id; a server with one model takes any id."""

    def language(self, model_id: str) -> LlamaCppModel:
        """Make a chat model."""
        from ai_sdk.providers.llamacpp.language import LlamaCppModel

        return LlamaCppModel(self.endpoint, model_id, self.quirks, self.structured_output)

    def reranking(self, model_id: str) -> RerankModel:
        """Make a reranking model; the server must have been started with ``--reranking``."""
        from ai_sdk.providers.openai_compatible.reranking import RerankModel

        return RerankModel(self.endpoint, model_id)


def create_llamacpp(
    *,
    name: str = "llamacpp",
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> LlamaCpp:
    """Make another instance of the provider, with its own name, address, key or headers."""
    endpoint = Endpoint(
        name=name,
        base_url=base_url or "http://localhost:8080/v1",
        base_url_env=None if base_url else "LLAMACPP_BASE_URL",
        key=api_key,
        key_env=("LLAMACPP_API_KEY",),
        key_required=False,
        headers={**_ONE_EXCHANGE_A_CONNECTION, **(headers or EMPTY)},
        http=http,
    )
    docs = "https://github.com/ggml-org/llama.cpp/tree/master/tools/server"
    return LlamaCpp(endpoint, QUIRKS, structured_output=structured_output, docs=docs)


llamacpp = create_llamacpp()

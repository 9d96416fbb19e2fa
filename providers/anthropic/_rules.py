"""How one house that serves Anthropic's messages differs from the others: data, and a few functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.endpoint import ErrorInfo
from ai_sdk.endpoint import read_error as read_any_error
from ai_sdk.providers.anthropic._models import Knowledge, knowledge_of

__all__ = ["MessagesRules", "read_error"]

_STATUSES: Mapping[str, int] = FrozenDict(
    {
        "invalid_request_error": 400,
        "authentication_error": 401,
        "billing_error": 402,
        "permission_error": 403,
        "not_found_error": 404,
        "request_too_large": 413,
        "rate_limit_error": 429,
        "api_error": 500,
        "timeout_error": 504,
        "overloaded_error": 529,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesRules:
    """What a door says about its house; the defaults are Anthropic's own.

    ``native_structured_output``: the house takes ``output_config.format`` for the models that can; else a forced tool
    named ``json`` gives the JSON. ``strict_tools``: it takes ``strict`` on tools. ``url_images``, ``url_documents``: it
    fetches URLs itself. ``betas_in_body``: beta names go into the body as ``anthropic_beta``, not into a header.
    ``betas``: the beta names that may be derived from a request, None for all; those that the user names always go out.
    ``provider_tools``: the tools that it runs or knows, without version (``web_search``); None for all.
    ``namespace``: the key of options and metadata, by default the provider's name; options under the provider's name
    are read too. ``knowledge``: what a model can do, by its id.
    """

    native_structured_output: bool = True
    strict_tools: bool = True
    url_images: bool = True
    url_documents: bool = True
    betas_in_body: bool = False
    betas: frozenset[str] | None = None
    provider_tools: frozenset[str] | None = None
    namespace: str | None = None
    knowledge: Callable[[str], Knowledge] = knowledge_of

    def takes_schemas(self, model_id: str) -> bool:
        """Whether a model here gives JSON of a schema without the help of a tool."""
        return self.native_structured_output and self.knowledge(model_id).takes_schemas

    def allows_beta(self, beta: str) -> bool:
        """Whether a derived beta name may go out."""
        return self.betas is None or beta in self.betas


def read_error(body: Any) -> ErrorInfo:
    """Read ``{"type": "error", "error": {"type", "message"}}``; inside a stream the type stands for a status."""
    info = read_any_error(body)
    if not isinstance(body, dict) or not isinstance(cast("dict[str, Any]", body).get("error"), dict):
        return info
    return info._replace(status=info.status or _STATUSES.get(info.type or ""))

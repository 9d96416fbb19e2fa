"""Where the models of an Azure resource are."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast
from urllib.parse import quote, urlsplit

from ai_sdk.errors import InvalidRequestError
from ai_sdk.http import HTTPRequest
from ai_sdk.provider import Endpoint

__all__ = ["AzureEndpoint", "TokenProvider", "api_key_header", "signing"]

TokenProvider: TypeAlias = Callable[[], str] | Callable[[], Awaitable[str]]
"""Gives a Microsoft Entra token; called for every request, so that it may keep and renew the token."""

_V1 = "v1"
_DATED = "2025-04-01-preview"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AzureEndpoint(Endpoint):
    """An Azure resource.

    The address is ``base_url``, else ``AZURE_BASE_URL``, ``AZURE_OPENAI_ENDPOINT``, or that of the resource named
    ``resource`` or ``AZURE_RESOURCE_NAME``, looked up at each call. An address of Azure (``*.azure.com``) gets
    ``/openai/v1``, or ``/openai/deployments/<deployment>`` when ``by_deployment``, and the query ``api-version``; any
    other address, such as that of a gateway, is taken as it is.
    """

    resource: str | None = None
    api_version: str | None = None
    by_deployment: bool = False
    deployment: str | None = None

    def of(self, deployment: str) -> AzureEndpoint:
        """The endpoint of one deployment."""
        return replace(self, deployment=deployment) if self.by_deployment else self

    def url(self, path: str) -> str:
        """The address of a path."""
        base = self._base().rstrip("/")
        if not _is_azure(base):
            return base + path
        root = base.removesuffix("/v1").removesuffix("/openai").rstrip("/")
        version = self.api_version or os.environ.get("OPENAI_API_VERSION")
        if self.deployment is None:
            version = self.api_version or _V1
            return f"{root}/openai/v1{path}?api-version={quote(version)}"
        return f"{root}/openai/deployments/{quote(self.deployment, safe='')}{path}?api-version={version or _DATED}"

    def _base(self) -> str:
        given = self.base_url or self._from_environment()
        if given:
            return given
        raise InvalidRequestError(
            f"{self.name} does not know its resource: set AZURE_RESOURCE_NAME or AZURE_BASE_URL, or use "
            "create_azure(resource_name=...) or create_azure(base_url=...)",
            field="base_url",
        )

    def _from_environment(self) -> str | None:
        if self.resource:
            return _address(self.resource)
        named = os.environ.get("AZURE_BASE_URL") or os.environ.get("AZURE_OPENAI_ENDPOINT")
        resource = os.environ.get("AZURE_RESOURCE_NAME")
        return named or (_address(resource) if resource else None)


def _address(resource: str) -> str:
    return f"https://{resource}.openai.azure.com"


def _is_azure(base: str) -> bool:
    return (urlsplit(base).hostname or "").endswith(".azure.com")


def api_key_header(key: str) -> Mapping[str, str]:
    """``api-key: <key>``."""
    return {"api-key": key}


def signing(token_provider: TokenProvider) -> Callable[[HTTPRequest], Awaitable[HTTPRequest]]:
    """Put the token of ``token_provider`` on a request; one that is not async is called in a thread."""

    async def sign(request: HTTPRequest) -> HTTPRequest:
        if inspect.iscoroutinefunction(token_provider):
            token: Any = await token_provider()
        else:
            token = await asyncio.to_thread(token_provider)
            if inspect.isawaitable(token):
                token = await cast("Awaitable[str]", token)
        if not isinstance(token, str) or not token:
            raise InvalidRequestError("token_provider gave no token", field="token_provider")
        return replace(request, headers={**request.headers, "authorization": f"Bearer {token}"})

    return sign

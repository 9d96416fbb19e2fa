"""What the models of one door share: addresses that depend on the region, and signatures."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, cast

from ai_sdk.endpoint import Endpoint, Exchange
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import ModelInfo
from ai_sdk.providers.amazon_bedrock._errors import named_errors, read_error
from ai_sdk.providers.amazon_bedrock._place import Place, host_domain, region_in
from ai_sdk.providers.amazon_bedrock._sign import Credentials, Signer

if TYPE_CHECKING:
    from ai_sdk.http import HTTP

__all__ = ["KEY_ENV", "NAME", "BedrockEndpoint", "list_models", "make_endpoint"]

NAME = "amazon_bedrock"
KEY_ENV = "AWS_BEARER_TOKEN_BEDROCK"
_URL_ENV = {
    "bedrock-runtime": "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "bedrock-agent-runtime": "AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME",
    "bedrock": "AWS_ENDPOINT_URL_BEDROCK",
}
"""The variables that replace the addresses of AWS's own hosts; all of these are signed for the service ``bedrock``."""

_MOST_PAGES = 20
_SESSION_TOKEN = re.compile(rb"(x-amz-security-token\s*[:=]\s*)[^\s\\\"'&;,]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class BedrockEndpoint(Endpoint):
    """An address in a region that is known only when a call is made: ``{region}`` in the base URL stands for it."""

    place: Place = field(default_factory=Place)
    credentials: Credentials | None = field(default=None, repr=False)

    def url(self, path: str) -> str:
        """The address of a path."""
        override = os.environ.get(self.base_url_env) if self.base_url_env else None
        base = override or self.base_url
        if "{region}" in base:
            region = self.place.get()
            base = base.replace("{region}", region).replace("{domain}", host_domain(region))
        return base.rstrip("/") + path

    def redacted(self, body: bytes) -> bytes:
        """The body without the key and without the session token, which AWS repeats when a signature does not match."""
        return _SESSION_TOKEN.sub(rb"\1***", Endpoint.redacted(self, body))

    def to(self, host: str, path: str = "") -> Self:
        """The same account at another of AWS's hosts, unless the door was given a base URL of its own."""
        if "{region}" not in self.base_url:
            return self
        domain = "{domain}" if host in _URL_ENV else "api.aws"
        return replace(
            self,
            base_url=f"https://{host}.{{region}}.{domain}{path}",
            base_url_env=_URL_ENV.get(host),
            sign=Signer("bedrock" if host in _URL_ENV else host, self.place, self.credentials),
        )

    def near(self, model_id: str) -> Self:
        """The same in the region that an ARN names, when the door was given none."""
        region = region_in(model_id)
        if region is None or self.place.region is not None:
            return self
        place = replace(self.place, region=region)
        return replace(self, place=place, sign=Signer("bedrock", place, self.credentials))


def make_endpoint(
    *,
    api_key: str | None,
    region: str | None,
    profile: str | None,
    credentials: Credentials | None,
    base_url: str | None,
    headers: Mapping[str, str],
    http: HTTP | None,
) -> BedrockEndpoint:
    """The endpoint of a door. Given credentials win over a key in the environment."""
    if api_key is not None and credentials is not None:
        raise InvalidRequestError("api_key and credentials are both given; allowed is one of them", field="credentials")
    place = Place(region, profile)
    return BedrockEndpoint(
        name=NAME,
        base_url=(base_url or "https://bedrock-runtime.{region}.{domain}").rstrip("/"),
        base_url_env=None if base_url else _URL_ENV["bedrock-runtime"],
        key=api_key,
        key_env=(KEY_ENV,) if credentials is None else (),
        headers=headers,
        sign=Signer("bedrock", place, credentials),
        http=http,
        read_error=read_error,
        place=place,
        credentials=credentials,
    )


async def list_models(endpoint: BedrockEndpoint) -> list[ModelInfo]:
    """The foundation models of a region, then the inference profiles that many of them are called through."""
    control = endpoint.to("bedrock")
    found: list[ModelInfo] = []
    for each in await _listed(control, "/foundation-models", "modelSummaries"):
        found += _info(each, "modelId", "providerName")
    for each in await _listed(control, "/inference-profiles", "inferenceProfileSummaries"):
        found += _info(each, "inferenceProfileId", "type")
    return found


async def _listed(endpoint: Endpoint, path: str, key: str) -> list[Any]:
    found: list[Any] = []
    at = path
    for _ in range(_MOST_PAGES):
        with named_errors():
            data, _ = await Exchange(endpoint).json(at, method="GET")
        page: Any = cast("dict[str, Any]", data).get(key) if isinstance(data, dict) else None
        if not isinstance(page, list):
            raise InvalidResponseError(f"{NAME} answered {path} with something that is not a list")
        found += cast("list[Any]", page)
        token = cast("dict[str, Any]", data).get("nextToken")
        if not isinstance(token, str) or not token:
            break
        at = f"{path}?{_query(token)}"
    return found


def _query(token: str) -> str:
    from urllib.parse import urlencode

    return urlencode({"nextToken": token})


def _info(each: Any, identity: str, owner: str) -> list[ModelInfo]:
    from ai_sdk._frozen import freeze

    if not isinstance(each, dict) or not isinstance(cast("dict[str, Any]", each).get(identity), str):
        return []
    said = cast("dict[str, Any]", each)
    made_by = said.get(owner)
    return [ModelInfo(said[identity], None, made_by if isinstance(made_by, str) else None, freeze(said))]

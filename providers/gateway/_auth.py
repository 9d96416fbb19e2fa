"""Keys, headers and errors of the AI Gateway."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, cast

from ai_sdk.provider import ErrorInfo, read_error

__all__ = ["KEYS", "authorized", "read_gateway_error"]

KEYS = ("AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN")
_STATUS = {
    "authentication_error": 401,
    "invalid_request_error": 400,
    "rate_limit_exceeded": 429,
    "model_not_found": 404,
    "not_found": 404,
    "internal_server_error": 500,
    "failed_dependency": 502,
    "forbidden": 403,
    "timeout_error": 408,
}


def authorized(key: str) -> Mapping[str, str]:
    """The headers of a key, or of the token that Vercel gives to a deployment."""
    token = (os.environ.get(KEYS[1]) or "").strip()
    method = "oidc" if key and key == token else "api-key"
    return {"authorization": f"Bearer {key}", "ai-gateway-auth-method": method}


def read_gateway_error(body: Any) -> ErrorInfo:
    """``{"error": {"message", "type", "param", "code"}, "generationId"}`` (vendor documents).

    Inside a stream ``error`` may also be a string, or an error of the upstream provider with its ``statusCode``.
    """
    info = read_error(body)
    said = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    inner = said.get("error")
    error = cast("dict[str, Any]", inner) if isinstance(inner, dict) else said
    upstream = error.get("statusCode")
    status = upstream if isinstance(upstream, int) and 400 <= upstream <= 599 else info.status
    generation = said.get("generationId")
    message = info.message
    if isinstance(generation, str) and generation:
        message = f"{message or 'the gateway reported an error'} [{generation}]"
    return ErrorInfo(message, info.type, info.code, status or _STATUS.get(info.type or ""))

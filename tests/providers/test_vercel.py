"""Vercel's v0, which is withdrawn; shapes from vendor documents."""

from __future__ import annotations

import pytest
from dialect_kit import answered, lost_by, replaying, whole

from ai_sdk.errors import AuthenticationError, UnsupportedError
from ai_sdk.providers.vercel import create_vercel, vercel
from ai_sdk.requests import ToolDefinition


def test_the_door() -> None:
    assert vercel.kinds == ("language",)
    assert (vercel.base_url, vercel.key_env) == ("https://api.v0.dev/v1", ("VERCEL_API_KEY",))
    assert repr(vercel("v0-1.5-md")) == 'vercel("v0-1.5-md")'
    with pytest.raises(UnsupportedError, match="no embedding models"):
        vercel.embedding("m")


def test_each_request_warns() -> None:
    body, lost = lost_by(vercel("v0-1.5-md"), max_output_tokens=9, tools=(ToolDefinition("add"),), tool_choice="auto")
    assert (body["max_tokens"], body["tool_choice"], len(body["tools"])) == (9, "auto", 1)
    assert lost == [("other", "vercel")]
    assert lost_by(vercel("m"), reasoning="low")[1] == [("unsupported", "reasoning"), ("other", "vercel")]


async def test_each_answer_carries_the_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERCEL_API_KEY", "key-123456")
    http = replaying(whole({"content": "Hi"}))
    result = await answered(create_vercel(http=http, headers={"x-team": "blue"})("v0-1.5-md"))
    assert result.text == "Hi"
    assert "withdrew" in result.warnings[0].message
    assert http.requests[0].url == "https://api.v0.dev/v1/chat/completions"
    assert http.requests[0].headers["authorization"] == "Bearer key-123456"


async def test_errors() -> None:
    body = {"error": {"message": "Unauthorized", "type": "authentication_error"}}
    with pytest.raises(AuthenticationError, match="Unauthorized"):
        await answered(create_vercel(api_key="k", http=replaying(body, 401))("m"))

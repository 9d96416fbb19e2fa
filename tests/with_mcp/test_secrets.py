"""No secret of a connection is in a repr, an error or a log."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback
from typing import Any

import pytest
import structlog
from with_mcp.kit import Line, busy_server

from ai_sdk.errors import MissingExtraError
from ai_sdk.mcp import HTTP, MCPConnectionError, connect, http, mcp_server, sse, stdio
from ai_sdk.mcp._log import Redactor, level_of, tell
from ai_sdk.mcp.client import MCPClient

SECRET = "hunter2-secret"


@pytest.mark.parametrize(
    "target",
    [
        stdio("server", "--key", SECRET, env={"KEY": SECRET}),
        http(f"https://user:{SECRET}@example.com/mcp?key={SECRET}", headers={"Authorization": f"Bearer {SECRET}"}),
        sse(f"https://example.com/sse?key={SECRET}", headers={"x-key": SECRET}),
    ],
)
def test_no_repr_shows_a_secret(target: Any) -> None:
    client = connect(target)
    shown = [repr(target), repr(client), repr(client._settings()), str(target), target.name, repr([target])]
    assert not [each for each in shown if SECRET in each]


async def test_headers_may_come_from_a_function_and_are_known_as_secrets() -> None:
    asked: list[int] = []

    async def headers() -> dict[str, str]:
        asked.append(1)
        return {"Authorization": f"Bearer {SECRET}"}

    target = http("https://example.com/mcp", headers=headers)
    assert isinstance(target, HTTP)
    assert await target.current_headers() == {"Authorization": f"Bearer {SECRET}"}
    assert SECRET not in repr(target)
    assert asked == [1]


async def test_an_error_of_the_connection_does_not_show_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ai_sdk.mcp")
    line = Line(busy_server())
    line.refusals = 1  # its error has the secret in it
    client = connect(line, restarts=0)
    redact = Redactor([SECRET])
    settings = client._settings
    client._settings = lambda: _with(settings(), redact)  # type: ignore[method-assign]
    with pytest.raises(MCPConnectionError) as caught:
        async with client:
            raise AssertionError
    assert "token=***" in str(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in caplog.text


def _with(settings: Any, redact: Redactor) -> Any:
    from dataclasses import replace

    return replace(settings, redacted=redact)


def test_a_redactor_takes_out_the_longest_first_and_leaves_short_words() -> None:
    redact = Redactor(["abcd", "abcdef", "a"])
    redact.add(["xyz!"])
    assert redact("abcdef abcd a xyz!") == "*** *** a ***"
    assert len(redact("y" * 5000)) == 2000
    assert "abcd" not in repr(redact)


@pytest.mark.parametrize("level", ["debug", "warning"])
def test_events_go_to_structlog_where_it_is_set_up(level: Any) -> None:
    events: list[Any] = []

    def keep(_logger: Any, method: str, event: Any) -> str:
        events.append((method, event))
        raise structlog.DropEvent

    structlog.configure(processors=[keep])
    try:
        tell(level, "mcp.log", server="it", message="hello")
    finally:
        structlog.reset_defaults()
    assert events == [(level, {"event": "mcp.log", "server": "it", "message": "hello"})]


def test_the_words_of_the_protocol_have_levels() -> None:
    assert [level_of(each) for each in ("notice", "alert", "emergency", "warning", "?")] == [
        "info",
        "critical",
        "critical",
        "warning",
        "info",
    ]


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ai-sdk-layers\[mcp\]'"):
        connect(stdio("true"))
    with pytest.raises(MissingExtraError):
        mcp_server()


def test_the_package_is_imported_when_it_is_used() -> None:
    names = "('mcp', 'httpx2', 'structlog', 'httpx')"
    look = f"import sys, ai_sdk.mcp; print([each for each in {names} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_client_is_made_without_connecting() -> None:
    assert isinstance(connect(http("https://example.invalid/mcp")), MCPClient)

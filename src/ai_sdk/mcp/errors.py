"""The errors of a connection to an MCP server.

::

    AISDKError
      MCPError                 the server answered with an error, or with what the protocol does not allow
        MCPLimitError          what the server sent is over a limit of the client
        MCPConnectionError     no answer; ``may_have_run`` says whether the server may have acted on the call
          MCPTimeoutError      the time limit of the call passed
"""

from __future__ import annotations

from typing import Any

from ai_sdk.errors import AISDKError

__all__ = ["MCPConnectionError", "MCPError", "MCPLimitError", "MCPTimeoutError"]


class MCPError(AISDKError):
    """The server answered with an error, or with something that the protocol does not allow.

    ``server`` is the connection's name, ``code`` the JSON-RPC code of the error, if it has one, and ``data`` what the
    server added to it.
    """

    def __init__(self, message: str, *, server: str, code: int | None = None, data: Any = None) -> None:
        super().__init__(message)
        self.server = server
        self.code = code
        self.data = data

    def __str__(self) -> str:
        return f"MCP server {self.server}: {self.message}"


class MCPLimitError(MCPError):
    """What the server sent is larger than the client takes; it was not passed on."""


class MCPConnectionError(MCPError):
    """The connection could not be made, or ended before the answer came.

    ``may_have_run``: False when the server cannot have acted on the call; only then is the error retryable.
    """

    def __init__(self, message: str, *, server: str, may_have_run: bool) -> None:
        super().__init__(message, server=server)
        self.may_have_run = may_have_run
        self.retryable = not may_have_run


class MCPTimeoutError(MCPConnectionError, TimeoutError):
    """The call took longer than its time limit. The server was told that it is cancelled."""

    def __init__(self, message: str, *, server: str, may_have_run: bool, seconds: float) -> None:
        super().__init__(message, server=server, may_have_run=may_have_run)
        self.seconds = seconds

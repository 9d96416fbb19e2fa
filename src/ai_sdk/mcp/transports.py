"""Where an MCP server is: a program on this machine, or a URL. The descriptions never show a secret."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError

__all__ = ["HTTP", "SSE", "Headers", "Stdio", "http", "sse", "stdio"]

Headers: TypeAlias = Mapping[str, str] | Callable[[], Mapping[str, str] | Awaitable[Mapping[str, str]]]
"""Headers of every request, or a function that is asked for them at each connection (for tokens that expire)."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True, repr=False)
class Stdio:
    """A server that is a program on this machine; made by ``stdio``."""

    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = EMPTY
    cwd: Path | None = None

    def __repr__(self) -> str:
        return f"stdio({self.command!r}, ...)" if self.args else f"stdio({self.command!r})"

    @property
    def name(self) -> str:
        """A name for the server, when none is given."""
        return Path(self.command).stem or "stdio"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return tuple(self.env.values())


@dataclass(frozen=True, slots=True, repr=False)
class _Remote:
    url: str
    headers: Headers = field(default=EMPTY, repr=False)

    def __repr__(self) -> str:
        return f"{type(self).__name__.lower()}({_shown(self.url)!r})"

    @property
    def name(self) -> str:
        """A name for the server, when none is given."""
        return urlsplit(self.url).hostname or "http"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown; headers of a function are not known before it is asked."""
        parts = urlsplit(self.url)
        values = [] if callable(self.headers) else list(self.headers.values())
        return (*values, *(each for each in (parts.username, parts.password, parts.query) if each))

    async def current_headers(self) -> dict[str, str]:
        """The headers for a new connection."""
        found: Any = self.headers() if callable(self.headers) else self.headers
        if inspect.isawaitable(found):
            found = await found
        _check_headers(found)
        return dict(found)


@dataclass(frozen=True, slots=True, repr=False)
class HTTP(_Remote):
    """A server that speaks streamable HTTP; made by ``http``."""


@dataclass(frozen=True, slots=True, repr=False)
class SSE(_Remote):
    """A server of the older kind, with a stream of server-sent events; made by ``sse``."""


def stdio(command: str, *args: str, env: Mapping[str, str] | None = None, cwd: str | Path | None = None) -> Stdio:
    """A server that is started as a program and spoken to over its standard input and output.

    The program gets ``env`` and of the environment of this process only what programs need to run (``HOME``,
    ``PATH`` and the like): no API key. ``cwd`` is its working directory. No shell is involved.
    """
    if not command:
        raise InvalidRequestError("command is empty; allowed is the name or the path of a program", field="command")
    for each in (command, *args, *(env or {}), *(env or {}).values()):
        if not isinstance(cast("object", each), str) or "\0" in each:
            raise InvalidRequestError("command, arguments and env must be strings without NUL", field="command")
    return Stdio(command, args, freeze(dict(env or {})), Path(cwd) if cwd is not None else None)


def http(url: str, *, headers: Headers = EMPTY) -> HTTP:
    """A server that speaks streamable HTTP at a URL.

    ``headers`` go with every request and to this origin alone. Put secrets there and not into the URL, which HTTP
    libraries write to their logs.
    """
    _check(url, headers)
    return HTTP(url, headers)


def sse(url: str, *, headers: Headers = EMPTY) -> SSE:
    """A server of protocol versions before streamable HTTP, at the URL of its event stream."""
    _check(url, headers)
    return SSE(url, headers)


def _check(url: str, headers: Headers) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidRequestError(f"url is {_shown(url)!r}; allowed are http:// and https:// with a host", field="url")
    if not callable(headers):
        _check_headers(headers)


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise InvalidRequestError(f"headers has the name {name!r}, which HTTP does not allow", field="headers")
        if not isinstance(cast("object", value), str) or any(each in value for each in "\r\n\0"):
            raise InvalidRequestError(f"the header {name} must be a string on one line", field="headers")


def _shown(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else url.partition("?")[0][:80]

"""Where Ollama is: ``OLLAMA_HOST`` in all its forms."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import SplitResult, urlsplit

from ai_sdk.errors import APIConnectionError, APITimeoutError, InvalidRequestError
from ai_sdk.provider import Endpoint

__all__ = ["OllamaEndpoint", "address_of", "reaching"]

PORT = 11434
_PORTS = {"http": 80, "https": 443}
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what a server binds to


def address_of(host: str) -> str:
    """A base URL of what ``OLLAMA_HOST`` says: ``host``, ``host:port``, ``:port``, or a URL, with or without ``/api``.

    The port is 11434, but 80 or 443 when a scheme is given without one. An address that a server binds to, such as
    ``0.0.0.0``, becomes that of this machine. Raises ``InvalidRequestError`` for what is none of these.
    """
    text = host.strip().strip("\"'").strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    try:
        url = urlsplit(f"{scheme}://{rest}")
        port = url.port or (_PORTS.get(scheme, PORT) if separator else PORT)
    except ValueError as error:
        raise InvalidRequestError(f"OLLAMA_HOST or base_url is {host!r}: {error}", field="base_url") from error
    return f"{scheme}://{_user(url)}{_name(url)}:{port}{url.path.rstrip('/').removesuffix('/api')}"


def _name(url: SplitResult) -> str:
    name = _EVERYWHERE.get(url.hostname or "", url.hostname or "")
    return f"[{name}]" if ":" in name else name


def _user(url: SplitResult) -> str:
    user, at, _ = url.netloc.rpartition("@")
    return user + at


class OllamaEndpoint(Endpoint):
    """An endpoint at the address that ``OLLAMA_HOST`` says at each call, unless one was given."""

    __slots__ = ()

    def url(self, path: str) -> str:
        """The address with a path."""
        host = os.environ.get("OLLAMA_HOST") if self.base_url_env else None
        return address_of(host or self.base_url) + path


@contextmanager
def reaching(endpoint: Endpoint) -> Generator[None, None, None]:
    """Say how to start Ollama when nothing answers at its address."""
    try:
        yield
    except APITimeoutError:
        raise
    except APIConnectionError as error:
        if error.sent:
            raise
        where = endpoint.url("")
        helpful = APIConnectionError(
            f"no Ollama answers at {where}: start it with `ollama serve` (or the Ollama app), or say where it is with "
            f"OLLAMA_HOST or create_ollama(base_url=...): {error.message}"
        )
        helpful.sent = False
        raise helpful from error

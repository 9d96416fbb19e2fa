"""What a user can say about the local server, and the way from a model's request to it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TextIO

from ai_sdk.errors import InvalidRequestError
from ai_sdk.providers.local._files import find_model, find_server, is_path
from ai_sdk.providers.local._process import Child, Progress, Settings, Stage, explained, running, stop
from ai_sdk.providers.local._template import CHATML

if TYPE_CHECKING:
    from ai_sdk.errors import APIConnectionError
    from ai_sdk.http import HTTPRequest

__all__ = ["PLACE", "LocalServer", "Options"]

PLACE = "http://127.0.0.1/v1"
"""Stands for the server's address until there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """See ``create_local``."""

    context: int = 4096
    parallel: int = 2
    threads: int = 1
    batch: int = 1024
    startup_timeout: float = 120.0
    chat_template: str | None = field(default=None, repr=False)
    on_progress: Progress | None = None

    def __post_init__(self) -> None:
        for name in ("context", "parallel", "threads", "batch", "startup_timeout"):
            value = getattr(self, name)
            if isinstance(value, bool) or value <= 0:
                raise InvalidRequestError(f"{name} is {value!r}; allowed is a number above 0", field=name)


class LocalServer:
    """The server of one model, started at its first request."""

    def __init__(self, model_id: str, options: Options) -> None:
        self._model_id = model_id
        self._options = options
        self._settings: Settings | None = None

    @property
    def settings(self) -> Settings:
        """What the server is started with. Raises ``MissingExtraError`` when a part is not installed."""
        if self._settings is None:
            site, path, options = find_server(self._model_id), find_model(self._model_id), self._options
            own = is_path(self._model_id)
            self._settings = Settings(
                path=str(path),
                alias=path.stem if own else self._model_id,
                site=site,
                context=options.context,
                parallel=options.parallel,
                threads=options.threads,
                batch=options.batch,
                chat_template=options.chat_template or (None if own else CHATML),
            )
        return self._settings

    async def child(self) -> Child:
        """The server's process, ready."""
        options = self._options
        return await running(self.settings, options.startup_timeout, options.on_progress or _terminal(sys.stderr))

    async def sign(self, request: HTTPRequest) -> HTTPRequest:
        """Address a request to the server, with its key.

        Each request has a connection of its own, which costs nothing here: the server closes one that is idle after
        five seconds (run live), and a request could meet that.
        """
        child = await self.child()
        url = f"{child.url}/v1{request.url.removeprefix(PLACE)}"
        own = {"authorization": f"Bearer {child.key}", "connection": "close"}
        return replace(request, url=url, headers={**request.headers, **own})

    async def explained(self, error: APIConnectionError) -> APIConnectionError:
        """The error of a call, with the reason when the server died under it."""
        return await explained(self.settings, error) if self._settings is not None else error

    def stop(self) -> None:
        """End the server, if it runs."""
        if self._settings is not None:
            stop(self._settings)


def _terminal(stream: TextIO | None) -> Progress | None:
    """Progress on a terminal: one line that goes away when the server is ready."""
    if stream is None or not stream.isatty():
        return None

    def show(stage: Stage, sentence: str) -> None:
        stream.write(f"\r\x1b[2m{sentence} ...\x1b[0m" if stage == "loading" else "\r\x1b[K")
        stream.flush()

    return show

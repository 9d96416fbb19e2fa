"""Downloading a model: ``POST /api/pull``, whose answer are lines of progress."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk.ending import Ending
from ai_sdk.errors import InterruptedStreamError, MalformedEventError
from ai_sdk.framing import JSONLines
from ai_sdk.provider import Exchange, read_error
from ai_sdk.providers.ollama._address import reaching

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint

__all__ = ["PullProgress", "pull"]

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a download is: Ollama's word for it, and bytes of the layer ``digest``."""

    status: str
    digest: str | None = None
    completed: int | None = None
    total: int | None = None

    @property
    def fraction(self) -> float | None:
        """How much of the layer is here, from 0 to 1; None while that is not known."""
        return None if not self.total or self.completed is None else min(1.0, self.completed / self.total)


async def pull(endpoint: Endpoint, model_id: str, *, insecure: bool = False) -> AsyncGenerator[PullProgress, None]:
    """The progress of a download, up to the status ``success``.

    Raises ``NotFoundError`` for a model that does not exist, and ``InterruptedStreamError`` when the lines stop early;
    what is here by then is not downloaded again.
    """
    exchange = Exchange(endpoint, model_id)
    body: dict[str, Any] = {"model": model_id, "stream": True}
    if insecure:
        body["insecure"] = True
    with reaching(endpoint):
        stream = await exchange.open("/api/pull", body)
    lines = JSONLines()
    status = ""
    how = Ending("closed")
    try:
        async with aclosing(stream.chunks()) as chunks:
            async for chunk in chunks:
                for line in lines.feed(chunk):
                    progress = _progress(line, exchange)
                    status = progress.status
                    yield progress
        for line in lines.end():
            progress = _progress(line, exchange)
            status = progress.status
            yield progress
        how = Ending("end")
    finally:
        stream.release(how)
    if status != "success":
        raise InterruptedStreamError(f"the download of {model_id} stopped at {status or 'its beginning'!r}")


def _progress(line: bytes, exchange: Exchange) -> PullProgress:
    try:
        said: Any = from_json(line)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise MalformedEventError(
            "ollama sent a line of progress that cannot be understood", event=line.decode("utf-8", "replace")
        )
    said = cast("dict[str, Any]", said)
    if said.get("error"):
        info = read_error(said)
        missing = "does not exist" in (info.message or "") or "not found" in (info.message or "")
        raise exchange.error_of(info._replace(status=_NOT_FOUND) if missing else info, said)
    status, digest = said.get("status"), said.get("digest")
    return PullProgress(
        status if isinstance(status, str) else "",
        digest if isinstance(digest, str) else None,
        _bytes(said.get("completed")),
        _bytes(said.get("total")),
    )


def _bytes(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None

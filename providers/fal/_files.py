"""The files of an answer: where they are, and how they get here."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Exchange
from ai_sdk.results import GeneratedFile

__all__ = ["RemoteFile", "fetched", "files_of", "rest_of"]

_LEFT_OUT = frozenset({"url", "file_data"})
_VAGUE = ("application/octet-stream", "binary/octet-stream", "text/plain", "")


class RemoteFile(NamedTuple):
    """A file that fal keeps: its URL, the media type that the answer names, and what else it says."""

    url: str
    media_type: str
    said: dict[str, Any]


def files_of(data: dict[str, Any], names: tuple[str, ...], what: str) -> list[RemoteFile]:
    """The files under the first of ``names`` that the answer has; one, or a list, each an object or a bare URL.

    Raises ``InvalidResponseError`` when there is none.
    """
    for name in names:
        found: Any = data.get(name)
        if found is not None:
            entries = cast("list[Any]", found) if isinstance(found, list) else [found]
            if entries:
                return [_file(each, what) for each in entries]
    raise InvalidResponseError(f"fal answered without {what}: it has {', '.join(data) or 'nothing'}", body=repr(data))


def _file(entry: Any, what: str) -> RemoteFile:
    said = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {"url": entry}
    url, kind = said.get("url"), said.get("content_type")
    if not isinstance(url, str) or not url.startswith(("https://", "http://", "data:")):
        raise InvalidResponseError(f"fal answered with {what} that has no URL", body=repr(said))
    more = {name: value for name, value in said.items() if name not in _LEFT_OUT}
    return RemoteFile(url, kind if isinstance(kind, str) else "", more)


async def fetched(file: RemoteFile, exchange: Exchange) -> GeneratedFile:
    """The file itself; its media type is what its server says, else what fal said, else what the bytes tell."""
    got = await exchange.fetch(file.url)
    return GeneratedFile(got.data, got.media_type if got.media_type not in _VAGUE else file.media_type)


def rest_of(data: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """What an answer says besides its files."""
    return {name: value for name, value in data.items() if name not in names}

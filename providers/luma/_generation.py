"""A generation at Luma: submitted, looked at until it is done, called off by deleting it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import quote

from ai_sdk.errors import InvalidRequestError, InvalidResponseError, UnsupportedError
from ai_sdk.messages import FilePart
from ai_sdk.polling import Pending, poll
from ai_sdk.provider import Exchange, PolledModel
from ai_sdk.providers.luma._errors import failed
from ai_sdk.results import GeneratedFile

__all__ = ["Generation", "LumaModel", "check_ratio", "metadata_of", "ratio_of", "url_of"]

Req = TypeVar("Req")
Res = TypeVar("Res")

PREFIX = "/dream-machine/v1/generations"
_RATIOS = frozenset({"1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21"})
_CINEMA = {"7:3": "21:9", "3:7": "9:21"}
_VAGUE = ("application/octet-stream", "binary/octet-stream", "text/plain")


class Generation(NamedTuple):
    """A finished generation: all that Luma says of it, its id, the file and the headers."""

    data: dict[str, Any]
    id: str
    file: GeneratedFile
    headers: Mapping[str, str]


class LumaModel(PolledModel[Req, Res]):
    """A model of the Dream Machine."""

    async def generate(
        self, path: str, body: dict[str, Any], headers: Mapping[str, str], exchange: Exchange, *, asset: str
    ) -> Generation:
        """Submit, wait and fetch the ``asset``; raises ``APIError`` with ``job`` when the generation failed."""
        data, _ = await exchange.json(PREFIX + path, body, headers)
        said = _object(data)
        job = said.get("id")
        if not isinstance(job, str) or not job:
            raise InvalidResponseError("luma took the request without naming the generation's id", body=repr(said))
        done = await self._wait(said, job, headers, exchange)
        if done.get("state") == "failed":
            raise failed(done, job, exchange)
        got_headers = exchange.headers
        got = await exchange.fetch(_asset(done, asset), job=job)
        kind = "" if got.media_type in _VAGUE else got.media_type
        return Generation(done, job, GeneratedFile(got.data, kind), got_headers)

    async def _wait(
        self, said: dict[str, Any], job: str, headers: Mapping[str, str], exchange: Exchange
    ) -> dict[str, Any]:
        if _is_over(said):
            return said
        path = f"{PREFIX}/{quote(job, safe='', errors='replace')}"

        async def look() -> dict[str, Any] | Pending:
            data, _ = await exchange.json(path, None, headers, method="GET")
            now = _object(data)
            return now if _is_over(now) else _pending(now)

        async def cancel() -> None:
            await exchange.send(path, None, headers, method="DELETE")

        return await poll(look, job=job, polling=self.polling, first=_pending(said), cancel=cancel)


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InvalidResponseError("luma answered with something that is not a generation", body=repr(data))
    return cast("dict[str, Any]", data)


def _is_over(said: dict[str, Any]) -> bool:
    return said.get("state") in ("completed", "failed")


def _pending(said: dict[str, Any]) -> Pending:
    state = said.get("state")
    return Pending(state if isinstance(state, str) and state else "unknown")


def _asset(said: dict[str, Any], name: str) -> str:
    assets = said.get("assets")
    url = cast("dict[str, Any]", assets).get(name) if isinstance(assets, dict) else None
    if not isinstance(url, str) or not url.startswith(("https://", "http://", "data:")):
        raise InvalidResponseError(f"luma completed the generation without a {name}", body=repr(said))
    return url


def metadata_of(done: Generation) -> dict[str, Any]:
    """What Luma says of a generation besides its request, which is ours."""
    return {name: value for name, value in done.data.items() if name not in ("request", "failure_reason")}


def url_of(part: FilePart, field: str) -> str:
    """The URL of a picture; Luma fetches pictures itself and takes no bytes, so those are an ``UnsupportedError``."""
    if part.url is None or not part.url.startswith(("https://", "http://")):
        raise UnsupportedError(
            f"{field} is given as bytes; luma takes only the URL of a picture, which it fetches itself: put it where "
            "luma can reach it and give that URL",
            field=field,
        )
    return part.url


def check_ratio(ratio: str) -> str:
    """The aspect ratio as it is; ``InvalidRequestError`` when it is no two numbers."""
    if re.fullmatch(r"[1-9]\d{0,3}:[1-9]\d{0,3}", ratio) is None:
        raise InvalidRequestError(f"aspect_ratio is {ratio!r:.80}; allowed is such as '16:9'", field="aspect_ratio")
    return ratio


def ratio_of(width: int, height: int) -> str | None:
    """The aspect ratio of a size when Luma has it, else None."""
    common = math.gcd(width, height)
    ratio = f"{width // common}:{height // common}"
    ratio = _CINEMA.get(ratio, ratio)
    return ratio if ratio in _RATIOS else None

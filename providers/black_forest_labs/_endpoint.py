"""Where Black Forest Labs is: one address to ask, and regions that answer, to which the key may go as well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Endpoint

__all__ = ["DOMAIN", "RegionalEndpoint", "with_key"]

DOMAIN = "bfl.ai"
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+bfl\.ai")


def with_key(key: str) -> Mapping[str, str]:
    """``x-key: <key>``."""
    return {"x-key": key}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RegionalEndpoint(Endpoint):
    """An endpoint whose key goes to its own origin and, when that is under ``bfl.ai``, to https hosts under it."""

    def may_send_to(self, url: str, base: str) -> bool:
        """Also to the regions, when the base URL is the vendor's own."""
        return (_is_of_domain(base) and _is_of_domain(url)) or Endpoint.may_send_to(self, url, base)

    def result_url(self, said: object, job: str) -> str:
        """Where to ask for a result: the ``polling_url`` of the answer, else by the id at the base URL.

        A base URL outside of ``bfl.ai`` is a proxy: it is asked itself, and the key stays with it. Otherwise a URL that
        is not under ``bfl.ai`` is an ``InvalidResponseError``: the key does not go there.
        """
        by_id = f"/get_result?id={quote(job, safe='', errors='replace')}"
        if not isinstance(said, str) or not said:
            return by_id
        if not said.startswith(("http://", "https://")):
            raise InvalidResponseError("black_forest_labs names a polling URL that is no http URL", body=said)
        try:
            return self.url(said)
        except (InvalidResponseError, ValueError):
            if _is_of_domain(self.base_url):
                raise InvalidResponseError(
                    f"black_forest_labs names a polling URL that is not under {DOMAIN}: the key does not go there",
                    body=said,
                ) from None
            return by_id


def _is_of_domain(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or port not in (None, 443) or "@" in parts.netloc:
        return False
    return _HOST.fullmatch(parts.hostname or "") is not None

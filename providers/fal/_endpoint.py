"""Where fal is: the queue, and beside it the direct calls, which have an origin of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FalEndpoint", "app_of", "path_of", "with_key"]

_NAMESPACES = frozenset({"workflows", "comfy"})
_OLD_ID = re.compile(r"(\d+)-([A-Za-z0-9-]+)")


def with_key(key: str) -> Mapping[str, str]:
    """``Authorization: Key <key>``."""
    return {"authorization": f"Key {key}"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FalEndpoint(Endpoint):
    """The queue at ``base_url``; ``direct_url`` is where direct calls go. The key goes to these two origins alone."""

    direct_url: str = ""

    def may_send_to(self, url: str, base: str) -> bool:
        """Also to the origin of direct calls."""
        direct = bool(self.direct_url) and Endpoint.may_send_to(self, url, self.direct_url)
        return direct or Endpoint.may_send_to(self, url, base)

    def owned(self, url: object) -> str | None:
        """A URL of an answer when it is at the queue's own origin; anything else is None."""
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            return None
        return url if Endpoint.may_send_to(self, url, self.base_url) else None


def path_of(model_id: str) -> str:
    """The path of a model: ``/fal-ai/flux/dev``.

    An id without an owner is one of fal's own (``wizper``), or in the old form (``110602490-lora``).
    """
    name = model_id.strip("/")
    if "/" not in name:
        old = _OLD_ID.fullmatch(name)
        name = f"{old[1]}/{old[2]}" if old else f"fal-ai/{name}"
    parts = name.split("/")
    if not all(parts) or "." in parts or ".." in parts:
        raise InvalidRequestError(
            f"the model id is {model_id!r:.80}; allowed is owner/app, such as 'fal-ai/flux/dev'", field="model_id"
        )
    return "/" + quote(name, safe="/@:", errors="replace")


def app_of(path: str) -> str:
    """The part of a model's path that its requests in the queue have: owner and app, without what follows."""
    parts = path.strip("/").split("/")
    return "/" + "/".join(parts[: 3 if parts[0] in _NAMESPACES else 2])

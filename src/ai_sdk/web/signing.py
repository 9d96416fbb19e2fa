"""Marks on what a server sends to a browser, by which it knows it again when the browser sends it back.

A chat in a browser posts the whole conversation each time. What a tool answered, and the metadata that go back to a
provider, are believed only with the mark of this server: a browser can write anything.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

from ai_sdk.errors import InvalidRequestError
from ai_sdk.web.chunks import canonical

__all__ = ["Signer"]

_SHORTEST = 16


class Signer:
    """Signs with HMAC-SHA-256.

    ``key``: at least 16 bytes, the same in every process of an application; None makes one that only this object has,
    so that nothing is known again after a restart. ``scope``: a signature is good in one scope alone, such as one chat.
    The key is in no repr.
    """

    __slots__ = ("_key", "_scope")

    def __init__(self, key: str | bytes | None = None, *, scope: str = "") -> None:
        secret = secrets.token_bytes(32) if key is None else key.encode() if isinstance(key, str) else key
        if len(secret) < _SHORTEST:
            raise InvalidRequestError(f"key has {len(secret)} bytes; allowed are {_SHORTEST} or more", field="key")
        self._key = secret
        self._scope = scope

    def within(self, scope: str) -> Signer:
        """The same key for another scope."""
        return Signer(self._key, scope=scope)

    def sign(self, kind: str, *values: Any) -> str:
        """The mark of plain data, as what it is given."""
        text = canonical([self._scope, kind, *values])
        return base64.urlsafe_b64encode(hmac.digest(self._key, text, hashlib.sha256)).rstrip(b"=").decode()

    def knows(self, mark: object, kind: str, *values: Any) -> bool:
        """Whether this key made the mark, of the same data in the same scope; takes the same time either way."""
        given = mark if isinstance(mark, str) else ""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.sign(kind, *values).encode())

    def __repr__(self) -> str:
        return f"Signer(scope={self._scope!r})"

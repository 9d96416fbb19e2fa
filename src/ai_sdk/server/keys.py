"""Who may use a gateway: keys, what each of them may use, and how much."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ai_sdk.errors import InvalidRequestError
from ai_sdk.model import AnyLayer

__all__ = ["Key", "Keyring"]

_SHORTEST = 16


@dataclass(frozen=True, slots=True, init=False)
class Key:
    """A client's key.

    ``secret`` is kept as its SHA-256 alone; ``Key.of_hash`` takes that as 64 hexadecimal digits, so that no
    configuration has to hold a secret. ``name`` says in logs, metrics and budgets whose it is. ``models`` are the names
    that it may use, None for all. ``layers`` stand around every model for the calls with this key, outermost first:
    ``[budget(usd=20), rate_limit(requests=60)]`` limits the key, over all its models together. ``admin``: may see the
    live page and the metrics.
    """

    name: str
    models: frozenset[str] | None
    layers: tuple[AnyLayer, ...] = field(compare=False, repr=False)
    admin: bool
    digest: bytes = field(repr=False)

    def __init__(
        self,
        secret: str,
        /,
        name: str,
        *,
        models: Iterable[str] | None = None,
        layers: Sequence[AnyLayer] = (),
        admin: bool = False,
    ) -> None:
        if len(secret) < _SHORTEST:
            raise InvalidRequestError(
                f"the key of {name!r} has {len(secret)} characters; allowed are at least {_SHORTEST}", field="secret"
            )
        self._set(hashlib.sha256(secret.encode()).digest(), name, models, layers, admin=admin)

    @classmethod
    def of_hash(
        cls,
        sha256: str,
        /,
        name: str,
        *,
        models: Iterable[str] | None = None,
        layers: Sequence[AnyLayer] = (),
        admin: bool = False,
    ) -> Key:
        """Make a key of the SHA-256 of its secret, as ``printf %s SECRET | sha256sum`` prints it."""
        try:
            digest = bytes.fromhex(sha256)
        except ValueError:
            digest = b""
        if len(digest) != 32:
            raise InvalidRequestError(f"the hash of the key of {name!r} is not 64 hexadecimal digits", field="sha256")
        key = object.__new__(cls)
        key._set(digest, name, models, layers, admin=admin)
        return key

    def _set(
        self, digest: bytes, name: str, models: Iterable[str] | None, layers: Sequence[AnyLayer], *, admin: bool
    ) -> None:
        if not name:
            raise InvalidRequestError("a key needs a name, which says in logs and budgets whose it is", field="name")
        values = {
            "digest": digest,
            "name": name,
            "models": None if models is None else frozenset(models),
            "layers": tuple(layers),
            "admin": admin,
        }
        for attribute, value in values.items():
            object.__setattr__(self, attribute, value)

    def may_use(self, model: str) -> bool:
        """Whether this key may use the model of this name."""
        return self.models is None or model in self.models


class Keyring:
    """The keys of a gateway; none at all lets everybody in.

    Every secret is compared with every key, in a time that does not depend on which of them fits or on how much.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = tuple(keys)
        names = [key.name for key in self.keys]
        for name in names:
            if names.count(name) > 1:
                raise InvalidRequestError(f"two keys are named {name!r}; give one another name", field="keys")

    def find(self, secret: str) -> Key | None:
        """The key of this secret."""
        digest = hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
        found: Key | None = None
        for key in self.keys:
            if hmac.compare_digest(digest, key.digest):
                found = key
        return found

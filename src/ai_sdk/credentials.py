"""Another API key for the calls to one account, for the length of an ``await``.

``api_key_override`` sets a context variable that ``Endpoint.api_key`` looks at. It counts for one account alone: the
provider's name, its base URL and the key that its door was made with must be the same. So a model of another provider,
of another address, or of another account of the same provider, that a fallback inside calls, does not get the key.
A model of your own asks ``overriding_key("name")``.
"""

from __future__ import annotations

from contextvars import ContextVar
from hashlib import sha256
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Account", "SecretKey", "account_of", "api_key_override", "overriding_key"]

_ID_LENGTH = 16


class Account:
    """Whose calls a key is for. Its repr shows no key."""

    __slots__ = ("_own", "base_url", "provider")

    def __init__(self, provider: str, base_url: str | None = None, own: str | None = None) -> None:
        self.provider = provider
        self.base_url = base_url
        self._own = own

    def is_of(self, provider: str, base_url: str | None, own: str | None) -> bool:
        """Whether all three are the same."""
        return self.provider == provider and self.base_url == base_url and self._own == own

    def __repr__(self) -> str:
        return f"<account of {self.provider}>"


def account_of(model: object) -> Account | None:
    """The account of a model or of a provider's door, or the one of this name; None for a plain function."""
    if isinstance(model, str):
        return Account(model)
    endpoint = getattr(model, "endpoint", None)
    if endpoint is not None:
        return Account(endpoint.name, endpoint.base_url, endpoint.key)
    provider = getattr(model, "provider", None)
    return Account(provider) if isinstance(provider, str) else None


class SecretKey:
    """A key that shows neither in a repr nor in a traceback; ``label`` (``key 2 of 3``) is what may be shown."""

    __slots__ = ("_value", "label")

    def __init__(self, value: str, label: str) -> None:
        self._value = value
        self.label = label

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    def id(self, account: Account) -> str:
        """A name for this key at this account, from which nobody can read the key."""
        return sha256(f"{account.provider}\n{account.base_url}\n{self._value}".encode()).hexdigest()[:_ID_LENGTH]

    def __repr__(self) -> str:
        return f"<{self.label}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret key is not pickled")


class _Override:
    """A key for an account, and the override around it."""

    __slots__ = ("account", "around", "key")

    def __init__(self, account: Account, key: SecretKey, around: _Override | None) -> None:
        self.account = account
        self.key = key
        self.around = around


_override: ContextVar[_Override | None] = ContextVar("ai_sdk_api_key", default=None)


class api_key_override:  # noqa: N801 - used as a function
    """Use ``key`` for ``account`` in a ``with`` block that awaits a call. No ``yield`` may stand in the block."""

    __slots__ = ("_account", "_key", "_token")

    def __init__(self, account: Account, key: SecretKey) -> None:
        self._account = account
        self._key = key

    def __enter__(self) -> None:
        self._token = _override.set(_Override(self._account, self._key, _override.get()))

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        _override.reset(self._token)


def overriding_key(provider: str, base_url: str | None = None, own: str | None = None) -> str | None:
    """The key to use instead of ``own`` for this account, or None when nothing overrides it."""
    override = _override.get()
    while override is not None:
        if override.account.is_of(provider, base_url, own):
            return override.key.reveal()
        override = override.around
    return None

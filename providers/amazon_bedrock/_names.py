"""Names of tools and ids of their calls, as the models on Bedrock take them: pure and the same every time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256

__all__ = ["ToolNames", "call_id"]

_LONGEST = 64
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_.:-]")
_MISTRAL_LENGTH = 9
_OF_BEDROCK = "tooluse_"


class ToolNames:
    """The wire's name of every tool, and back: letters, digits, ``_`` and ``-``, at most 64 (vendor documents)."""

    __slots__ = ("_wire", "own")

    def __init__(self, names: Iterable[str]) -> None:
        self._wire: dict[str, str] = {}
        taken: set[str] = set()
        for name in names:
            fit = _fitting(name, _NOT_IN_NAMES)
            if fit in taken:
                fit = f"{fit[: _LONGEST - 9]}_{_digest(name)[:8]}"
            taken.add(fit)
            self._wire[name] = fit
        self.own: Mapping[str, str] = {fit: name for name, fit in self._wire.items() if fit != name}
        """Names by the wire's, where the two differ."""

    def wire(self, name: str) -> str:
        """The wire's name of a tool, also of one that is not offered now."""
        return self._wire.get(name) or _fitting(name, _NOT_IN_NAMES)


def call_id(identity: str, family: str) -> str:
    """The id of a call, the same for call and result.

    Letters, digits, ``_``, ``-``, ``.`` and ``:``, at most 64; Claude takes no ``.`` and ``:``. Mistral's models want
    nine letters and digits, but take what Bedrock itself made (recorded).
    """
    if family == "mistral" and not identity.startswith(_OF_BEDROCK):
        if len(identity) == _MISTRAL_LENGTH and identity.isascii() and identity.isalnum():
            return identity
        return _digest(identity)[:_MISTRAL_LENGTH]
    pattern = _NOT_IN_NAMES if family == "anthropic" else _NOT_IN_IDS
    if identity and len(identity) <= _LONGEST and not pattern.search(identity):
        return identity
    return f"{pattern.sub('_', identity)[:50]}_{_digest(identity)[:8]}"


def _fitting(name: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub("_", name)[:_LONGEST]


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

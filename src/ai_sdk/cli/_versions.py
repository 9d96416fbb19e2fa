"""Which distributions are installed."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires, version

__all__ = ["requirements", "version_of"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def version_of(distribution: str) -> str | None:
    """The version that is installed, or None."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def requirements(distribution: str) -> list[str]:
    """The distributions that one always needs, extras left out; empty when it is not installed itself."""
    try:
        needed = requires(distribution) or []
    except PackageNotFoundError:
        return []
    return sorted(found[0] for each in needed if "extra ==" not in each and (found := _NAME.match(each)))

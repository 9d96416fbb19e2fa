"""The live page: one document without a build step, a network address of anybody else, or any script but its own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["HEADERS", "page"]

HEADERS = (
    (
        "content-security-policy",
        (
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
)


@cache
def page() -> bytes:
    """The document. What it shows it asks for at ``live/data``, with the key that is typed into it."""
    return files("ai_sdk.server").joinpath("live.html").read_bytes()

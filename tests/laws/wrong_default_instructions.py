"""Implementations of ``default_instructions`` that each break one law."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from ai_sdk.messages import SystemMessage, system
from ai_sdk.middleware.default_instructions import default_instructions
from ai_sdk.model import Layer, layer
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse

Language = Layer[LanguageRequest, LanguageResponse]


def instructions_always(text: Any, *, mode: str = "if-missing") -> Language:
    """A request that has its own instructions gets more."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await call(replace(request, messages=(system(text), *request.messages)))
        return response

    return wrong


def instructions_in_place_of_others(text: Any, *, mode: str = "if-missing") -> Language:
    """The request's own instructions are lost."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        rest = [each for each in request.messages if not isinstance(each, SystemMessage)]
        response: LanguageResponse = await call(replace(request, messages=(system(text), *rest)))
        return response

    return wrong


def instructions_that_change(text: Any, *, mode: Any = "if-missing") -> Language:
    """No two calls get the same."""
    numbers = count()
    return default_instructions(lambda _request: f"{text}{next(numbers)}", mode=mode)


def instructions_that_copy(text: Any, *, mode: Any = "if-missing") -> Language:
    """A request that needs nothing is copied, too."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        return await default_instructions(text, mode=mode)(call)(replace(request))

    return wrong


def instructions_at_the_end(text: Any, *, mode: Any = "if-missing") -> Language:
    """Prepended and appended instructions change places."""
    other: Any = {"prepend": "append", "append": "prepend"}.get(mode, mode)
    return default_instructions(text, mode=other)

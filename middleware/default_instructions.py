"""Give every request instructions.

The law: a request without a system message gets one, as its first message; one that has its own is left alone, the
very object, or, when asked for, gets the instructions before or after its own. Everything else of the request stays as
it was; the model sees a copy. The same request always becomes the same request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypeAlias, cast, get_args

from ai_sdk.errors import InvalidRequestError
from ai_sdk.layer_options import check_kind
from ai_sdk.messages import Message, SystemMessage
from ai_sdk.model import Layer, Model, layer
from ai_sdk.requests import LanguageRequest, changed
from ai_sdk.results import LanguageResponse

__all__ = ["default_instructions"]

Mode: TypeAlias = Literal["if-missing", "prepend", "append"]


def default_instructions(
    instructions: str | Callable[[LanguageRequest], str | None], /, *, mode: Mode = "if-missing"
) -> Layer[LanguageRequest, LanguageResponse]:
    """Instruct the model: ``default_instructions("Answer in one sentence.")``.

    ``instructions`` are a text, or a function that is given the request and returns the text, or None for none.
    ``mode`` says what happens when the request has a system message: ``if-missing`` leaves the request alone;
    ``prepend`` puts the instructions and an empty line before the text of its first system message, ``append`` after
    that of its last one. Many providers take one system message only, so no second one is made.

    Raises InvalidRequestError when the layer is made, for an empty text or an unknown mode; at a call, for a function
    that returns something else than a text or None.
    """
    given = cast("object", instructions)
    if not (callable(given) or (isinstance(given, str) and given)):
        what = "empty" if given == "" else f"a {type(given).__name__}"
        raise InvalidRequestError(
            f"default_instructions: instructions is {what}; allowed is a text or a function of the request",
            field="instructions",
        )
    if mode not in get_args(Mode):
        allowed = ", ".join(get_args(Mode))
        raise InvalidRequestError(f"default_instructions: mode is {mode!r}; allowed are {allowed}", field="mode")

    @layer
    async def default_instructions(
        request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]
    ) -> LanguageResponse:
        check_kind(request, LanguageRequest, "default_instructions")
        own = [at for at, message in enumerate(request.messages) if isinstance(message, SystemMessage)]
        if own and mode == "if-missing":
            return await call(request)
        text = instructions if isinstance(instructions, str) else _text_of(instructions(request))
        return await call(
            changed(request, messages=_instructed(request.messages, own, text, mode)) if text else request
        )

    return default_instructions


def _text_of(returned: object) -> str | None:
    if returned is None or isinstance(returned, str):
        return returned
    raise InvalidRequestError(
        f"default_instructions: the function returned a {type(returned).__name__}; allowed is a text or None",
        field="instructions",
    )


def _instructed(messages: tuple[Message, ...], own: list[int], text: str, mode: Mode) -> tuple[Message, ...]:
    if not own:
        return (SystemMessage(text), *messages)
    at = own[0] if mode == "prepend" else own[-1]
    system = cast("SystemMessage", messages[at])
    both = (text, system.content) if mode == "prepend" else (system.content, text)
    return (*messages[:at], replace(system, content="\n\n".join(both)), *messages[at + 1 :])

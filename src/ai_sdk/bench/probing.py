"""One request, timed."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ai_sdk.call import record_call
from ai_sdk.errors import AISDKError, APIError, InvalidRequestError
from ai_sdk.parts import Finish, ReasoningDelta, TextDelta

if TYPE_CHECKING:
    from ai_sdk.bench.plan import Shot
    from ai_sdk.model import Model
    from ai_sdk.parts import LanguagePart
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import LanguageResponse, Usage

__all__ = ["Probe", "probe"]

_LONGEST = 200


@dataclass(slots=True)
class Probe:
    """What was seen of a request so far; loop times are seconds after ``intended``."""

    shot: Shot
    intended: float
    sent: float = 0.0
    chunks: list[float] = field(default_factory=list[float])
    first_text: float | None = None
    reasoned: bool = False
    total: float = 0.0
    usage: Usage | None = None
    finish: str | None = None
    error: Exception | None = None

    def saw(self, part: LanguagePart) -> None:
        """Note a part at the moment when it is read."""
        if isinstance(part, TextDelta | ReasoningDelta):
            if not part.text:
                return
            now = self._now()
            self.chunks.append(now)
            if isinstance(part, ReasoningDelta):
                self.reasoned = True
            elif self.first_text is None:
                self.first_text = now
        elif isinstance(part, Finish):
            self.usage = part.usage
            self.finish = part.reason

    def over(self) -> None:
        """Note that nothing more comes."""
        self.total = self._now()

    def _now(self) -> float:
        return round(asyncio.get_running_loop().time() - self.intended, 6)

    @property
    def streamed_tokens(self) -> int | None:
        """The tokens that arrived in the pieces."""
        if self.usage is None:
            return None
        return self.usage.output_tokens if self.reasoned else self.usage.text_tokens

    @property
    def failure(self) -> tuple[str | None, int | None, str | None]:
        """Class, status and words of the error. Only words of errors of this library are told: they hold no secret."""
        error = self.error
        if error is None:
            return None, None, None
        status = error.status if isinstance(error, APIError) else None
        words = " ".join(str(error).split())[:_LONGEST] if isinstance(error, AISDKError) else None
        return type(error).__name__, status, words


async def probe(
    model: Model[LanguageRequest, LanguageResponse],
    request: LanguageRequest,
    shot: Shot,
    intended: float,
    timeout: float,
) -> Probe:
    """Send a request and read its answer to the end. ``intended``: the loop time at which it should have started.

    ``timeout`` counts from there, too. A failure is noted and not raised, but for ``InvalidRequestError``, which is
    found before anything is sent and would come again.
    """
    loop = asyncio.get_running_loop()
    seen = Probe(shot, intended, sent=round(loop.time() - intended, 6))
    try:
        async with asyncio.timeout_at(intended + timeout), AsyncExitStack() as stack:
            with record_call(name="bench"):
                response = await model(request)
            await stack.enter_async_context(response)
            async for part in response:
                seen.saw(part)
    except InvalidRequestError:
        raise
    except Exception as error:  # noqa: BLE001 - what it failed with is what is measured
        seen.error = error
    seen.over()
    return seen

"""One measured request, and what follows from its raw times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ai_sdk.bench.plan import frozen, plain
from ai_sdk.errors import InvalidRequestError

__all__ = ["Sample"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was seen of one request. Times are in seconds, to the microsecond; what is not known is None.

    ``at``: its intended start, from the start of the run. All else counts from there: ``lag``, until it was really
    sent; ``chunks``, when each piece of text or reasoning arrived; ``first_text``, the first piece that was not
    reasoning; ``total``, when it was over, however it ended. ``streamed_tokens`` are those of ``output_tokens`` that
    arrived in the pieces: without reasoning that the provider keeps to itself. ``cost`` is in nano-dollars. ``error``
    is the class of what it failed with, ``status`` the HTTP status of that and ``message`` its words.
    """

    id: int
    model: str
    load: str
    round: int
    warm_up: bool = False
    at: float = 0.0
    lag: float = 0.0
    chunks: tuple[float, ...] = ()
    first_text: float | None = None
    total: float = 0.0
    input_tokens: int | None = None
    output_tokens: int | None = None
    streamed_tokens: int | None = None
    cost: int | None = None
    finish: str | None = None
    error: str | None = None
    status: int | None = None
    message: str | None = None

    @property
    def ok(self) -> bool:
        """Whether a whole answer came."""
        return self.error is None

    @property
    def first(self) -> float | None:
        """Time to first token: the first piece of text or reasoning."""
        return self.chunks[0] if self.chunks else None

    @property
    def gaps(self) -> tuple[float, ...]:
        """Seconds between one piece and the next."""
        return tuple(round(later - earlier, 6) for earlier, later in zip(self.chunks, self.chunks[1:], strict=False))

    @property
    def speed(self) -> float | None:
        """Tokens a second after the first piece; None for an answer in one piece, and where tokens are not known.

        The tokens of the first piece do not count, because its time does not: they are taken to be as many as those of
        the others.
        """
        if self.streamed_tokens is None or len(self.chunks) < 2:
            return None
        seconds = self.chunks[-1] - self.chunks[0]
        later = self.streamed_tokens * (len(self.chunks) - 1) / len(self.chunks)
        return later / seconds if seconds > 0 else None

    def to_dict(self) -> dict[str, Any]:
        """As plain data, without what is at its default."""
        found = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        data = {name: value for name, (value, default) in found.items() if value != default}
        return plain(data)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], /) -> Sample:
        """From plain data; raises ``InvalidRequestError`` for what is no sample."""
        try:
            return cls(**frozen(data))
        except TypeError as error:
            raise InvalidRequestError(f"this is no sample: {error}") from error

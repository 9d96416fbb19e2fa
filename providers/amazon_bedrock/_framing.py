"""How Bedrock streams: messages of an AWS event stream; those of InvokeModel wrap the events of the model's maker."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import AISDKError, MalformedEventError
from ai_sdk.framing import AWSEventStream
from ai_sdk.providers.amazon_bedrock._errors import is_exception

if TYPE_CHECKING:
    from ai_sdk.errors import APIError
    from ai_sdk.framing import AWSEvent

__all__ = ["ChunkFraming"]


class ChunkFraming:
    """Cuts the answer of ``/invoke-with-response-stream`` into the events that its chunks carry.

    An exception in the stream is raised when the events before it have been returned.
    """

    __slots__ = ("_error", "_failed", "_stream")

    def __init__(self, failed: Callable[[AWSEvent], APIError]) -> None:
        self._stream = AWSEventStream()
        self._failed = failed
        self._error: AISDKError | None = None

    def feed(self, chunk: bytes, /) -> list[tuple[str, bytes]]:
        """Take what has arrived and return the events that are complete."""
        self._refuse()
        events: list[tuple[str, bytes]] = []
        for message in self._stream.feed(chunk):
            try:
                events += self._unwrapped(message)
            except AISDKError as error:
                self._error = error
                break
        if not events:
            self._refuse()
        return events

    def end(self) -> list[tuple[str, bytes]]:
        """Raise what is wrong with the end of the stream; there is never more."""
        self._refuse()
        self._stream.end()
        return []

    def _refuse(self) -> None:
        if self._error is not None:
            raise self._error

    def _unwrapped(self, message: AWSEvent) -> list[tuple[str, bytes]]:
        if is_exception(message):
            raise self._failed(message)
        if message.headers.get(":event-type") != "chunk":
            return []
        return [("message", _bytes_in(message.payload))]


def _bytes_in(payload: bytes) -> bytes:
    import pydantic_core

    try:
        said: Any = pydantic_core.from_json(payload)
        data = cast("dict[str, Any]", said)["bytes"]
        return base64.b64decode(data, validate=True)
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise MalformedEventError(
            f"a chunk of the event stream cannot be understood: {error!r}", event=payload.decode("utf-8", "replace")
        ) from error

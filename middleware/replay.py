"""Answer from recorded calls, as a test double of any pipeline.

The law: an equal request gets the answer that was recorded for it, in the order of recording; a stream comes as a
stream, with the same parts cut in the same places, an answer that was not asked for as a stream with all of them at
once, an error as an error of the same class. The model inside is not called. Requests are equal when all their fields
are but the headers, ``layer_options`` and ``stream``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from ai_sdk.cassette import Cassette, Recording, error_from_plain, from_plain
from ai_sdk.errors import InvalidRequestError, StreamError
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.requests import SpeechRequest, TranscriptionRequest
from ai_sdk.response import Response
from ai_sdk.results import fold_language, fold_speech, fold_transcription

__all__ = ["replay"]

Req = TypeVar("Req")
Res = TypeVar("Res")


def replay(cassette: str | Path | Cassette, /, *, strict: bool = True, timing: bool = False) -> AnyLayer:
    """Answer from a cassette: a path, or a ``Cassette`` that other layers share.

    ``strict``: a request without a recording that is left raises InvalidRequestError, which names the field in which
    the nearest recorded request differs. With False it is sent to the model inside when there is no recording, and the
    last recording repeats when all have been replayed; ``[replay(tape, strict=False), record(tape)]`` with one
    ``Cassette`` records what is missing.
    ``timing``: wait as long as the model took, for the call and for each part.

    A recording that its reader closed early raises StreamError at that place. Two models with a path start at its
    beginning each; a ``Cassette`` that they share is one sequence.
    Raises InvalidRequestError for what is no path and no Cassette, when the layer is made; at the first call, for a
    file that holds something else.
    """
    given = cast("object", cassette)
    if not isinstance(given, str | Path | Cassette) or given == "":
        raise InvalidRequestError(
            f"replay: cassette is a {type(given).__name__}; allowed are a path and a Cassette", field="cassette"
        )

    def replay(model: Model[Req, Res], /) -> Model[Req, Res]:
        tape = cassette if isinstance(cassette, Cassette) else Cassette(cassette)

        @layer
        async def replay(request: Req, call: Model[Req, Res]) -> Res:
            recording = tape.take(request, again=not strict)
            if recording is None:
                if strict:
                    raise tape.explain(request)
                return await call(request)
            return cast("Res", await _answer(recording, request, timing))

        return replay(model)

    return replay


async def _answer(recording: Recording, request: Any, timing: bool) -> Any:
    plain = recording.plain
    if timing:
        await asyncio.sleep(plain["seconds"])
    if "result" in plain:
        return from_plain(plain["result"])
    if "parts" not in plain:
        raise error_from_plain(plain["error"])
    waits = plain["waits"] if timing else [0.0] * len(plain["parts"])
    response = await Response[Any, Any].start(_parts(recording, waits), _fold_of(request))
    if getattr(request, "stream", False):
        return response
    return Response[Any, Any].of([part async for part in response], response.fold)


async def _parts(recording: Recording, waits: Sequence[float]) -> AsyncGenerator[Any, None]:
    plain = recording.plain
    for part, wait in zip(from_plain(plain["parts"]), waits, strict=True):
        if wait:
            await asyncio.sleep(wait)
        yield part
    if "error" in plain:
        raise error_from_plain(plain["error"])
    if plain["ended"] != "end":
        ended = StreamError(f"the recording ends here: the response was {plain['ended']} by its reader")
        ended.retryable = False
        raise ended


def _fold_of(request: object) -> Callable[[Sequence[Any]], Any]:
    if isinstance(request, SpeechRequest):
        return fold_speech
    return fold_transcription if isinstance(request, TranscriptionRequest) else fold_language

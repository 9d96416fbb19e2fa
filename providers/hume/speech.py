"""The speech model of Hume, Octave: ``POST /v0/tts/file``, or ``/v0/tts/stream/file`` while it is made."""

from __future__ import annotations

import re
from typing import Any, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import Endpoint, Exchange, ProviderModel, options_of, unsupported
from ai_sdk.providers.hume._errors import refining
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import CallWarning, SpeechResponse
from ai_sdk.streaming import spoken

__all__ = ["DEFAULT_VOICE", "HumeSpeechModel"]

DEFAULT_VOICE = "d8ab67c6-953d-4bd8-9370-8fa53a0f1453"

_MEDIA_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "pcm": "audio/pcm"}
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MODEL = re.compile(r"octave(?:-(?P<version>\w+))?")


class HumeSpeechModel(ProviderModel[SpeechRequest, SpeechResponse]):
    """Octave; with ``stream`` the audio is given out as it is made.

    ``octave-2`` is version 2, ``octave`` leaves the version to the vendor. A voice is an id or a name in Hume's
    library, ``DEFAULT_VOICE`` unless told; instructions are what the vendor calls description.
    """

    kind = "speech"

    def __init__(self, endpoint: Endpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id)
        known = _MODEL.fullmatch(model_id)
        if known is None:
            raise InvalidRequestError(
                f"the model id is {model_id!r}; Hume's speech model is octave, octave-1 or octave-2", field="model_id"
            )
        self._version: str | None = known["version"]

    def encode(self, request: SpeechRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        options = options_of(request, self.provider)
        if not request.text.strip() and "utterances" not in options:
            raise InvalidRequestError("text is empty: there is nothing to say", field="text")
        if options.get("num_generations") not in (None, 1):
            raise InvalidRequestError(
                f"num_generations is {options['num_generations']!r}; a result is one piece of audio",
                field="provider_options",
            )
        warnings: list[CallWarning] = []
        body: dict[str, Any] = {"utterances": [_utterance(request, options)], **_format(request, warnings)}
        if self._version is not None:
            body["version"] = self._version
        if request.stream:
            body["strip_headers"] = True
        if request.language is not None:
            warnings.append(unsupported("language", "Octave hears the language in the text"))
        return {**body, **options}, warnings

    async def answer(self, request: SpeechRequest, exchange: Exchange, /) -> SpeechResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        asked = body.get("format")
        word = cast("dict[str, Any]", asked).get("type") if isinstance(asked, dict) else "mp3"
        kind = _MEDIA_TYPES.get(str(word), "application/octet-stream")
        path = "/v0/tts/stream/file" if request.stream else "/v0/tts/file"
        with refining():
            return await spoken(exchange, path, body, request, media_type=kind, warnings=warnings)


def _utterance(request: SpeechRequest, options: dict[str, Any]) -> dict[str, Any]:
    """What is said and how, with what the options say of it, which is taken out of them."""
    said = {
        "text": request.text,
        "description": request.instructions,
        "speed": request.speed,
        "trailing_silence": options.pop("trailing_silence", None),
        "voice": _voice(request.voice or DEFAULT_VOICE, options.pop("voice", {})),
    }
    return {name: value for name, value in said.items() if value is not None}


def _voice(asked: str, given: Any) -> Any:
    """The voice as the vendor writes it; None when there shall be none."""
    if not isinstance(given, dict) or not given.keys().isdisjoint({"id", "name"}):  # pyright: ignore[reportUnknownMemberType]
        return cast("Any", given)
    name = "id" if _ID.fullmatch(asked) else "name"
    return {name: asked, "provider": "HUME_AI", **cast("dict[str, Any]", given)}


def _format(request: SpeechRequest, warnings: list[CallWarning]) -> dict[str, Any]:
    word = request.output_format
    if word is None or word in _MEDIA_TYPES:
        return {} if word is None else {"format": {"type": word}}
    warnings.append(unsupported("output_format", f"Hume has no {word!r}, only {', '.join(_MEDIA_TYPES)}"))
    return {}

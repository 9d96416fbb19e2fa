"""Speech models of Deepgram: ``POST /v1/speak``, whose answer is the bytes of the audio."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import Exchange, ProviderModel, options_of, unsupported
from ai_sdk.providers.deepgram._errors import refining
from ai_sdk.providers.deepgram._query import query_of
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import CallWarning, SpeechResponse
from ai_sdk.streaming import spoken

__all__ = ["DeepgramSpeechModel"]


class _Format(NamedTuple):
    """How to ask for a format, and what it is. ``rates`` are the sample rates to choose from, none when it is fixed."""

    encoding: str
    container: str | None
    media_type: str
    rates: tuple[int, ...] = ()


_LINEAR = (8000, 16000, 24000, 32000, 48000)
_PHONE = (8000, 16000)
_FORMATS = {
    "mp3": _Format("mp3", None, "audio/mpeg"),
    "wav": _Format("linear16", "wav", "audio/wav", _LINEAR),
    "pcm": _Format("linear16", "none", "audio/pcm", _LINEAR),
    "linear16": _Format("linear16", "none", "audio/pcm", _LINEAR),
    "opus": _Format("opus", "ogg", "audio/ogg"),
    "ogg": _Format("opus", "ogg", "audio/ogg"),
    "flac": _Format("flac", None, "audio/flac", (8000, 16000, 22050, 32000, 48000)),
    "aac": _Format("aac", None, "audio/aac"),
    "mulaw": _Format("mulaw", "none", "audio/basic", _PHONE),
    "ulaw": _Format("mulaw", "none", "audio/basic", _PHONE),
    "alaw": _Format("alaw", "none", "audio/pcma", _PHONE),
}
_UNKNOWN = "application/octet-stream"
_MODEL = re.compile(r"(?P<family>aura(?:-\d+)?)(?:-(?P<voice>[a-z]+)-(?P<language>[a-z]{2}))?")
_FIRST_VOICES = {
    "en": "thalia",
    "es": "celeste",
    "de": "viktoria",
    "fr": "agathe",
    "nl": "rhea",
    "it": "livia",
    "ja": "izanami",
}


class DeepgramSpeechModel(ProviderModel[SpeechRequest, SpeechResponse]):
    """A speech model; with ``stream`` the audio is given out as it arrives.

    A model id names a voice and its language, as ``aura-2-thalia-en``; a request's ``voice``, which is ``apollo`` or a
    whole id, takes the place of that one. ``aura-2`` alone is any voice of the family: one of the request's
    ``language``, ``thalia`` for English.
    """

    kind = "speech"

    def encode(self, request: SpeechRequest) -> tuple[str, dict[str, Any], list[CallWarning]]:
        """The path with its query, the body of a request, and what they could not say; pure."""
        if not request.text.strip():
            raise InvalidRequestError("text is empty: there is nothing to say", field="text")
        warnings: list[CallWarning] = []
        if request.instructions is not None:
            warnings.append(unsupported("instructions", "Deepgram's voices take none"))
        query = {"model": _model(self.model_id, request, warnings), **_asked(request, warnings), "speed": request.speed}
        options = options_of(request, self.provider)
        if options.get("encoding") is not None:
            query.pop("container", None)
            query.pop("sample_rate", None)
        return f"/v1/speak?{query_of({**query, **options})}", {"text": request.text}, warnings

    async def answer(self, request: SpeechRequest, exchange: Exchange, /) -> SpeechResponse:
        """One exchange; streamed when the request wishes."""
        path, body, warnings = self.encode(request)
        kind = _media_type(request, options_of(request, self.provider))
        with refining():
            return await spoken(exchange, path, body, request, media_type=kind, warnings=warnings)


def _model(model_id: str, request: SpeechRequest, warnings: list[CallWarning]) -> str:
    """The id of a voice: what the model's id says, with the request's voice and language in it."""
    voice = request.voice
    known = _MODEL.fullmatch(voice if voice and voice.startswith("aura-") else model_id)
    if known is None:
        if voice is not None:
            warnings.append(unsupported("voice", f"{model_id} is not an id of Deepgram's with a voice in it"))
        if request.language is not None:
            warnings.append(unsupported("language", f"{model_id} speaks its own"))
        return model_id
    family, named, own = known["family"], known["voice"], known["language"]
    asked = request.language.partition("-")[0].lower() if request.language is not None else None
    if voice is not None and not voice.startswith("aura-"):
        named = voice
    if named is None:
        own = asked if asked in _FIRST_VOICES and family != "aura" else "en"
        named = "asteria" if family == "aura" else _FIRST_VOICES[own]
    language = own or asked or "en"
    if asked is not None and asked != language:
        warnings.append(unsupported("language", f"the voice {named} speaks {language!r} alone"))
    return f"{family}-{named}-{language}"


def _asked(request: SpeechRequest, warnings: list[CallWarning]) -> dict[str, Any]:
    """Encoding, container and sample rate of a word such as ``wav`` or ``wav_16000``."""
    if request.output_format is None:
        return {}
    word, _, rate = request.output_format.partition("_")
    found = _FORMATS.get(word)
    if found is None:
        known = ", ".join(_FORMATS)
        warnings.append(unsupported("output_format", f"Deepgram has no {request.output_format!r}, only {known}"))
        return {}
    if rate and rate not in map(str, found.rates):
        allowed = " or ".join(map(str, found.rates)) or "the one it has"
        raise InvalidRequestError(
            f"output_format is {request.output_format!r}; the sample rate of {word} is {allowed}", field="output_format"
        )
    return {"encoding": found.encoding, "container": found.container, "sample_rate": rate or None}


def _media_type(request: SpeechRequest, options: dict[str, Any]) -> str:
    """What was asked for; what the answer's first bytes say when that is the vendor's choice, or in its own words."""
    if options.get("encoding") is not None or options.get("container") is not None:
        return _UNKNOWN
    found = _FORMATS.get((request.output_format or "").partition("_")[0])
    return found.media_type if found is not None else _UNKNOWN

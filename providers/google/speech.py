"""Gemini's speech models: ``:generateContent`` whose answer is sound, PCM without a header."""

from __future__ import annotations

import re
import struct
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.framing import ServerSentEvents
from ai_sdk.messages import FilePart, TextPart, UserMessage
from ai_sdk.parts import AudioDelta, Finish, ResponseMetadata, StreamStart
from ai_sdk.provider import Endpoint, Exchange, ProviderModel, parse_json, unsupported
from ai_sdk.providers.google._decode import Context, GenerateDecoder, decode
from ai_sdk.providers.google._encode import options_of
from ai_sdk.providers.google._errors import refining
from ai_sdk.providers.google._media import filtered
from ai_sdk.providers.google._models import generation_of
from ai_sdk.requests import LanguageRequest, SpeechRequest
from ai_sdk.results import CallWarning, SpeechResponse, fold_speech
from ai_sdk.streaming import decoded

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart, SpeechPart
    from ai_sdk.providers.google.language import GeminiModel

__all__ = ["DEFAULT_VOICE", "GeminiSpeechModel", "wav_header"]

DEFAULT_VOICE = "Kore"
_OWN_FORMATS = {"mp3": "AUDIO_MP3", "opus": "AUDIO_OGG_OPUS", "alaw": "AUDIO_ALAW", "ulaw": "AUDIO_MULAW"}
_FORMATS = ("pcm", "wav", *_OWN_FORMATS)
_RATE = re.compile(r"rate=(\d{4,6})")
_CHANNELS = re.compile(r"channels=([1-8])")
_PCM = ("audio/l16", "audio/pcm")
_UNKNOWN_LENGTH = 0xFFFFFFFF
_DEFAULT_RATE = 24_000


class GeminiSpeechModel(ProviderModel[SpeechRequest, SpeechResponse]):
    """A model that speaks; without a voice it is ``Kore``. ``chat`` makes the language model that it is.

    The sound is 16-bit little-endian PCM, whose rate stands in the media type; ``output_format="wav"`` puts a header
    before it, in a stream one without a length. ``formats_in_list``: the house wants a list of formats.
    """

    kind = "speech"

    def __init__(
        self,
        endpoint: Endpoint,
        model_id: str,
        chat: Callable[[Endpoint, str], GeminiModel],
        *,
        formats_in_list: bool = False,
    ) -> None:
        super().__init__(endpoint, model_id)
        self._chat = chat(endpoint, model_id)
        self._formats_in_list = formats_in_list

    def encode(self, request: SpeechRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if not request.text.strip():
            raise InvalidRequestError("text is empty: there is nothing to say", field="text")
        warnings: list[CallWarning] = []
        if request.speed is not None:
            warnings.append(unsupported("speed", "a Gemini voice takes its pace from the instructions"))
        generation = generation_of(self.model_id)
        structured = generation is not None and generation >= (3, 8)
        spoken, part = _words(request, structured=structured)
        options = options_of(request, self.provider)
        config: dict[str, Any] = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": request.voice or DEFAULT_VOICE}}}
        given = cast("Mapping[str, Any]", options.pop("speechConfig", None) or EMPTY)
        if "multiSpeakerVoiceConfig" in given:
            config.clear()
        if request.language is not None:
            config["languageCode"] = request.language
        own: dict[str, Any] = {"responseModalities": ["AUDIO"], "speechConfig": {**config, **given}}
        wanted = _format(request.output_format)
        if wanted in _OWN_FORMATS and structured:
            audio = {"audio": {"mimeType": _OWN_FORMATS[wanted]}}
            own["responseFormat"] = [audio] if self._formats_in_list else audio
        elif wanted in _OWN_FORMATS:
            warnings.append(unsupported("output_format", f"{self.model_id} gives pcm and wav, no {wanted}"))
        content = (TextPart(spoken, provider_metadata={self.provider: part} if part else EMPTY),)
        asked = LanguageRequest(messages=(UserMessage(content),), provider_options={self.provider: {**own, **options}})
        body, more = self._chat.encode(asked)
        return body, [*warnings, *more]

    async def answer(self, request: SpeechRequest, exchange: Exchange, /) -> SpeechResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        sound = _Sound(exchange, wav=_format(request.output_format) == "wav", streamed=request.stream)
        with refining():
            if request.stream:
                stream = await exchange.open(self._chat.path(stream=True), body, request.headers)
                decoder = _SpeechDecoder(Context(exchange=exchange), exchange.headers, warnings)
                return await SpeechResponse.start(_streamed(stream.chunks(), decoder, sound), fold_speech, stream)
            response = await exchange.send(self._chat.path(stream=False), body, request.headers)
        decoder = _SpeechDecoder(Context(exchange=exchange), exchange.headers, warnings)
        parts = decode(decoder, parse_json(response.body, self.provider))
        return SpeechResponse.of(list(sound.parts(parts)), fold_speech)


def _words(request: SpeechRequest, *, structured: bool) -> tuple[str, dict[str, Any]]:
    """The text, and what stands beside it. Models before 3.8 take instructions in the text (vendor documents)."""
    if not request.instructions:
        return request.text, {}
    if structured:
        return request.text, {"speechMetadata": {"style": request.instructions}}
    return f"{request.instructions.rstrip().rstrip(':')}: {request.text}", {}


def _format(value: str | None) -> str:
    """The format as one of ours; PCM when none is named."""
    found = (value or "pcm").lower()
    if found not in _FORMATS:
        raise InvalidRequestError(
            f"output_format is {value!r:.40}; allowed are {', '.join(_FORMATS)}", field="output_format"
        )
    return found


class _SpeechDecoder(GenerateDecoder):
    """Gives every piece of sound as it comes."""

    def _sound(self, kind: str, data: bytes) -> list[LanguagePart]:
        return [FilePart(data=data, media_type=kind)]


class _Sound:
    """The sound of an answer, with a header where one is wanted. An answer without sound is an error."""

    def __init__(self, exchange: Exchange, *, wav: bool, streamed: bool) -> None:
        self._exchange = exchange
        self._wav = wav
        self._streamed = streamed
        self._begun = False

    def parts(self, parts: Iterable[LanguagePart]) -> list[SpeechPart]:
        """The parts of speech among those of an answer."""
        parts = list(parts)
        found: list[SpeechPart] = []
        for part in parts:
            if isinstance(part, FilePart) and part.media_type.startswith("audio/") and part.data:
                found += self._piece(part, parts)
            elif isinstance(part, StreamStart | ResponseMetadata):
                found.append(part)
            elif isinstance(part, Finish):
                self._check(part)
                found.append(part)
        return found

    def _piece(self, part: FilePart, parts: list[LanguagePart]) -> list[SpeechPart]:
        data, kind = part.data or b"", part.media_type
        if not self._wav or not kind.lower().startswith(_PCM):
            self._begun = True
            return [AudioDelta(data, kind)]
        if not self._begun:
            pieces = [each.data or b"" for each in parts if isinstance(each, FilePart)]
            length = _UNKNOWN_LENGTH if self._streamed else sum(map(len, pieces))
            data = wav_header(kind, length) + data
        self._begun = True
        return [AudioDelta(data, "audio/wav")]

    def _check(self, finish: Finish) -> None:
        if self._begun:
            return
        provider = self._exchange.endpoint.name
        words = f"no sound came: {finish.raw_reason or 'no finish reason'}"
        if finish.reason == "content-filter":
            raise filtered(self._exchange, words, None)
        raise InvalidResponseError(f"{provider} answered without sound ({words})")


async def _streamed(
    chunks: AsyncGenerator[bytes, None], decoder: GenerateDecoder, sound: _Sound
) -> AsyncGenerator[SpeechPart, None]:
    parts = decoded(chunks, ServerSentEvents(), lambda event: decoder.event(event.data, event.event), end=decoder.end)
    async with aclosing(parts):
        async for part in parts:
            for each in sound.parts([part]):
                yield each


def wav_header(media_type: str, length: int) -> bytes:
    """The header of a WAV file of 16-bit PCM, of the rate and the channels that a media type names."""
    rate = _RATE.search(media_type)
    channels = _CHANNELS.search(media_type)
    hertz, count = int(rate[1]) if rate else _DEFAULT_RATE, int(channels[1]) if channels else 1
    whole = min(length + 36, _UNKNOWN_LENGTH)
    form = struct.pack("<HHIIHH", 1, count, hertz, hertz * count * 2, count * 2, 16)
    size = struct.pack("<I", min(length, _UNKNOWN_LENGTH))
    return b"RIFF" + struct.pack("<I", whole) + b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + size

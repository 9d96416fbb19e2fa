"""Speech models on this machine: Piper's voices, in this process."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.parts import AudioDelta, Finish, ResponseMetadata, SpeechPart, StreamStart
from ai_sdk.provider import ProviderModel, options_of, unsupported
from ai_sdk.providers.local._checks import Allowed, check_options
from ai_sdk.providers.local._media import VOICE, find_media
from ai_sdk.providers.local._wav import HEADER_SIZE, SAMPLE_SIZE, wav_header
from ai_sdk.providers.local._work import all_computed, computed, once
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import CallWarning, SpeechResponse, SpeechResult, Usage, fold_speech

if TYPE_CHECKING:
    from pathlib import Path

    from ai_sdk.provider import Endpoint, Exchange

__all__ = ["LocalSpeech", "LocalSpeechOptions"]

_FORMATS = ("wav", "pcm")
_SPEEDS = (0.25, 4.0)
_PAUSE = 0.2


class LocalSpeechOptions(TypedDict, total=False):
    """``provider_options={"local": {...}}`` of a speech model."""

    noise_scale: float
    """How much the sound varies, 0 for not at all; the voice's own, 0.667, when it is not given."""
    noise_w_scale: float
    """How much the lengths of the sounds vary, 0 for not at all; the voice's own, 0.8, when it is not given."""
    volume: float
    """1.0 is normal."""
    sentence_pause: float
    """Seconds of silence between two sentences, 0.2 when it is not given."""


_OPTIONS: dict[str, Allowed] = dict.fromkeys(("noise_scale", "noise_w_scale", "volume", "sentence_pause"), (0.0, 10.0))


@dataclass(frozen=True, slots=True)
class Speaking:
    """What a request asks of a voice. ``speaker`` is one of those of a model that has several."""

    text: str
    speaker: str | None
    wav: bool
    speed: float
    options: dict[str, float]


class _Chunk(NamedTuple):
    """A sentence: 16-bit samples, and how many of them are a second."""

    samples: bytes
    rate: int


class LocalSpeech(ProviderModel[SpeechRequest, SpeechResponse]):
    """A voice. It is loaded at the first call, once for the process; with ``stream`` each sentence comes when it is
    spoken. It answers with ``wav`` or ``pcm`` (16-bit samples, one channel, the rate in the media type).
    """

    kind = "speech"

    def __init__(self, endpoint: Endpoint, model_id: str, threads: int = 1) -> None:
        super().__init__(endpoint, model_id)
        self._threads = threads

    def encode(self, request: SpeechRequest) -> tuple[Speaking, list[CallWarning]]:
        """What to say and how, and what the voice cannot do; pure.

        Raises ``InvalidRequestError`` for an empty text and for a format, speed, voice or option that is not there.
        """
        if not request.text.strip():
            raise InvalidRequestError("text is empty: there is nothing to say", field="text")
        form = request.output_format or "wav"
        if form not in _FORMATS:
            raise InvalidRequestError(f"output_format is {form!r}; allowed are wav and pcm", field="output_format")
        speed = 1.0 if request.speed is None else request.speed
        if not _SPEEDS[0] <= speed <= _SPEEDS[1]:
            raise InvalidRequestError(f"speed is {speed!r}; allowed is a number from 0.25 to 4", field="speed")
        speaker = request.voice
        if self.model_id == VOICE:
            _check_voice(speaker, [VOICE.partition(":")[2]])
            speaker = None
        options = check_options(options_of(request, self.provider), _OPTIONS)
        return Speaking(request.text, speaker, form == "wav", speed, options), _warnings(request)

    async def answer(self, request: SpeechRequest, _exchange: Exchange, /) -> SpeechResponse:
        """Speak in a thread. Raises ``MissingExtraError`` with the command that installs what is missing."""
        speaking, warnings = self.encode(request)
        path = find_media(VOICE, self.model_id)
        chunks = _speak(path, self._threads, speaking)
        head: list[SpeechPart] = [StreamStart(tuple(warnings))] if warnings else []
        head.append(ResponseMetadata(model=self.model_id))
        if request.stream:
            return await SpeechResponse.start(_streamed(computed(chunks, self.model_id), speaking, head), _fold)
        return SpeechResponse.of([*head, *_whole(await all_computed(chunks, self.model_id), speaking)], _fold)


def _warnings(request: SpeechRequest) -> list[CallWarning]:
    warnings: list[CallWarning] = []
    if request.instructions is not None:
        warnings.append(unsupported("instructions", "a Piper voice speaks in one way"))
    if request.language is not None:
        warnings.append(unsupported("language", "a Piper voice speaks the language that it was made for"))
    return warnings


def _check_voice(voice: str | None, known: Sequence[str]) -> None:
    if voice is not None and voice not in known:
        has = ", ".join(known) or "one voice, which needs no name"
        raise InvalidRequestError(f"voice is {voice!r}; the model has: {has}", field="voice")


def _load(path: Path, threads: int) -> Any:
    """A ``PiperVoice`` whose session takes as many threads as we say."""
    config = path.with_name(path.name + ".json")
    if not config.exists():
        raise InvalidRequestError(
            f"a Piper voice has its settings beside it, and {config} is not there", field="model_id"
        )
    piper, onnxruntime = import_module("piper"), import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    settings = piper.PiperConfig.from_dict(json.loads(config.read_text("utf-8")))
    return piper.PiperVoice(config=settings, session=session)


def _speak(path: Path, threads: int, speaking: Speaking) -> Generator[_Chunk, None, None]:
    """The sentences, one by one, with the pauses between them."""
    voice = once(("piper", path, threads), lambda: _load(path, threads))
    config, options = voice.config, speaking.options
    speakers: dict[str, int] = config.speaker_id_map or {}
    _check_voice(speaking.speaker, list(speakers))
    settings = import_module("piper").SynthesisConfig(
        speaker_id=speakers.get(speaking.speaker or ""),
        length_scale=config.length_scale / speaking.speed,
        noise_scale=options.get("noise_scale"),
        noise_w_scale=options.get("noise_w_scale"),
        volume=options.get("volume", 1.0),
    )
    pause = bytes(SAMPLE_SIZE * round(config.sample_rate * options.get("sentence_pause", _PAUSE)))
    between = b""
    for chunk in voice.synthesize(speaking.text, settings):
        yield _Chunk(between + chunk.audio_int16_bytes, config.sample_rate)
        between = pause
    if not between:
        yield _Chunk(b"", config.sample_rate)  # there was nothing to pronounce


def _kind(speaking: Speaking, rate: int) -> str:
    return "audio/wav" if speaking.wav else f"audio/pcm;rate={rate}"


def _whole(chunks: list[_Chunk], speaking: Speaking) -> list[SpeechPart]:
    samples, rate = b"".join([each.samples for each in chunks]), chunks[0].rate
    header = wav_header(rate, len(samples)) if speaking.wav else b""
    return [AudioDelta(header + samples, _kind(speaking, rate)), _finish(len(samples), rate)]


async def _streamed(
    chunks: AsyncGenerator[_Chunk, None], speaking: Speaking, head: list[SpeechPart]
) -> AsyncGenerator[SpeechPart, None]:
    """WAV begins with a header that leaves the size open; the folded result has the size."""
    for part in head:
        yield part
    size, rate = 0, 0
    async with aclosing(chunks):
        async for chunk in chunks:
            header = wav_header(chunk.rate) if speaking.wav and rate == 0 else b""
            size, rate = size + len(chunk.samples), chunk.rate
            yield AudioDelta(header + chunk.samples, _kind(speaking, rate))
    yield _finish(size, rate)


def _finish(size: int, rate: int) -> Finish:
    seconds = size / SAMPLE_SIZE / rate
    metadata = {"local": {"sample_rate": rate, "channels": 1, "sample_width": SAMPLE_SIZE, "duration": seconds}}
    return Finish("stop", Usage(), provider_metadata=freeze(metadata))


def _fold(parts: Sequence[SpeechPart]) -> SpeechResult:
    """Fold audio deltas; streamed WAV gets its size, so that it is the same as WAV that came whole."""
    result = fold_speech(parts)
    if result.media_type != "audio/wav" or len(result.audio) < HEADER_SIZE:
        return result
    rate = int.from_bytes(result.audio[24:28], "little")
    samples = result.audio[HEADER_SIZE:]
    return replace(result, audio=wav_header(rate, len(samples)) + samples)

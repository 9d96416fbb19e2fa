"""Transcription models on this machine: Whisper by CTranslate2, in this process."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypedDict

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.parts import (
    ResponseMetadata,
    StreamStart,
    TranscriptDelta,
    TranscriptFinish,
    TranscriptionPart,
    TranscriptSegment,
)
from ai_sdk.provider import ProviderModel, options_of, unsupported
from ai_sdk.providers.local._checks import Allowed, check_options
from ai_sdk.providers.local._media import EARS, find_media
from ai_sdk.providers.local._wav import wav_header
from ai_sdk.providers.local._work import all_computed, computed, once
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import CallWarning, Segment, TranscriptionResponse, Usage, fold_transcription

if TYPE_CHECKING:
    from pathlib import Path

    from ai_sdk.provider import Endpoint, Exchange

__all__ = ["LocalTranscription", "LocalTranscriptionOptions"]

_HERTZ = 16000


class LocalTranscriptionOptions(TypedDict, total=False):
    """``provider_options={"local": {...}}`` of a transcription model."""

    beam_size: int
    """How many readings are weighed against each other, 5 when it is not given; 1 is fastest."""
    word_timestamps: bool
    """Whether words have times; they do when it is not given."""
    vad_filter: bool
    """Whether silence is cut out before listening; it is not when it is not given."""


_OPTIONS: dict[str, Allowed] = {"beam_size": (1, 20), "word_timestamps": bool, "vad_filter": bool}


@dataclass(frozen=True, slots=True)
class Listening:
    """What a request asks of the ears: ``audio`` is a file of any format that FFmpeg reads."""

    audio: bytes = field(repr=False)
    settings: dict[str, Any]


class LocalTranscription(ProviderModel[TranscriptionRequest, TranscriptionResponse]):
    """A Whisper model. It is loaded at the first call, once for the process; with ``stream`` each segment comes when it
    is understood. It hears any audio that FFmpeg reads, and ``audio/pcm;rate=22050`` (16-bit samples).
    """

    kind = "transcription"

    def __init__(self, endpoint: Endpoint, model_id: str, threads: int = 1) -> None:
        super().__init__(endpoint, model_id)
        self._threads = threads

    def encode(self, request: TranscriptionRequest) -> tuple[Listening, list[CallWarning]]:
        """What to hear and how, and what the model cannot do; pure.

        Raises ``InvalidRequestError`` for empty audio, bare samples without a rate and unknown options.
        """
        if not request.audio:
            raise InvalidRequestError("audio is empty: there is nothing to hear", field="audio")
        options = check_options(options_of(request, self.provider), _OPTIONS)
        settings: dict[str, Any] = {"word_timestamps": True, **options}
        warnings: list[CallWarning] = []
        language = request.language and request.language.lower().partition("-")[0].partition("_")[0]
        if self.model_id != EARS:
            settings["language"] = language
        elif language not in (None, "en"):
            warnings.append(unsupported("language", f"{self.model_id} hears English only"))
        if request.prompt is not None:
            settings["initial_prompt"] = request.prompt
        if request.temperature is not None:
            settings["temperature"] = request.temperature
        return Listening(_as_file(request), settings), warnings

    async def answer(self, request: TranscriptionRequest, _exchange: Exchange, /) -> TranscriptionResponse:
        """Listen in a thread.

        Raises ``MissingExtraError`` with the command that installs what is missing, ``InvalidRequestError`` for audio
        that cannot be read.
        """
        listening, warnings = self.encode(request)
        path = find_media(EARS, self.model_id)
        parts = _listen(path, self._threads, listening)
        head: list[TranscriptionPart] = [StreamStart(tuple(warnings))] if warnings else []
        head.append(ResponseMetadata(model=self.model_id))
        if request.stream:
            return await TranscriptionResponse.start(
                _streamed(computed(parts, self.model_id), head), fold_transcription
            )
        return TranscriptionResponse.of([*head, *await all_computed(parts, self.model_id)], fold_transcription)


def _as_file(request: TranscriptionRequest) -> bytes:
    """The audio; bare samples get a header. Parameters of ``audio/pcm`` are ``rate`` in Hz and ``channels``."""
    kind, _, rest = request.media_type.lower().partition(";")
    if kind.strip() != "audio/pcm":
        return request.audio
    said = dict(each.strip().split("=", 1) for each in rest.split(";") if "=" in each)
    try:
        rate, channels = int(said["rate"]), int(said.get("channels", "1"))
        if rate <= 0 or channels not in (1, 2):
            raise ValueError
    except (KeyError, ValueError):
        how = "samples without a header need their rate, such as audio/pcm;rate=16000"
        raise InvalidRequestError(f"media_type is {request.media_type!r}; {how}", field="media_type") from None
    return wav_header(rate, len(request.audio), channels) + request.audio


def _load(path: Path, threads: int) -> Any:
    whisper = import_module("faster_whisper")
    return whisper.WhisperModel(
        str(path), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
    )


def _decode(audio: bytes) -> Any:
    """The samples, 16,000 a second, from -1 to 1; broken packets are passed over."""
    numpy, broken = import_module("numpy"), import_module("av.error").FFmpegError
    try:
        pieces = list(_samples(audio))
    except broken as error:
        raise InvalidRequestError(f"audio cannot be read: {error.strerror or error}", field="audio") from error
    whole = numpy.concatenate(pieces) if pieces else numpy.zeros(0, numpy.int16)
    return whole.astype(numpy.float32) / numpy.float32(32768)


def _samples(audio: bytes) -> Generator[Any, None, None]:
    av = import_module("av")
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_HERTZ)
    with av.open(io.BytesIO(audio)) as file:
        if not file.streams.audio:
            raise InvalidRequestError("audio cannot be read: there is no sound in it", field="audio")
        frames = 0
        for packet in file.demux(file.streams.audio[0]):
            try:
                decoded = packet.decode()
            except import_module("av.error").InvalidDataError:
                continue
            for frame in decoded:
                frames += 1
                yield from (each.to_ndarray()[0] for each in resampler.resample(frame))
        if frames:
            yield from (each.to_ndarray()[0] for each in resampler.resample(None))


def _listen(path: Path, threads: int, listening: Listening) -> Generator[TranscriptionPart, None, None]:
    samples = _decode(listening.audio)
    model = once(("whisper", path, threads), lambda: _load(path, threads))
    if not len(samples):
        yield TranscriptFinish(Usage(), duration=0.0)
        return
    segments, info = model.transcribe(samples, **listening.settings)
    words: list[Segment] = []
    before = ""
    for segment in segments:
        text = segment.text.strip()
        words += [Segment(each.word.strip(), float(each.start), float(each.end)) for each in segment.words or ()]
        yield TranscriptDelta(before + text)
        yield TranscriptSegment(Segment(text, float(segment.start), float(segment.end)))
        before = " "
    metadata = freeze({"local": {"language_probability": float(info.language_probability)}})
    yield TranscriptFinish(Usage(), info.language, len(samples) / _HERTZ, tuple(words), metadata)


async def _streamed(
    parts: AsyncGenerator[TranscriptionPart, None], head: list[TranscriptionPart]
) -> AsyncGenerator[TranscriptionPart, None]:
    for part in head:
        yield part
    async with aclosing(parts):
        async for part in parts:
            yield part

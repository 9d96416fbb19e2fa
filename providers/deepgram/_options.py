"""What Deepgram takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Literal, TypedDict

__all__ = ["DeepgramSpeechOptions", "DeepgramTranscriptionOptions"]


class DeepgramTranscriptionOptions(TypedDict, total=False):
    """``provider_options={"deepgram": {...}}`` for transcription; other fields go into the query as they are."""

    diarize: bool
    """Say who speaks."""
    diarize_model: Literal["latest", "v1", "v2"]
    """Say who speaks, with this version of the model that tells them apart."""
    smart_format: bool
    """Punctuation, paragraphs, and numbers, dates and addresses as they are written."""
    punctuate: bool
    """Punctuation and capital letters."""
    utterances: bool
    """Pieces that mean something, which are the segments of the result; asked for unless this or ``paragraphs`` is
    given."""
    utt_split: float
    """Seconds of silence that end an utterance, 0.8 unless told."""
    paragraphs: bool
    """Paragraphs, whose sentences are the segments of the result unless there are utterances."""
    detect_language: bool | list[str]
    """Find out the language, among these when given; without it and ``language`` Deepgram hears English."""
    multichannel: bool
    """Transcribe each channel by itself."""
    keyterm: list[str]
    """Names and terms to expect (nova-3)."""
    keywords: list[str]
    """Words to expect, ``word:boost`` (before nova-3)."""
    filler_words: bool
    """Keep "uh" and "um"."""
    numerals: bool
    """Numbers as digits."""
    measurements: bool
    """Units as abbreviations."""
    dictation: bool
    """"comma" and "new line" are commands."""
    profanity_filter: bool
    """Hide swear words."""
    redact: str | list[str]
    """Hide ``pci``, ``pii``, ``numbers``, ..."""
    replace: list[str]
    """``this:that`` puts that for this."""
    search: list[str]
    """Look for these words; the hits are in the vendor's answer."""
    detect_entities: bool
    """Find names, places and the like."""
    summarize: Literal["v2"] | bool
    """A summary, in the result's ``provider_metadata``."""
    topics: bool
    """What is talked about, in the result's ``provider_metadata``."""
    intents: bool
    """What the speakers want, in the result's ``provider_metadata``."""
    sentiment: bool
    """How the speakers feel, in the result's ``provider_metadata``."""
    encoding: str
    """What raw audio is: ``linear16``, ``mulaw``, ..., with ``sample_rate``."""
    sample_rate: int
    """Samples a second of raw audio."""
    version: str
    """The version of the model, ``latest`` unless told."""
    tag: str | list[str]
    """A label for the reports of usage."""
    mip_opt_out: bool
    """Keep the audio out of the vendor's training."""
    url: str
    """Transcribe what is at this URL; the request's audio is not sent then."""
    callback: str
    """Send the transcript to this URL; the result has only the id of the request."""


class DeepgramSpeechOptions(TypedDict, total=False):
    """``provider_options={"deepgram": {...}}`` for speech; other fields go into the query as they are."""

    encoding: Literal["linear16", "mulaw", "alaw", "mp3", "opus", "flac", "aac"]
    """How the audio is encoded; wins over the request's ``output_format``."""
    container: Literal["none", "wav", "ogg"]
    """The file around the audio: ``wav`` or none for ``linear16``, ``mulaw`` and ``alaw``, ``ogg`` for ``opus``."""
    sample_rate: int
    """Samples a second, where the encoding leaves a choice."""
    bit_rate: int
    """Bits a second of ``mp3`` (32000, 48000), ``opus`` and ``aac``."""
    tag: str | list[str]
    """A label for the reports of usage."""
    mip_opt_out: bool
    """Keep the text out of the vendor's training."""

"""What ElevenLabs takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["ElevenLabsSpeechOptions", "ElevenLabsTranscriptionOptions", "VoiceSettings"]


class VoiceSettings(TypedDict, total=False):
    """How a voice speaks, in place of what is stored with it."""

    stability: float
    """Low is livelier, high is more even, 0 to 1."""
    similarity_boost: float
    """How closely to keep to the original voice, 0 to 1."""
    style: float
    """How much to exaggerate the style of the voice, 0 to 1."""
    use_speaker_boost: bool
    """More likeness for more time."""
    speed: float
    """1.0 is normal; wins over the request's ``speed``."""


class ElevenLabsSpeechOptions(TypedDict, total=False):
    """``provider_options={"elevenlabs": {...}}`` for speech; other fields go into the body as they are."""

    voice_settings: VoiceSettings
    """How the voice speaks in this call."""
    output_format: str
    """The vendor's own word for the format, such as ``mp3_22050_32``; wins over the request's."""
    enable_logging: bool
    """False keeps nothing at the vendor (for enterprise accounts)."""
    optimize_streaming_latency: int
    """0 to 4: sooner and worse; the vendor calls it deprecated."""
    seed: int
    """The same seed gives nearly the same audio, 0 to 4294967295."""
    previous_text: str
    """What is said before this text."""
    next_text: str
    """What is said after this text."""
    previous_request_ids: list[str]
    """Up to three earlier answers that this one goes on from, by their ``request-id`` headers."""
    next_request_ids: list[str]
    """Up to three answers that go on from this one."""
    pronunciation_dictionary_locators: list[dict[str, Any]]
    """Up to three ``{"pronunciation_dictionary_id", "version_id"}``, applied in order."""
    apply_text_normalization: Literal["auto", "on", "off"]
    """Whether numbers and the like are spelled out."""
    apply_language_text_normalization: bool
    """Better pronunciation of Japanese, slowly."""


class ElevenLabsTranscriptionOptions(TypedDict, total=False):
    """``provider_options={"elevenlabs": {...}}`` for transcription; other fields go into the form as they are."""

    diarize: bool
    """Say who speaks."""
    num_speakers: int
    """At most so many speakers, 1 to 32."""
    diarization_threshold: float
    """Higher tells fewer speakers apart, 0.1 to 0.4; without ``num_speakers``."""
    detect_speaker_roles: bool
    """Name the speakers ``agent`` and ``customer``; with ``diarize``."""
    tag_audio_events: bool
    """Whether laughter, footsteps and the like are written down; they are unless it is False."""
    timestamps_granularity: Literal["none", "word", "character"]
    """How fine the times are; ``word`` unless told."""
    file_format: Literal["pcm_s16le_16", "other"]
    """``pcm_s16le_16``: raw 16-bit samples, 16 kHz, one channel."""
    additional_formats: list[dict[str, Any]]
    """Also as ``srt``, ``txt``, ...: ``[{"format": "srt"}]``; they are in the result's ``provider_metadata``."""
    keyterms: list[str]
    """Names and terms to expect (``scribe_v2``)."""
    entity_detection: str | list[str]
    """Find names, numbers of cards and the like: ``all``, kinds, or groups such as ``pii``."""
    no_verbatim: bool
    """Without filler words and false starts (``scribe_v2``)."""
    use_multi_channel: bool
    """Each channel is a speaker of its own."""
    multichannel_output_style: Literal["separate", "combined"]
    """One transcript for each channel, or all in one."""
    seed: int
    """The same seed gives nearly the same transcript."""
    source_url: str
    """Transcribe what is at this URL; the request's audio is not sent then."""
    cloud_storage_url: str
    """The earlier name of ``source_url``."""
    webhook: bool
    """Send the transcript to the account's webhooks; the result has only the id of the job."""
    enable_logging: bool
    """False keeps nothing at the vendor (for enterprise accounts)."""

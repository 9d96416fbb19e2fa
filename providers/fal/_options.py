"""What models at fal take beyond the settings that all providers share. Every other field goes through as it is."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["FalImageOptions", "FalSpeechOptions", "FalTranscriptionOptions", "FalVideoOptions"]


class _FalOptions(TypedDict, total=False):
    direct: bool
    """One call to ``fal.run`` without the queue: no progress, no cancelling, an error when no machine is free."""
    enable_safety_checker: bool
    """Whether what is made is checked."""


class FalImageOptions(_FalOptions, total=False):
    """``provider_options={"fal": {...}}`` of an image request."""

    image_field: str
    """The field that the pictures of the request go to, when its model has another; one ending in s gets a list."""
    image_size: str | dict[str, int]
    """A word such as ``landscape_16_9``, or ``{"width": 1280, "height": 720}``."""
    guidance_scale: float
    """How closely to follow the prompt."""
    num_inference_steps: int
    """How many steps to take."""
    strength: float
    """How far an edit may go from its picture, 0 to 1."""
    output_format: Literal["jpeg", "png", "webp"]
    """The format of the pictures."""
    acceleration: Literal["none", "regular", "high"]
    """Speed for quality."""
    safety_tolerance: str
    """From ``"1"``, the strictest, to ``"6"``."""
    negative_prompt: str
    """What should not be in the picture."""
    loras: list[dict[str, Any]]
    """``{"path": URL, "scale": 1.0}``, for models that take them."""
    sync_mode: bool
    """The pictures come in the answer, and are not kept at fal."""


class FalSpeechOptions(_FalOptions, total=False):
    """``provider_options={"fal": {...}}`` of a speech request."""

    text_field: str
    """The field that the text goes to, when its model has another."""
    voice_setting: dict[str, Any]
    """MiniMax: ``{"voice_id", "speed", "vol", "pitch", "emotion"}``; adds to what the request says."""
    audio_setting: dict[str, Any]
    """MiniMax: ``{"format", "sample_rate", "bitrate", "channel"}``; adds to what the request says."""
    language_boost: str
    """MiniMax: a language by its English name, or ``auto``."""
    stability: float
    """ElevenLabs: 0 to 1."""
    similarity_boost: float
    """ElevenLabs: 0 to 1."""
    ref_audio_url: str
    """F5: a recording of the voice; needed, with ``model_type``."""
    model_type: str
    """F5: ``F5-TTS`` or ``E2-TTS``."""


class FalTranscriptionOptions(_FalOptions, total=False):
    """``provider_options={"fal": {...}}`` of a transcription request."""

    audio_url: str
    """Where fal fetches the audio, instead of the bytes of the request."""
    task: Literal["transcribe", "translate"]
    """Whisper: ``translate`` writes English."""
    chunk_level: Literal["none", "segment", "word"]
    """Whisper: what has times; ``word`` gives words instead of segments."""
    diarize: bool
    """Say who speaks."""
    num_speakers: int
    """How many speakers there are, when known."""
    batch_size: int
    """Whisper: how many pieces at once."""
    version: str
    """Which Whisper: ``3``."""
    tag_audio_events: bool
    """ElevenLabs: also write laughter and the like."""


class FalVideoOptions(_FalOptions, total=False):
    """``provider_options={"fal": {...}}`` of a video request."""

    image_field: str
    """The field that the first picture goes to, when its model has another."""
    end_image_url: str
    """The last picture."""
    negative_prompt: str
    """What should not be in the film."""
    generate_audio: bool
    """Whether the film has sound."""
    prompt_optimizer: bool
    """Whether MiniMax rewrites the prompt."""
    loop: bool
    """Whether the end goes over into the beginning."""
    cfg_scale: float
    """Kling: how closely to follow the prompt."""
    camera_fixed: bool
    """Seedance: whether the camera stands still."""

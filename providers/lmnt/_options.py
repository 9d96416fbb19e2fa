"""What LMNT takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Literal, TypedDict

__all__ = ["LMNTSpeechOptions"]


class LMNTSpeechOptions(TypedDict, total=False):
    """``provider_options={"lmnt": {...}}``; other fields go into the body as they are."""

    format: Literal["aac", "mp3", "ulaw", "wav", "webm", "pcm_s16le", "pcm_f32le"]
    """The vendor's own word for the format; wins over the request's ``output_format``."""
    sample_rate: Literal[8000, 16000, 24000]
    """Samples a second; 24000 unless told, 8000 for ``ulaw``."""
    temperature: float
    """Low is even, high is livelier."""
    top_p: float
    """Low is steadier, high is freer, 0 to 1."""
    seed: int
    """The same seed gives the same audio (earlier versions of the API)."""
    speed: float
    """How fast, whatever the model (earlier versions of the API, 0.25 to 2)."""
    conversational: bool
    """Speak as in a talk (``aurora``, earlier versions of the API)."""
    length: float
    """Seconds that the audio shall last (``aurora``, earlier versions of the API)."""
    debug: bool
    """Keep the audio in the account's library of clips."""

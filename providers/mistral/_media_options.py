"""What ``provider_options={"mistral": {...}}`` may say of speech and transcripts, in Mistral's own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

__all__ = ["MistralSpeechOptions", "MistralTranscriptionOptions"]


class MistralSpeechOptions(TypedDict, total=False):
    """Options of speech; what is not here goes out as a field of the body as well."""

    voice_id: str
    """The voice; ``voice`` of the request says the same."""
    ref_audio: str
    """A sample of the voice to imitate, as base64."""


class MistralTranscriptionOptions(TypedDict, total=False):
    """Options of transcripts; what is not here goes out as a field of the form as well."""

    diarize: bool
    """Tell speakers apart."""
    timestamp_granularities: Sequence[Literal["segment", "word"]]
    """Give the times of segments or words."""
    context_bias: Sequence[str]
    """Words that occur, up to 100."""
    file_url: str
    """Where the audio is; then that of the request does not go out."""
    file_id: str
    """The id of an upload; then that of the request does not go out."""

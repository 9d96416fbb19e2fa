"""Transcription models of TogetherAI."""

from __future__ import annotations

from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

__all__ = ["TogetherTranscriptionModel"]


class TogetherTranscriptionModel(TranscriptionModel):
    """A transcription model; with the option ``diarize`` the segments are those of the speakers."""

    suffix = ""

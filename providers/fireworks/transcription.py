"""Transcription models of Fireworks, each at an address of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint

__all__ = ["FireworksTranscriptionModel"]

_AT = "https://audio-prod.api.fireworks.ai/v1"
_TURBO_AT = "https://audio-turbo.api.fireworks.ai/v1"


class FireworksTranscriptionModel(TranscriptionModel):
    """A transcription model; with the option ``diarize`` segments and words name their speakers.

    ``base_url`` is where the models for audio are; without one it is the vendor's address for the model.
    """

    def __init__(self, endpoint: Endpoint, model_id: str, base_url: str | None = None) -> None:
        at = base_url or (_TURBO_AT if model_id.endswith("-turbo") else _AT)
        super().__init__(replace(endpoint, base_url=at), model_id)

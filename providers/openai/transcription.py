"""OpenAI's transcription models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sdk.provider import unsupported
from ai_sdk.providers.openai._rules import transcript_format, transcript_streams
from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint
    from ai_sdk.results import CallWarning

__all__ = ["OpenAITranscriptionModel"]


class OpenAITranscriptionModel(TranscriptionModel):
    """A transcription model. One that tells speakers apart gives segments with them, and takes no prompt."""

    def __init__(self, endpoint: Endpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id, transcript_format, transcript_streams)

    def adjust(self, values: dict[str, Any], warnings: list[CallWarning]) -> None:
        """Audio of more than 30 seconds must be cut where the speaker changes (vendor documents)."""
        if not self.model_id.endswith("-diarize"):
            return
        if values.pop("prompt", None) is not None:
            warnings.append(unsupported("prompt", f"{self.model_id} takes none"))
        values.setdefault("chunking_strategy", "auto")

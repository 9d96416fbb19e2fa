"""xAI's transcription: ``POST /stt``, which has one model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ai_sdk._frozen import FrozenDict
from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint
    from ai_sdk.results import CallWarning

__all__ = ["XAITranscriptionModel"]


def _none(_model_id: str) -> None:
    return None


class XAITranscriptionModel(TranscriptionModel):
    """A transcript with the times of its words, and their speakers with the option ``diarize``.

    The id of the model does not go out. A language asks for text with numbers and units as they are written.
    """

    path = "/stt"
    settings: ClassVar[Mapping[str, str]] = FrozenDict({"language": "language"})
    suffix = ""

    def __init__(self, endpoint: Endpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id, _none)

    def adjust(self, values: dict[str, Any], warnings: list[CallWarning]) -> None:
        """The language means nothing without ``format`` (vendor documents)."""
        del values["model"]
        if "language" in values:
            values.setdefault("format", True)

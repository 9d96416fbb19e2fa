"""Mistral's transcription models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ai_sdk._frozen import FrozenDict
from ai_sdk.provider import unsupported
from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint
    from ai_sdk.results import CallWarning

__all__ = ["MistralTranscriptionModel"]


def _plain(_model_id: str) -> None:
    return None


def _always(_model_id: str) -> bool:
    return True


class MistralTranscriptionModel(TranscriptionModel):
    """A transcription model, which can stream.

    Segments come with the option ``timestamp_granularities`` or ``diarize``. Times and a language exclude each other
    (vendor documents): then the language is left out.
    """

    settings: ClassVar[Mapping[str, str]] = FrozenDict({"language": "language", "temperature": "temperature"})
    suffix = ""

    def __init__(self, endpoint: Endpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id, _plain, _always)

    def adjust(self, values: dict[str, Any], warnings: list[CallWarning]) -> None:
        """Leave out the language where times are asked for; speakers come with the segments alone."""
        if values.get("diarize"):
            values.setdefault("timestamp_granularities", ("segment",))
        if values.get("timestamp_granularities") and values.pop("language", None) is not None:
            warnings.append(unsupported("language", f"{self.model_id} gives times only of a language it finds itself"))

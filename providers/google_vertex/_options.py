"""The options of models on Google Cloud: those of the Gemini API. Claude has those of ``anthropic``."""

from __future__ import annotations

from ai_sdk.providers.google._options import GoogleEmbeddingOptions, GoogleOptions

__all__ = ["GoogleVertexEmbeddingOptions", "GoogleVertexOptions"]

GoogleVertexOptions = GoogleOptions
GoogleVertexEmbeddingOptions = GoogleEmbeddingOptions

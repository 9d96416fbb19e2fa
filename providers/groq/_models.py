"""Common models of Groq, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownId", "KnownSpeechId", "KnownTranscriptionId", "ModelId", "SpeechModelId", "TranscriptionModelId"]

KnownId: TypeAlias = Literal[
    "groq/compound",
    "groq/compound-mini",
    "llama-3.1-8b-instant",
    "llama-3.3-70b-versatile",
    "meta-llama/llama-4-scout-17b-16e-instruct",
    "moonshotai/kimi-k2-instruct-0905",
    "openai/gpt-oss-120b",
    "openai/gpt-oss-20b",
    "openai/gpt-oss-safeguard-20b",
    "qwen/qwen3-32b",
]

ModelId: TypeAlias = KnownId | str

KnownTranscriptionId: TypeAlias = Literal[
    "whisper-large-v3",
    "whisper-large-v3-turbo",
]

TranscriptionModelId: TypeAlias = KnownTranscriptionId | str

KnownSpeechId: TypeAlias = Literal[
    "canopylabs/orpheus-v1-english", "canopylabs/orpheus-arabic-saudi", "playai-tts", "playai-tts-arabic"
]

SpeechModelId: TypeAlias = KnownSpeechId | str

"""The options of Gladia's transcription, in its own words."""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = ["DiarizationConfig", "GladiaOptions", "LanguageConfig", "VocabularyConfig"]


class DiarizationConfig(TypedDict, total=False):
    """How many speakers there are: exactly, at least, at most."""

    number_of_speakers: int
    min_speakers: int
    max_speakers: int


class LanguageConfig(TypedDict, total=False):
    """Which languages there may be; ``code_switching`` finds out that of each utterance."""

    languages: list[str]
    code_switching: bool


class VocabularyConfig(TypedDict, total=False):
    """Words to expect: texts, or ``{"value": ..., "pronunciations": [...], "intensity": 0.4, "language": "en"}``."""

    vocabulary: list[str | dict[str, Any]]
    default_intensity: float


class GladiaOptions(TypedDict, total=False):
    """``provider_options={"gladia": {...}}``; what is not named here goes out as it is.

    ``diarization``: tell the speakers apart.
    ``diarization_config``: how many speakers there are.
    ``language_config``: the languages; wins over ``language``.
    ``custom_vocabulary``: expect the words of ``custom_vocabulary_config``.
    ``custom_vocabulary_config``: words to expect.
    ``custom_spelling``: spell words as ``custom_spelling_config`` says.
    ``custom_spelling_config``: how words are to be spelled.
    ``punctuation_enhanced``: add better punctuation.
    ``sentences``: give sentences too, in the metadata.
    ``subtitles``: give subtitles too, in the metadata.
    ``subtitles_config``: the format of the subtitles.
    ``translation``: translate, in the metadata.
    ``translation_config``: into which languages.
    ``summarization``: summarise, in the metadata.
    ``summarization_config``: what kind of summary.
    ``named_entity_recognition``: name people, places and the like, in the metadata.
    ``sentiment_analysis``: the sentiment of each sentence, in the metadata.
    ``audio_to_llm``: ask a language model about the transcript; the answers are in the metadata.
    ``audio_to_llm_config``: what to ask.
    ``pii_redaction``: remove personal data.
    ``pii_redaction_config``: which personal data.
    ``custom_metadata``: what the job keeps for you.
    ``callback``: tell when the job is done.
    ``callback_config``: where to tell it.
    ``audio_url``: a public URL of the audio; then none is uploaded.
    """

    diarization: bool
    diarization_config: DiarizationConfig
    language_config: LanguageConfig
    custom_vocabulary: bool
    custom_vocabulary_config: VocabularyConfig
    custom_spelling: bool
    custom_spelling_config: dict[str, Any]
    punctuation_enhanced: bool
    sentences: bool
    subtitles: bool
    subtitles_config: dict[str, Any]
    translation: bool
    translation_config: dict[str, Any]
    summarization: bool
    summarization_config: dict[str, Any]
    named_entity_recognition: bool
    sentiment_analysis: bool
    audio_to_llm: bool
    audio_to_llm_config: dict[str, Any]
    pii_redaction: bool
    pii_redaction_config: dict[str, Any]
    custom_metadata: dict[str, Any]
    callback: bool
    callback_config: dict[str, Any]
    audio_url: str

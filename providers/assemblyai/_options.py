"""The options of AssemblyAI's transcription, in its own words."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["AssemblyAIOptions"]


class AssemblyAIOptions(TypedDict, total=False):
    """``provider_options={"assemblyai": {...}}``; what is not named here goes out as it is.

    ``speaker_labels``: tell the speakers apart; this is what makes segments.
    ``speakers_expected``: how many speakers there are.
    ``multichannel``: transcribe each channel by itself; this makes segments, too.
    ``language_code``: as ``language``; wins over it.
    ``language_detection``: find out the language (default: where no language is given).
    ``language_confidence_threshold``: fail when the language is less certain than this, 0 to 1.
    ``speech_models``: models in the order of their priority, in place of the model's own id.
    ``keyterms_prompt``: words and names to expect; not together with a prompt.
    ``prompt``: as ``prompt``; wins over it.
    ``punctuate``: add punctuation (default: True).
    ``format_text``: write numbers and capitals as is usual (default: True).
    ``disfluencies``: keep "um" and "uh" (default: False).
    ``filter_profanity``: mask profanity.
    ``redact_pii``: remove personal data from the text.
    ``redact_pii_policies``: which personal data.
    ``redact_pii_sub``: what stands in its place.
    ``entity_detection``: name people, places and the like, in the metadata.
    ``sentiment_analysis``: the sentiment of each sentence, in the metadata.
    ``content_safety``: label sensitive content, in the metadata.
    ``iab_categories``: the topics, in the metadata.
    ``auto_highlights``: the key phrases, in the metadata.
    ``custom_spelling``: how words are to be spelled, ``[{"from": [...], "to": "..."}]``.
    ``speech_threshold``: fail when there is less speech than this share, 0 to 1.
    ``audio_start_from``: where to begin, in milliseconds.
    ``audio_end_at``: where to end, in milliseconds.
    ``audio_url``: a public URL of the audio; then none is uploaded.
    ``webhook_url``: where to tell that the job is done.
    """

    speaker_labels: bool
    speakers_expected: int
    multichannel: bool
    language_code: str
    language_detection: bool
    language_confidence_threshold: float
    speech_models: list[str]
    keyterms_prompt: list[str]
    prompt: str
    punctuate: bool
    format_text: bool
    disfluencies: bool
    filter_profanity: bool
    redact_pii: bool
    redact_pii_policies: list[str]
    redact_pii_sub: Literal["entity_name", "hash"]
    entity_detection: bool
    sentiment_analysis: bool
    content_safety: bool
    iab_categories: bool
    auto_highlights: bool
    custom_spelling: list[dict[str, Any]]
    speech_threshold: float
    audio_start_from: int
    audio_end_at: int
    audio_url: str
    webhook_url: str

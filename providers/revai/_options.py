"""The options of Rev AI's transcription, in its own words."""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = ["CustomerURL", "RevAIOptions", "Vocabulary"]


class Vocabulary(TypedDict, total=False):
    """Words and names to expect, at most 6,000."""

    phrases: list[str]


class CustomerURL(TypedDict, total=False):
    """A URL and the headers that it needs, such as ``{"Authorization": "Bearer ..."}``."""

    url: str
    auth_headers: dict[str, str]


class RevAIOptions(TypedDict, total=False):
    """``provider_options={"revai": {...}}``; what is not named here goes out as it is.

    ``language``: as ``language``; wins over it.
    ``skip_diarization``: do not tell the speakers apart.
    ``speakers_count``: how many speakers there are.
    ``speaker_channels_count``: transcribe so many channels by themselves, 1 to 8.
    ``diarization_type``: how speakers are told apart, ``standard`` or ``premium``.
    ``skip_punctuation``: leave out punctuation.
    ``skip_postprocessing``: leave out punctuation, capitals and the writing of numbers.
    ``remove_disfluencies``: leave out "um" and "uh".
    ``remove_atmospherics``: leave out ``<laugh>`` and the like.
    ``filter_profanity``: mask profanity.
    ``custom_vocabularies``: words and names to expect, at most 50 lists.
    ``custom_vocabulary_id``: one that was submitted before.
    ``verbatim``: keep every syllable (``human``).
    ``rush``: be served first, at a higher price (``human``).
    ``test_mode``: pretend to transcribe (``human``).
    ``summarization_config``: summarise the transcript.
    ``translation_config``: translate the transcript.
    ``delete_after_seconds``: delete the job so long after it is done, at most 30 days.
    ``metadata``: a text that the job keeps, at most 512 characters.
    ``notification_config``: where to tell that the job is done.
    ``source_config``: a public URL of the audio; then none is uploaded.
    """

    language: str
    skip_diarization: bool
    speakers_count: int
    speaker_channels_count: int
    diarization_type: str
    skip_punctuation: bool
    skip_postprocessing: bool
    remove_disfluencies: bool
    remove_atmospherics: bool
    filter_profanity: bool
    custom_vocabularies: list[Vocabulary]
    custom_vocabulary_id: str
    verbatim: bool
    rush: bool
    test_mode: bool
    summarization_config: dict[str, Any]
    translation_config: dict[str, Any]
    delete_after_seconds: int
    metadata: str
    notification_config: CustomerURL
    source_config: CustomerURL

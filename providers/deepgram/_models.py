"""Common models of Deepgram, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownListener", "KnownVoice", "SpeechModelId", "TranscriptionModelId"]

KnownListener: TypeAlias = Literal[
    "nova-3",
    "nova-3-general",
    "nova-3-medical",
    "nova-2",
    "nova-2-general",
    "nova-2-meeting",
    "nova-2-phonecall",
    "nova-2-voicemail",
    "nova-2-finance",
    "nova-2-conversationalai",
    "nova-2-video",
    "nova-2-medical",
    "enhanced",
    "base",
]

KnownVoice: TypeAlias = Literal[
    "aura-2",
    "aura-2-thalia-en",
    "aura-2-andromeda-en",
    "aura-2-apollo-en",
    "aura-2-arcas-en",
    "aura-2-asteria-en",
    "aura-2-athena-en",
    "aura-2-helena-en",
    "aura-2-hermes-en",
    "aura-2-luna-en",
    "aura-2-orion-en",
    "aura-2-zeus-en",
    "aura-2-celeste-es",
    "aura-2-nestor-es",
    "aura-2-julius-de",
    "aura-2-viktoria-de",
    "aura-2-rhea-nl",
    "aura-2-agathe-fr",
    "aura",
    "aura-asteria-en",
    "aura-luna-en",
    "aura-orion-en",
]

TranscriptionModelId: TypeAlias = KnownListener | str
SpeechModelId: TypeAlias = KnownVoice | str

"""Common models of fal, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = [
    "ImageModelId",
    "KnownImageId",
    "KnownSpeechId",
    "KnownTranscriptionId",
    "KnownVideoId",
    "SpeechModelId",
    "TranscriptionModelId",
    "VideoModelId",
]

KnownImageId: TypeAlias = Literal[
    "fal-ai/bytedance/seedream/v4/text-to-image",
    "fal-ai/flux-2",
    "fal-ai/flux-2/edit",
    "fal-ai/flux-pro/kontext",
    "fal-ai/flux-pro/kontext/max/multi",
    "fal-ai/flux-pro/v1.1-ultra",
    "fal-ai/flux/dev",
    "fal-ai/flux/dev/image-to-image",
    "fal-ai/flux/schnell",
    "fal-ai/ideogram/v3",
    "fal-ai/imagen4/preview",
    "fal-ai/nano-banana",
    "fal-ai/nano-banana/edit",
    "fal-ai/qwen-image",
    "fal-ai/recraft/v3/text-to-image",
]
ImageModelId: TypeAlias = KnownImageId | str
KnownSpeechId: TypeAlias = Literal[
    "fal-ai/chatterbox/text-to-speech",
    "fal-ai/elevenlabs/tts/eleven-v3",
    "fal-ai/elevenlabs/tts/multilingual-v2",
    "fal-ai/f5-tts",
    "fal-ai/gemini-tts",
    "fal-ai/kokoro/american-english",
    "fal-ai/minimax/speech-02-hd",
    "fal-ai/minimax/speech-02-turbo",
    "fal-ai/minimax/speech-2.8-hd",
    "fal-ai/playai/tts/v3",
]
SpeechModelId: TypeAlias = KnownSpeechId | str
KnownTranscriptionId: TypeAlias = Literal[
    "fal-ai/elevenlabs/speech-to-text",
    "fal-ai/speech-to-text",
    "fal-ai/whisper",
    "fal-ai/wizper",
]
TranscriptionModelId: TypeAlias = KnownTranscriptionId | str
KnownVideoId: TypeAlias = Literal[
    "fal-ai/bytedance/seedance/v1/pro/text-to-video",
    "fal-ai/kling-video/v2.6/pro/image-to-video",
    "fal-ai/kling-video/v2.6/pro/text-to-video",
    "fal-ai/luma-dream-machine/ray-2",
    "fal-ai/minimax/hailuo-02/standard/text-to-video",
    "fal-ai/sora-2/text-to-video",
    "fal-ai/veo3.1",
    "fal-ai/veo3.1/image-to-video",
    "fal-ai/wan-25-preview/text-to-video",
]
VideoModelId: TypeAlias = KnownVideoId | str

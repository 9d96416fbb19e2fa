"""The header of WAV audio with 16-bit samples and one channel."""

from __future__ import annotations

import struct

__all__ = ["HEADER_SIZE", "SAMPLE_SIZE", "STREAMED", "wav_header"]

HEADER_SIZE = 44
SAMPLE_SIZE = 2
STREAMED = 0xFFFFFFFF
"""Stands for the size of audio whose end is not known yet."""


def wav_header(sample_rate: int, size: int = STREAMED, channels: int = 1) -> bytes:
    """The 44 bytes before ``size`` bytes of samples; ``sample_rate`` is in Hz."""
    frame = SAMPLE_SIZE * channels
    form = struct.pack("<HHIIHH", 1, channels, sample_rate, sample_rate * frame, frame, 8 * SAMPLE_SIZE)
    riff = min(size + HEADER_SIZE - 8, STREAMED)
    size = min(size, STREAMED)
    return (
        b"RIFF"
        + struct.pack("<I", riff)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", size)
    )

"""A program that does nothing but call is silent, with every check of Python switched on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ai_sdk
from ai_sdk.testing.fault_server import FaultServer
from faults.table import TEXT

START = """
import asyncio
from ai_sdk import generate_text, stream_text
from ai_sdk.providers.openai_compatible import create_openai_compatible
model = create_openai_compatible(name="fault", base_url={url!r}, api_key="test")("model")
"""
CALL = """
print(asyncio.run(generate_text(model, "hi")).text)
"""
STREAM = """
async def main():
    async with stream_text(model, "hi") as stream:
        async for delta in stream.text:
            print(delta, end="")
asyncio.run(main())
"""
LEFT = """
async def main():
    async with stream_text(model, "hi") as stream:
        async for delta in stream.text:
            break
asyncio.run(main())
"""


def run_silently(code: str) -> str:
    """What the code prints. Debug mode complains of every 0.1 s in which a busy machine stood still: then once more."""
    environment = {**os.environ, "PYTHONPATH": str(Path(ai_sdk.__file__).parents[1])}
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", code]
    for left in (2, 1, 0):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
        stood_still = done.returncode == 0 and done.stderr.endswith(" seconds\n")
        if not (stood_still and left):
            assert (done.stderr, done.returncode) == ("", 0)
            return done.stdout
    raise AssertionError


@pytest.mark.parametrize(
    ("code", "said"),
    [(CALL, TEXT + "\n"), (STREAM, TEXT), (CALL + CALL, f"{TEXT}\n" * 2), (LEFT, "")],
    ids=["call", "stream", "two loops", "left early"],
)
def test_a_program_that_calls_is_silent(code: str, said: str) -> None:
    with FaultServer() as server:
        assert run_silently(START.format(url=server.base_url) + code) == said
        server.block_until(lambda: server.open_connections == 0)

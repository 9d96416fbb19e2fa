"""hume, with the key in HUME_API_KEY: a text is spoken as told, at once and while it is made."""

import asyncio

from ai_sdk import generate_speech, stream_speech, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.hume import hume

TEXT = "Beauty is no quality in things themselves."

voice = wrap_model(hume.speech("octave"), [timeout(total=60), retry(attempts=3)])


async def main() -> None:
    spoken = await generate_speech(voice, TEXT, instructions="calm and thoughtful", output_format="wav")
    print(spoken.file)
    async with stream_speech(voice, TEXT) as stream:
        async for piece in stream.audio:
            print("a piece of", len(piece), "bytes")


asyncio.run(main())

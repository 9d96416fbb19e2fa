"""lmnt, with the key in LMNT_API_KEY: a text is spoken, at once and while it is made."""

import asyncio

from ai_sdk import generate_speech, stream_speech, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.lmnt import lmnt

voice = wrap_model(lmnt.speech("blizzard"), [timeout(total=60), retry(attempts=3)])


async def main() -> None:
    spoken = await generate_speech(voice, "hello world.", output_format="wav", language="en")
    print(spoken.file)
    async with stream_speech(voice, "hello world.", output_format="mp3") as stream:
        async for piece in stream.audio:
            print("a piece of", len(piece), "bytes")


asyncio.run(main())

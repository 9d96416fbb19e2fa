"""elevenlabs, with the key in ELEVENLABS_API_KEY: a text is spoken, at once and while it is made, and written down."""

import asyncio

from ai_sdk import generate_speech, stream_speech, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.elevenlabs import elevenlabs

TEXT = "The first move is what sets everything in motion."

voice = wrap_model(elevenlabs.speech("eleven_flash_v2_5"), [timeout(total=60), retry(attempts=3)])
ears = wrap_model(elevenlabs.transcription("scribe_v2"), [timeout(total=60), retry(attempts=3)])


async def main() -> None:
    spoken = await generate_speech(voice, TEXT, output_format="mp3")
    print(spoken.file)
    async with stream_speech(voice, TEXT) as stream:
        async for piece in stream.audio:
            print("a piece of", len(piece), "bytes")
    heard = await transcribe(ears, spoken.audio, provider_options={"elevenlabs": {"diarize": True}})
    for turn in heard.segments:
        print(f"{turn.start} to {turn.end} {turn.speaker}: {turn.text}")


asyncio.run(main())

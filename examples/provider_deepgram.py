"""deepgram, with the key in DEEPGRAM_API_KEY: a text is spoken, and written down with its speakers."""

import asyncio

from ai_sdk import generate_speech, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.deepgram import deepgram

voice = wrap_model(deepgram.speech("aura-2-thalia-en"), [timeout(total=60), retry(attempts=3)])
ears = wrap_model(deepgram.transcription("nova-3"), [timeout(total=60), retry(attempts=3)])


async def main() -> None:
    spoken = await generate_speech(voice, "The first move is what sets everything in motion.")
    print(spoken.file)
    options = {"deepgram": {"diarize": True, "smart_format": True, "detect_language": True}}
    heard = await transcribe(ears, spoken.audio, provider_options=options)
    print(heard.language, heard.duration, "seconds")
    for turn in heard.segments:
        print(f"{turn.start} to {turn.end} speaker {turn.speaker}: {turn.text}")


asyncio.run(main())

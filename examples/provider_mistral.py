"""mistral, with the key in MISTRAL_API_KEY: an answer through a stack, and the other kinds of models."""

import asyncio

from ai_sdk import generate_speech, stream_text, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.mistral import mistral

model = wrap_model(mistral("mistral-small-latest"), [timeout(total=60, first_content=20), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()
    spoken = await generate_speech(mistral.speech("voxtral-mini-tts-latest"), "The kettle is on. Tea at four.")
    heard = await transcribe(mistral.transcription("voxtral-mini-latest"), spoken.audio)
    print("spoken and heard:", heard.text)


asyncio.run(main())

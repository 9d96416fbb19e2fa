"""azure, with the key in AZURE_API_KEY and the resource in AZURE_RESOURCE_NAME: a stack, pictures and sound."""

import asyncio

from ai_sdk import generate_image, generate_speech, stream_text, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.azure import azure

model = wrap_model(azure("gpt-4.1-mini"), [timeout(total=60, first_content=20), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()
    picture = await generate_image(azure.image("gpt-image-1"), "one red dot")
    print("a picture:", picture.image)
    spoken = await generate_speech(azure.speech("tts"), "The kettle is on. Tea at four.")
    heard = await transcribe(azure.transcription("whisper"), spoken.audio)
    print("spoken and heard:", heard.text)


asyncio.run(main())

"""google, with the key in GEMINI_API_KEY: thoughts and an answer through a stack, then a picture, a voice, a video."""

import asyncio

from ai_sdk import generate_image, generate_speech, generate_video, stream_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.google import google

model = wrap_model(google("gemini-3-flash-preview"), [timeout(total=60, first_content=20), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "How many days has a leap year?", reasoning="low") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
        result = await stream.result()
    print()
    print(f"[{result.usage.reasoning_tokens} tokens of thought]")
    picture = await generate_image(google.image("gemini-2.5-flash-image"), "A red square.")
    print(picture.image)
    speech = await generate_speech(google.speech("gemini-2.5-flash-preview-tts"), "Hello.", output_format="wav")
    print(speech.file)
    video = await generate_video(google.video("veo-3.1-generate-preview"), "A boat on a lake.", duration=4)
    print(video.video)


asyncio.run(main())

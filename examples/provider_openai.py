"""openai, with the key in OPENAI_API_KEY: an answer through a stack, and the other kinds of models."""

import asyncio

from ai_sdk import generate_image, generate_speech, generate_video, stream_text, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.openai import openai

model = wrap_model(openai("gpt-4o-mini"), [timeout(total=60, first_content=20), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()
    picture = await generate_image(openai.image("gpt-image-1"), "one red dot")
    print("a picture:", picture.image)
    spoken = await generate_speech(openai.speech("gpt-4o-mini-tts"), "The kettle is on. Tea at four.")
    heard = await transcribe(openai.transcription("whisper-1"), spoken.audio)
    print("spoken and heard:", heard.text)
    film = await generate_video(openai.video("sora-2"), "a paper boat", resolution="1280x720", duration=4)
    print("a film:", film.video)


asyncio.run(main())

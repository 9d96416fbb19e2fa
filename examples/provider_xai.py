"""xai, with the key in XAI_API_KEY: a search of the web by xAI, and the other kinds of models."""

import asyncio

from ai_sdk import generate_image, generate_speech, generate_video, stream_text, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.xai import xai
from ai_sdk.requests import ProviderTool

model = wrap_model(xai("grok-4.3"), [timeout(total=120, first_content=60), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "What is new in Python?", tools=[ProviderTool("xai.web_search")]) as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
        result = await stream.result()
    print()
    for number, source in enumerate(result.sources, 1):
        print(f"[{number}] {source.url}")
    picture = await generate_image(xai.image("grok-imagine-image"), "one red dot")
    print("a picture:", picture.image)
    spoken = await generate_speech(xai.speech("tts"), "The kettle is on. Tea at four.")
    heard = await transcribe(xai.transcription("stt"), spoken.audio)
    print("spoken and heard:", heard.text)
    film = await generate_video(xai.video("grok-imagine-video"), "a paper boat", duration=5)
    print("a film:", film.video)


asyncio.run(main())

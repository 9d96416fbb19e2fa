"""togetherai, with the key in TOGETHER_API_KEY: an answer through a stack, and the other kinds of models."""

import asyncio

from ai_sdk import generate_image, generate_speech, generate_video, rerank, stream_text, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.togetherai import together

llama = together("meta-llama/Llama-3.3-70B-Instruct-Turbo")
model = wrap_model(llama, [timeout(total=60, first_content=20), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()
    picture = await generate_image(together.image("black-forest-labs/FLUX.1-schnell"), "one red dot")
    print("a picture:", picture.image)
    spoken = await generate_speech(together.speech("hexgrad/Kokoro-82M"), "The kettle is on. Tea at four.")
    heard = await transcribe(together.transcription("openai/whisper-large-v3"), spoken.audio)
    print("spoken and heard:", heard.text)
    ranked = await rerank(
        together.reranking("Salesforce/Llama-Rank-v1"), "capital of France", ["Paris", "Berlin", "Rome"]
    )
    print("most relevant:", ranked.ranking[0].document)
    film = await generate_video(together.video("minimax/hailuo-02"), "a paper boat")
    print("a film:", film.video)


asyncio.run(main())

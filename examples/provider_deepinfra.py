"""deepinfra, with the key in DEEPINFRA_API_KEY: an answer through a stack, and the other kinds of models."""

import asyncio

from ai_sdk import generate_image, generate_speech, rerank, stream_text, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.deepinfra import deepinfra

model = wrap_model(
    deepinfra("meta-llama/Llama-3.3-70B-Instruct-Turbo"), [timeout(total=60, first_content=20), retry(attempts=3)]
)


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()
    picture = await generate_image(deepinfra.image("black-forest-labs/FLUX-1-schnell"), "one red dot")
    print("a picture:", picture.image)
    spoken = await generate_speech(deepinfra.speech("hexgrad/Kokoro-82M"), "The kettle is on. Tea at four.")
    heard = await transcribe(deepinfra.transcription("openai/whisper-large-v3-turbo"), spoken.audio)
    print("spoken and heard:", heard.text)
    judge = deepinfra.reranking("Qwen/Qwen3-Reranker-0.6B")
    ranked = await rerank(judge, "capital of France", ["Berlin", "Paris"])
    print("most relevant:", ranked.ranking[0].document)


asyncio.run(main())

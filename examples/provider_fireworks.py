"""fireworks, with the key in FIREWORKS_API_KEY: an answer through a stack, and the other kinds of models."""

import asyncio

from ai_sdk import generate_image, rerank, stream_text, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.fireworks import fireworks

model = wrap_model(
    fireworks("accounts/fireworks/models/gpt-oss-120b"), [timeout(total=60, first_content=20), retry(attempts=3)]
)


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()
    picture = await generate_image(fireworks.image("accounts/fireworks/models/flux-1-schnell-fp8"), "one red dot")
    print("a picture:", picture.image)
    painter = fireworks.image("accounts/fireworks/models/flux-kontext-pro")
    print("another:", (await generate_image(painter, "make it green", images=[picture.image.data])).image)
    heard = await transcribe(fireworks.transcription("whisper-v3"), b"RIFF....WAVE")
    print("heard:", heard.text)
    judge = fireworks.reranking("accounts/fireworks/models/qwen3-reranker-8b")
    ranked = await rerank(judge, "capital of France", ["Berlin", "Paris"])
    print("most relevant:", ranked.ranking[0].document)


asyncio.run(main())

"""perplexity, with the key in PERPLEXITY_API_KEY: an answer and what it rests on."""

import asyncio

from ai_sdk import stream_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.perplexity import perplexity

model = wrap_model(perplexity("sonar"), [timeout(total=60, first_content=20), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "What was decided about leap seconds?") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
        result = await stream.result()
    print()
    for number, source in enumerate(result.sources, 1):
        print(f"[{number}] {source.url}")


asyncio.run(main())

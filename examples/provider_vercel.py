"""vercel, with the key in VERCEL_API_KEY: an answer through a stack; Vercel withdrew this API in 2026."""

import asyncio

from ai_sdk import stream_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.vercel import vercel

model = wrap_model(vercel("v0-1.5-md"), [timeout(total=60, first_content=20), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()


asyncio.run(main())

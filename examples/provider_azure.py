"""azure, with the key in AZURE_API_KEY and the resource in AZURE_RESOURCE_NAME: an answer through a stack."""

import asyncio

from ai_sdk import stream_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.azure import azure

model = wrap_model(azure("gpt-4.1-mini"), [timeout(total=60, first_content=20), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()


asyncio.run(main())

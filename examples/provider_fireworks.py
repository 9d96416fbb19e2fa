"""fireworks, with the key in FIREWORKS_API_KEY: an answer through a stack."""

import asyncio

from ai_sdk import stream_text, wrap_model
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


asyncio.run(main())

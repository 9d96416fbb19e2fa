"""moonshotai, with the key in MOONSHOT_API_KEY: a search of the web by Moonshot."""

import asyncio

from ai_sdk import stream_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.moonshotai import moonshotai
from ai_sdk.providers.moonshotai.tools import web_search

model = wrap_model(moonshotai("kimi-k2.6"), [timeout(total=120, first_content=60), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "What is new in Python?", tools=[web_search]) as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()


asyncio.run(main())

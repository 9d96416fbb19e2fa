"""deepseek, with the key in DEEPSEEK_API_KEY: what it thinks, then its answer."""

import asyncio

from ai_sdk import stream_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.parts import ReasoningDelta, TextDelta
from ai_sdk.providers.deepseek import deepseek

model = wrap_model(deepseek("deepseek-v4-flash"), [timeout(total=60, first_content=20), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "What is heavier, a kilo of feathers or a pound of iron?") as stream:
        async for part in stream.parts:
            if isinstance(part, ReasoningDelta | TextDelta):
                print(part.text, end="", flush=True)
    print()


asyncio.run(main())

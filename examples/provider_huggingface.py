"""huggingface, with the token in HF_TOKEN: an answer through a stack."""

import asyncio

from ai_sdk import stream_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.huggingface import huggingface

model = wrap_model(huggingface("openai/gpt-oss-120b"), [timeout(total=60, first_content=20), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()


asyncio.run(main())

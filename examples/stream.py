"""An answer while it arrives. MODEL=groq:llama-3.3-70b-versatile picks another model."""

import asyncio
import os

from ai_sdk import stream_text


async def main() -> None:
    model = os.environ.get("MODEL", "local:smollm2")
    async with stream_text(model, "Tell me a story of three sentences.", max_output_tokens=80) as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
        result = await stream.result()
    print(f"\n[{result.finish_reason}, {result.usage.output_tokens} tokens]")


asyncio.run(main())

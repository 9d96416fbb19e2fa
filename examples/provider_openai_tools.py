"""openai, with the key in OPENAI_API_KEY: a web search by OpenAI, and how the model thought about it."""

import asyncio

from ai_sdk import stream_text
from ai_sdk.parts import ReasoningDelta, TextDelta
from ai_sdk.providers.openai import OpenAIOptions, openai
from ai_sdk.requests import ProviderTool

options: OpenAIOptions = {"store": False, "reasoning": {"effort": "low", "summary": "auto"}}


async def main() -> None:
    async with stream_text(
        openai("gpt-5-mini"),
        "What is new in Python?",
        tools=[ProviderTool("openai.web_search")],
        provider_options={"openai": options},
    ) as stream:
        async for part in stream.parts:
            if isinstance(part, ReasoningDelta | TextDelta):
                print(part.text, end="", flush=True)
        result = await stream.result()
    print()
    for number, source in enumerate(result.sources, 1):
        print(f"[{number}] {source.url}")


asyncio.run(main())

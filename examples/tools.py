"""A tool from a typed function. The local model is forced to call it: it is too small to decide by itself."""

import asyncio
import os

from ai_sdk import generate_text, tool


@tool
def weather(city: str) -> str:
    """The weather in a city, now."""
    return f"18 degrees and sunny in {city}"


async def main() -> None:
    result = await generate_text(
        os.environ.get("MODEL", "local:smollm2"),
        "What is the weather in Paris?",
        tools=[weather],
        tool_choice="required",
        max_output_tokens=60,
    )
    for call in result.tool_calls:
        print("called ", call.name, call.arguments())
    for answer in result.tool_results:
        print("answered", answer.output)


asyncio.run(main())

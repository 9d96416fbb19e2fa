"""One answer, with its usage and what was tried. MODEL=groq:llama-3.3-70b-versatile picks another model."""

import asyncio
import os

from ai_sdk import generate_text


async def main() -> None:
    result = await generate_text(
        os.environ.get("MODEL", "local:smollm2"),
        "Why is the sky blue? Answer in one sentence.",
        max_output_tokens=60,
    )
    print(result.text)
    print(result.finish_reason, result.usage, [attempt.model for attempt in result.attempts])


asyncio.run(main())

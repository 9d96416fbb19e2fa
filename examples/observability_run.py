"""A run to look at in any backend: tools, a retry, a fallback and a stream, with servers on this machine for providers.

Where it is sent, the OTEL_* variables say (docs/observability.md has a recipe for each backend); ``console`` shows it
here. With ``--wait`` the program stays until its standard input ends, so that Prometheus can come and read the metrics.
"""

import asyncio
import sys
from contextlib import AsyncExitStack

from ai_sdk import generate_text, stream_text, tool, wrap_model
from ai_sdk.errors import OverloadedError
from ai_sdk.messages import ToolCallPart
from ai_sdk.middleware import fallback, retry, tracing
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.prices import Price
from ai_sdk.providers.cerebras import create_cerebras
from ai_sdk.providers.groq import create_groq
from ai_sdk.results import Usage
from ai_sdk.telemetry import configure
from ai_sdk.testing import ScriptedModel, ScriptedServer, Turn

SYSTEM = "You help to pack for a trip. Look the weather up before you answer."
PRICES = {
    "groq": Price(input=0.15, output=0.60, cache_read=0.075),
    "cerebras": Price(input=0.35, output=0.75),
}
BUSY = OverloadedError("This model is overloaded.", status=503)
LOOKS: Turn = [
    ToolCallPart("call_1", "weather", '{"city": "Paris"}'),
    ToolCallPart("call_2", "weather", '{"city": "Oslo"}'),
    Finish("tool-calls", Usage(input_tokens=42_000, output_tokens=933)),
]
ADVICE: Turn = [
    TextDelta("A light jacket for Paris, a warm coat for Oslo."),
    Finish("stop", Usage(input_tokens=160_000, output_tokens=500, cache_read_tokens=40_000)),
]
LIST: Turn = [
    *(step for line in ("1. light jacket\n", "2. warm coat\n", "3. umbrella\n") for step in (0.05, TextDelta(line))),
    Finish("stop", Usage(input_tokens=90_000, output_tokens=2_000)),
]


@tool
def weather(city: str) -> str:
    """The weather in a city, now."""
    if city == "Oslo":
        raise LookupError("no station answers in Oslo")
    return f"18 degrees and sunny in {city}"


async def main() -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(ScriptedServer(ScriptedModel([BUSY, BUSY, ADVICE, LIST])))
        second = await stack.enter_async_context(ScriptedServer(ScriptedModel([LOOKS])))
        groq = create_groq(api_key="none", base_url=first.base_url)
        cerebras = create_cerebras(api_key="none", base_url=second.base_url)
        model = wrap_model(
            groq("openai/gpt-oss-120b"),
            [
                tracing(attributes={"gen_ai.conversation.id": "trip-1", "gen_ai.agent.name": "packer"}, prices=PRICES),
                fallback(cerebras("gpt-oss-120b")),
                retry(attempts=2, base=0.05),
            ],
        )
        result = await generate_text(model, "What do I wear in Paris and in Oslo?", system=SYSTEM, tools=[weather])
        print(result.text)
        async with stream_text(model, "Now as a list.", temperature=0.2) as stream:
            async for text in stream.text:
                print(text, end="", flush=True)


if __name__ == "__main__":
    with configure():
        asyncio.run(main())
        if "--wait" in sys.argv:
            sys.stdin.read()

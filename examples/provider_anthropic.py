"""anthropic, with the key in ANTHROPIC_API_KEY: an answer that thinks first, with instructions kept in the cache."""

import asyncio

from ai_sdk import stream_text, wrap_model
from ai_sdk.messages import Message, system, user
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.anthropic import AnthropicOptions, anthropic

model = wrap_model(anthropic("claude-sonnet-4-5"), [timeout(total=60, first_content=20), retry(attempts=3)])
options: AnthropicOptions = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
messages: list[Message] = [
    system("You greet people.", anthropic={"cache_control": {"type": "ephemeral"}}),
    user("Say hello in three languages."),
]


async def main() -> None:
    async with stream_text(model, messages=messages, provider_options={"anthropic": options}) as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()


asyncio.run(main())

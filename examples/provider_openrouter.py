"""openrouter, with the key in OPENROUTER_API_KEY: a model with a fallback upstream, and what the answer cost."""

import asyncio

from ai_sdk import generate_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.openrouter import OpenRouterOptions, openrouter

model = wrap_model(openrouter("anthropic/claude-haiku-4.5"), [timeout(total=60), retry(attempts=3)])
options: OpenRouterOptions = {"models": ["openai/gpt-5-mini"], "provider": {"sort": "throughput"}}


async def main() -> None:
    result = await generate_text(
        model, "Say hello in three languages.", reasoning="low", provider_options={"openrouter": options}
    )
    print(result.text)
    said = result.provider_metadata["openrouter"]
    print(f"served by {said.get('provider')} for {said.get('cost')} US dollars")


asyncio.run(main())

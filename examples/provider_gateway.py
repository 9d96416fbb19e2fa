"""gateway, with the key in AI_GATEWAY_API_KEY: who may serve, who did, and what it cost."""

import asyncio

from ai_sdk import stream_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.gateway import GatewayOptions, gateway

model = wrap_model(gateway("anthropic/claude-haiku-4.5"), [timeout(total=60, first_content=20), retry(attempts=3)])
options: GatewayOptions = {"order": ["bedrock", "anthropic"], "tags": ["example"]}


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.", provider_options={"gateway": options}) as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
        result = await stream.result()
    said = result.provider_metadata["gateway"]
    print(f"\nserved by {said['routing']['finalProvider']} for {said['cost']} US dollars")
    print(await gateway.credits())


asyncio.run(main())

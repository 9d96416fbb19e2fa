"""Amazon Bedrock, with the key in AWS_BEARER_TOKEN_BEDROCK (or AWS credentials) and the region in AWS_REGION.

A text, then a picture. Videos go to your own S3: see docs/providers/amazon_bedrock.md.
"""

import asyncio

from ai_sdk import generate_image, stream_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.amazon_bedrock import amazon_bedrock

model = wrap_model(amazon_bedrock("us.amazon.nova-lite-v1:0"), [timeout(total=60, first_content=20), retry(attempts=3)])


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()
    picture = await generate_image(amazon_bedrock.image("amazon.nova-canvas-v1:0"), "A red square.", size="512x512")
    print(picture.image)


asyncio.run(main())

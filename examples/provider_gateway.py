"""gateway, with the key in AI_GATEWAY_API_KEY: who may serve, who did, and what it cost; pictures, films and speech."""

import asyncio

from ai_sdk import generate_image, generate_speech, generate_video, stream_text, transcribe, wrap_model
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

    print((await generate_image(gateway.image("openai/gpt-image-1"), "a fox in the snow", aspect_ratio="3:2")).image)
    print((await generate_video(gateway.video("google/veo-3.1"), "a fox runs", duration=5)).video)
    spoken = await generate_speech(gateway.speech("openai/tts-1"), "Hello.", voice="alloy")
    print(spoken.file)
    print((await transcribe(gateway.transcription("openai/whisper-1"), spoken.audio)).text)


asyncio.run(main())

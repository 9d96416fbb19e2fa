"""replicate, with the key in REPLICATE_API_TOKEN: a picture and a film that are waited for, and a streamed answer."""

import asyncio

from ai_sdk import generate_image, generate_video, stream_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.polling import Progress
from ai_sdk.providers.replicate import replicate

painter = wrap_model(replicate.image("black-forest-labs/flux-schnell"), [timeout(total=120)])
model = wrap_model(replicate("meta/meta-llama-3-8b-instruct"), [retry(attempts=3)])


def show(progress: Progress) -> None:
    print(progress.status, "" if progress.fraction is None else f"{progress.fraction:.0%}")


async def main() -> None:
    drawn = await generate_image(painter, "a fox in the snow", aspect_ratio="3:2", on_progress=show)
    print(drawn.image)
    filmed = await generate_video(
        replicate.video("bytedance/seedance-1-pro"), "a fox runs", aspect_ratio="16:9", resolution="720p", duration=5
    )
    print(filmed.video)
    async with stream_text(model, "What is the capital of France?") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
        print("\n", (await stream.result()).usage)


asyncio.run(main())

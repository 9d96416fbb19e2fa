"""google_vertex, in the project of GOOGLE_VERTEX_PROJECT and with its credentials: Gemini, Claude, Imagen, Veo."""

import asyncio

from ai_sdk import generate_image, generate_video, stream_text, wrap_model
from ai_sdk.middleware import fallback, retry, timeout
from ai_sdk.providers.google_vertex import google_vertex

gemini = wrap_model(google_vertex("gemini-2.5-flash"), [retry(attempts=2)])
model = wrap_model(gemini, [timeout(total=60, first_content=20), fallback(google_vertex("claude-sonnet-4-5@20250929"))])


async def main() -> None:
    async with stream_text(model, "Say hello in three languages.") as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()
    picture = await generate_image(google_vertex.image("imagen-4.0-generate-001"), "A red square.", aspect_ratio="1:1")
    print(picture.image)
    video = await generate_video(google_vertex.video("veo-3.1-generate-001"), "A boat on a lake.", duration=4)
    print(video.video)


asyncio.run(main())

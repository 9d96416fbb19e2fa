"""luma, with the key in LUMA_API_KEY: a picture, and a film with its progress."""

import asyncio

from ai_sdk import generate_image, generate_video
from ai_sdk.polling import Progress
from ai_sdk.providers.luma import luma

FOX = "a red fox in the snow"


def show(progress: Progress) -> None:
    print(f"{progress.seconds:5.1f} s  {progress.status}")


async def main() -> None:
    picture = await generate_image(luma.image("photon-1"), FOX, aspect_ratio="16:9")
    print(picture.image)

    film = await generate_video(luma.video("ray-2"), FOX, duration=5, resolution="720p", on_progress=show)
    print(film.video)


asyncio.run(main())

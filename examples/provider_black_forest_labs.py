"""black_forest_labs, with the key in BFL_API_KEY: a picture, with its progress and what it cost."""

import asyncio

from ai_sdk import generate_image
from ai_sdk.polling import Progress
from ai_sdk.providers.black_forest_labs import black_forest_labs


def show(progress: Progress) -> None:
    print(f"{progress.seconds:5.1f} s  {progress.status}  {progress.fraction or 0:.0%}")


async def main() -> None:
    flux = black_forest_labs.image("flux-2-pro")
    result = await generate_image(flux, "a red fox in the snow", size="1024x768", on_progress=show)
    print(result.image, result.provider_metadata["black_forest_labs"].get("cost"))


asyncio.run(main())

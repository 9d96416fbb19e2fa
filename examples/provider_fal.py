"""fal, with the key in FAL_API_KEY: a picture, a voice, what it said, and a film with its progress."""

import asyncio

from ai_sdk import generate_image, generate_speech, generate_video, transcribe
from ai_sdk.polling import Progress
from ai_sdk.providers.fal import fal

FOX = "a red fox in the snow"


def show(progress: Progress) -> None:
    print(f"{progress.seconds:5.1f} s  {progress.status}  {progress.message or ''}")


async def main() -> None:
    picture = await generate_image(fal.image("fal-ai/flux/schnell"), FOX, aspect_ratio="16:9")
    print(picture.image, picture.provider_metadata["fal"].get("seed"))

    voice = await generate_speech(fal.speech("fal-ai/kokoro/american-english"), "The fox is asleep.", voice="af_heart")
    print(voice.file)

    said = await transcribe(fal.transcription("fal-ai/whisper"), voice.audio, language="en")
    print(said.text, said.segments)

    film = await generate_video(fal.video("fal-ai/veo3.1"), FOX, duration=8, resolution="1280x720", on_progress=show)
    print(film.video)


asyncio.run(main())

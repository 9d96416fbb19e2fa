"""gladia, with the key in GLADIA_API_KEY: a recording is written down with its speakers."""

import asyncio
import io
import wave

from ai_sdk import transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.gladia import GladiaOptions, gladia

ears = wrap_model(gladia.transcription("solaria-1"), [timeout(total=600), retry(attempts=3)])
options: GladiaOptions = {"diarization": True}


def recording() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setparams((1, 2, 16000, 0, "NONE", ""))
        audio.writeframes(bytes(2 * 16000))
    return file.getvalue()


async def main() -> None:
    heard = await transcribe(ears, recording(), provider_options={"gladia": options})
    print(heard.language, heard.duration, "seconds")
    for turn in heard.segments:
        print(f"{turn.start} to {turn.end} speaker {turn.speaker}: {turn.text}")


asyncio.run(main())

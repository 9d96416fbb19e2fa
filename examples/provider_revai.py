"""revai, with the key in REVAI_API_KEY: a recording is written down with its speakers."""

import asyncio
import io
import wave

from ai_sdk import Polling, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.revai import RevAIOptions, revai

ears = wrap_model(revai.transcription("machine"), [timeout(total=1200), retry(attempts=3)])
options: RevAIOptions = {"speakers_count": 2, "delete_after_seconds": 3600}


def recording() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setparams((1, 2, 16000, 0, "NONE", ""))
        audio.writeframes(bytes(2 * 16000))
    return file.getvalue()


async def main() -> None:
    patient = Polling(interval=5, longest=30, timeout=1200)
    heard = await transcribe(ears, recording(), language="en", polling=patient, provider_options={"revai": options})
    print(heard.text, heard.duration, "seconds")
    for turn in heard.segments:
        print(f"{turn.start} to {turn.end} speaker {turn.speaker}: {turn.text}")


asyncio.run(main())

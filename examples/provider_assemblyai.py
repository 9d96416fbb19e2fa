"""assemblyai, with the key in ASSEMBLYAI_API_KEY: a recording is written down with its speakers, while one watches."""

import asyncio
import io
import wave

from ai_sdk import Progress, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.assemblyai import AssemblyAIOptions, assemblyai

ears = wrap_model(assemblyai.transcription("universal-3-pro"), [timeout(total=600), retry(attempts=3)])
options: AssemblyAIOptions = {"speaker_labels": True}


def recording() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setparams((1, 2, 16000, 0, "NONE", ""))
        audio.writeframes(bytes(2 * 16000))
    return file.getvalue()


def watch(progress: Progress) -> None:
    print(progress.status)


async def main() -> None:
    heard = await transcribe(ears, recording(), provider_options={"assemblyai": options}, on_progress=watch)
    print(heard.language, heard.duration, "seconds")
    for turn in heard.segments:
        print(f"{turn.start} to {turn.end} speaker {turn.speaker}: {turn.text}")


asyncio.run(main())

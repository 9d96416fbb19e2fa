"""A picture to text to speech, on this machine and without a key: a drawn sign is read, and what it says is spoken.

    python examples/multimodal_image.py                     # draws a sign of its own
    python examples/multimodal_image.py sign.png sign.wav   # yours, and where the speech goes

It needs ``pip install "ai-sdk-layers[local-audio,local-vision]"``. VOICE and EYES name other models:
``EYES=openai:gpt-5.4-mini`` sees more than letters.
"""

import asyncio
import os
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ai_sdk import FilePart, generate_text, stream_speech

EYES = os.environ.get("EYES", "local:rapidocr")
VOICE = os.environ.get("VOICE", "local:piper:joe")
STEADY = {"local": {"noise_scale": 0.0, "noise_w_scale": 0.0}}  # the same sound each time, without life in it
SIGN = "The train to Paris leaves\nat nine from platform seven"


def draw(text: str, path: Path) -> None:
    picture = Image.new("RGB", (720, 180), "white")
    ImageDraw.Draw(picture).multiline_text((40, 30), text, fill="black", font=ImageFont.load_default(44), spacing=16)
    picture.save(path)


async def main(picture: Path | None = None, speech: Path = Path("sign.wav")) -> None:
    if picture is None:
        picture = Path("sign.png")
        draw(SIGN, picture)
        print(f"drawn   {picture.name}")

    read = await generate_text(EYES, ["What does the sign say?", FilePart.from_path(picture)])
    print(f"read    {read.text!r}")

    sentence = f"Here is what the sign says. {' '.join(read.text.split())}."
    print(f"says    {sentence}")

    async with stream_speech(VOICE, sentence, output_format="wav", provider_options=STEADY) as stream:
        async for chunk in stream.audio:
            print(f"        {len(chunk)} bytes")
        spoken = await stream.result()
    print(f"spoken  {spoken.save(speech).name}, {len(spoken.audio)} bytes of {spoken.media_type}")


asyncio.run(main(*map(Path, sys.argv[1:3])))

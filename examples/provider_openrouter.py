"""openrouter, with the key in OPENROUTER_API_KEY: a model with a fallback upstream, and what the answer cost."""

import asyncio

from ai_sdk import generate_image, generate_speech, generate_text, generate_video, transcribe, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.openrouter import OpenRouterOptions, openrouter

model = wrap_model(openrouter("anthropic/claude-haiku-4.5"), [timeout(total=60), retry(attempts=3)])
options: OpenRouterOptions = {"models": ["openai/gpt-5-mini"], "provider": {"sort": "throughput"}}


async def main() -> None:
    result = await generate_text(
        model, "Say hello in three languages.", reasoning="low", provider_options={"openrouter": options}
    )
    print(result.text)
    said = result.provider_metadata["openrouter"]
    print(f"served by {said.get('provider')} for {said.get('cost')} US dollars")
    picture = await generate_image(openrouter.image("google/gemini-3-pro-image"), "one red dot")
    print("a picture:", picture.image)
    spoken = await generate_speech(openrouter.speech("openai/gpt-4o-mini-tts"), "The kettle is on. Tea at four.")
    heard = await transcribe(openrouter.transcription("openai/whisper-1"), spoken.audio)
    print("spoken and heard:", heard.text)
    film = await generate_video(openrouter.video("google/veo-3.1"), "a paper boat", resolution="720p")
    print("a film:", film.video)


asyncio.run(main())

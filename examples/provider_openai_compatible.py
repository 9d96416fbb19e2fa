"""Any server that speaks the OpenAI dialect: BASE_URL=http://localhost:8000/v1 MODEL_ID=my-model."""

import asyncio
import os

from ai_sdk import generate_text, rerank
from ai_sdk.providers.openai_compatible import create_openai_compatible

server = create_openai_compatible(
    name="my-server",
    base_url=os.environ.get("BASE_URL", "http://localhost:8000/v1"),
    api_key=os.environ.get("API_KEY"),
)


async def main() -> None:
    result = await generate_text(server(os.environ.get("MODEL_ID", "default")), "Say hello.")
    print(result.text)
    judge = server.reranking(os.environ.get("RERANK_MODEL_ID", "default"))
    ranked = await rerank(judge, "capital of France", ["Berlin", "Paris"])
    print("most relevant:", ranked.ranking[0].document)


asyncio.run(main())

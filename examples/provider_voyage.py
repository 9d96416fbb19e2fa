"""voyage, with the key in VOYAGE_API_KEY: documents are embedded, and put in order for a question."""

import asyncio

from ai_sdk import embed_many, rerank, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.voyage import VoyageEmbeddingOptions, voyage

DOCUMENTS = ["Emperor penguins live in the Antarctic.", "Ostriches run fast.", "Rockhopper penguins live on islands."]

vectors = wrap_model(voyage.embedding("voyage-4"), [timeout(total=60), retry(attempts=3)])
judge = wrap_model(voyage.reranking("rerank-2.5"), [timeout(total=60), retry(attempts=3)])
options: VoyageEmbeddingOptions = {"input_type": "document"}


async def main() -> None:
    embedded = await embed_many(vectors, DOCUMENTS, provider_options={"voyage": options})
    print(len(embedded.embeddings), "vectors of", embedded.usage.input_tokens, "tokens")
    ranked = await rerank(judge, "Which birds live on ice?", DOCUMENTS, top_n=2)
    for each in ranked.ranking:
        print(f"{each.score:.2f} {each.document}")


asyncio.run(main())

"""A pipeline as the LLM and the embedding model of a LlamaIndex index over three sentences.

Needs ``pip install 'ai-sdk-layers[llamaindex]'``. Scripted models answer, so no key is needed.
"""

import asyncio

from llama_index.core import Document, VectorStoreIndex

from ai_sdk import wrap_model
from ai_sdk.adapters.llamaindex import LlamaIndexEmbedding, LlamaIndexLLM
from ai_sdk.errors import OverloadedError
from ai_sdk.middleware import retry
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult
from ai_sdk.testing import ScriptedModel

SUBJECTS = ("sky", "sea", "grass")


async def vectors(request: EmbeddingRequest) -> EmbeddingResult:
    """How often each subject is named: any async function is a model."""
    counted = [tuple(float(text.count(subject)) + 0.1 for subject in SUBJECTS) for text in request.values]
    return EmbeddingResult(embeddings=tuple(counted))


async def main() -> None:
    upstream = ScriptedModel([OverloadedError("busy", status=503), "Green, as the text says."])
    llm = LlamaIndexLLM(wrap_model(upstream, [retry(attempts=3, base=0.01)]))
    documents = [Document(text=text) for text in ("The sky is blue.", "The sea is deep.", "The grass is green.")]
    index = VectorStoreIndex.from_documents(documents, embed_model=LlamaIndexEmbedding(vectors))
    engine = index.as_query_engine(llm=llm, similarity_top_k=1)
    answer = await engine.aquery("What colour is the grass?")
    print(answer, "|", answer.source_nodes[0].text, "|", len(upstream.calls), "attempts")


if __name__ == "__main__":
    asyncio.run(main())

"""A pipeline inside a LangChain chain, and LangChain's own model with layers around it.

Needs ``pip install 'ai-sdk-layers[langchain]'``. Scripted models answer, so no key is needed.
"""

import asyncio

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from ai_sdk import generate_text, wrap_model
from ai_sdk.adapters.langchain import LangChainChatModel, from_langchain
from ai_sdk.errors import RateLimitError
from ai_sdk.middleware import cache, retry
from ai_sdk.testing import ScriptedModel

upstream = ScriptedModel([RateLimitError("slow down", status=429), "Blue light is scattered most."])
pipeline = wrap_model(upstream, [retry(attempts=3, base=0.01)])


async def main() -> None:
    prompt = ChatPromptTemplate.from_messages([("system", "Answer in one sentence."), ("human", "{question}")])
    chain = prompt | LangChainChatModel(pipeline) | StrOutputParser()
    print(await chain.ainvoke({"question": "Why is the sky blue?"}), "|", len(upstream.calls), "attempts")

    answers = iter([AIMessage(text, response_metadata={"finish_reason": "stop"}) for text in ("first", "second")])
    theirs = wrap_model(from_langchain(GenericFakeChatModel(messages=answers)), [cache()])
    print([(await generate_text(theirs, "hi")).text for _ in range(2)])


if __name__ == "__main__":
    asyncio.run(main())

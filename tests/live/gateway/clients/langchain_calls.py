"""What ``langchain-openai`` does with a gateway: argument 1 is its base URL, argument 2 a key."""

from __future__ import annotations

import sys
from importlib.metadata import version

import pydantic
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

base_url, key = sys.argv[1:]
HELLO = "Hello from upstream."
model = ChatOpenAI(model="fast", base_url=f"{base_url}/v1", api_key=key, max_retries=0, stream_usage=True)


class Person(pydantic.BaseModel):
    """What is asked for."""

    name: str
    born: int


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return f"21 C in {city}"


whole = model.invoke("hi")
assert whole.content == HELLO
assert whole.usage_metadata["total_tokens"] == 16
chunks = list(model.stream("hi"))
assert "".join(chunk.content for chunk in chunks) == HELLO
assert sum((chunk.usage_metadata or {}).get("total_tokens", 0) for chunk in chunks) == 16
asked = model.bind_tools([weather]).invoke("hi")
assert [(call["name"], call["args"]) for call in asked.tool_calls] == [("weather", {"city": "Paris"})]
turn = [
    HumanMessage("hi"),
    asked,
    ToolMessage(weather.invoke(asked.tool_calls[0]["args"]), tool_call_id=asked.tool_calls[0]["id"]),
]
assert model.bind_tools([weather]).invoke(turn).content == 'The tool says "21 C in Paris"'
assert model.with_structured_output(Person).invoke("hi") == Person(name="Ada", born=1815)
print("langchain-openai", version("langchain-openai"), "ok")

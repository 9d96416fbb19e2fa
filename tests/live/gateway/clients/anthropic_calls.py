"""What the ``anthropic`` package does with a gateway: argument 1 is its base URL, argument 2 a key."""

from __future__ import annotations

import sys

import anthropic
import pydantic

base_url, key = sys.argv[1:]
client = anthropic.Anthropic(base_url=base_url, api_key=key, max_retries=0)
HELLO = "Hello from upstream."
ASK = [{"role": "user", "content": "hi"}]
TOOLS = [
    {
        "name": "weather",
        "description": "The weather",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
    }
]


class Person(pydantic.BaseModel):
    """What is asked for."""

    name: str
    born: int


assert [model.id for model in client.models.list()] == ["fast"]

whole = client.messages.create(model="fast", max_tokens=100, messages=ASK)
assert (whole.content[0].text, whole.stop_reason, whole.usage.output_tokens) == (HELLO, "end_turn", 5)

with client.messages.stream(model="fast", max_tokens=100, messages=ASK) as stream:
    pieces = list(stream.text_stream)
    final = stream.get_final_message()
assert ("".join(pieces), len(pieces)) == (HELLO, 3)
assert (final.content[0].text, final.usage.output_tokens) == (HELLO, 5)

asked = client.messages.create(model="fast", max_tokens=100, messages=ASK, tools=TOOLS)
call = asked.content[0]
assert (call.type, call.name, call.input, asked.stop_reason) == ("tool_use", "weather", {"city": "Paris"}, "tool_use")
result = {"type": "tool_result", "tool_use_id": call.id, "content": "21 C"}
turn = [*ASK, {"role": "assistant", "content": asked.content}, {"role": "user", "content": [result]}]
answered = client.messages.create(model="fast", max_tokens=100, messages=turn, tools=TOOLS)
assert answered.content[0].text == 'The tool says "21 C"'

with client.messages.stream(model="fast", max_tokens=100, messages=ASK, tools=TOOLS) as stream:
    assert stream.get_final_message().content[0].input == {"city": "Paris"}

parsed = client.messages.parse(model="fast", max_tokens=100, messages=ASK, output_format=Person)
assert parsed.parsed_output == Person(name="Ada", born=1815)

try:
    client.messages.create(model="none", max_tokens=1, messages=ASK)
except anthropic.NotFoundError as refused:
    assert refused.body["error"]["type"] == "not_found_error"
    print("anthropic", anthropic.__version__, "ok")

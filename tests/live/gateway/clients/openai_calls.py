"""What the ``openai`` package does with a gateway: argument 1 is its base URL, argument 2 a key."""

from __future__ import annotations

import sys

import openai
import pydantic

base_url, key = sys.argv[1:]
client = openai.OpenAI(base_url=f"{base_url}/v1", api_key=key, max_retries=0)
HELLO = "Hello from upstream."
ASK = [{"role": "user", "content": "hi"}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "The weather", "parameters": PARAMETERS}}]
FLAT = [{"type": "function", "name": "weather", "parameters": PARAMETERS, "strict": False}]


class Person(pydantic.BaseModel):
    """What is asked for."""

    name: str
    born: int


assert [model.id for model in client.models.list()] == ["fast"]

whole = client.chat.completions.create(model="fast", messages=ASK)
assert (whole.choices[0].message.content, whole.choices[0].finish_reason) == (HELLO, "stop")
assert (whole.usage.prompt_tokens, whole.usage.completion_tokens) == (11, 5)

chunks = list(
    client.chat.completions.create(model="fast", messages=ASK, stream=True, stream_options={"include_usage": True})
)
assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == HELLO
assert len(chunks) > 3
assert chunks[-1].usage.total_tokens == 16

asked = client.chat.completions.create(model="fast", messages=ASK, tools=TOOLS)
call = asked.choices[0].message.tool_calls[0]
assert (call.function.name, call.function.arguments, asked.choices[0].finish_reason) == (
    "weather",
    '{"city":"Paris"}',
    "tool_calls",
)
answered = client.chat.completions.create(
    model="fast",
    messages=[*ASK, asked.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "21 C"}],
    tools=TOOLS,
)
assert answered.choices[0].message.content == 'The tool says "21 C"'

with client.chat.completions.stream(model="fast", messages=ASK, tools=TOOLS) as stream:
    for _ in stream:
        pass
    final = stream.get_final_completion()
assert final.choices[0].message.tool_calls[0].function.arguments == '{"city":"Paris"}'

parsed = client.chat.completions.parse(model="fast", messages=ASK, response_format=Person)
assert parsed.choices[0].message.parsed == Person(name="Ada", born=1815)

response = client.responses.create(model="fast", input="hi")
assert (response.output_text, response.status, response.usage.total_tokens) == (HELLO, "completed", 16)
with client.responses.stream(model="fast", input="hi") as stream:
    kinds = [event.type for event in stream]
    assert stream.get_final_response().output_text == HELLO
assert kinds[0] == "response.created"
assert kinds[-1] == "response.completed"
assert kinds.count("response.output_text.delta") == 3
tool = client.responses.create(model="fast", input="hi", tools=FLAT).output[0]
assert (tool.type, tool.name, tool.arguments) == ("function_call", "weather", '{"city":"Paris"}')
turn = [
    {"role": "user", "content": "hi"},
    tool,
    {"type": "function_call_output", "call_id": tool.call_id, "output": "21 C"},
]
assert client.responses.create(model="fast", input=turn, tools=FLAT).output_text == 'The tool says "21 C"'
assert client.responses.parse(model="fast", input="hi", text_format=Person).output_parsed == Person(
    name="Ada", born=1815
)

for wrong, error in (
    ({"model": "none"}, openai.NotFoundError),
    ({"model": "fast", "temperature": -1}, openai.BadRequestError),
):
    try:
        client.chat.completions.create(messages=ASK, **wrong)
    except error as refused:
        assert refused.request_id
    else:
        raise AssertionError(wrong)
try:
    client.with_options(api_key="sk-wrong-0123456789").models.list()
except openai.AuthenticationError:
    print("openai", openai.__version__, "ok")

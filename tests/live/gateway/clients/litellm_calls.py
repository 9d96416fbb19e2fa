"""What ``litellm`` does with a gateway: argument 1 is its base URL, argument 2 a key."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version

import litellm

base_url, key = sys.argv[1:]
HELLO = "Hello from upstream."
ASK = [{"role": "user", "content": "hi"}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "The weather", "parameters": PARAMETERS}}]
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}, "born": {"type": "integer"}}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}
WIRES = {"openai/fast": f"{base_url}/v1", "anthropic/fast": base_url}

for model, address in WIRES.items():
    where = {"model": model, "api_base": address, "api_key": key, "messages": ASK, "max_tokens": 100}
    whole = litellm.completion(**where)
    assert (whole.choices[0].message.content, whole.choices[0].finish_reason) == (HELLO, "stop"), whole
    assert whole.usage.total_tokens == 16, whole.usage
    pieces = [chunk.choices[0].delta.content or "" for chunk in litellm.completion(**where, stream=True)]
    assert "".join(pieces) == HELLO, pieces
    asked = litellm.completion(**where, tools=TOOLS).choices[0].message
    assert json.loads(asked.tool_calls[0].function.arguments) == {"city": "Paris"}, asked
    told = {"role": "tool", "tool_call_id": asked.tool_calls[0].id, "content": "21 C"}
    where["messages"] = [*ASK, asked.model_dump(), told]
    assert litellm.completion(**where, tools=TOOLS).choices[0].message.content == 'The tool says "21 C"'

where = {"model": "openai/fast", "api_base": WIRES["openai/fast"], "api_key": key, "messages": ASK}
assert json.loads(litellm.completion(**where, response_format=FORMAT).choices[0].message.content)["born"] == 1815
print("litellm", version("litellm"), "ok")

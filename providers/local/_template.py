"""A ChatML chat template that knows tools, for models whose own template does not."""

CHATML = """\
{%- set first = messages[0] if messages else {} -%}
{%- if tools or first.role == "system" -%}
<|im_start|>system
{% if first.role == "system" %}{{ first.content }}
{% endif %}
{%- if tools -%}
You can call these functions:
<tools>
{% for tool in tools %}{{ (tool.function if tool.function is defined else tool) | tojson }}
{% endfor -%}
</tools>
To call one, answer with nothing but its name and its arguments:
<tool_call>
{"name": "the name", "arguments": {}}
</tool_call>
{% endif -%}
<|im_end|>
{% endif -%}
{%- for message in messages -%}
{%- if message.role == "system" and loop.first -%}
{%- elif message.role == "tool" -%}
<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% else -%}
<|im_start|>{{ message.role }}
{% if message.content %}{{ message.content }}{% endif -%}
{%- for call in message.tool_calls or [] -%}
{%- set function = call.function if call.function is defined else call -%}
{%- set arguments = function.arguments if function.arguments is string else function.arguments | tojson %}
<tool_call>
{"name": {{ function.name | tojson }}, "arguments": {{ arguments }}}
</tool_call>
{%- endfor -%}
<|im_end|>
{% endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% endif -%}
"""

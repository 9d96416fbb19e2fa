"""What goes out to the Responses API."""

from __future__ import annotations

from typing import Any

import pytest
from provider_kit import ask

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import (
    system,
    user,
)
from ai_sdk.provider import Endpoint
from ai_sdk.providers.openai import create_openai, openai
from ai_sdk.providers.openai.responses import ResponsesModel, ResponsesRules
from ai_sdk.requests import JSONFormat, LanguageRequest, ProviderTool, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning

TOOL = ToolDefinition("weather", "The weather", {"type": "object", "properties": {}})


def encode(model_id: str = "gpt-4o", **fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = openai.responses(model_id).encode(ask(**fields))
    return body, [warning.feature for warning in warnings]


def items(*messages: Any, **fields: Any) -> list[dict[str, Any]]:
    body, _ = encode("gpt-5", messages=(*messages,), **fields)
    return list(body["input"])


def own(**metadata: Any) -> dict[str, Any]:
    return {"openai": metadata}


def test_the_smallest_request() -> None:
    assert encode() == ({"model": "gpt-4o", "input": [{"role": "user", "content": "Hi"}]}, [])


def test_settings_and_what_the_api_lacks() -> None:
    body, lost = encode(
        max_output_tokens=9,
        temperature=0.5,
        top_p=0.9,
        top_k=3,
        presence_penalty=0.1,
        frequency_penalty=0.1,
        stop=("x",),
        seed=1,
        stream=True,
    )
    assert body.items() >= {"max_output_tokens": 9, "temperature": 0.5, "top_p": 0.9, "stream": True}.items()
    assert lost == ["top_k", "presence_penalty", "frequency_penalty", "stop", "seed"]


def test_reasoning_models_take_a_developer_an_effort_and_no_sampling() -> None:
    body, lost = encode("gpt-5-mini", messages=(system("Be brief"), user("Hi")), reasoning="low", temperature=0.5)
    assert body["input"][0] == {"role": "developer", "content": "Be brief"}
    assert body["reasoning"] == {"effort": "low"}
    assert lost == ["temperature"]
    assert encode("gpt-5.1", reasoning="none", temperature=0.5)[0]["temperature"] == 0.5


def test_other_models_have_no_effort() -> None:
    body, lost = encode("gpt-4o", messages=(system("Be brief"), user("Hi")), reasoning="low")
    assert body["input"][0]["role"] == "system"
    assert "reasoning" not in body
    assert lost == ["reasoning"]


def test_service_tiers_that_a_model_lacks() -> None:
    assert encode("gpt-4o", provider_options=own(service_tier="flex"))[1] == ["service_tier"]
    assert encode("o3", provider_options=own(service_tier="flex"))[0]["service_tier"] == "flex"


def test_options_go_out_as_they_are_and_are_merged() -> None:
    body, _ = encode(
        "gpt-5",
        reasoning="low",
        response_format=JSONFormat({"type": "object"}),
        provider_options=own(
            reasoning={"summary": "auto"}, text={"verbosity": "low"}, previous_response_id="resp_1", unheard_of=[1]
        ),
    )
    assert body["reasoning"] == {"effort": "low", "summary": "auto"}
    assert body["text"]["verbosity"] == "low"
    assert body["text"]["format"]["type"] == "json_schema"
    assert body["previous_response_id"] == "resp_1"
    assert body["unheard_of"] == (1,)


def test_words_of_the_chat_api_are_understood() -> None:
    options = own(reasoning_effort="high", reasoning_summary="auto", verbosity="low", max_completion_tokens=7)
    body, _ = encode("gpt-5", provider_options=options)
    assert body["reasoning"] == {"effort": "high", "summary": "auto"}
    assert body["text"] == {"verbosity": "low"}
    assert body["max_output_tokens"] == 7


def test_reasoning_that_is_not_stored_is_asked_for_encrypted() -> None:
    assert encode("gpt-5", provider_options=own(store=False))[0]["include"] == ["reasoning.encrypted_content"]
    assert "include" not in encode("gpt-4o", provider_options=own(store=False))[0]
    assert "include" not in encode("gpt-5")[0]


def test_what_is_included_is_named_once() -> None:
    body, _ = encode(
        "gpt-5",
        tools=(ProviderTool("openai.web_search"), ProviderTool("openai.code_interpreter")),
        provider_options=own(store=False, include=["reasoning.encrypted_content", "web_search_call.action.sources"]),
    )
    assert body["include"] == [
        "web_search_call.action.sources",
        "code_interpreter_call.outputs",
        "reasoning.encrypted_content",
    ]


@pytest.mark.parametrize("name", ["previous_response_id", "conversation", "prompt"])
def test_no_messages_are_needed_when_the_server_has_them(name: str) -> None:
    body, _ = openai.responses("gpt-4o").encode(LanguageRequest(messages=(), provider_options=own(**{name: "x"})))
    assert body == {"model": "gpt-4o", name: "x"}
    with pytest.raises(InvalidRequestError, match="messages is empty"):
        openai.responses("gpt-4o").encode(LanguageRequest(messages=()))


def test_formats() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    assert encode(response_format=JSONFormat(schema, "city", "A city"))[0]["text"]["format"] == {
        "type": "json_schema",
        "name": "city",
        "description": "A city",
        "schema": schema,
        "strict": True,
    }
    assert encode(response_format=JSONFormat(schema, strict=False))[0]["text"]["format"]["strict"] is False
    assert encode(response_format=JSONFormat())[0]["text"] == {"format": {"type": "json_object"}}
    assert encode("gpt-4", response_format=JSONFormat(schema))[1] == ["response_format"]
    model = create_openai(structured_output="json_object").responses("gpt-4o")
    body, warnings = model.encode(ask(response_format=JSONFormat(schema)))
    assert body["text"] == {"format": {"type": "json_object"}}
    assert [warning.kind for warning in warnings] == ["compatibility"]


def test_functions_are_not_strict_unless_asked_for() -> None:
    strict = ToolDefinition("strict", strict=True, provider_options=own(defer_loading=True))
    tools = encode(tools=(TOOL, strict))[0]["tools"]
    assert tools[0] == {
        "type": "function",
        "name": "weather",
        "description": "The weather",
        "parameters": {"type": "object", "properties": {}},
        "strict": False,
    }
    assert (tools[1]["strict"], tools[1]["defer_loading"]) == (True, True)


@pytest.mark.parametrize(
    ("tool", "encoded"),
    [
        (ProviderTool("openai.web_search", {"search_context_size": "low"}), {"search_context_size": "low"}),
        (ProviderTool("openai.file_search", {"vector_store_ids": ["vs_1"]}), {"vector_store_ids": ("vs_1",)}),
        (ProviderTool("openai.code_interpreter"), {"container": {"type": "auto"}}),
        (ProviderTool("openai.code_interpreter", {"container": "cntr_1"}), {"container": "cntr_1"}),
        (ProviderTool("openai.mcp", {"server_label": "wiki"}), {"server_label": "wiki"}),
        (ProviderTool("openai.computer_use", {"display_width": 9}), {"display_width": 9}),
        (ProviderTool("openai.custom", {"name": "math"}), {"name": "math"}),
        (ProviderTool("openai.of_next_year"), {}),
    ],
)
def test_tools_that_openai_defines(tool: ProviderTool, encoded: dict[str, Any]) -> None:
    kind = "computer_use_preview" if tool.name == "computer_use" else tool.name
    assert encode(tools=(tool,))[0]["tools"] == [{"type": kind, **encoded}]


def test_a_tool_of_another_provider_is_left_out_with_a_warning() -> None:
    body, lost = encode(tools=(ProviderTool("groq.browser_search"),), tool_choice="required")
    assert lost == ["groq.browser_search"]
    assert "tools" not in body
    assert "tool_choice" not in body


@pytest.mark.parametrize(
    ("choice", "encoded"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        (SpecificTool("weather"), {"type": "function", "name": "weather"}),
        (SpecificTool("math"), {"type": "custom", "name": "math"}),
        (SpecificTool("web_search"), {"type": "web_search"}),
        (SpecificTool("wiki"), {"type": "mcp", "server_label": "wiki"}),
    ],
)
def test_choices_of_tools(choice: Any, encoded: Any) -> None:
    tools = (
        TOOL,
        ProviderTool("openai.custom", {"name": "math"}),
        ProviderTool("openai.web_search"),
        ProviderTool("openai.mcp", {"server_label": "wiki"}),
    )
    assert encode(tools=tools, tool_choice=choice)[0]["tool_choice"] == encoded


def test_a_choice_that_is_not_offered_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="'other', which is not among the tools: weather"):
        encode(tools=(TOOL,), tool_choice=SpecificTool("other"))


def marked(body: dict[str, Any], _request: LanguageRequest, _model_id: str) -> list[CallWarning]:
    body["adjusted"] = True
    return []


def test_a_server_differs_by_its_rules() -> None:
    rules = ResponsesRules(
        path="/v2/responses",
        settings={"max_output_tokens": "max_tokens"},
        store=False,
        include=("all",),
        tool_choice=frozenset({"auto"}),
        strict=None,
        strict_tools=None,
        reasons=lambda _model_id: False,
        structured_output=lambda _model_id: "json_schema",
        adjust=marked,
    )
    model = ResponsesModel(Endpoint(name="lab", base_url="http://lab.test"), "m", rules)
    request = ask(
        max_output_tokens=3,
        temperature=1,
        tools=(TOOL,),
        tool_choice="required",
        response_format=JSONFormat({"type": "object"}),
    )
    body, warnings = model.encode(request)
    assert model.path == "/v2/responses"
    assert body["max_tokens"] == 3
    assert body["store"] is False
    assert body["include"] == ["all"]
    assert body["adjusted"] is True
    assert "strict" not in body["tools"][0]
    assert "strict" not in body["text"]["format"]
    assert [warning.feature for warning in warnings] == ["temperature", "tool_choice"]

"""Amazon Bedrock: requests to Converse bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_kit import ask

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import system, user
from ai_sdk.provider import parse_json, to_json
from ai_sdk.providers.amazon_bedrock import amazon_bedrock
from ai_sdk.providers.amazon_bedrock._models import family_of, profile_of
from ai_sdk.requests import JSONFormat, ProviderTool, SpecificTool, ToolDefinition

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
OLD_CLAUDE = "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
NEW_CLAUDE = "us.anthropic.claude-sonnet-4-6"
NOVA = "us.amazon.nova-lite-v1:0"
NOVA2 = "us.amazon.nova-2-lite-v1:0"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
GPT = "openai.gpt-oss-120b-1:0"
WEATHER = ToolDefinition("weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})
SPEC = {
    "toolSpec": {
        "name": "weather",
        "description": "The weather.",
        "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
    }
}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def encode(model_id: str = NOVA, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    encoded = amazon_bedrock(model_id).encode(ask(**fields))
    return parse_json(to_json(encoded.body), "ours"), [each.feature for each in encoded.warnings]


def own(**options: Any) -> dict[str, Any]:
    return {"amazon_bedrock": options}


def test_a_plain_request_is_nothing_but_its_messages() -> None:
    body, warnings = encode(messages=(system("Be short."), user("Hi")))
    assert body == {"system": [{"text": "Be short."}], "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
    assert warnings == []


def test_settings_stand_in_the_inference_config() -> None:
    body, warnings = encode(max_output_tokens=9, temperature=0.5, top_p=0.9, stop=("END",))
    assert body["inferenceConfig"] == {"maxTokens": 9, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END"]}
    assert warnings == []


def test_a_temperature_above_one_is_one() -> None:
    body, warnings = encode(temperature=1.7)
    assert body["inferenceConfig"] == {"temperature": 1}
    assert warnings == ["temperature"]


@pytest.mark.parametrize(
    ("model_id", "fields"),
    [
        (CLAUDE, {"top_k": 5}),
        (NOVA, {"inferenceConfig": {"topK": 5}}),
        ("mistral.mistral-large-3-675b-instruct", {"top_k": 5}),
        ("cohere.command-r-v1:0", {"k": 5}),
    ],
)
def test_top_k_stands_where_the_family_has_it(model_id: str, fields: dict[str, Any]) -> None:
    assert encode(model_id, top_k=5) == (
        {"messages": [{"role": "user", "content": [{"text": "Hi"}]}], "additionalModelRequestFields": fields},
        [],
    )


def test_settings_that_a_family_lacks_are_left_out_with_a_warning() -> None:
    body, warnings = encode(LLAMA, top_k=5, seed=1, presence_penalty=0.1, frequency_penalty=0.1)
    assert body.keys() == {"messages"}
    assert warnings == ["top_k", "presence_penalty", "frequency_penalty", "seed"]


def test_cohere_has_penalties_and_a_seed() -> None:
    body, warnings = encode("cohere.command-r-plus-v1:0", seed=1, presence_penalty=0.1, frequency_penalty=0.2)
    assert body["additionalModelRequestFields"] == {"seed": 1, "presence_penalty": 0.1, "frequency_penalty": 0.2}
    assert warnings == []


def test_claude_lacks_penalties_and_a_seed_and_drops_blank_stop_words() -> None:
    body, warnings = encode(CLAUDE, seed=1, presence_penalty=0.1, stop=(" ", "END"))
    assert body["inferenceConfig"] == {"stopSequences": ["END"]}
    assert sorted(warnings) == ["presence_penalty", "seed", "stop"]


@pytest.mark.parametrize(
    ("model_id", "effort", "fields"),
    [
        (OLD_CLAUDE, "low", {"thinking": {"type": "enabled", "budget_tokens": 4096}}),
        (OLD_CLAUDE, "none", {"thinking": {"type": "disabled"}}),
        (NEW_CLAUDE, "high", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
        (NOVA2, "medium", {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}}),
        (NOVA2, "none", {"reasoningConfig": {"type": "disabled"}}),
        (GPT, "medium", {"reasoning_effort": "medium"}),
        ("qwen.qwen3-32b-v1:0", "high", {"reasoning_config": "high"}),
    ],
)
def test_the_wish_to_reason_in_the_words_of_each_family(model_id: str, effort: str, fields: dict[str, Any]) -> None:
    body, warnings = encode(model_id, reasoning=effort)
    assert body["additionalModelRequestFields"] == fields
    assert warnings == []


def test_opus_4_5_takes_an_effort_with_a_beta() -> None:
    body, _ = encode("anthropic.claude-opus-4-5-20251101-v1:0", reasoning="low")
    assert body["additionalModelRequestFields"]["output_config"] == {"effort": "low"}
    assert body["additionalModelRequestFields"]["anthropic_beta"] == ["effort-2025-11-24"]


def test_efforts_that_a_family_lacks_become_the_nearest_one() -> None:
    body, warnings = encode(GPT, reasoning="xhigh")
    assert body["additionalModelRequestFields"] == {"reasoning_effort": "high"}
    assert warnings == ["reasoning"]


def test_a_model_that_cannot_be_asked_to_reason_warns() -> None:
    assert encode(LLAMA, reasoning="high")[1] == ["reasoning"]
    assert encode(LLAMA, reasoning="none")[1] == []
    assert encode(GPT, reasoning="none")[1] == ["reasoning"]


def test_nova_takes_nothing_beside_the_highest_effort() -> None:
    body, warnings = encode(NOVA2, reasoning="high", temperature=0.1, top_k=3, max_output_tokens=99)
    assert "inferenceConfig" not in body
    assert body["additionalModelRequestFields"] == {
        "reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}
    }
    assert warnings == ["max_output_tokens", "temperature"]


def test_a_thinking_budget_is_added_to_the_limit() -> None:
    thinking = {"type": "enabled", "budget_tokens": 2000}
    options = own(additionalModelRequestFields={"thinking": thinking})
    body, warnings = encode(CLAUDE, max_output_tokens=500, temperature=0.2, provider_options=options)
    assert body["inferenceConfig"] == {"maxTokens": 2500}
    assert body["additionalModelRequestFields"] == {"thinking": thinking}
    assert warnings == ["max_output_tokens", "temperature"]


def test_tools_and_choices() -> None:
    body, warnings = encode(CLAUDE, tools=(WEATHER,), tool_choice="required")
    assert body["toolConfig"] == {"tools": [SPEC], "toolChoice": {"any": {}}}
    assert warnings == []
    named = encode(CLAUDE, tools=(WEATHER,), tool_choice=SpecificTool("weather"))[0]
    assert named["toolConfig"]["toolChoice"] == {"tool": {"name": "weather"}}
    assert encode(CLAUDE, tools=(WEATHER,), tool_choice="auto")[0]["toolConfig"] == {"tools": [SPEC]}
    assert "toolConfig" not in encode(CLAUDE, tools=(WEATHER,), tool_choice="none")[0]


def test_a_choice_of_a_tool_that_is_not_offered_is_bad_input() -> None:
    with pytest.raises(InvalidRequestError, match="not among the tools: weather"):
        encode(tools=(WEATHER,), tool_choice=SpecificTool("other"))


def test_models_that_cannot_be_made_to_call_a_tool_warn() -> None:
    body, warnings = encode(LLAMA, tools=(WEATHER,), tool_choice="required")
    assert body["toolConfig"] == {"tools": [SPEC]}
    assert warnings == ["tool_choice"]


def test_a_model_that_thinks_cannot_be_made_to_call_a_tool() -> None:
    options = own(additionalModelRequestFields={"thinking": {"type": "adaptive"}})
    body, warnings = encode(NEW_CLAUDE, tools=(WEATHER,), tool_choice="required", provider_options=options)
    assert "toolChoice" not in body["toolConfig"]
    assert warnings == ["tool_choice"]


def test_mistral_is_offered_nothing_but_the_tool_that_it_must_call() -> None:
    other = ToolDefinition("other")
    choice = SpecificTool("weather")
    body, warnings = encode("mistral.mistral-large-2407-v1:0", tools=(WEATHER, other), tool_choice=choice)
    assert body["toolConfig"] == {"tools": [SPEC], "toolChoice": {"any": {}}}
    assert warnings == ["tool_choice"]


def test_tools_of_bedrock_itself_and_of_others() -> None:
    body, warnings = encode(NOVA2, tools=(ProviderTool("amazon_bedrock.nova_grounding"), ProviderTool("groq.search")))
    assert body["toolConfig"] == {"tools": [{"systemTool": {"name": "nova_grounding"}}]}
    assert warnings == ["groq.search"]


def test_names_of_tools_are_made_fit_and_given_back() -> None:
    tools = (ToolDefinition("a.b"), ToolDefinition("a_b"), ToolDefinition("x" * 70))
    encoded = amazon_bedrock(CLAUDE).encode(ask(tools=tools))
    names = [each["toolSpec"]["name"] for each in encoded.body["toolConfig"]["tools"]]
    assert names[0] == "a_b"
    assert names[1].startswith("a_b_")
    assert names[2] == "x" * 64
    assert encoded.names == {"a_b": "a.b", names[1]: "a_b", "x" * 64: "x" * 70}


def test_strict_tools_where_the_model_has_them() -> None:
    tool = ToolDefinition("t", None, {"type": "object", "properties": {}}, strict=True)
    spec = encode(CLAUDE, tools=(tool,))[0]["toolConfig"]["tools"][0]["toolSpec"]
    assert spec["strict"] is True
    assert spec["inputSchema"]["json"]["additionalProperties"] is False
    body, warnings = encode(NOVA, tools=(tool,))
    assert "strict" not in body["toolConfig"]["tools"][0]["toolSpec"]
    assert warnings == ["strict"]


def test_a_schema_goes_out_as_text() -> None:
    body, warnings = encode(CLAUDE, response_format=JSONFormat(SCHEMA, "answer", "An answer."))
    named = body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert json.loads(named["schema"]) == {**SCHEMA, "additionalProperties": False}
    assert (named["name"], named["description"]) == ("answer", "An answer.")
    assert warnings == []
    assert amazon_bedrock(CLAUDE).structured_output == "json_schema"


def test_models_without_schemas_get_a_tool_that_they_must_call() -> None:
    encoded = amazon_bedrock(NOVA).encode(ask(response_format=JSONFormat(SCHEMA)))
    spec = encoded.body["toolConfig"]["tools"][0]["toolSpec"]
    assert (spec["name"], parse_json(to_json(spec["inputSchema"]["json"]), "ours")) == ("json", SCHEMA)
    assert encoded.body["toolConfig"]["toolChoice"] == {"tool": {"name": "json"}}
    assert encoded.json_tool
    assert amazon_bedrock(NOVA).structured_output == "tool"


def test_beside_other_tools_any_of_them_must_be_called() -> None:
    body, _ = encode(NOVA, tools=(WEATHER,), response_format=JSONFormat(SCHEMA))
    assert [each["toolSpec"]["name"] for each in body["toolConfig"]["tools"]] == ["weather", "json"]
    assert body["toolConfig"]["toolChoice"] == {"any": {}}


def test_json_from_a_model_that_thinks_is_only_asked_for() -> None:
    options = own(additionalModelRequestFields={"thinking": {"type": "enabled", "budget_tokens": 1024}})
    body, warnings = encode(OLD_CLAUDE, response_format=JSONFormat(SCHEMA), provider_options=options)
    assert "toolChoice" not in body["toolConfig"]
    assert warnings == ["response_format"]


def test_options_are_merged_into_the_body() -> None:
    options = own(
        guardrailConfig={"guardrailIdentifier": "g", "guardrailVersion": "1", "trace": "enabled"},
        performanceConfig={"latency": "optimized"},
        serviceTier={"type": "flex"},
        requestMetadata={"team": "a"},
        promptVariables={"x": {"text": "y"}},
        additionalModelResponseFieldPaths=["/stop_sequence"],
        additionalModelRequestFields={"inferenceConfig": {"extra": 1}},
        inferenceConfig={"maxTokens": 7},
        anthropic_beta=["b"],
    )
    body, warnings = encode(NOVA, top_k=3, max_output_tokens=5, provider_options=options)
    assert body["inferenceConfig"] == {"maxTokens": 7}
    assert body["additionalModelRequestFields"] == {"inferenceConfig": {"topK": 3, "extra": 1}, "anthropic_beta": ["b"]}
    assert body["guardrailConfig"]["trace"] == "enabled"
    assert body["serviceTier"] == {"type": "flex"}
    assert body["promptVariables"] == {"x": {"text": "y"}}
    assert body["additionalModelResponseFieldPaths"] == ["/stop_sequence"]
    assert warnings == []


@pytest.mark.parametrize("options", [{"amazon_bedrock": 3}, own(inferenceConfig=3)])
def test_options_that_are_no_mapping_are_bad_input(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match="allowed is a mapping"):
        encode(provider_options=options)


@pytest.mark.parametrize(
    ("model_id", "family"),
    [
        ("eu.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0", "nova"),
        ("amazon.titan-text-express-v1", "titan"),
        ("arn:aws:bedrock:us-east-1:1:application-inference-profile/1arbu5hu2sjr", "other"),
    ],
)
def test_families_by_id(model_id: str, family: str) -> None:
    assert family_of(model_id) == family


@pytest.mark.parametrize(
    ("model_id", "schemas"),
    [
        (CLAUDE, True),
        ("us.anthropic.claude-opus-4-8", True),
        (OLD_CLAUDE, False),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", False),
        ("qwen.qwen3-32b-v1:0", True),
        ("google.gemma-3-27b-it", True),
        ("zai.glm-4.7-flash", True),
        (NOVA2, False),
    ],
)
def test_who_takes_schemas(model_id: str, schemas: bool) -> None:
    assert profile_of(model_id).schemas is schemas


def test_an_arn_can_be_told_what_it_stands_for() -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab"
    model = amazon_bedrock.language(arn, like=CLAUDE)
    assert model.structured_output == "json_schema"
    assert model.model_id == arn

"""Anthropic's own options, tools, cache marks and beta names; shapes as the vendor documents them."""

from __future__ import annotations

from typing import Any

import pytest
from provider_kit import ask

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import AssistantMessage, ReasoningPart, TextPart, UserMessage, assistant, system, user
from ai_sdk.provider import Endpoint, parse_json, to_json
from ai_sdk.providers.anthropic import MessagesRules, anthropic, create_anthropic, knowledge_of
from ai_sdk.providers.anthropic._schema import accepted_schema
from ai_sdk.providers.anthropic.language import MessagesModel
from ai_sdk.requests import ProviderTool, SpecificTool, ToolDefinition

SONNET = "claude-sonnet-4-5"
MARK = {"type": "ephemeral"}
OBJECT: dict[str, Any] = {"type": "object", "properties": {}}


def own(**options: Any) -> dict[str, Any]:
    return {"anthropic": options}


def encoded(
    model_id: str = SONNET, rules: MessagesRules | None = None, **fields: Any
) -> tuple[dict[str, Any], list[str], str | None]:
    """The body as JSON data, the features of the warnings, and the beta header."""
    provider = create_anthropic(rules=rules) if rules else anthropic
    body, warnings, headers = provider(model_id).encode(ask(**fields))
    return parse_json(to_json(body), "ours"), [each.feature for each in warnings], headers.get("anthropic-beta")


def test_options_go_out_as_they_are() -> None:
    options = {
        "metadata": {"user_id": "u"},
        "service_tier": "auto",
        "container": "container_1",
        "inference_geo": "us",
        "something_new": [1],
    }
    body, warnings, betas = encoded(provider_options={"anthropic": options, "openai": {"user": "u"}})
    assert {name: body[name] for name in options} == options
    assert ("user" in body, warnings, betas) == (False, [], None)


def test_the_options_of_output_config_are_added_to_ours() -> None:
    body, _, betas = encoded(
        "claude-opus-4-8",
        reasoning="low",
        provider_options=own(output_config={"task_budget": {"type": "tokens", "total": 9}}),
    )
    assert body["output_config"] == {"effort": "low", "task_budget": {"type": "tokens", "total": 9}}
    assert betas == "task-budgets-2026-03-13"


@pytest.mark.parametrize(
    ("options", "betas"),
    [
        ({"betas": ["a-1", "b-2"]}, "a-1,b-2"),
        ({"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}}, "context-management-2025-06-27"),
        (
            {"context_management": {"edits": [{"type": "compact_20260112"}]}},
            "context-management-2025-06-27,compact-2026-01-12",
        ),
        ({"mcp_servers": [{"type": "url", "url": "https://e.org", "name": "e"}]}, "mcp-client-2025-04-04"),
        (
            {"container": {"skills": [{"type": "anthropic", "skill_id": "pptx"}]}},
            "skills-2025-10-02,code-execution-2025-08-25,files-api-2025-04-14",
        ),
        ({"speed": "fast"}, "fast-mode-2026-02-01"),
        ({"fallbacks": "default"}, "server-side-fallback-2026-06-01"),
    ],
)
def test_betas_of_options(options: dict[str, Any], betas: str) -> None:
    body, _, derived = encoded(provider_options=own(**options))
    assert derived == betas
    assert "betas" not in body


def test_betas_of_the_user_come_first_and_once() -> None:
    provider = create_anthropic(headers={"Anthropic-Beta": "door-1"})
    request = ask(headers={"anthropic-beta": "call-1, fast-mode-2026-02-01"}, provider_options=own(speed="fast"))
    _, _, headers = provider(SONNET).encode(request)
    assert headers == {"anthropic-beta": "door-1,call-1,fast-mode-2026-02-01"}


@pytest.mark.parametrize("options", [{"anthropic": "thinking"}, {"anthropic": {"betas": "a-1"}}])
def test_options_of_the_wrong_type(options: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        encoded(provider_options=options)
    assert caught.value.field == "provider_options"


@pytest.mark.parametrize(
    ("tool", "sent", "beta"),
    [
        ("web_search", {"type": "web_search_20250305", "name": "web_search"}, None),
        (
            "web_search_20260209",
            {"type": "web_search_20260209", "name": "web_search"},
            "code-execution-web-tools-2026-02-09",
        ),
        ("web_fetch", {"type": "web_fetch_20250910", "name": "web_fetch"}, "web-fetch-2025-09-10"),
        (
            "code_execution",
            {"type": "code_execution_20250825", "name": "code_execution"},
            "code-execution-2025-08-25",
        ),
        ("code_execution_20260120", {"type": "code_execution_20260120", "name": "code_execution"}, None),
        ("bash", {"type": "bash_20250124", "name": "bash"}, None),
        ("text_editor", {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"}, None),
        (
            "text_editor_20241022",
            {"type": "text_editor_20241022", "name": "str_replace_editor"},
            "computer-use-2024-10-22",
        ),
        ("computer", {"type": "computer_20250124", "name": "computer"}, "computer-use-2025-01-24"),
        ("computer_20251124", {"type": "computer_20251124", "name": "computer"}, "computer-use-2025-11-24"),
        ("memory", {"type": "memory_20250818", "name": "memory"}, "context-management-2025-06-27"),
        (
            "tool_search_tool_regex",
            {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"},
            "advanced-tool-use-2025-11-20",
        ),
        ("advisor", {"type": "advisor_20260301", "name": "advisor"}, "advisor-tool-2026-03-01"),
        ("mcp_toolset", {"type": "mcp_toolset"}, "mcp-client-2025-11-20"),
        ("something_20270101", {"type": "something_20270101", "name": "something"}, None),
    ],
)
def test_tools_of_anthropic(tool: str, sent: dict[str, Any], beta: str | None) -> None:
    body, warnings, betas = encoded(tools=(ProviderTool(f"anthropic.{tool}", {"some": "setting"}),))
    assert (body["tools"], warnings, betas) == ([{**sent, "some": "setting"}], [], beta)


def test_a_tool_of_anthropic_can_be_chosen_by_its_wire_name() -> None:
    body, _, _ = encoded(tools=(ProviderTool("anthropic.web_search"),), tool_choice=SpecificTool("web_search"))
    assert body["tool_choice"] == {"type": "tool", "name": "web_search"}


def test_tools_of_others_are_left_out() -> None:
    body, warnings, _ = encoded(tools=(ProviderTool("groq.browser_search"),))
    assert ("tools" in body, warnings) == (False, ["groq.browser_search"])
    rules = MessagesRules(provider_tools=frozenset({"web_search"}))
    body, warnings, _ = encoded(
        rules=rules, tools=(ProviderTool("anthropic.web_fetch"), ProviderTool("anthropic.web_search"))
    )
    assert ([tool["name"] for tool in body["tools"]], warnings) == (["web_search"], ["anthropic.web_fetch"])


def test_settings_of_a_tool() -> None:
    options = own(cache_control=MARK, defer_loading=True, allowed_callers=["code_execution_20250825"])
    tool = ToolDefinition("f", None, {"properties": {}}, provider_options=options)
    body, _, betas = encoded(tools=(tool,))
    assert body["tools"] == [{"name": "f", "input_schema": OBJECT, **options["anthropic"]}]
    assert betas == "advanced-tool-use-2025-11-20"


@pytest.mark.parametrize(
    ("model_id", "strict", "sent", "lost"),
    [
        (SONNET, True, True, []),
        (SONNET, False, False, []),
        (SONNET, None, None, []),
        ("claude-sonnet-4-0", True, None, ["strict"]),
        ("claude-sonnet-4-0", False, False, []),
    ],
)
def test_strict_tools(model_id: str, strict: bool | None, sent: bool | None, lost: list[str]) -> None:
    """``false`` was accepted from a model without strict tools (recorded)."""
    body, warnings, _ = encoded(model_id, tools=(ToolDefinition("f", None, OBJECT, strict),))
    assert (body["tools"][0].get("strict"), warnings) == (sent, lost)
    assert ("additionalProperties" in body["tools"][0]["input_schema"]) is (sent is True)


def test_cache_marks_on_messages_parts_tools_and_instructions() -> None:
    given = (
        system("Be brief.", anthropic={"cache_control": MARK}),
        user("A", TextPart("B"), anthropic={"cache_control": MARK}),
        assistant("C"),
        UserMessage((TextPart("D", own(cache_control={"type": "ephemeral", "ttl": "1h"})), TextPart("E"))),
    )
    tool = ToolDefinition("f", None, OBJECT, provider_options=own(cache_control=MARK))
    body, warnings, _ = encoded(messages=given, tools=(tool,))
    assert body["tools"][0]["cache_control"] == MARK
    assert body["system"][0]["cache_control"] == MARK
    assert body["messages"][0]["content"][1] == {"type": "text", "text": "B", "cache_control": MARK}
    assert body["messages"][2]["content"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert warnings == []


def marks(body: dict[str, Any]) -> list[str]:
    """The texts that are marked."""
    blocks: list[Any] = [block for message in body["messages"] for block in message["content"]]
    found = [each for each in [*body.get("tools", ()), *body.get("system", ()), *blocks] if not isinstance(each, str)]
    return [each.get("text") or each["name"] for each in found if "cache_control" in each]


def test_four_breakpoints_at_most() -> None:
    """The first is kept, which other conversations share, and the last three, which the next turn reads."""
    turns = [
        turn
        for name in "ABCDE"
        for turn in (UserMessage((TextPart(name, own(cache_control=MARK)),)), assistant(name.lower()))
    ]
    first = system("S", anthropic={"cache_control": MARK})
    body, warnings, _ = encoded(messages=(first, *turns))
    assert (marks(body), warnings) == (["S", "C", "D", "E"], ["cache_control"])
    body, warnings, _ = encoded(messages=(first, *turns), provider_options=own(cache_control=MARK))
    assert (marks(body), body["cache_control"], warnings) == (["S", "D", "E"], MARK, ["cache_control"])
    assert encoded(messages=turns[:8])[1] == []


def test_thinking_cannot_be_marked() -> None:
    thought = ReasoningPart("hm", own(signature="s", cache_control=MARK))
    message = AssistantMessage((ReasoningPart("", own(redacted_data="d")),), own(cache_control=MARK))
    body, warnings, _ = encoded(messages=(user("Hi"), AssistantMessage((thought,)), message, user("More")))
    assert "cache_control" not in str(body)
    assert warnings == ["cache_control", "cache_control"]


@pytest.mark.parametrize(
    ("schema", "accepted"),
    [
        ({"type": "string", "minLength": 2, "description": "D"}, {"type": "string", "description": "D (minLength: 2)"}),
        ({"type": "array", "items": OBJECT, "minItems": 2}, None),
        ({"oneOf": [OBJECT]}, {"anyOf": [{**OBJECT, "additionalProperties": False}]}),
        ({"type": "object", "additionalProperties": True}, {"type": "object", "additionalProperties": False}),
        ({"$defs": {"A": OBJECT}, "$ref": "#/$defs/A"}, None),
        ({"enum": ["minimum"], "items": True}, {"enum": ["minimum"], "items": True}),
    ],
)
def test_schemas(schema: dict[str, Any], accepted: dict[str, Any] | None) -> None:
    closed = {**OBJECT, "additionalProperties": False}
    if "$defs" in schema:
        accepted = {"$defs": {"A": closed}, "$ref": "#/$defs/A"}
    elif accepted is None:
        accepted = {"type": "array", "items": closed, "description": "minItems: 2"}
    assert accepted_schema(schema) == accepted
    assert accepted_schema(accepted) == accepted


class House(MessagesModel):
    """Another house of the same models, as Bedrock and Vertex are."""

    def path(self, stream: bool) -> str:
        return f"/models/{self.model_id}:{'stream' if stream else 'whole'}"

    def body(self, encoded: dict[str, Any], betas: tuple[str, ...]) -> dict[str, Any]:
        kept = {name: each for name, each in super().body(encoded, betas).items() if name not in ("model", "stream")}
        return {"anthropic_version": "house-1", **kept}


def test_another_house() -> None:
    rules = MessagesRules(
        namespace="anthropic", betas_in_body=True, betas=frozenset({"web-fetch-2025-09-10"}), strict_tools=False
    )
    model = House(Endpoint(name="house", base_url="https://house.invalid"), SONNET, rules)
    request = ask(
        stream=True,
        tools=(ProviderTool("anthropic.web_fetch"), ToolDefinition("f", None, OBJECT, strict=True)),
        provider_options={"anthropic": {"speed": "fast", "top": 1}, "house": {"top": 2}},
        headers={"anthropic-beta": "mine-1"},
    )
    body, warnings, headers = model.encode(request)
    assert headers["anthropic-beta"] == "mine-1,web-fetch-2025-09-10"
    assert [each.feature for each in warnings] == ["strict"]
    ready = model.body(body, ("mine-1",))
    assert (ready["top"], ready["anthropic_version"], ready["anthropic_beta"]) == (2, "house-1", ["mine-1"])
    assert not ready.keys() & {"model", "stream"}
    assert (model.namespace, model.path(stream=True)) == ("anthropic", f"/models/{SONNET}:stream")


@pytest.mark.parametrize(
    ("model_id", "thinking", "schemas", "anywhere"),
    [
        ("claude-opus-5-5", "adaptive", True, True),
        ("claude-fable-5", "adaptive", True, True),
        ("claude-opus-4-8", "adaptive", True, True),
        ("claude-sonnet-4-6", "adaptive", True, False),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "budget", True, False),
        ("claude-opus-4-1-20250805", "budget", True, False),
        ("claude-sonnet-4-20250514", "budget", False, False),
        ("claude-3-7-sonnet-20250219", "budget", False, False),
        ("claude-3-5-sonnet-20241022", "none", False, False),
        ("claude-instant-1.2", "none", False, False),
        ("claude-2.1", "none", False, False),
        ("claude", "adaptive", True, True),
        ("smollm2", "budget", False, False),
    ],
)
def test_what_is_known_of_models(model_id: str, thinking: str, schemas: bool, anywhere: bool) -> None:
    known = knowledge_of(model_id)
    assert (known.thinking, known.takes_schemas, known.system_anywhere) == (thinking, schemas, anywhere)

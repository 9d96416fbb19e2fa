"""Messages as input items of the Responses API."""

from __future__ import annotations

from typing import Any

import pytest
from provider_kit import ask

from ai_sdk.errors import UnsupportedError
from ai_sdk.messages import (
    FilePart,
    ReasoningPart,
    SourcePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    UserMessage,
    assistant,
    system,
    tool_results,
    user,
)
from ai_sdk.providers.openai import openai

PNG = b"\x89PNG\r\n\x1a\n"


def encode(model_id: str = "gpt-4o", **fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = openai.responses(model_id).encode(ask(**fields))
    return body, [warning.feature for warning in warnings]


def items(*messages: Any, **fields: Any) -> list[dict[str, Any]]:
    body, _ = encode("gpt-5", messages=(*messages,), **fields)
    return list(body["input"])


def own(**metadata: Any) -> dict[str, Any]:
    return {"openai": metadata}


def test_what_the_user_shows() -> None:
    (item,) = items(
        user(
            "Look",
            FilePart(data=PNG, media_type="image/png", provider_metadata=own(detail="low")),
            FilePart(url="https://x.test/a.png", media_type="image/png"),
            FilePart(data=b"\xff\xd8", media_type="image/*"),
            FilePart(url="file-abc", media_type="image/*"),
            FilePart(data=b"%PDF", media_type="application/pdf"),
            FilePart(data=b"text", media_type="text/plain", filename="a.txt"),
            FilePart(url="https://x.test/a.pdf", media_type="application/pdf"),
            FilePart(url="file-abc", media_type="application/pdf"),
            FilePart(url="odd", media_type="application/pdf", provider_metadata=own(file_id="odd")),
        )
    )
    assert item["content"] == [
        {"type": "input_text", "text": "Look"},
        {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"},
        {"type": "input_image", "image_url": "https://x.test/a.png"},
        {"type": "input_image", "image_url": "data:image/jpeg;base64,/9g="},
        {"type": "input_image", "file_id": "file-abc"},
        {"type": "input_file", "filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBERg=="},
        {"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,dGV4dA=="},
        {"type": "input_file", "file_url": "https://x.test/a.pdf"},
        {"type": "input_file", "file_id": "file-abc"},
        {"type": "input_file", "file_id": "odd"},
    ]


def test_audio_is_refused_and_a_name_left_out() -> None:
    with pytest.raises(UnsupportedError, match="audio/wav"):
        items(user(FilePart(data=b"x", media_type="audio/wav")))
    assert encode(messages=(UserMessage((TextPart("Hi"),), name="Ada"),))[1] == ["name"]


def test_options_of_messages_and_parts_are_written_into_them() -> None:
    (item,) = items(user(TextPart("Hi", own(prompt_cache_breakpoint={})), **own(id="msg_1")))
    assert item["id"] == "msg_1"
    assert item["content"] == [{"type": "input_text", "text": "Hi", "prompt_cache_breakpoint": {}}]


def test_instructions_that_are_not_inherited() -> None:
    body, _ = encode(messages=(system("Be brief", **own(instructions=True)), user("Hi")))
    assert body["instructions"] == "Be brief"
    assert len(body["input"]) == 1


def test_what_the_assistant_said_goes_back_as_the_items_that_it_was() -> None:
    thought = own(id="rs_1", encrypted_content="secret")
    sent = items(
        user("Hi"),
        assistant(
            ReasoningPart("First.", thought),
            ReasoningPart("Second.", own(id="rs_1")),
            TextPart("Looking.", own(id="msg_1", phase="commentary")),
            SourcePart("source_0", "https://x.test"),
            ToolCallPart("call_1", "weather", '{"a": 1}', provider_metadata=own(id="fc_1", namespace="n")),
            TextPart("One", own(id="msg_2")),
            TextPart("No.", own(id="msg_2", refusal=True)),
        ),
    )
    assert sent[1:] == [
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "First."}, {"type": "summary_text", "text": "Second."}],
            "encrypted_content": "secret",
        },
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Looking."}],
            "phase": "commentary",
        },
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "weather",
            "arguments": '{"a": 1}',
            "namespace": "n",
        },
        {
            "type": "message",
            "id": "msg_2",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "One"}, {"type": "refusal", "refusal": "No."}],
        },
    ]


def test_reasoning_of_a_model_that_shows_it_goes_back_as_content() -> None:
    sent = items(user("Hi"), assistant(ReasoningPart("Hm.", own(id="rs_1", type="reasoning_text"))))
    content = [{"type": "reasoning_text", "text": "Hm."}]
    assert sent[1] == {"type": "reasoning", "id": "rs_1", "summary": [], "content": content}


def test_reasoning_without_text_and_items_that_nobody_knows_go_back() -> None:
    compaction = {"type": "compaction", "id": "cmp_1", "encrypted_content": "x"}
    sent = items(
        user("Hi"), assistant(ReasoningPart("", own(id="rs_1")), ReasoningPart("", own(item=compaction)), "Yes")
    )
    assert sent[1:] == [
        {"type": "reasoning", "id": "rs_1", "summary": []},
        compaction,
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes"}]},
    ]


def test_reasoning_that_is_neither_stored_nor_encrypted_is_left_out() -> None:
    said = assistant(ReasoningPart("a", own(id="rs_1")), ReasoningPart("b", own(id="rs_2", encrypted_content="x")))
    body, lost = encode("gpt-5", messages=(user("Hi"), said), provider_options=own(store=False))
    assert [item["id"] for item in body["input"][1:]] == ["rs_2"]
    assert lost == ["reasoning"]


def test_a_model_that_does_not_reason_takes_no_reasoning_and_no_ids_that_ask_for_it() -> None:
    said = assistant(
        ReasoningPart("a", own(id="rs_1")),
        ReasoningPart("b", own(id="rs_1")),
        TextPart("Yes", own(id="msg_1")),
        ToolCallPart("call_1", "weather", "{}", provider_metadata=own(id="fc_1")),
    )
    body, lost = encode("gpt-4o", messages=(user("Hi"), said))
    assert ["id" in item for item in body["input"][1:]] == [False, False]
    assert lost == ["reasoning"]
    assert encode("a-deployment", messages=(user("Hi"), said))[0]["input"][1]["id"] == "rs_1"


def test_history_of_another_provider_loses_what_only_that_one_understands() -> None:
    other = {"anthropic": {"signature": "s"}}
    sent = items(
        user("Hi"),
        assistant(
            ReasoningPart("Hm.", other),
            TextPart("Yes", other),
            ToolCallPart("srv_1", "web_search", "{}", provider_executed=True, provider_metadata=other),
            ToolResultPart("srv_1", "web_search", "found", provider_executed=True, provider_metadata=other),
            ToolCallPart("c" * 80, "weather", ""),
        ),
        tool_results(ToolResultPart("c" * 80, "weather", "rain")),
    )
    assert sent[1] == {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes"}]}
    assert [item["type"] for item in sent[2:]] == ["function_call", "function_call_output"]
    assert sent[2]["call_id"] == sent[3]["call_id"]
    assert len(sent[2]["call_id"]) <= 64
    assert sent[2]["arguments"] == "{}"


def test_what_functions_answered() -> None:
    sent = items(
        user("Hi"),
        assistant(*[ToolCallPart(f"call_{place}", "weather", "{}") for place in range(3)]),
        tool_results(
            ToolResultPart("call_0", "weather", "rain"),
            ToolResultPart("call_1", "weather", {"degrees": 18}),
            ToolResultPart("call_2", "weather", (TextPart("See"), FilePart(data=PNG, media_type="image/png"))),
        ),
    )
    assert [item["output"] for item in sent[4:]] == [
        "rain",
        '{"degrees":18}',
        [
            {"type": "input_text", "text": "See"},
            {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="},
        ],
    ]


@pytest.mark.parametrize(
    ("call", "output", "item"),
    [
        (own(type="custom", id="ctc_1"), "27", {"type": "custom_tool_call_output", "output": "27"}),
        (own(item={"type": "local_shell_call"}), "a.txt", {"type": "local_shell_call_output", "output": "a.txt"}),
        (
            own(item={"type": "shell_call"}),
            "a.txt",
            {
                "type": "shell_call_output",
                "output": [{"stdout": "a.txt", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
            },
        ),
        (
            own(item={"type": "shell_call"}),
            {"output": [], "max_output_length": 9},
            {"type": "shell_call_output", "output": (), "max_output_length": 9},
        ),
        (
            own(item={"type": "apply_patch_call"}),
            "done",
            {"type": "apply_patch_call_output", "status": "completed", "output": "done"},
        ),
        (
            own(item={"type": "computer_call"}),
            (FilePart(url="https://x.test/s.png", media_type="image/png"),),
            {
                "type": "computer_call_output",
                "output": {"type": "computer_screenshot", "image_url": "https://x.test/s.png"},
            },
        ),
        (
            own(item={"type": "tool_search_call"}),
            {"tools": []},
            {"type": "tool_search_output", "execution": "client", "status": "completed", "tools": ()},
        ),
    ],
)
def test_what_the_tools_that_openai_defines_answered(call: Any, output: Any, item: dict[str, Any]) -> None:
    sent = items(
        user("Hi"),
        assistant(ToolCallPart("call_1", "tool", "{}", provider_metadata=call)),
        tool_results(ToolResultPart("call_1", "tool", output)),
    )
    assert sent[-1] == {"call_id": "call_1", **item}


@pytest.mark.parametrize(("output", "approve"), [(True, True), (False, False), ({"approve": False}, False)])
def test_an_mcp_call_is_approved_by_a_result(output: Any, approve: bool) -> None:
    request = {"type": "mcp_approval_request", "id": "mcpr_1", "name": "ask", "arguments": "{}"}
    sent = items(
        user("Hi"),
        assistant(ToolCallPart("mcpr_1", "ask", "{}", provider_executed=True, provider_metadata=own(item=request))),
        tool_results(ToolResultPart("mcpr_1", "ask", output)),
    )
    assert sent[1] == request
    assert sent[2] == {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": approve}


def test_the_result_of_a_call_that_only_the_server_knows() -> None:
    result = ToolResultPart("call_1", "math", "27", provider_metadata=own(type="custom_tool_call"))
    (item,) = items(tool_results(result), provider_options=own(previous_response_id="resp_1"))
    assert item == {"type": "custom_tool_call_output", "call_id": "call_1", "output": "27"}


def test_a_generated_picture_goes_back_with_its_item() -> None:
    call = {"type": "image_generation_call", "id": "ig_1", "status": "completed"}
    sent = items(
        user("Draw"),
        assistant(
            ToolCallPart("ig_1", "image_generation", "{}", provider_executed=True, provider_metadata=own(item=call)),
            FilePart(data=b"png", media_type="image/png", provider_metadata=own(item_id="ig_1")),
        ),
    )
    assert sent[1:] == [{**call, "result": "cG5n"}]
    assert encode(messages=(user("Hi"), assistant(FilePart(data=b"x"))))[1] == ["a generated file"]

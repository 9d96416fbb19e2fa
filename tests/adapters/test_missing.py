"""What every adapter does: without its framework it says what to install; errors and settings of other clients."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from ai_sdk.adapters._shared import check_fields, choice_of, finish_reason_of, tool_of, translated
from ai_sdk.errors import APIError, InvalidRequestError, OverloadedError, RateLimitError
from ai_sdk.requests import SpecificTool, ToolDefinition

WITHOUT = """
import sys
for name in ("langchain_core", "llama_index", "pydantic_ai"):
    sys.modules[name] = None
import ai_sdk.adapters
from ai_sdk.errors import MissingExtraError
from importlib import import_module
for name in ("langchain", "llamaindex", "pydantic_ai"):
    try:
        import_module(f"ai_sdk.adapters.{name}")
    except MissingExtraError as error:
        print(error.field, "|", error)
"""


def test_without_its_framework_an_adapter_says_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == [
        f"{extra} | this adapter needs: pip install 'ai-sdk-layers[{extra}]'"
        for extra in ("langchain", "llamaindex", "pydantic-ai")
    ]


class ClientError(Exception):
    def __init__(self, status_code: Any) -> None:
        super().__init__("no")
        self.status_code = status_code
        self.body = {"error": "no"}


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimitError), (503, OverloadedError), (418, APIError)])
def test_an_error_with_a_status_becomes_that_of_the_status(status: int, kind: type[APIError]) -> None:
    with pytest.raises(kind) as caught, translated("other"):
        raise ClientError(status)
    assert (caught.value.status, caught.value.provider, caught.value.body) == (status, "other", {"error": "no"})
    assert isinstance(caught.value.__cause__, ClientError)


def test_an_error_without_a_status_and_one_of_ours_stay_what_they_are() -> None:
    with pytest.raises(ClientError), translated("other"):
        raise ClientError("teapot")
    ours = RateLimitError("slow down", status=429)
    with pytest.raises(RateLimitError) as caught, translated("other"):
        raise ours
    assert caught.value is ours


def test_settings_have_the_names_of_a_request() -> None:
    assert check_fields({"max_tokens": 3, "seed": None}, {"max_tokens": "max_output_tokens"}) == {
        "max_output_tokens": 3
    }
    for name in ("stream", "messages", "nonsense"):
        with pytest.raises(InvalidRequestError, match=f"no setting '{name}'"):
            check_fields({name: 1}, {})


def test_tools_and_choices_of_other_clients() -> None:
    shown = {"type": "function", "function": {"name": "look", "description": "", "strict": True}}
    assert tool_of(shown) == ToolDefinition("look", None, {"type": "object", "properties": {}}, True)
    assert choice_of({"type": "function", "function": {"name": "look"}}) == SpecificTool("look")
    assert choice_of(None) is choice_of(False) is None
    with pytest.raises(InvalidRequestError, match="tool_choice is 3"):
        choice_of(3)


@pytest.mark.parametrize(
    ("raw", "calls", "expected"),
    [("STOP", False, "stop"), ("max_tokens", False, "length"), ("tool_use", True, "tool-calls"),
     (None, True, "tool-calls"), (None, False, "other"), ("odd", True, "other"),
     ("content_filter", False, "content-filter")],
)  # fmt: skip
def test_finish_reasons(raw: str | None, calls: bool, expected: str) -> None:
    assert finish_reason_of(raw, calls=calls) == expected

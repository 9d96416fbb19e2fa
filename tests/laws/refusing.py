"""Law 11: bad input gets a typed error that names the field, what was given and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from laws.harness import search

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import user

NOT_TEXT = (5, 1.5, True, ["x"], {"a": 1}, object())
NOT_WHOLE = ("x", 1.5, True, [1], float("nan"))
NOT_NUMBER = ("hot", True, [1], float("nan"), float("inf"))
NOT_TEXTS = ("x", 5, {"a": 1}, [5], ["a", None])
NOT_MAPPING = ("x", 5, [1], True)
COMMON: Mapping[str, tuple[Any, ...]] = {
    "headers": (*NOT_MAPPING, {"a": 1}, {1: "a"}),
    "provider_options": NOT_MAPPING,
    "layer_options": NOT_MAPPING,
}
LANGUAGE: Mapping[str, tuple[Any, ...]] = {
    **COMMON,
    "messages": ("hi", 5, [5], [{"role": "user", "content": "hi"}], user("hi"), None),
    "max_output_tokens": (*NOT_WHOLE, 0, -1),
    "temperature": (*NOT_NUMBER, -0.1),
    "top_p": (*NOT_NUMBER, -0.1, 1.1),
    "top_k": (*NOT_WHOLE, -1),
    "presence_penalty": NOT_NUMBER,
    "frequency_penalty": NOT_NUMBER,
    "stop": NOT_TEXTS,
    "seed": NOT_WHOLE,
    "reasoning": ("extreme", "", 5, True),
    "tools": ("x", 5, ["x"], [{"name": "x"}], print),
    "tool_choice": ("always", 5, True, {"name": "x"}),
    "response_format": ("json", {"type": "object"}, True),
    "stream": (1, "yes", None),
}


def refuses_bad_input(make: Callable[..., Any], bad: Mapping[str, tuple[Any, ...]], good: Mapping[str, Any]) -> None:
    """Each bad value of each field is refused by an error that names the field and says what is allowed."""
    make(**good)

    def law(field: str, choice: int) -> None:
        value = bad[field][choice % len(bad[field])]
        try:
            make(**{**good, field: value})
        except InvalidRequestError as error:
            assert error.field is not None, "the error names no field"
            assert error.field.partition("[")[0] == field, f"the error names {error.field}, not {field}"
            assert field in error.message
            assert "allowed" in error.message, f"{error.message}: and what is allowed?"
            assert not error.retryable
        except Exception as error:
            raise AssertionError(f"{field}={value!r} gave {error!r}") from error
        else:
            raise AssertionError(f"{field}={value!r} was accepted")

    search(law, st.sampled_from(sorted(bad)), st.integers(0, 20), tries=150)

"""A Streamlit page that writes an answer, run by Streamlit itself."""

from __future__ import annotations

import warnings

import pytest

pytestmark = pytest.mark.live

PAGE = '''
import streamlit as st

from ai_sdk import stream_text, tool
from ai_sdk.messages import ToolCallPart
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.results import Usage
from ai_sdk.testing import ScriptedModel
from ai_sdk.web.streamlit import write_answer


@tool
def weather(city: str) -> str:
    """Tell the weather."""
    return "18"


call = [TextDelta("Let me see."), ToolCallPart("t", "weather", '{"city": "Oslo"}'), Finish("tool-calls", Usage())]
answer = write_answer(stream_text(ScriptedModel([call, "It is **18**."]), "And in Oslo?", tools=[weather]))
st.text(f"all of it: {answer}")
'''


def test_an_answer_with_a_tool_is_written() -> None:
    pytest.importorskip("streamlit", reason="Streamlit is not installed: pip install streamlit")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Streamlit's own
        from streamlit.testing.v1 import AppTest

        page = AppTest.from_string(PAGE, default_timeout=60).run()
    assert not page.exception
    assert [each.value for each in page.markdown] == ["Let me see.", "It is **18**."]
    assert page.code[0].value == '{"city": "Oslo"}'
    assert [each.label for each in page.status] == ["weather"]
    assert page.status[0].state == "complete"
    assert page.text[0].value == "all of it: Let me see.It is **18**."

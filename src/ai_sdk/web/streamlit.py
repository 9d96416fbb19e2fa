"""Answers on a Streamlit page.

::

    with st.chat_message("assistant"):
        answer = write_answer(stream_text(model, messages=st.session_state.messages, tools=[weather]))

The call of the model runs in the event loop of ``ai_sdk.sync``. When the page runs anew or is stopped, the call is
closed. Needs Streamlit.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from ai_sdk.errors import MissingExtraError
from ai_sdk.messages import ToolCallPart, ToolResultPart
from ai_sdk.parts import TextDelta
from ai_sdk.web._threads import drained
from ai_sdk.web.parts import WebPart
from ai_sdk.web.serving import Source, opened

try:
    import streamlit
except ModuleNotFoundError as error:
    raise MissingExtraError("Streamlit is not installed: pip install streamlit") from error

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["write_answer"]


def write_answer(source: Source, *, container: Any = None) -> str:
    """Write an answer while it arrives, and return its text; errors are raised.

    Text is Markdown; a tool that is called is a status, which ends with its result. ``container``: where to write, the
    page itself by default. ``source`` is a stream of ``stream_text`` or of an agent, not entered yet.
    """
    place = streamlit if container is None else container
    written = ""
    block, shown = place.empty(), ""
    tools: dict[str, Any] = {}
    parts: Iterator[WebPart] = drained(_parts(source))
    for part in parts:
        if isinstance(part, TextDelta) and part.text:
            shown += part.text
            written += part.text
            block.markdown(shown)
        elif isinstance(part, ToolCallPart):
            tools[part.id] = place.status(part.name, state="running")
            tools[part.id].code(part.input, language="json")
            block, shown = place.empty(), ""
        elif isinstance(part, ToolResultPart) and part.id in tools:
            tools[part.id].update(state="error" if part.is_error else "complete")
    return written


async def _parts(source: Source) -> AsyncGenerator[WebPart, None]:
    async with opened(source) as parts:
        async for part in parts:
            yield part

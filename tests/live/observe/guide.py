"""The blocks of ``docs/observability.md``, section by section."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["GUIDE", "TREE", "blocks", "python_that_needs"]

GUIDE = Path(__file__).parents[3] / "docs" / "observability.md"

CALL = "chat openai/gpt-oss-120b"
TREE = sorted(
    [
        ("invoke_agent packer", ""),
        (CALL, "invoke_agent packer"),
        ("attempt openai/gpt-oss-120b", CALL),
        ("attempt openai/gpt-oss-120b", CALL),
        ("attempt gpt-oss-120b", CALL),
        ("execute_tool weather", "invoke_agent packer"),
        ("execute_tool weather", "invoke_agent packer"),
        (CALL, "invoke_agent packer"),
        ("attempt openai/gpt-oss-120b", CALL),
        (CALL, ""),
        ("attempt openai/gpt-oss-120b", CALL),
    ]
)
"""The spans of the example, each with the one above."""


def blocks(language: str, section: str | None = None) -> list[str]:
    """The blocks in a language, of the whole guide or of the section under ``### section``."""
    text = GUIDE.read_text()
    if section is not None:
        (text,) = re.findall(rf"^### {section}\n(.*?)(?=^##|\Z)", text, re.DOTALL | re.MULTILINE)
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def python_that_needs(package: str) -> str:
    """The block that begins with ``# needs package``."""
    (found,) = [block for block in blocks("python") if block.startswith(f"# needs {package}\n")]
    return found

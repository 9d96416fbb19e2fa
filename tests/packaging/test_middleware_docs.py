"""``docs/middleware.md``: its Python runs, and its tables name every option of every layer."""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ai_sdk import middleware, wrap_model
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import user
from ai_sdk.requests import EmbeddingRequest, LanguageRequest, ToolDefinition
from ai_sdk.testing import run

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "middleware.md").read_text()
NEEDS_REDIS = "# needs Redis\n"
ABSENT = "—"


class Block(NamedTuple):
    line: int
    source: str

    @property
    def wanted(self) -> list[str]:
        """What the block says that it prints."""
        return re.findall(r"# -> (.*)", self.source)


def blocks(page: str) -> list[Block]:
    found = re.finditer(r"```python\n(.*?)```", page, re.DOTALL)
    return [Block(page.count("\n", 0, each.start(1)) + 1, each[1]) for each in found]


def section(page: str, name: str) -> str | None:
    """What stands under the heading of a layer."""
    found = re.search(rf"^### `{name}`\n(.*?)(?=^##|\Z)", page, re.DOTALL | re.MULTILINE)
    return found[1] if found else None


def layer_named(name: str) -> Any:
    return getattr(importlib.import_module(f"ai_sdk.middleware.{name}"), name)


def options(name: str) -> list[inspect.Parameter]:
    return list(inspect.signature(layer_named(name)).parameters.values())


def rows(text: str) -> dict[str, str]:
    """The table of options in a section: the default of each, as it is written."""
    table = re.search(r"^\| option \|.*?(?=\n\n|\Z)", text, re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"^\| `(\*{0,2}\w+)` \| (.*?) \|", table[0], re.MULTILINE)) if table else {}


STARS: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def faults(page: str, name: str) -> list[str]:
    """What the page lacks or has wrong about the options of a layer."""
    text = section(page, name)
    if text is None:
        return [f"{name} has no section"]
    written = rows(text)
    found: list[str] = []
    for option in options(name):
        shown = STARS.get(option.kind, "") + option.name
        if shown not in written:
            found.append(f"{name}: {shown} is in no row")
        elif _is_plain(option.default) and written[shown] != f"`{_as_written(option.default)}`":
            found.append(f"{name}: {shown} has the default {_as_written(option.default)}, not {written[shown]}")
        elif not _is_plain(option.default) and written[shown] != ABSENT:
            found.append(f"{name}: {shown} has no default that can be written: {ABSENT}")
        written.pop(shown, None)
    return found + [f"{name}: there is no option {each}" for each in written]


def _is_plain(default: object) -> bool:
    return default is None or isinstance(default, str | int | float | tuple)


def _as_written(default: object) -> str:
    return json.dumps(default) if isinstance(default, str) else repr(default).replace("'", '"')


@pytest.mark.parametrize("name", middleware.__all__)
def test_every_layer_has_a_section_that_names_its_options_and_their_defaults(name: str) -> None:
    assert faults(PAGE, name) == []


def test_a_section_without_a_layer_and_a_page_that_lacks_something_are_found() -> None:
    headings = re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE)
    assert len(headings) == len(set(headings))
    assert [name for name in headings if not callable(layer_named(name))] == []
    assert faults(PAGE.replace("### `retry`", "### retry"), "retry") == ["retry has no section"]
    assert faults(PAGE.replace("| `max_wait` |", "|"), "retry") == ["retry: max_wait is in no row"]
    wrong = PAGE.replace("| `attempts` | `3` |", "| `attempts` | `4` |")
    assert faults(wrong, "retry") == ["retry: attempts has the default 3, not `4`"]
    wrong = PAGE.replace("| `attempts` | `3` |", "| `speed` | `3` |\n| `attempts` | `3` |")
    assert faults(wrong, "retry") == ["retry: there is no option speed"]


async def never(_request: Any) -> Any:
    """A second model, which nobody asks."""
    raise LookupError


def own_options(name: str) -> set[str] | None:
    """What a layer takes from ``layer_options``, by its own words; None when it does not look."""

    async def model(_request: Any) -> Any:
        raise LookupError

    made: Any = EXAMPLES.get(name) or layer_named(name)
    for request in (
        LanguageRequest(messages=(user("hi"),), layer_options={name: {"nonsense": 1}}, tools=(WEATHER,)),
        EmbeddingRequest(values=("hi",), layer_options={name: {"nonsense": 1}}),
    ):
        try:
            run(wrap_model(model, [made()])(request))
        except InvalidRequestError as error:
            if error.field == "request":  # the layer is not for this kind of request
                continue
            return set(re.sub(r".*; allowed(?: are|:) |nothing", "", str(error)).split(", ")) - {""}
        except (LookupError, AttributeError):
            continue
    return None


WEATHER = ToolDefinition(
    "weather", input_schema={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
)
EXAMPLES: dict[str, Callable[[], Any]] = {
    "budget": lambda: middleware.budget(tokens=100),
    "default_instructions": lambda: middleware.default_instructions("Be brief."),
    "default_settings": lambda: middleware.default_settings(headers={"a": "b"}),
    "fallback": lambda: middleware.fallback(never),
    "guardrail": lambda: middleware.guardrail(output=lambda _text: None),
    "key_pool": lambda: middleware.key_pool("sk-a", provider="mine"),
    "rate_limit": lambda: middleware.rate_limit(requests=1),
    "route": lambda: layer_named("route")(never),
}
WITHOUT_A_CALL = {"record", "replay"}


@pytest.mark.parametrize("name", sorted(set(middleware.__all__) - WITHOUT_A_CALL))
def test_what_a_single_call_may_ask_for_is_named(name: str) -> None:
    taken = own_options(name)
    said = re.search(r"^\*\*Per call\*\*(.*?)(?=\n\n)", section(PAGE, name) or "", re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", said[1])) if said else set[str]()
    assert (taken or set()) <= named
    assert bool(taken) == bool(said)


def imports_exist(source: str) -> None:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ai_sdk"):
            module = importlib.import_module(node.module or "")
            assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []


def printed(block: Block) -> list[str]:
    """Run a block in a fresh namespace, on the virtual clock, and give the lines that it prints."""
    padded = "\n" * (block.line - 1) + block.source
    code = compile(padded, "docs/middleware.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with contextlib.redirect_stdout(io.StringIO()) as out:

        async def main() -> None:
            waiting = eval(code, {"__name__": "docs"})
            if waiting is not None:
                await waiting

        run(main())
    return out.getvalue().splitlines()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("block", blocks(PAGE), ids=lambda block: f"line {block.line}")
def test_every_block_runs_and_prints_what_it_says(block: Block) -> None:
    imports_exist(block.source)
    if block.source.startswith(NEEDS_REDIS):
        compile(block.source, "docs/middleware.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        return
    assert block.wanted or "assert " in block.source, "a block shows a result"
    assert printed(block) == block.wanted


def test_a_block_that_says_something_else_is_found() -> None:
    (block,) = blocks("```python\nprint(1)  # -> 2\n```")
    assert (printed(block), block.wanted) == (["1"], ["2"])
    with pytest.raises(ZeroDivisionError):
        printed(Block(1, "import asyncio\nawait asyncio.sleep(1)\n1 / 0\n"))


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("stack_*.py")), ids=lambda path: path.name)
def test_the_example_stacks_run(example: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "error", str(example)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] in {"spent today: 5 tokens", "left of the limit: 86 of 100 requests"}

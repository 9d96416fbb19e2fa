"""What ARCHITECTURE.md and CONTRIBUTING.md promise about the tree, read from the tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("src/ai_sdk", "middleware", "providers")
HTTP_LIBRARIES = {"httpx", "httpx2", "aiohttp", "httpx_aiohttp", "requests", "urllib3"}
VENDOR_SDKS = {"openai", "anthropic", "groq", "together", "cerebras", "cohere", "mistralai", "replicate", "boto3"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            here = path.relative_to(ROOT)
            if here.parts[:3] not in (("src", "ai_sdk", "middleware"), ("src", "ai_sdk", "providers")):
                yield here, ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_tree_is_found() -> None:
    assert {"src/ai_sdk/model.py", "middleware/retry.py", "providers/groq/__init__.py"} <= {
        path.as_posix() for path, _ in modules()
    }


def test_one_room_knows_the_http_libraries() -> None:
    offenders = [
        f"{path}: {name}"
        for path, tree in modules()
        for name in imported(tree)
        if name.partition(".")[0] in HTTP_LIBRARIES and not path.as_posix().startswith("src/ai_sdk/http")
    ]
    assert offenders == []


def test_no_vendor_sdk_anywhere() -> None:
    offenders = [
        f"{path}: {name}"
        for path, tree in modules()
        for name in imported(tree)
        if name.partition(".")[0] in VENDOR_SDKS
    ]
    assert offenders == []


def test_the_core_names_no_provider_and_no_layer() -> None:
    offenders = [
        f"{path}: {name}"
        for path, tree in modules()
        if path.parts[0] == "src" and path.parts[2] not in ("cli", "server")
        for name in imported(tree)
        if name.startswith(("ai_sdk.providers", "ai_sdk.middleware"))
    ]
    assert offenders == []


def test_files_and_functions_are_short() -> None:
    too_long: list[str] = []
    for path, tree in modules():
        lines = len((ROOT / path).read_text().splitlines())
        if lines > 500:
            too_long.append(f"{path}: {lines} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 60:
                    too_long.append(f"{path}:{node.lineno} {node.name}: {length} lines")
    assert too_long == []


def test_every_module_says_what_it_is() -> None:
    assert [path.as_posix() for path, tree in modules() if not ast.get_docstring(tree)] == []

"""What ``import ai_sdk`` gives and what it costs."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import ai_sdk

SOURCE = Path(ai_sdk.__file__).read_text(encoding="utf-8")
HEAVY = ("httpx", "aiohttp", "pydantic", "opentelemetry", "structlog", "tenacity", "cachetools")


def fresh(code: str) -> str:
    """What a fresh interpreter prints."""
    environment = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    return done.stdout.strip()


def seen_by_type_checkers() -> dict[str, str]:
    block = next(node for node in ast.parse(SOURCE).body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname: str(node.module) for node in imports for alias in node.names if alias.asname}


@pytest.mark.parametrize("name", ai_sdk.__all__)
def test_every_name_is_what_type_checkers_see(name: str) -> None:
    home = seen_by_type_checkers()[name]
    assert getattr(ai_sdk, name) is getattr(importlib.import_module(home), name)


def test_the_names_are_sorted_and_the_same_everywhere() -> None:
    assert ai_sdk.__all__ == sorted(seen_by_type_checkers())
    assert set(ai_sdk.__all__) <= set(dir(ai_sdk))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = ai_sdk.nothing  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]


def test_the_version_is_a_string() -> None:
    assert ai_sdk.__version__


def test_importing_the_package_loads_nothing() -> None:
    printed = fresh("import sys, ai_sdk; print(*[n for n in sys.modules if n.startswith('ai_sdk.')])")
    assert printed == ""


def test_every_name_can_be_had_without_a_heavy_library() -> None:
    code = f"""
import sys
from ai_sdk import *
from ai_sdk import sync, registry, _loop, _partial_json
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""
    assert fresh(code) == ""


@pytest.mark.parametrize("first", ["import ai_sdk.embed", "from ai_sdk import embed", "from ai_sdk import sync", ""])
def test_a_function_is_never_hidden_by_the_module_of_its_name(first: str) -> None:
    code = f"""
{first}
import ai_sdk
from ai_sdk.embed import PartialEmbeddingError
from ai_sdk import embed
print(callable(embed), callable(ai_sdk.embed), embed.__name__)
"""
    assert fresh(code) == "True True embed"


def test_the_core_imports_no_provider_and_no_layer_by_name() -> None:
    modules = [each.name for each in pkgutil.iter_modules([str(Path(ai_sdk.__file__).parent)]) if not each.ispkg]
    assert "text" in modules
    for name in modules:
        path = Path(ai_sdk.__file__).parent / f"{name}.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            assert not (module or "").startswith(("ai_sdk.providers", "ai_sdk.middleware")), name

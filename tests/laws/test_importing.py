"""Law 9 on the contract."""

from __future__ import annotations

from pathlib import Path

from laws.importing import imports_lightly

import ai_sdk

CONTRACT = ("model", "response", "call", "ending", "errors", "messages", "parts", "requests", "results")


def test_law_09_import_of_the_package() -> None:
    imports_lightly(["ai_sdk"])


def test_law_09_import_of_the_contract_and_the_doubles() -> None:
    doubles = ("testing", "testing.clock", "testing.scripted")
    imports_lightly([f"ai_sdk.{name}" for name in (*CONTRACT, *doubles)])


def test_law_09_import_of_the_user_functions() -> None:
    functions = [name for name in ("text", "embed", "tools", "objects") if _exists(name)]
    imports_lightly([f"ai_sdk.{name}" for name in functions], heavy=("httpx", "aiohttp", "opentelemetry"))


def _exists(name: str) -> bool:
    return Path(ai_sdk.__path__[0], f"{name}.py").exists()

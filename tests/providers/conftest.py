"""No key or address of this machine's environment reaches a test of a provider."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "GROQ", "TOGETHER", "TOGETHER_AI", "CEREBRAS", "LMSTUDIO", "VLLM", "LLAMACPP", "LAB"):
        for suffix in ("API_KEY", "BASE_URL", "ORGANIZATION", "PROJECT"):
            monkeypatch.delenv(f"{name}_{suffix}", raising=False)

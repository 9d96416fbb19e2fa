"""No key or address of this machine's environment reaches a test of a provider."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "OPENAI",
        "GROQ",
        "TOGETHER",
        "TOGETHER_AI",
        "CEREBRAS",
        "LMSTUDIO",
        "VLLM",
        "LLAMACPP",
        "DEEPSEEK",
        "PERPLEXITY",
        "XAI",
        "FIREWORKS",
        "DEEPINFRA",
        "MOONSHOT",
        "VERCEL",
        "LAB",
        "OPENROUTER",
        "AI_GATEWAY",
        "OLLAMA",
        "AZURE",
        "AZURE_OPENAI",
        "HF",
        "HUGGINGFACE",
        "MISTRAL",
        "COHERE",
        "CO",
        "ANTHROPIC",
        "GOOGLE",
        "GEMINI",
        "GOOGLE_GENERATIVE_AI",
        "GOOGLE_VERTEX",
        "GOOGLE_CLOUD",
        "REPLICATE",
        "FAL",
        "LUMA",
        "BFL",
        "ELEVENLABS",
        "DEEPGRAM",
        "HUME",
        "LMNT",
        "ASSEMBLYAI",
        "REVAI",
        "GLADIA",
        "VOYAGE",
    ):
        for suffix in (
            "API_KEY",
            "API_TOKEN",
            "KEY",
            "BASE_URL",
            "ORGANIZATION",
            "PROJECT",
            "AUTH_TOKEN",
            "LOCATION",
            "HOST",
            "OIDC_TOKEN",
        ):
            monkeypatch.delenv(f"{name}_{suffix}", raising=False)
    for suffix in (
        "BEARER_TOKEN_BEDROCK",
        "REGION",
        "DEFAULT_REGION",
        "PROFILE",
        "ACCESS_KEY_ID",
        "SECRET_ACCESS_KEY",
        "SESSION_TOKEN",
        "ENDPOINT_URL_BEDROCK_RUNTIME",
        "ENDPOINT_URL_S3",
    ):
        monkeypatch.delenv(f"AWS_{suffix}", raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

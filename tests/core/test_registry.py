"""From a name to a model."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ai_sdk import NoSuchModelError, generate_text
from ai_sdk import registry as registry_module
from ai_sdk.registry import Registry, provider_names, registry, resolve
from ai_sdk.testing import ScriptedModel


class Provider:
    """Makes scripted models that say which one they are."""

    def language(self, model_id: str) -> ScriptedModel:
        return ScriptedModel([f"I am {model_id}"], model_id=model_id)

    def embedding(self, model_id: str) -> str:
        return f"embedding {model_id}"


@pytest.fixture
def own() -> Registry:
    own = Registry()
    own.register("Scripted-Models", Provider())
    return own


def test_a_model_is_returned_as_it_is() -> None:
    model = ScriptedModel()
    assert resolve(model) is model


def test_a_name_is_a_provider_and_a_model_id_separated_by_the_first_colon(own: Registry) -> None:
    model: Any = own.resolve("scripted-models:org/model:free")
    assert model.model_id == "org/model:free"
    other: Any = own.resolve("SCRIPTED_MODELS:m", "embedding")
    assert other == "embedding m"


def test_aliases_stand_for_providers_and_for_models(own: Registry) -> None:
    own.alias("s", "scripted-models")
    own.alias("fast", "scripted-models:small")
    models: list[Any] = [own.resolve("s:x"), own.resolve("fast")]
    assert [model.model_id for model in models] == ["x", "small"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no-colon", "'no-colon' does not name a model; write 'provider:model'"),
        ("scripted_models:", "does not name a model"),
        ("scriptd-models:x", "there is no provider 'scriptd-models'; did you mean scripted_models"),
        ("zzzzzzzzzzzz:x", "there is no provider 'zzzzzzzzzzzz'; there are: .*scripted_models"),
        (5, "model is a int; allowed are a model and a name"),
    ],
)
def test_an_unknown_name_is_an_error_with_what_comes_close(own: Registry, name: Any, words: str) -> None:
    with pytest.raises(NoSuchModelError, match=words) as caught:
        own.resolve(name)
    assert caught.value.field == "model"


def test_a_kind_that_the_provider_lacks_is_an_error(own: Registry) -> None:
    with pytest.raises(NoSuchModelError, match="the provider 'scripted-models' has no video models"):
        own.resolve("scripted-models:x", "video")


@pytest.fixture
def entry_point(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    point = SimpleNamespace(name="third-party", load=Provider)

    def entry_points(*, group: str) -> list[Any]:
        return [point] if group == "ai_sdk.providers" else []

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    yield


@pytest.mark.usefixtures("entry_point")
def test_other_distributions_offer_providers_through_entry_points(own: Registry) -> None:
    model: Any = own.resolve("third_party:x")
    assert model.model_id == "x"
    assert own.provider("third-party") is own.provider("third_party")
    assert "third-party" in Registry().names()


def test_a_registered_provider_comes_before_a_built_in_one() -> None:
    own = Registry()
    mine = Provider()
    own.register(own.names()[0], mine)
    assert own.provider(own.names()[0]) is mine


async def test_the_user_functions_ask_the_default_registry() -> None:
    registry_module.register("default-scripted", Provider())
    assert "default_scripted" in provider_names()
    assert (await generate_text("default-scripted:m", "hi")).text == "I am m"
    registry_module.alias("default-alias", "default-scripted:n")
    assert (await generate_text("default-alias", "hi")).text == "I am n"
    assert registry.provider("default-scripted") is not None


def test_names_are_listed_and_one_provider_is_found_without_importing_the_others() -> None:
    code = """
import sys
from ai_sdk.registry import provider_names, resolve
names = provider_names()
assert "groq" in names and "togetherai" in names, names
assert not [name for name in sys.modules if name.startswith("ai_sdk.providers")]
assert resolve("together:meta-llama/Llama-3.3-70B-Instruct-Turbo").model_id == "meta-llama/Llama-3.3-70B-Instruct-Turbo"
assert "ai_sdk.providers.togetherai" in sys.modules
assert "ai_sdk.providers.groq" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})

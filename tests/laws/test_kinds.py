"""Every layer on every kind of call: what all layers keep, what each is there for, and that the laws find out breakers.

The table: a test is called by the layer and the kind, such as ``test_every_layer_keeps_the_laws[cache-speech whole]``.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest
from laws import doing, having, keeping
from laws import wrong_kinds as wrong
from laws.doing import DOING
from layer_laws.kinds import KINDS, Kind
from layer_laws.real import APART, SHEETS

from ai_sdk import parts, results
from ai_sdk.middleware import batch, cache, record, replay
from ai_sdk.model import wrap_model
from ai_sdk.requests import AnyRequest
from ai_sdk.stores import DiskStore, MemoryStore
from ai_sdk.stores.codec import decode, encode
from ai_sdk.stores.entry import TYPES
from ai_sdk.testing import run

LAYERS = sorted(name for name, sheet in SHEETS.items() if sheet.every_kind)
ONE_KIND: dict[str, Callable[[], Any]] = {name: each.make for name, each in SHEETS.items() if not each.every_kind}
ONE_KIND["batch"] = batch

on_every_kind = pytest.mark.parametrize("kind", KINDS, ids=repr)
on_streams = pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.live], ids=repr)
on_other_kinds = pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.is_language], ids=repr)
on_sent_bytes = pytest.mark.parametrize("kind", [kind for kind in KINDS if doing.sends_bytes(kind)], ids=repr)
on_made_bytes = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.name.split()[0] in ("image", "speech", "video")], ids=repr
)


def test_all_kinds_are_here() -> None:
    there: set[tuple[type[Any], bool]] = {(type(kind.request), kind.live) for kind in KINDS}
    streamed = [kind for kind in get_args(AnyRequest) if "stream" in {each.name for each in fields(kind)}]
    assert there == {(kind, False) for kind in get_args(AnyRequest)} | {(kind, True) for kind in streamed}
    assert len(there) == len(KINDS)


def test_all_layers_are_here() -> None:
    assert set(LAYERS) == set(DOING) | {"cache", "record"}
    assert set(ONE_KIND) | set(LAYERS) | {"replay"} == set(SHEETS) | APART


@on_every_kind
@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_keeps_the_laws(name: str, kind: Kind) -> None:
    sheet = SHEETS[name]
    for law in keeping.LAWS:
        law(kind, sheet.make)
    keeping.closes_when_dropped(kind, sheet.make, task=sheet.task)


@on_every_kind
@pytest.mark.parametrize("name", sorted(DOING))
def test_every_layer_does_what_it_is_there_for(name: str, kind: Kind) -> None:
    law, make = DOING[name]
    law(kind, make)


@on_every_kind
@pytest.mark.parametrize("store", [lambda: None, MemoryStore, having.Bytes], ids=["own", "memory", "bytes"])
def test_a_cache_has_every_kind(kind: Kind, store: Callable[[], Any]) -> None:
    having.caches(kind, cache, store)


@on_every_kind
async def test_a_cache_on_disk_has_every_kind(kind: Kind, tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    try:
        await having.keeps(kind, cache, store)
    finally:
        await store.aclose()


@on_every_kind
def test_the_codec_of_the_stores_packs_every_kind(kind: Kind) -> None:
    having.packs(kind, (encode, decode))


def test_the_codec_knows_all_that_answers_are_made_of() -> None:
    made = {
        name: each
        for module in (parts, results)
        for name, each in vars(module).items()
        if isinstance(each, type) and is_dataclass(each) and each.__module__ == module.__name__ and name[0] != "_"
    }
    assert made
    assert made.items() <= TYPES.items()
    assert all(each.init for kind in TYPES.values() for each in fields(kind))


@on_every_kind
def test_record_takes_every_kind(kind: Kind) -> None:
    having.records(kind, record)


@on_every_kind
async def test_replay_gives_every_kind(kind: Kind, tmp_path: Path) -> None:
    await having.replays_from(kind, replay, tmp_path / "tape.jsonl")


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name in ONE_KIND for kind in keeping.others(name)], ids=str
)
def test_a_layer_for_one_kind_refuses_the_others(name: str, kind: Kind) -> None:
    keeping.refuses_the_kind(kind, ONE_KIND[name])


def test_batch_is_for_embeddings() -> None:
    having.batches(batch)
    finds_out(having.batches, wrong.nothing)


@on_every_kind
def test_all_layers_together_give_on_the_answer(kind: Kind) -> None:
    """All fourteen around each other, in the order that is right nearly always and in the opposite one."""
    order = ["tracing", "logging", "timeout", "default_settings", "cache", "budget", "fallback", "route", "hedge"]
    order += ["circuit_breaker", "retry", "rate_limit", "key_pool", "record"]
    assert sorted(order) == LAYERS

    def stacked(names: list[str]) -> Any:
        def around(model: Any) -> Any:
            return wrap_model(model, [SHEETS[name].make() for name in names])

        return around

    for names in (order, order[::-1]):
        keeping.gives_on_the_answer(kind, partial(stacked, names))
        keeping.lets_itself_be_cancelled(kind, partial(stacked, names))


def finds_out(law: Callable[..., object], *arguments: Any) -> None:
    """Assert that a law finds out a breaker."""
    with pytest.raises(AssertionError):
        law(*arguments)


BREAKERS: list[tuple[keeping.Law, Callable[[], Any]]] = [
    (keeping.stands_in_its_place, lambda: wrong.skipping),
    (keeping.leaves_the_request, lambda: wrong.writing_into_the_request),
    (keeping.leaves_the_request, wrong.another_request_each_time),
    (keeping.gives_on_the_answer, lambda: wrong.asking_twice),
    (keeping.gives_on_the_answer, lambda: wrong.emptying),
    (keeping.gives_on_the_answer, lambda: wrong.leaving_a_task),
    (keeping.closes_inside_first, lambda: wrong.asking_twice),
    (keeping.closes_inside_first, lambda: wrong.leaving_a_task),
    (keeping.lets_itself_be_cancelled, wrong.trying_after_a_cancellation),
    (keeping.passes_errors, lambda: wrong.translating_errors),
    (keeping.is_in_the_record, lambda: wrong.in_another_context),
    (keeping.leaves_the_context, lambda: wrong.leaking_a_record),
]


@on_every_kind
@pytest.mark.parametrize(("law", "make"), BREAKERS)
@pytest.mark.filterwarnings("ignore")
def test_the_laws_find_out_breakers(kind: Kind, law: keeping.Law, make: Callable[[], Any]) -> None:
    finds_out(law, kind, make)


@on_streams
@pytest.mark.parametrize("make", [lambda: wrong.closing_too_late, wrong.leaving_it_open])
@pytest.mark.parametrize("law", [keeping.closes_inside_first, keeping.closes_when_dropped])
@pytest.mark.filterwarnings("ignore")
def test_the_laws_find_out_what_does_not_close(kind: Kind, law: keeping.Law, make: Callable[[], Any]) -> None:
    finds_out(law, kind, make)
    gc.collect()


@on_other_kinds
@pytest.mark.parametrize("layer", [wrong.nothing(), wrong.reading_messages, wrong.refusing_too_late])
def test_the_laws_find_out_who_does_not_refuse(kind: Kind, layer: Any) -> None:
    finds_out(keeping.refuses_the_kind, kind, lambda: layer)


@on_every_kind
@pytest.mark.parametrize("name", sorted(DOING))
def test_the_laws_find_out_who_does_nothing(name: str, kind: Kind) -> None:
    finds_out(DOING[name][0], kind, wrong.nothing)


@on_other_kinds
@pytest.mark.parametrize("name", sorted(DOING))
def test_the_laws_find_out_who_serves_language_alone(name: str, kind: Kind) -> None:
    law, make = DOING[name]
    finds_out(law, kind, wrong.for_language_alone(make))


@on_other_kinds
def test_the_laws_find_out_who_has_language_alone(kind: Kind, tmp_path: Path) -> None:
    finds_out(having.caches, kind, wrong.for_language_alone(cache), MemoryStore)
    finds_out(having.records, kind, wrong.for_language_alone(record))
    finds_out(run, having.replays_from(kind, wrong.for_language_alone(replay), tmp_path / "tape.jsonl"))


@on_streams
@pytest.mark.parametrize(
    ("law", "make"),
    [
        (doing.retries, wrong.retry_whatever_came),
        (doing.times_out, wrong.timeout_of_the_await),
        (doing.limits, wrong.limit_of_the_await),
    ],
)
def test_the_laws_find_out_who_forgets_that_it_streams(kind: Kind, law: Any, make: Any) -> None:
    finds_out(law, kind, make)


@on_every_kind
def test_the_laws_find_out_who_keeps_the_wrong_answer(kind: Kind) -> None:
    finds_out(having.caches, kind, wrong.cache_of_everything, lambda: None)
    finds_out(having.packs, kind, (encode, wrong.decode_forgetting))
    finds_out(doing.tells, kind, wrong.logging_all_the_same)


@on_sent_bytes
def test_the_laws_find_out_who_forgets_the_bytes_that_are_sent(kind: Kind) -> None:
    finds_out(having.caches, kind, wrong.cache_by_the_look_of_it, lambda: None)
    finds_out(doing.tells, kind, wrong.logging_the_request)


@on_made_bytes
def test_the_laws_find_out_who_takes_bytes_for_text(kind: Kind) -> None:
    finds_out(having.packs, kind, (wrong.encode_as_text, decode))

"""The public names and their signatures, as they were when somebody last looked.

``api.txt`` is written by ``python tests/core/test_api_snapshot.py``: run it after a change that is meant, and read the
difference in review. A new public module goes into ``MODULES``.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, is_typeddict

SNAPSHOT = Path(__file__).with_name("api.txt")
MODULES = (
    "ai_sdk",
    "ai_sdk.call",
    "ai_sdk.embed",
    "ai_sdk.ending",
    "ai_sdk.errors",
    "ai_sdk.messages",
    "ai_sdk.middleware",
    "ai_sdk.model",
    "ai_sdk.objects",
    "ai_sdk.parts",
    "ai_sdk.registry",
    "ai_sdk.requests",
    "ai_sdk.response",
    "ai_sdk.results",
    "ai_sdk.steps",
    "ai_sdk.sync",
    "ai_sdk.testing",
    "ai_sdk.text",
    "ai_sdk.tools",
)


def test_the_public_api_is_the_one_that_was_agreed() -> None:
    old, new = SNAPSHOT.read_text().splitlines(), snapshot().splitlines()
    changed = "\n".join(difflib.unified_diff(old, new, "api.txt", "the code", lineterm="", n=0))
    assert not changed, f"run 'python tests/core/test_api_snapshot.py' if this is meant:\n{changed}"


def test_the_snapshot_sees_a_change() -> None:
    def before(one: int, *, two: str = "a") -> None: ...

    def after(one: int, *, two: str = "b") -> None: ...

    assert list(_described("f", before)) == ["def f(one: 'int', *, two: 'str' = 'a') -> 'None'"]
    assert list(_described("f", before)) != list(_described("f", after))


def snapshot() -> str:
    """The public API as text."""
    return "\n".join(line for name in MODULES for line in _module(name)) + "\n"


def _module(name: str) -> Iterator[str]:
    module = importlib.import_module(name)
    yield f"[{name}]"
    for public in sorted(_public(module)):
        value = getattr(module, public)
        if name == "ai_sdk":  # they are described where they live
            yield f"{public}" if isinstance(value, str) else f"{public} {_home(value)}".rstrip()
        else:
            yield from _described(public, value)
    yield ""


def _public(module: ModuleType) -> list[str]:
    names = getattr(module, "__all__", None)
    if names is not None:
        return list(names)
    own = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__]
    return [name for name in own if not name.startswith("_")]


def _home(value: Any) -> str:
    home = getattr(value, "__module__", "")
    return home if home.startswith("ai_sdk") else ""


def _described(name: str, value: Any) -> Iterator[str]:
    if inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
        yield f"class {name}({bases}){_constructor(value)}"
        yield from _members(value)
    elif inspect.isroutine(value):
        kind = "async def" if inspect.iscoroutinefunction(value) else "def"
        yield f"{kind} {name}{_signature(value)}"
    else:
        yield f"{name} = {_stable(repr(value))}"


def _constructor(kind: type[Any]) -> str:
    made_here = is_dataclass(kind) or "__init__" in vars(kind) or "__new__" in vars(kind)
    if getattr(kind, "_is_protocol", False) or not made_here:
        return ""
    return f" {_signature(kind)}"


def _members(kind: type[Any]) -> Iterator[str]:
    if is_typeddict(kind):
        for name, annotation in kind.__annotations__.items():
            yield f"    {name}: {_stable(str(getattr(annotation, '__forward_arg__', annotation)))}"
        return
    for name, value in sorted(vars(kind).items()):
        if name.startswith("_") and name not in ("__call__", "__aiter__", "__aenter__", "__add__"):
            continue
        inner: Any = getattr(value, "__func__", value)
        if isinstance(value, property):
            yield f"    {name}: {_annotation(value)}"
        elif inspect.isfunction(inner):
            kind_of = "async def" if inspect.iscoroutinefunction(inner) else "def"
            yield f"    {kind_of} {name}{_signature(inner)}"


def _annotation(value: property) -> str:
    return str(inspect.get_annotations(value.fget).get("return")) if value.fget else ""


def _signature(value: Any) -> str:
    try:
        return _stable(str(inspect.signature(value)))
    except ValueError:
        return "(...)"


def _stable(text: str) -> str:
    """Leave out addresses and the modules that typing's own reprs spell in different ways."""
    return re.sub(r" at 0x[0-9a-f]+", "", text).replace("typing.", "").replace("collections.abc.", "")


if __name__ == "__main__":
    SNAPSHOT.write_text(snapshot())
    sys.stdout.write(f"wrote {SNAPSHOT}\n")

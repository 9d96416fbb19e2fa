"""What importing ``ai_sdk.middleware`` gives and costs."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

from ai_sdk import middleware

HEAVY = ("tenacity", "structlog", "httpx", "httpx2", "aiohttp", "pydantic", "opentelemetry.sdk")


def test_every_name_is_a_layer_and_not_its_module() -> None:
    for name in middleware.__all__:
        made = getattr(middleware, name)
        assert callable(made)
        assert not isinstance(made, types.ModuleType)
        assert made.__doc__


def test_there_is_one_file_for_each_layer() -> None:
    files = {path.stem for path in Path(str(middleware.__file__)).parent.glob("*.py")} - {"__init__"}
    assert files == set(middleware.__all__)


def test_importing_it_loads_nothing_heavy_and_silent_logging_neither() -> None:
    code = f"""
import asyncio, sys
from ai_sdk.middleware import default_settings, logging, retry, timeout
from ai_sdk.messages import user
from ai_sdk.requests import LanguageRequest
from ai_sdk.testing import ScriptedModel
heavy = {HEAVY!r}
assert not [name for name in heavy if name in sys.modules], [name for name in heavy if name in sys.modules]
model = logging()(timeout(total=5)(default_settings(seed=1)(ScriptedModel())))
async def main():
    print((await (await model(LanguageRequest(messages=(user("hi"),)))).result()).text)
asyncio.run(main())
assert not [name for name in heavy if name in sys.modules], [name for name in heavy if name in sys.modules]
retry()
assert "tenacity" in sys.modules
"""
    paths = [path for path in sys.path if path]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", f"import sys; sys.path[:0] = {paths!r}\n{code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")


def test_a_layer_is_loaded_when_it_is_asked_for_and_its_name_is_never_the_module() -> None:
    code = """
import sys
import ai_sdk.middleware
assert not [name for name in sys.modules if name.startswith("ai_sdk.middleware.")]
import ai_sdk.middleware.retry
from ai_sdk.middleware import retry, timeout
from ai_sdk.middleware.timeout import timeout as same
assert ai_sdk.middleware.retry is retry and callable(retry) and timeout is same
assert {"retry", "cache"} <= set(dir(ai_sdk.middleware))
try:
    ai_sdk.middleware.nothing
except AttributeError as error:
    assert "nothing" in str(error)
else:
    raise SystemExit("a layer that is not there")
print("ok")
"""
    paths = [path for path in sys.path if path]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys; sys.path[:0] = {paths!r}\n{code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")

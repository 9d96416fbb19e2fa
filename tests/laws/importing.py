"""Law 9: importing does no work and loads nothing heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import ai_sdk

SOURCE = Path(ai_sdk.__path__[0]).parent
HEAVY = ("httpx", "httpcore", "aiohttp", "pydantic", "opentelemetry", "tenacity", "structlog", "cachetools", "anyio")
_PROBE = """
import json, sys, threading
before = set(sys.modules)
{imports}
import asyncio
loaded = sorted(set(sys.modules) - before)
print(json.dumps([loaded, threading.active_count()]))
"""


def imports_lightly(modules: Sequence[str], *, path: Path = SOURCE, heavy: Sequence[str] = HEAVY) -> None:
    """In a fresh interpreter the modules import silently, load none of the heavy ones and start no thread."""
    code = _PROBE.format(imports="\n".join(f"import {module}" for module in modules))
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(path)},
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    loaded, threads = json.loads(done.stdout)
    found = sorted({name.partition(".")[0] for name in loaded} & set(heavy))
    assert not found, f"importing {', '.join(modules)} loads {', '.join(found)}"
    assert threads == 1, "importing starts a thread"

"""What importing costs: cold processes with warm bytecode, taking turns, medians over all rounds.

``python benchmarks/imports.py [--quick] [--rounds 15] [--python PATH] [--results DIR]``

Beside bare Python: ``import ai_sdk``; the names and layers that a first script needs; and that script's first call to a
server on loopback. The table also says which heavy libraries each of them had loaded by then.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from _report import RESULTS, described, machine, table, two_cpus, versions, write
from _stub import TEXT, pin, stub_server

HEAVY = ("httpx", "aiohttp", "pydantic", "opentelemetry.sdk", "structlog", "tenacity")
BASE = "bare python"
LIMIT = 120
LAYERS = """
from ai_sdk import generate_text, wrap_model
from ai_sdk.middleware import default_settings, logging, retry, timeout
"""
FIRST_CALL = """
import asyncio
from ai_sdk.http import default_http
from ai_sdk.providers.openai_compatible import create_openai_compatible

async def main():
    model = create_openai_compatible(name="stub", base_url="URL/v1", api_key="test")("stub-model")
    stack = [logging(), timeout(total=60), default_settings(temperature=0.2), retry()]
    result = await generate_text(wrap_model(model, stack), "Why is the sky blue?")
    assert result.text == TEXT
    await default_http().aclose()

asyncio.run(main())
"""
REPORT = f"""
import sys as _sys
print(len(_sys.modules), *[name for name in {HEAVY!r} if name in _sys.modules])
"""


class Sample(NamedTuple):
    """One cold process: its wall and CPU time, how many modules it had loaded, and which of the heavy ones."""

    milliseconds: float
    cpu: float
    modules: int
    heavy: tuple[str, ...]


def cases(url: str) -> dict[str, str]:
    """The code of each case."""
    return {
        BASE: "",
        "import ai_sdk": "import ai_sdk",
        "generate_text, wrap_model and 4 layers": LAYERS,
        "the same and a first call": LAYERS + FIRST_CALL.replace("URL", url).replace("== TEXT", f"== {TEXT!r}"),
        "import httpx": "import httpx",
        "import aiohttp": "import aiohttp",
        "import pydantic": "import pydantic",
    }


def sample(python: str, code: str) -> Sample:
    """Run the code in a cold process."""
    start, cpu = time.perf_counter(), _children()
    done = subprocess.run([python, "-c", code + REPORT], capture_output=True, text=True, timeout=LIMIT)
    took, used = (time.perf_counter() - start) * 1e3, (_children() - cpu) * 1e3
    if done.returncode:
        raise RuntimeError(done.stderr)
    modules, *heavy = done.stdout.split()
    return Sample(took, used, int(modules), tuple(heavy))


def _children() -> float:
    """The CPU time of all processes that have ended, which stays right when something else is running."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(python: str, rounds: int, url: str) -> tuple[dict[str, list[Sample]], dict[str, str]]:
    """All cases in turns; those that fail are left out, with the last line of their error."""
    code = cases(url)
    failed: dict[str, str] = {}
    for name, text in code.items():
        try:
            sample(python, text)
        except RuntimeError as error:
            failed[name] = str(error).strip().splitlines()[-1]
    taken: dict[str, list[Sample]] = {name: [] for name in code if name not in failed}
    for _ in range(rounds):
        for name, samples in taken.items():
            samples.append(sample(python, code[name]))
    return taken, failed


def markdown(taken: dict[str, list[Sample]]) -> str:
    """The table."""
    bare = statistics.median(each.milliseconds for each in taken[BASE])
    bare_cpu = statistics.median(each.cpu for each in taken[BASE])
    rows: list[list[str]] = []
    for name, samples in taken.items():
        times = [each.milliseconds for each in samples]
        middle = statistics.median(times)
        cpu = statistics.median(each.cpu for each in samples)
        rows.append(
            [
                name,
                f"{middle:.0f}",
                f"{min(times):.0f}-{max(times):.0f}",
                f"{middle - bare:+.0f}",
                f"{cpu - bare_cpu:+.0f}",
                str(samples[-1].modules),
                ", ".join(samples[-1].heavy) or "none",
            ]
        )
    return table(["", "ms", "range", "over bare python", "CPU over bare", "modules", "loaded of the heavy ones"], rows)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="5 rounds")
    parser.add_argument("--rounds", type=int, help="15")
    parser.add_argument("--python", default=sys.executable, help="of an environment with ai_sdk")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    rounds = options.rounds or (5 if options.quick else 15)
    server_cpu, client_cpu = two_cpus()
    start = machine()
    with stub_server(server_cpu) as url:
        pin(client_cpu)
        taken, failed = measure(options.python, rounds, url)
    notes = "".join(f"\n\n{name}: failed, {why}" for name, why in failed.items())
    text = f"{markdown(taken)}{notes}\n\n{described(start, versions())}\n\nmedian of {rounds} rounds"
    samples = {name: [each._asdict() for each in samples] for name, samples in taken.items()}
    data = {"machine": start, "versions": versions(), "rounds": rounds, "failed": failed, "samples": samples}
    write("imports-quick" if options.quick else "imports", text, json.loads(json.dumps(data)), options.results)


if __name__ == "__main__":
    main()

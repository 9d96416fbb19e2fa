"""What every benchmark writes: a Markdown table, the numbers as JSON, and on which machine and versions."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("ai-sdk-layers", "httpx", "aiohttp", "httpx-aiohttp", "pydantic")


def two_cpus() -> tuple[int | None, int | None]:
    """A CPU for the server and one for the client; None where processes cannot be kept on one."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    cpus = sorted(os.sched_getaffinity(0))
    return (cpus[0], cpus[1]) if len(cpus) > 1 else (None, None)


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """The versions of those that are installed here."""
    found: dict[str, str] = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Where and when; the load says how much else was running."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _cpu(),
        "cpus": os.cpu_count(),
        "load": load,
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join(["---", *["---:"] * (len(header) - 1)]) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def described(where: Mapping[str, Any], packages: Mapping[str, str]) -> str:
    """One line on machine and versions."""
    load = "" if where["load"] is None else f", load {where['load']:.1f} at the start"
    installed = ", ".join(f"{name} {number}" for name, number in packages.items())
    cpus = f"{where['cpu']}, {where['cpus']} CPUs{load}"
    return " · ".join([where["date"], cpus, where["system"], where["python"], installed])


def write(name: str, markdown: str, data: Mapping[str, Any], to: Path = RESULTS) -> None:
    """Print the table and write it as ``<date>-<name>.md`` and ``.json``."""
    print(markdown)
    to.mkdir(parents=True, exist_ok=True)
    stem = to / f"{datetime.now(UTC).date()}-{name}"
    stem.with_suffix(".md").write_text(markdown + "\n")
    stem.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n")
    print(f"\nwritten to {stem}.md and .json")

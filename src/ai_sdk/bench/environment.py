"""On which machine, and with which versions, a run was made."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["described", "environment"]

_PACKAGES = ("ai-sdk-layers", "aiohttp", "httpx", "genai-prices")


def environment() -> dict[str, Any]:
    """Plain data: processor, its number of CPUs, the load of the last minute, system, Python and packages."""
    return {
        "cpu": _cpu(),
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {name: found for name in _PACKAGES if (found := _version(name)) is not None},
    }


def described(where: Mapping[str, Any]) -> str:
    """In one line."""
    load = f", load {where['load']:g} at the end" if where.get("load") is not None else ""
    found: Mapping[str, str] = where.get("packages") or {}
    packages = ", ".join(f"{name} {number}" for name, number in found.items())
    parts = (f"{where.get('cpu')}, {where.get('cpus')} CPUs{load}", where.get("system"), where.get("python"), packages)
    return " · ".join(str(each) for each in parts if each)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

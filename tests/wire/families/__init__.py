"""Every wire that has recordings or exchanges from vendor documents: one module each, found by its name."""

from __future__ import annotations

import importlib
import pkgutil

from wire.family import Family

__all__ = ["FAMILIES"]


def _found() -> tuple[Family, ...]:
    modules = [importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    return tuple(module.FAMILY for module in modules)


FAMILIES = _found()
"""The ``FAMILY`` of every module in this folder."""

"""The laws of ``tracing`` where ``opentelemetry.sdk`` cannot be imported: all it needs is ``opentelemetry-api``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
RUN = """
import sys

for name in ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.semconv"):
    sys.modules[name] = None
import pytest

done = pytest.main(sys.argv[1:])
assert sys.modules["laws.tracing_trials"].TracerProvider.__module__ == "laws.own_spans"
assert not [name for name in sys.modules if name.startswith("opentelemetry.sdk.")]
sys.exit(done)
"""
WRONG = ("Leaks", "Twice", "Childless", "Alarmed", "AtTheAwait", "Stays", "Doubled", "Single")


def test_the_laws_hold_without_an_sdk_and_find_out_what_breaks_them() -> None:
    paths = [str(HERE.parent), *[path for path in sys.path if path]]
    script = f"import sys; sys.path[:0] = {paths!r}\n{RUN}"
    options = [
        "-p",
        "no:cacheprovider",
        "-o",
        "addopts=--import-mode=importlib",
        "-k",
        " or ".join(("test_law", *WRONG)),
    ]
    done = subprocess.run(
        [sys.executable, "-c", script, str(HERE / "test_tracing.py"), *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parent.parent,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) passed", done.stdout)
    assert found is not None, done.stdout
    assert int(found[1]) == 9 + len(WRONG) + 1  # one of them breaks two laws

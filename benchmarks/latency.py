"""How fast providers answer: the command ``ai-sdk bench``, with its files among the other results.

``python benchmarks/latency.py [MODEL ...] [options of ai-sdk bench]``

Without words it measures the preset ``fast`` simulated and the real local model beside it, which needs no key and takes
two minutes. The page, the JSON and the CSV go to ``results/<date>-latency.*``, unless options say where.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from _report import RESULTS

from ai_sdk.cli import main

DEFAULT = (
    *("--preset", "fast", "local", "--simulate", "--requests", "31"),
    *("--concurrency", "1,2", "--prompt-tokens", "60", "--output-tokens", "32"),
)


def words(given: list[str]) -> list[str]:
    stem = RESULTS / f"{datetime.now(UTC).date()}-latency"
    asked = {word.partition("=")[0] for word in given}
    files = [(f"--{kind}", str(stem.with_suffix(f".{kind}"))) for kind in ("html", "json", "csv")]
    more = [word for option, place in files if option not in asked for word in (option, place)]
    return ["bench", *(given or DEFAULT), *more]


if __name__ == "__main__":
    RESULTS.mkdir(exist_ok=True)
    sys.exit(main(words(sys.argv[1:])))

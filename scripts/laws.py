"""The laws of the layers: which test shows each, and which wrong implementations that test finds out.

``python scripts/laws.py`` prints the table. ``--count`` also runs the tests of the laws and counts their examples.
A law is named by its letter and number in the name of its test: ``test_R6_each_wait_is_within_the_policys_interval``.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
LAWS: dict[str, tuple[str, tuple[int, ...]]] = {
    "R": ("retry", tuple(range(1, 16))),
    "T": ("timeout", tuple(range(1, 7))),
    "C": ("cache", tuple(range(1, 17))),
    "L": ("rate_limit", tuple(range(1, 13))),
    "F": ("fallback", tuple(range(1, 12))),
    "B": ("circuit_breaker", tuple(range(1, 11))),
    "H": ("hedge", tuple(range(1, 11))),
    "W": ("route", tuple(range(1, 9))),
    "P": ("repair_tool_calls, reask", tuple(range(1, 11))),
    "M": ("stacks of layers", tuple(range(1, 12))),
}
WORD = re.compile(r"_([A-Z])(\d+)(?:_to_\1(\d+))?(?=_|$)")


@dataclass(frozen=True)
class Shown:
    """A test that shows a law."""

    law: str
    test: str
    file: Path
    wrong: tuple[str, ...]


def shown(folder: Path = ROOT / "tests") -> Iterator[Shown]:
    """Every test that names a law."""
    for file in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(file.read_text())
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                wrong = tuple(sorted(set(_wrong(node))))
                for letter, first, last in WORD.findall(node.name):
                    for number in range(int(first), int(last or first) + 1):
                        if letter in LAWS and number in LAWS[letter][1]:
                            yield Shown(f"{letter}{number}", node.name, file.relative_to(ROOT), wrong)


def _wrong(test: ast.AST) -> Iterator[str]:
    """The wrong implementations that a test names: what it hands to ``rejects``, and those of a ``wrong`` module."""
    for node in ast.walk(test):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("rejects"):
            for argument in node.args[1:]:
                yield ast.unparse(argument)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and "wrong" in node.value.id:
            yield ast.unparse(node)


def missing() -> tuple[list[str], list[str]]:
    """Laws that no test names, and laws of whose tests none finds out a wrong implementation."""
    by_law: dict[str, list[Shown]] = defaultdict(list)
    for each in shown():
        by_law[each.law].append(each)
    every = [f"{letter}{number}" for letter, (_, numbers) in LAWS.items() for number in numbers]
    return (
        [law for law in every if law not in by_law],
        [law for law in every if law in by_law and not any(each.wrong for each in by_law[law])],
    )


def count() -> dict[str, int]:
    """Run the tests of the laws; how many examples each ran."""
    tests = sorted({(str(each.file), each.test) for each in shown()})
    with tempfile.NamedTemporaryFile("r", suffix=".txt") as report:
        environment = {**os.environ, "AI_SDK_EXAMPLES_REPORT": report.name}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            *[f"{file}::{test}" for file, test in tests],
        ]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        counts: dict[str, int] = defaultdict(int)
        for line in report.read().splitlines():
            test, _, number = line.rpartition(" ")
            counts[test] += int(number)
    return counts


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", action="store_true")
    counts = count() if parser.parse_args().count else {}
    for letter, (layer, numbers) in LAWS.items():
        print(f"\n{letter}: {layer}")
        for number in numbers:
            for each in [each for each in shown() if each.law == f"{letter}{number}"]:
                examples = f" ({counts.get(each.test, 0)} examples)" if counts else ""
                print(f"  {each.law} {each.test}{examples}\n      rejects: {', '.join(each.wrong) or '-'}")
    unnamed, unproven = missing()
    print(f"\nno test: {', '.join(unnamed) or 'none'}\nno wrong implementation: {', '.join(unproven) or 'none'}")
    if counts:
        print(f"{sum(counts.values())} examples in {len(counts)} tests")


if __name__ == "__main__":
    main()

"""How many changes of a layer's code its own tests find out: ``make mutate LAYER=retry [SAMPLE=150] [MINUTES=20]``.

mutmut changes the layer's file, and the files of the core that belong to it alone, one place at a time in a copy of
the tree under ``.mutate/``, and runs the layer's tests on each change. Of a large layer a seeded sample is tried. It
prints the score, the changes that ran into their time limit, and every change that survived, as a diff.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
CORE: dict[str, tuple[str, ...]] = {
    "batch": (),
    "budget": ("spending",),
    "cache": ("keys",),
    "circuit_breaker": ("breaker",),
    "extract_json": (),
    "fallback": ("failover",),
    "flight": ("flight",),
    "hedge": ("racing",),
    "key_pool": ("keyring",),
    "rate_limit": ("limits", "waiting"),
    "retry": ("retry_budget",),
    "reask": ("judging",),
    "repair_tool_calls": ("repair", "fitting"),
    "route": ("load", "strategies", "routing"),
}
AIM = 85.0
KILLED, SURVIVED, UNTESTED, TIMEOUT = "killed", "survived", "no test", "timeout"
SAME = "equal in effect"
CAST = re.compile(r"cast\((?:\"[^\"]*\"|None),")
MEANING = {
    0: SURVIVED,
    1: KILLED,
    3: KILLED,
    37: KILLED,
    -11: KILLED,
    **dict.fromkeys((5, 33), UNTESTED),
    **dict.fromkeys((24, -24, 36, 152, 255, -9), TIMEOUT),
}


def prepare(layer: str) -> Path:
    """Copy the tree, with the links followed, and tell mutmut what to change and what to run."""
    work = ROOT / ".mutate" / layer
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in ("src", "tests"):
        shutil.copytree(ROOT / folder, work / folder, symlinks=False, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", work)
    sources = [f"src/ai_sdk/middleware/{layer}.py", *[f"src/ai_sdk/{name}.py" for name in CORE.get(layer, ())]]
    sources = [path for path in sources if (work / path).exists()]
    names = [layer, *CORE.get(layer, ())]
    patterns = [
        f"{folder}/test_{name}{end}.py" for folder in ("middleware", "core") for name in names for end in ("", "_*")
    ]
    tests = sorted({path.relative_to(work) for pattern in patterns for path in (work / "tests").glob(pattern)})
    if not sources or not tests:
        sys.exit(f"{layer!r} has no file in middleware/, or no test of its name")
    listed: dict[str, Sequence[object]] = {
        "source_paths": sources,
        "pytest_add_cli_args_test_selection": tests,
        "also_copy": ["src", "tests", "pyproject.toml"],
    }
    lines = [
        "[mutmut]",
        *[f"{name}=\n" + "".join(f"    {each}\n" for each in each_of) for name, each_of in listed.items()],
    ]
    (work / "setup.cfg").write_text("\n".join(lines))
    print(f"changing {', '.join(sources)}\nrunning  {', '.join(map(str, tests))}", flush=True)
    return work


def mutmut(work: Path, *args: str, minutes: float | None = None) -> None:
    """Run mutmut in the copy, quietly, with few examples for each law."""
    environment = {**os.environ, "AI_SDK_MAX_EXAMPLES": "30", "PYTHONWARNINGS": "ignore"}
    environment.pop("AI_SDK_CORPUS", None)
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(os.cpu_count() or 1), *args]
    with (work / "mutmut.log").open("ab") as log:
        try:
            subprocess.run(
                command,
                cwd=work,
                env=environment,
                stdout=log,
                stderr=log,
                check=False,
                timeout=minutes and minutes * 60,
            )
        except subprocess.TimeoutExpired:
            print(f"stopped after {minutes:g} minutes: what is counted below is a part of the sample", flush=True)


def verdicts(work: Path) -> dict[str, int | None]:
    """What mutmut knows of each change."""
    known: dict[str, int | None] = {}
    for meta in (work / "mutants").rglob("*.meta"):
        known |= json.loads(meta.read_text())["exit_code_by_key"]
    return known


def difference(work: Path, name: str) -> list[str]:
    """The lines that a change takes away and adds."""
    command = [sys.executable, "-W", "ignore", "-m", "mutmut", "show", name]
    shown = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False).stdout
    return [line for line in shown.splitlines() if line[:1] in "-+" and line[:3] not in ("+++", "---")]


def says_the_same(change: list[str]) -> bool:
    """Whether only the type in a ``cast`` is changed, which does nothing when the program runs."""
    plain = [CAST.sub("cast(", line) for line in change]
    before = [line[1:] for line in plain if line.startswith("-")]
    return before == [line[1:] for line in plain if line.startswith("+")]


def main() -> None:
    """Change, run, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layer")
    parser.add_argument("--sample", type=int, default=150)
    parser.add_argument("--minutes", type=float, default=20.0)
    options = parser.parse_args()
    work = prepare(options.layer)
    mutmut(work, "none")
    names = sorted(verdicts(work))
    if not names:
        sys.exit((work / "mutmut.log").read_text()[-2000:])
    sample = names if len(names) <= options.sample * 1.2 else sorted(random.Random(7).sample(names, options.sample))
    mutmut(work, *sample, minutes=options.minutes)
    known = verdicts(work)
    tried = {name: MEANING.get(code, f"exit {code}") for name in sample if (code := known[name]) is not None}
    for name, verdict in list(tried.items()):
        if verdict not in (KILLED, TIMEOUT):
            change = difference(work, name)
            if says_the_same(change):
                tried[name] = SAME
            else:
                print("\n".join([f"# {name.rpartition('.')[2]}: {verdict}", *change]))
    count = Counter(tried.values())
    judged = len(tried) - count[TIMEOUT] - count[SAME]
    score = 100 * count[KILLED] / judged if judged else 0.0
    counts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(count.items()))
    print(f"{options.layer}: {score:.1f} % of {judged} changes killed (aim {AIM:g} %); {counts}; {len(names)} in all")
    sys.exit(score < AIM)


if __name__ == "__main__":
    main()

"""What a call costs with us, beside raw aiohttp, raw httpx and other libraries, in one run.

``python benchmarks/overhead.py [--quick] [--only NAME ...] [--rounds N] [--many N] [--kept N] [--venv-dir DIR]``

A stub server answers from memory in a process of its own. Each client runs in a fresh process, in rounds that take
turns, with server and client each on its own CPU where the system allows it. There is no TLS and no network: what is
left is what the client costs. Every text and every number of chunks is checked. Shown are medians over the rounds; a
ratio is the median of the ratios to raw aiohttp in the same round. Peers are installed into throw-away environments and
skipped, with a message, where that fails; so is this library, to see what an installation of it takes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from _clients import CASES, METRICS, PEERS, Plan
from _report import RESULTS, described, machine, table, two_cpus, versions, write
from _stub import CHUNKS, stub_server

CLIENTS = Path(__file__).with_name("_clients.py")
BASE = "raw aiohttp"
QUICK: dict[str, Any] = {
    "warm_up": 60,
    "sequential": 200,
    "concurrent": 400,
    "many": 0,
    "bursts": 12,
    "paced": 0,
    "kept": 0,
}
LIMIT = 3600
ROOT = Path(__file__).parent.parent
OURS = "ai-sdk-layers"
INSTALLED = {"raw aiohttp": ("aiohttp",), "raw httpx": ("httpx",), "ai_sdk: generate_text": (OURS,), **PEERS}
"""What a user of a case installs."""

FOOTPRINT = """
import importlib.metadata as m, json, pathlib, sysconfig
left_out = ("pip", "setuptools", "wheel")
found = [d for d in m.distributions() if d.metadata["Name"].lower() not in left_out]
home = pathlib.Path(sysconfig.get_path("purelib"))
size = sum(f.stat().st_size for f in home.rglob("*") if f.is_file() and not
           f.relative_to(home).parts[0].lower().startswith((*left_out, "_distutils", "pkg_resources")))
print(json.dumps([len(found), size / 2**20]))
"""
Round = dict[str, dict[str, float]]
Footprints = Mapping[str, tuple[int, float]]
Column = tuple[str, int | str]


def cache_dir() -> Path:
    """Where throw-away environments are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ai-sdk-bench"


def environment(requirements: Sequence[str], root: Path) -> tuple[str | None, str]:
    """The Python of an environment with ``requirements`` and its versions, or None and why there is none."""
    name = "-".join(requirements).translate(str.maketrans("[],", "---"))
    home = root / f"{name}-py{sys.version_info[0]}{sys.version_info[1]}"
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    try:
        if not (home / ".ready").exists():
            print(f"installing {' '.join(requirements)} into {home}", file=sys.stderr)
            venv.create(home, clear=True, with_pip=True)
            with _sources(requirements) as wanted:
                subprocess.run([*pip, "install", "--quiet", *wanted], check=True, timeout=LIMIT)
            (home / ".ready").touch()
        package = requirements[0].partition("[")[0]
        shown = subprocess.run([*pip, "show", package], check=True, capture_output=True, text=True, timeout=LIMIT)
    except (OSError, subprocess.SubprocessError) as error:
        return None, f"{' '.join(requirements)} could not be installed: {error}"
    return str(python), next(line for line in shown.stdout.splitlines() if line.startswith("Version: "))[9:]


@contextmanager
def _sources(requirements: Sequence[str]) -> Generator[list[str]]:
    """The requirements; this library is installed from a copy of this folder, which is left as it was."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / OURS
        if OURS in requirements:
            left_out = shutil.ignore_patterns(".*", "build", "tests", "benchmarks", "__pycache__", "*.egg-info")
            shutil.copytree(ROOT, copy, ignore=left_out, symlinks=True)
        yield [str(copy) if each == OURS else each for each in requirements]


def footprints(cases: Sequence[str], root: Path) -> dict[str, tuple[int, float]]:
    """How many distributions the installation of each case has, and how many MB they take with their bytecode."""
    found: dict[str, tuple[int, float]] = {}
    for case in cases:
        if case not in INSTALLED:
            continue
        python, said = environment(INSTALLED[case], root)
        if python is None:
            print(said, file=sys.stderr)
            continue
        done = subprocess.run([python, "-c", FOOTPRINT], check=True, capture_output=True, text=True, timeout=LIMIT)
        count, size = json.loads(done.stdout)
        found[case] = (count, size)
    return found


def pythons(cases: Sequence[str], root: Path) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """The Python that runs each case, the versions of the peers, and why cases are skipped."""
    found: dict[str, str] = {}
    peers: dict[str, str] = {}
    skipped: list[str] = []
    for case in cases:
        if case not in PEERS:
            found[case] = sys.executable
            continue
        python, said = environment(PEERS[case], root)
        if python is None:
            skipped.append(f"skipped {case}: {said}")
            print(skipped[-1], file=sys.stderr)
        else:
            found[case] = python
            peers[case.partition(" ")[0]] = said
    return found, peers, skipped


def run_case(python: str, case: str, plan: Plan) -> dict[str, float] | None:
    """Measure one case in a fresh process; None when it failed, which is said."""
    command = [python, str(CLIENTS), case, json.dumps(asdict(plan))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
    if done.stderr and not done.returncode:
        print(f"{case}: {done.stderr[-300:]}", file=sys.stderr)
    if done.returncode:
        print(f"{case} failed:\n{done.stderr[-1500:]}", file=sys.stderr)
        return None
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def run_rounds(where: dict[str, str], plan: Plan, rounds: int) -> Iterator[list[Round]]:
    """All cases, taking turns, so that a slow moment of the machine meets all of them; the rounds so far, each time."""
    taken: list[Round] = []
    for number in range(rounds):
        found: Round = {}
        for case, python in where.items():
            print(f"round {number + 1} of {rounds}: {case}", file=sys.stderr)
            measured = run_case(python, case, plan)
            if measured is not None:
                found[case] = measured
        taken.append(found)
        yield taken


def median(rounds: list[Round], case: str, metric: str) -> float:
    """Of a metric over the rounds; 0 when it failed in each."""
    return statistics.median([each[case][metric] for each in rounds if case in each and each[case][metric]] or [0])


def ratio(rounds: list[Round], case: str, metric: str) -> float | None:
    """The median of the ratios to raw aiohttp in the same round."""
    pairs = [(each[case][metric], each[BASE][metric]) for each in rounds if case in each and BASE in each]
    both = [own / base for own, base in pairs if own and base]
    return statistics.median(both) if both else None


def spread(rounds: list[Round], case: str, metric: str) -> str:
    """The least and the most of the rounds."""
    values = [each[case][metric] for each in rounds if case in each and each[case][metric]] or [0]
    return f"{min(values):,.0f}-{max(values):,.0f}"


class Tables:
    """What the rounds say, as Markdown."""

    def __init__(self, rounds: list[Round], cases: Sequence[str], plan: Plan, installed: Footprints) -> None:
        self.rounds = rounds
        self.cases = [case for case in cases if any(case in each for each in rounds)]
        self.plan = plan
        self.installed = installed

    def text(self) -> str:
        """All of them."""
        return f"{self.calls()}\n\n{self.many()}\n\n{self.streams()}\n\n{self.weight()}"

    def calls(self) -> str:
        """One call after the other."""
        header = ["one call after the other", "µs", "rounds", "x aiohttp", "CPU µs", "x aiohttp CPU", "p99 µs"]
        columns = (
            ("sequential_us", 0),
            ("sequential_us", "spread"),
            ("sequential_us", "ratio"),
            ("sequential_cpu_us", 0),
            ("sequential_cpu_us", "ratio"),
            ("sequential_p99_us", 0),
        )
        return self._table(header, columns)

    def many(self) -> str:
        """Many calls at once."""
        plan = self.plan
        header = [f"{plan.concurrency:,} at once, and {plan.crowd:,}"]
        columns: list[Column] = []
        for name, least in (("concurrent", plan.concurrency), ("crowd", plan.crowd if plan.many else 0)):
            if least:
                header += [f"calls/s at {least:,}", "rounds", "x aiohttp rate", "CPU µs", "x aiohttp CPU"]
                columns += [(f"{name}_per_s", each) for each in (0, "spread", "ratio")]
                columns += [(f"{name}_cpu_us", each) for each in (0, "ratio")]
        return self._table(header, columns)

    def streams(self) -> str:
        """Streamed answers."""
        header = [f"streams of {CHUNKS}", "µs a chunk", "chunks/s", "rounds, ms a stream", "CPU ms a stream"]
        columns: list[Column] = [("chunk_us", 1), ("chunk_us", "rate"), ("burst_ms", "spread"), ("burst_cpu_ms", 1)]
        if self.plan.paced:
            header.append("CPU ms, one chunk a ms")
            columns.append(("paced_cpu_ms", 0))
        return self._table(header, columns)

    def weight(self) -> str:
        """What it takes to have it."""
        header = ["to have it", "import and client ms", "first call ms", "distributions", "MB installed", "peak MB"]
        columns: list[Column] = [("import_ms", 0), ("first_call_ms", 0), ("", "count"), ("", "size"), ("rss_mb", 0)]
        if self.plan.kept:
            header.append(f"MB more after {self.plan.kept:,} calls")
            columns.append(("kept_mb", 1))
        return self._table(header, columns)

    def _table(self, header: Sequence[str], columns: Sequence[Column]) -> str:
        return table(header, [[case, *(self._cell(case, *column) for column in columns)] for case in self.cases])

    def _cell(self, case: str, metric: str, how: int | str) -> str:
        if how in ("count", "size"):
            found = self.installed.get(case)
            return "-" if found is None else f"{found[0]}" if how == "count" else f"{found[1]:.0f}"
        if how == "spread":
            return spread(self.rounds, case, metric)
        if how == "ratio":
            relative = ratio(self.rounds, case, metric)
            return "-" if relative is None else f"{relative:.2f}"
        value = median(self.rounds, case, metric)
        if not value and metric != "kept_mb":
            return "fails"
        return f"{1e6 / value:,.0f}" if how == "rate" else f"{value:,.{how}f}"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer calls: under a minute, and noisier")
    parser.add_argument("--only", nargs="+", choices=list(CASES), metavar="NAME", help=f"of: {', '.join(CASES)}")
    parser.add_argument("--rounds", type=int, help="3, or 2 with --quick")
    parser.add_argument("--many", type=int, help="calls at 1,000 at once: 3,000, or 0 with --quick")
    parser.add_argument("--kept", type=int, help="calls after which to look at the memory: 100,000, or 0 with --quick")
    parser.add_argument("--venv-dir", type=Path, default=cache_dir(), help="where peers are installed")
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()


def main() -> None:
    """Measure, print and write."""
    options = arguments()
    where, peers, skipped = pythons(options.only or list(CASES), options.venv_dir)
    server_cpu, client_cpu = two_cpus()
    plan = replace(Plan(url="", cpu=client_cpu), **(QUICK if options.quick else {}))
    given = {name: value for name in ("many", "kept") if (value := getattr(options, name)) is not None}
    plan = replace(plan, **given)
    installed = footprints(list(where), options.venv_dir)
    number = options.rounds or (2 if options.quick else 3)
    start = machine()
    packages = {**versions(), **peers}
    pinned = "server and client each on a CPU of its own" if client_cpu is not None else "not pinned"
    amount = (
        f"{plan.sequential} calls in a row, {plan.concurrent} at {plan.concurrency} at once and {plan.many} at "
        f"{plan.crowd}, {plan.bursts} streams of {CHUNKS} chunks in one go and {plan.paced} paced; {pinned}"
    )
    with stub_server(server_cpu) as url:
        for rounds in run_rounds(where, replace(plan, url=url), number):
            tables = Tables(rounds, list(where), plan, installed)
            told = f"rounds: {len(rounds)} of {number}; each {amount}"
            text = "\n\n".join([tables.text(), described(start, packages), told, *skipped])
            data = {"machine": start, "versions": packages, "plan": asdict(plan), "metrics": METRICS, "rounds": rounds}
            data["installed"] = installed
            write("overhead-quick" if options.quick else "overhead", text, data, options.results)


if __name__ == "__main__":
    main()

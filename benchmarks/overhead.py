"""What a call costs with us, beside raw aiohttp, raw httpx and the openai package, in one run.

``python benchmarks/overhead.py [--quick] [--only NAME ...] [--rounds N] [--venv-dir DIR] [--results DIR]``

A stub server answers from memory in a process of its own. Each client runs in a fresh process, in rounds that take
turns, with server and client each on its own CPU where the system allows it. There is no TLS and no network: what is
left is what the client costs. Every text and every number of chunks is checked. Shown are medians over the rounds; a
ratio is the median of the ratios to raw aiohttp in the same round. Peers are installed into throw-away environments and
skipped, with a message, where that fails.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from _clients import CASES, METRICS, PEERS, Plan
from _report import RESULTS, described, machine, table, two_cpus, versions, write
from _stub import CHUNKS, stub_server

CLIENTS = Path(__file__).with_name("_clients.py")
BASE = "raw aiohttp"
QUICK: dict[str, Any] = {"warm_up": 60, "sequential": 200, "concurrent": 400, "bursts": 12, "paced": 0}
LIMIT = 600
Round = dict[str, dict[str, float]]


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
            subprocess.run([*pip, "install", "--quiet", *requirements], check=True, timeout=LIMIT)
            (home / ".ready").touch()
        package = requirements[0].partition("[")[0]
        shown = subprocess.run([*pip, "show", package], check=True, capture_output=True, text=True, timeout=LIMIT)
    except (OSError, subprocess.SubprocessError) as error:
        return None, f"{' '.join(requirements)} could not be installed: {error}"
    return str(python), next(line for line in shown.stdout.splitlines() if line.startswith("Version: "))[9:]


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
    if done.returncode:
        print(f"{case} failed:\n{done.stderr[-1500:]}", file=sys.stderr)
        return None
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def run_rounds(where: dict[str, str], plan: Plan, rounds: int) -> list[Round]:
    """All cases, taking turns, so that a slow moment of the machine meets all of them."""
    taken: list[Round] = []
    for number in range(rounds):
        found: Round = {}
        for case, python in where.items():
            print(f"round {number + 1} of {rounds}: {case}", file=sys.stderr)
            measured = run_case(python, case, plan)
            if measured is not None:
                found[case] = measured
        taken.append(found)
    return taken


def median(rounds: list[Round], case: str, metric: str) -> float:
    """Of a metric over the rounds."""
    return statistics.median(each[case][metric] for each in rounds if case in each)


def ratio(rounds: list[Round], case: str, metric: str) -> float | None:
    """The median of the ratios to raw aiohttp in the same round."""
    both = [each[case][metric] / each[BASE][metric] for each in rounds if case in each and BASE in each]
    return statistics.median(both) if both else None


def spread(rounds: list[Round], case: str, metric: str) -> str:
    """The least and the most of the rounds."""
    values = [each[case][metric] for each in rounds if case in each]
    return f"{min(values):.0f}-{max(values):.0f}"


def markdown(rounds: list[Round], cases: Sequence[str], plan: Plan) -> str:
    """The table."""
    header = [
        "client",
        "call µs",
        "rounds",
        "x aiohttp",
        "CPU µs",
        "x aiohttp CPU",
        f"calls/s at {plan.concurrency}",
        "x aiohttp rate",
        f"CPU µs at {plan.concurrency}",
        "µs a chunk",
        "CPU µs a chunk",
        "CPU ms a paced stream",
        "import + first call ms",
        "peak MB",
    ]
    rows = [_row(rounds, case, plan) for case in cases if any(case in each for each in rounds)]
    return table(header, rows)


def _row(rounds: list[Round], case: str, plan: Plan) -> list[str]:
    def value(metric: str, digits: int = 0, scale: float = 1.0) -> str:
        return f"{median(rounds, case, metric) * scale:,.{digits}f}"

    def relative(metric: str) -> str:
        found = ratio(rounds, case, metric)
        return "-" if found is None else f"{found:.2f}"

    return [
        case,
        value("sequential_us"),
        spread(rounds, case, "sequential_us"),
        relative("sequential_us"),
        value("sequential_cpu_us"),
        relative("sequential_cpu_us"),
        value("concurrent_per_s"),
        relative("concurrent_per_s"),
        value("concurrent_cpu_us"),
        value("chunk_us", 1),
        value("burst_cpu_ms", 1, 1e3 / CHUNKS),
        value("paced_cpu_ms", 1) if plan.paced else "-",
        value("first_call_ms"),
        value("rss_mb"),
    ]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer calls: under a minute, and noisier")
    parser.add_argument("--only", nargs="+", choices=list(CASES), metavar="NAME", help=f"of: {', '.join(CASES)}")
    parser.add_argument("--rounds", type=int, help="3, or 2 with --quick")
    parser.add_argument("--venv-dir", type=Path, default=cache_dir(), help="where peers are installed")
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()


def main() -> None:
    """Measure, print and write."""
    options = arguments()
    where, peers, skipped = pythons(options.only or list(CASES), options.venv_dir)
    server_cpu, client_cpu = two_cpus()
    plan = replace(Plan(url="", cpu=client_cpu), **(QUICK if options.quick else {}))
    number = options.rounds or (2 if options.quick else 3)
    start = machine()
    with stub_server(server_cpu) as url:
        rounds = run_rounds(where, replace(plan, url=url), number)
    packages = {**versions(), **peers}
    pinned = "server and client each on a CPU of its own" if client_cpu is not None else "not pinned"
    amount = (
        f"rounds: {number}; each {plan.sequential} calls in a row, {plan.concurrent} at {plan.concurrency} at once, "
        f"{plan.bursts} streams of {CHUNKS} chunks in one go and {plan.paced} paced; {pinned}"
    )
    text = "\n\n".join([markdown(rounds, list(where), plan), described(start, packages), amount, *skipped])
    data = {"machine": start, "versions": packages, "plan": asdict(plan), "metrics": METRICS, "rounds": rounds}
    write("overhead-quick" if options.quick else "overhead", text, data, options.results)


if __name__ == "__main__":
    main()

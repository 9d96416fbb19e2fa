"""``ai-sdk bench MODEL [MODEL...]``: how fast models answer, measured."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from ai_sdk.bench.plan import Plan
    from ai_sdk.bench.report import Report
    from ai_sdk.bench.running import Progress
    from ai_sdk.steps import LanguageModel

__all__ = ["add", "run"]

Number = TypeVar("Number", int, float)

_ABOUT = """\
Measures time to first token, gaps between pieces, tokens a second, time to the last token, errors and cost, with
intervals, and says which model is faster where that is certain. Real requests cost money: --requests and --max-cost are
hard limits. --simulate needs no key and costs nothing.
"""


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    command = commands.add_parser("bench", parents=[every], help="measure how fast models answer", description=_ABOUT)
    command.add_argument("models", nargs="*", metavar="MODEL", help="such as groq:openai/gpt-oss-120b, or local")
    command.add_argument(
        "--preset", action="append", default=[], metavar="NAME", help="models by a name: fast, small; repeatable"
    )
    _add_load(command)
    _add_length(command)
    _add_places(command)
    command.set_defaults(run=run)


def _add_load(command: argparse.ArgumentParser) -> None:
    load = command.add_argument_group("load and limits")
    load.add_argument("--requests", type=int, metavar="N", help="to each model at most, warm-up included (30)")
    load.add_argument("--concurrency", type=_list(int), metavar="N,...", help="so many callers at once (1)")
    load.add_argument("--rate", type=_list(float), metavar="R,...", help="so many a second, whatever is under way")
    load.add_argument("--arrivals", choices=["poisson", "fixed"], help="the distances of --rate (poisson)")
    load.add_argument("--rounds", type=int, metavar="N", help="how often the models take turns (3)")
    load.add_argument("--warm-up", type=int, metavar="N", help="the first requests to each model are left out (1)")
    load.add_argument("--max-cost", type=float, metavar="USD", help="of all requests together; never exceeded")
    load.add_argument("--timeout", type=float, metavar="SECONDS", help="of one request (120)")
    load.add_argument("--seed", type=int, metavar="N", help="of prompts, order and arrivals (0)")


def _add_length(command: argparse.ArgumentParser) -> None:
    length = command.add_argument_group("length")
    length.add_argument("--prompt-tokens", type=int, metavar="N", help="about so many (200)")
    length.add_argument("--output-tokens", type=int, metavar="N", help="at most so many (128)")


def _add_places(command: argparse.ArgumentParser) -> None:
    places = command.add_argument_group("results")
    places.add_argument("--json", type=Path, metavar="FILE", help="all that was measured; - is standard output")
    places.add_argument("--csv", type=Path, metavar="FILE", help="a line a request; - is standard output")
    places.add_argument("--html", type=Path, metavar="FILE", help="a page with plots, in one file")
    places.add_argument("--resume", type=Path, metavar="FILE", help="keep a journal in it, and go on where it ends")
    places.add_argument(
        "--simulate", action="store_true", help="servers with invented timing on this machine, but for local models"
    )
    places.add_argument("--profiles", type=Path, metavar="FILE", help="the timing and the presets, as JSON")


def _list(kind: Callable[[str], Number]) -> Callable[[str], tuple[Number, ...]]:
    def read(words: str) -> tuple[Number, ...]:
        try:
            return tuple(kind(word) for word in words.split(","))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{words!r} is not a list such as 1,4,16") from None

    return read


def run(args: argparse.Namespace) -> int:
    """Measure, print the tables, write the files. It fails when nothing at all was answered."""
    import asyncio

    from ai_sdk.cli._failures import FAILED, INTERRUPTED, OK
    from ai_sdk.cli._terminal import note

    names, plan = _names(args), _plan(args)
    for place in (args.json, args.csv, args.html, args.resume):
        _check_place(place)
    _check_keys(names, simulate=args.simulate)
    bars = Bars()
    try:
        report = asyncio.run(_measure(names, plan, args, bars))
    except KeyboardInterrupt:
        bars.close()
        kept = (
            f"the same command goes on with what is in {args.resume}"
            if args.resume
            else "--resume FILE keeps a journal"
        )
        note(f"interrupted; {kept}")
        return INTERRUPTED
    finally:
        bars.close()
    _write(report, args)
    return OK if any(each.ok for each in report.samples) else FAILED


def _names(args: argparse.Namespace) -> list[str]:
    from ai_sdk.bench.profiles import presets
    from ai_sdk.cli._input import DEFAULT_MODEL
    from ai_sdk.errors import InvalidRequestError

    known = presets(args.profiles)
    names: list[str] = []
    for preset in args.preset:
        if preset not in known:
            raise InvalidRequestError(f"there is no preset {preset!r}; there are: {', '.join(known)}", field="--preset")
        names.extend(known[preset])
    names.extend(DEFAULT_MODEL if each == "local" else each for each in args.models)
    if not names:
        raise InvalidRequestError("name a model, such as groq:openai/gpt-oss-120b, or a --preset", field="MODEL")
    return list(dict.fromkeys(names))


def _plan(args: argparse.Namespace) -> Plan:
    from dataclasses import fields

    from ai_sdk.bench.plan import Plan

    given = {each.name: getattr(args, each.name, None) for each in fields(Plan)}
    return Plan(**{name: value for name, value in given.items() if value is not None})


def _check_place(place: Path | None) -> None:
    """Refuse, before anything is sent, a place that cannot be written."""
    from ai_sdk.errors import InvalidRequestError

    if place is not None and str(place) != "-" and (place.is_dir() or not place.parent.is_dir()):
        raise InvalidRequestError(f"{place} cannot be written: it is a folder, or in none")


def _simulated(names: Sequence[str], *, simulate: bool) -> list[str]:
    return [each for each in names if simulate and not each.startswith("local:")]


def _check_keys(names: Sequence[str], *, simulate: bool) -> None:
    """Refuse, before anything is sent, a model whose key is missing."""
    from ai_sdk.errors import MissingAPIKeyError
    from ai_sdk.registry import resolve

    made_up = _simulated(names, simulate=simulate)
    for name in names:
        endpoint: Any = getattr(resolve(name), "endpoint", None)
        if name in made_up or endpoint is None or getattr(endpoint, "sign", None) is not None:
            continue
        if endpoint.key_required and endpoint.api_key() is None:
            keys = " or ".join(endpoint.key_env) or "its key"
            raise MissingAPIKeyError(f"{name} needs {keys}; --simulate needs no key", field="api_key")


async def _measure(names: Sequence[str], plan: Plan, args: argparse.Namespace, bars: Bars) -> Report:
    from ai_sdk.bench.running import measure
    from ai_sdk.bench.simulation import simulation

    made_up = _simulated(names, simulate=args.simulate)
    async with AsyncExitStack() as stack:
        models: dict[str, LanguageModel] = {name: name for name in names}
        if made_up:
            models.update(await stack.enter_async_context(simulation(made_up, file=args.profiles, seed=plan.seed)))
        return await measure(models, plan, journal=args.resume, simulated=made_up, on_progress=bars)


def _write(report: Report, args: argparse.Namespace) -> None:
    from ai_sdk.bench.page import page
    from ai_sdk.bench.text import Look, text
    from ai_sdk.cli._terminal import note, say

    out = sys.stdout
    import shutil

    look = Look(
        width=shutil.get_terminal_size().columns if out.isatty() else 200,
        colour=out.isatty() and "NO_COLOR" not in os.environ,
        unicode=(out.encoding or "").lower().replace("-", "") in ("utf8", "utf16", "utf32"),
    )
    if "-" not in (str(args.json), str(args.csv)):
        print(text(report, look))
    for place, made in ((args.json, report.to_json), (args.csv, report.to_csv), (args.html, lambda: page(report))):
        if place is not None and str(place) == "-":
            say(made().rstrip("\n") + "\n")
        elif place is not None:
            place.write_text(made(), encoding="utf-8")
            note(f"written to {place}{' (simulated)' if report.simulated else ''}")


class Bars:
    """How far a run is, on standard error: a bar for each model on a terminal, else a line for each tenth."""

    def __init__(self) -> None:
        self._bars: dict[str, Any] = {}
        self._tenth = 0

    def __call__(self, progress: Progress) -> None:
        """Show that another request is over."""
        if not sys.stderr.isatty() or not self._moved(progress):
            self._line(progress)

    def _moved(self, progress: Progress) -> bool:
        """Move the bar of the model; False where there are no bars."""
        try:
            from tqdm import tqdm
        except ModuleNotFoundError:
            return False
        name = progress.sample.model
        if name not in self._bars:
            from ai_sdk.bench.wording import clean

            self._bars[name] = tqdm(
                total=progress.model_total, desc=clean(name), unit="req", position=len(self._bars), leave=False
            )
        bar = self._bars[name]
        bar.set_postfix_str(progress.sample.load, refresh=False)
        bar.update(progress.model_done - bar.n)
        return True

    def _line(self, progress: Progress) -> None:
        tenth = 10 * progress.done // progress.total
        if tenth > self._tenth:
            self._tenth = tenth
            print(f"{progress.done} of {progress.total} requests", file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the bars."""
        for bar in self._bars.values():
            bar.close()
        self._bars.clear()

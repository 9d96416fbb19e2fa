"""Latency of models, measured: time to first token, gaps, tokens a second, total, errors and cost, under load.

    from ai_sdk.bench import Plan, measure

    report = await measure(["groq:openai/gpt-oss-120b", "cerebras:gpt-oss-120b"], Plan(requests=60, concurrency=(1, 4)))
    for cell in report.cells:
        print(cell.model.label, cell.load, cell.first.p50)

``measure`` runs a ``Plan`` and gives a ``Report``. ``simulation`` measures servers on this machine that answer with
invented timing, and ``page`` makes an HTML page of a report. ``docs/latency.md`` says what is measured and how.
"""

from ai_sdk.bench.page import page
from ai_sdk.bench.plan import Load, Plan
from ai_sdk.bench.report import Cell, Comparison, Report, Spread, Subject, Throughput
from ai_sdk.bench.running import Progress, measure
from ai_sdk.bench.samples import Sample
from ai_sdk.bench.simulation import Profile, presets, profiles, simulation
from ai_sdk.bench.statistics import Quantile, Verdict

__all__ = [
    "Cell",
    "Comparison",
    "Load",
    "Plan",
    "Profile",
    "Progress",
    "Quantile",
    "Report",
    "Sample",
    "Spread",
    "Subject",
    "Throughput",
    "Verdict",
    "measure",
    "page",
    "presets",
    "profiles",
    "simulation",
]

"""Scales and pieces of SVG; pure. Text is escaped, numbers have two decimals."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ai_sdk.bench.wording import clean

__all__ = ["Scale", "circle", "escaped", "group", "line", "path", "rect", "text", "ticks"]


def escaped(piece: str) -> str:
    """Text for HTML and SVG, in content and in attributes, without control characters."""
    return html.escape(clean(piece), quote=True)


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to pixels, linear or by the logarithm. Values outside are put on the border."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The place of a value."""
        low, high, at = (self.low, self.high, value)
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(max(value, self.low))
        share = (at - low) / (high - low) if high > low else 0.5
        return self.start + (self.end - self.start) * min(1.0, max(0.0, share))


def ticks(low: float, high: float, about: int = 5, *, log: bool = False) -> list[float]:
    """Round numbers from low to high: steps of 1, 2 or 5, or 1, 2, 5 of each decade."""
    if log:
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        found = [step * 10.0**decade for decade in decades for step in (1, 2, 5)]
        return [each for each in found if low * 0.999 <= each <= high * 1.001]
    if high <= low:
        return [low]
    rough = (high - low) / about
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * each for each in (1, 2, 5, 10) if unit * each >= rough)
    first = math.ceil(low / step - 1e-9)
    return [each * step for each in range(first, math.floor(high / step + 1e-9) + 1)]


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line of a CSS class."""
    return f'<line class="{kind}" x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"/>'


def text(x: float, y: float, words: str, kind: str = "tick", anchor: str = "middle") -> str:
    """Words at a place."""
    return f'<text class="{kind}" x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}">{escaped(words)}</text>'


def path(points: Sequence[tuple[float, float]], kind: str, title: str = "") -> str:
    """A line through points."""
    steps = "L".join(f"{x:.2f},{y:.2f}" for x, y in points)
    return f'<path class="{kind}" d="M{steps}">{_title(title)}</path>'


def circle(x: float, y: float, radius: float, kind: str, title: str = "") -> str:
    """A dot."""
    return f'<circle class="{kind}" cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}">{_title(title)}</circle>'


def rect(x: float, y: float, width: float, height: float, kind: str, title: str = "") -> str:
    """A bar."""
    size = f'x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"'
    return f'<rect class="{kind}" {size}>{_title(title)}</rect>'


def group(width: float, height: float, words: str, pieces: Iterable[str]) -> str:
    """A whole drawing, named for those who do not see it."""
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escaped(words)}">{"".join(pieces)}</svg>'
    )


def _title(words: str) -> str:
    return f"<title>{escaped(words)}</title>" if words else ""

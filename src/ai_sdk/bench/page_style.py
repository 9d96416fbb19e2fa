"""How the page of a report looks, in light and in dark."""

from __future__ import annotations

from typing import Final

__all__ = ["POLICY", "STYLE"]

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_LIGHT = ("#2a66b0", "#c45a12", "#2b8055", "#8747a5", "#a3293f", "#127f8a", "#8f6c0a", "#5c6570")
_DARK = ("#7fb0ef", "#f0975a", "#6cc79a", "#c39bdf", "#ee8a99", "#63c5cf", "#d8b64e", "#a4adb7")


def _variables(colours: tuple[str, ...]) -> str:
    return ";".join(f"--m{at}:{colour}" for at, colour in enumerate(colours))


_CLASSES = "".join(f".m{at}{{--own:var(--m{at})}}" for at in range(len(_LIGHT)))
_DASHES = "".join(
    f".curve.m{at}{{stroke-dasharray:{dash}}}" for at, dash in ((1, "7 3"), (2, "2 3"), (3, "9 3 2 3"), (5, "4 4"))
)

STYLE: Final = (
    ":root{color-scheme:light dark;--ink:#1c2024;--soft:#5d646b;--line:#e4e6e9;--paper:#f8f8f7;--card:#fff;"
    f"--bad:#b3261e;--warm:#fdf1dc;--warm-ink:#7a4a00;--warm-line:#ecc98b;{_variables(_LIGHT)}}}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e5e7ea;--soft:#9aa1a9;--line:#2e3338;--paper:#141719;"
    "--card:#1b1f23;--bad:#f08a80;--warm:#33280f;--warm-ink:#f2cf8c;--warm-line:#5c4715;"
    f"{_variables(_DARK)}}}}}\n{_CLASSES}"
    """
*{box-sizing:border-box}
body{margin:0 auto;max-width:84rem;padding:2.25rem 1.5rem 3rem;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{font-size:1.4rem;margin:0 0 .4rem}h2{font-size:1rem;margin:0 0 .5rem}h3{font-size:.9rem;margin:0 0 .25rem}
p{margin:.2rem 0}header p,footer p,figcaption,.quiet,small{color:var(--soft)}
.notice{display:inline-block;background:var(--warm);border:1px solid var(--warm-line);border-radius:6px;
padding:.45rem .8rem;margin:.2rem 0 .5rem;font-weight:600}header p.notice{color:var(--warm-ink)}
.tag{display:inline-block;font-size:.72rem;font-weight:600;line-height:1.35;color:var(--warm-ink);background:var(--warm);
border:1px solid var(--warm-line);border-radius:4px;padding:0 .3rem;vertical-align:.06rem;white-space:nowrap}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;padding:0;margin:.8rem 0 0}
.legend li{overflow-wrap:anywhere}
i{display:inline-block;width:.7rem;height:.7rem;border-radius:50%;background:var(--own);margin-right:.45rem}
section{margin:1.1rem 0 0}
figure,.found,.table{background:var(--card);border:1px solid var(--line);border-radius:8px;margin:0;
padding:1rem 1.15rem}
.found{margin-top:1.4rem}.table{margin-top:1.1rem}
.found td,.found th{text-align:left;white-space:normal}.found td{min-width:15rem;overflow-wrap:anywhere}
.found tbody th{font-weight:500;min-width:9rem;padding-left:0}.found thead th{font-size:.87rem}
.remark{margin-top:.55rem;overflow-wrap:anywhere}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1.1rem}
.plots.wide{grid-template-columns:1fr}.wide figure{overflow-x:auto}.wide svg{min-width:46rem}
.plots.narrow{grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr))}
figcaption{font-size:.82rem;margin-top:.2rem}
svg{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
svg .tick{fill:var(--soft);font-variant-numeric:tabular-nums}svg .name{fill:var(--soft)}
svg .lane{fill:var(--ink);font-weight:600}
.grid{stroke:var(--line)}.axis{stroke:var(--soft)}.mark{stroke:var(--soft);stroke-dasharray:1 4;opacity:.8}
.curve{fill:none;stroke:var(--own);stroke-width:2;stroke-linejoin:round}
.dot{fill:var(--own);stroke:var(--card);stroke-width:1.5}.whisker{stroke:var(--own);stroke-width:2;opacity:.65}
.bar{fill:var(--own)}.wait{fill:var(--own);opacity:.38}.failed{fill:var(--bad)}.warm{opacity:.2}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.87rem;font-variant-numeric:tabular-nums}
th,td{padding:.4rem .42rem;text-align:right;vertical-align:top;border-top:1px solid var(--line);white-space:nowrap}
thead th{border-top:0;color:var(--soft);font-weight:500;font-size:.8rem;vertical-align:bottom;white-space:normal}
th:first-child{text-align:left;padding-left:0;white-space:normal;overflow-wrap:anywhere;min-width:10rem}
tbody th{font-weight:600}td small{display:block;font-size:.76rem}td.bad small{color:var(--bad);white-space:normal}
footer{margin-top:1.8rem;font-size:.87rem}footer h2{margin:1rem 0 .2rem;font-size:.92rem}footer p{max-width:62rem}
@media (max-width:44rem){body{padding:1.25rem .75rem}}
@media print{body{background:#fff;max-width:none}figure,.found,.table{break-inside:avoid}}
""" + _DASHES
)

"""The page's look: light and dark, from a phone's width up."""

from __future__ import annotations

from collections.abc import Mapping

#: name → colour. Text is ink, soft or accent on page or card; good to miss, the kinds of errors.
LIGHT: Mapping[str, str] = {
    "page": "#f4f6f8",
    "card": "#ffffff",
    "ink": "#15191e",
    "soft": "#525b67",
    "rule": "#dde2e8",
    "accent": "#1a66b8",
    "good": "#cfd6de",
    "jitter": "#b57f00",
    "inversion": "#7546c4",
    "swap": "#00846c",
    "miss": "#c8303d",
}
DARK: Mapping[str, str] = {
    "page": "#111418",
    "card": "#1a1f25",
    "ink": "#e9ecef",
    "soft": "#a7b0bb",
    "rule": "#333b45",
    "accent": "#74b4f4",
    "good": "#48515c",
    "jitter": "#dda92a",
    "inversion": "#b79bf2",
    "swap": "#35b89d",
    "miss": "#f3757f",
}

_RULES = """
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, header, footer { max-width: 75rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2rem; }
footer { padding-top: 1rem; padding-bottom: 3rem; color: var(--soft); font-size: .875rem; }
h1, h2, h3, p, figure, dl, dd { margin: 0; }
h1 { font-size: clamp(1.3rem, 4.6vw, 2.1rem); line-height: 1.2;
  letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 2.75rem 0 .35rem; line-height: 1.3; }
h3 { font-size: 1rem; line-height: 1.3; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .8125rem; }
p, h1, h2, h3, dd, li, code, summary, .facts span { min-width: 0; overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; word-break: break-all; }
.over { color: var(--soft); font-size: .8125rem; font-weight: 600; letter-spacing: .06em;
  text-transform: uppercase; margin-bottom: .3rem; }
.soft { color: var(--soft); }
.note { color: var(--soft); font-size: .9rem; max-width: 46rem; margin-bottom: .9rem; }
.facts { display: flex; flex-wrap: wrap; gap: .15rem 1.4rem; margin-top: .6rem;
  color: var(--soft); font-size: .9rem; }
.facts b { color: var(--ink); font-weight: 600; }
nav { display: flex; flex-wrap: wrap; gap: .45rem; margin-top: 1.3rem; }
nav a { padding: .3rem .8rem; border: 1px solid var(--rule); border-radius: 99px;
  font-size: .875rem; text-decoration: none; background: var(--card); }
nav a:hover { border-color: var(--accent); }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
  padding: .95rem 1rem; min-width: 0; }
.grid { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); }
.stack { display: grid; gap: 1rem; align-content: start; min-width: 0; }
section > .card + .card, section > .grid + .card, section > .card + .grid { margin-top: 1rem; }
.remarks { display: grid; gap: 1rem; margin-top: 1.3rem; }
.remarks:empty { display: none; }
.tiles { display: grid; gap: .75rem; margin-top: 1.3rem;
  grid-template-columns: repeat(auto-fit, minmax(8.2rem, 1fr)); }
.tile dt { color: var(--soft); font-size: .8125rem; line-height: 1.35; }
.tile dd { font-size: 1.5rem; font-weight: 600; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
.tile dd + dd { font-size: .8125rem; font-weight: 400; color: var(--soft); line-height: 1.35; }
.tile.head { grid-column: span 2; }
.tile.head dd:first-of-type { font-size: 2.6rem; line-height: 1.15; letter-spacing: -.02em; }
.title { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem;
  align-items: baseline; margin-bottom: .45rem; }
.title span { color: var(--soft); font-size: .875rem; font-variant-numeric: tabular-nums; }
.chart { display: block; width: 100%; max-width: 36rem; height: auto; margin: 0 auto;
  font-family: inherit; }
.chart text { fill: var(--soft); font-size: 15px; font-variant-numeric: tabular-nums; }
.chart .grid { stroke: var(--rule); stroke-width: 1; }
.chart .axis { stroke: var(--soft); stroke-width: 1; }
.chart .line { fill: none; stroke: var(--of); stroke-width: 2; stroke-linejoin: round; }
.chart .dot { fill: var(--of); stroke: var(--card); stroke-width: 1.5; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .38rem .6rem; border-bottom: 1px solid var(--rule); }
th:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 600; font-size: .8125rem; white-space: nowrap;
  vertical-align: bottom; }
tbody th { font-weight: 500; }
tbody tr:last-child > * { border-bottom: 0; }
.number { text-align: right; white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; list-style: none; padding: 0;
  margin: 0 0 .8rem; font-size: .875rem; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px;
  margin-right: .4rem; vertical-align: -.06rem; }
.bars { display: grid; grid-template-columns: max-content minmax(3rem, 1fr) max-content;
  gap: .3rem .7rem; align-items: center; font-size: .875rem; }
.bars .bar { display: flex; gap: 2px; height: 1rem; }
.bars .bar i { display: block; min-width: 0; border-radius: 2px; }
.bars .value { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.plain, .accent { background: var(--accent); }
.good { background: var(--good); }
.jitter { background: var(--jitter); }
.inversion { background: var(--inversion); }
.swap { background: var(--swap); }
.miss { background: var(--miss); }
.pictures { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
.pictures figure { background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
  overflow: hidden; }
.pictures img { display: block; width: 100%; height: auto; }
.pictures figcaption { padding: .55rem .8rem .7rem; font-size: .875rem; color: var(--soft);
  overflow-wrap: anywhere; }
.pictures b { color: var(--ink); font-weight: 600; }
details { margin-top: .9rem; }
summary { cursor: pointer; color: var(--accent); font-size: .9rem; }
details > * + * { margin-top: .6rem; }
.pairs { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr);
  gap: .35rem 1rem; font-size: .9rem; }
.pairs dt { color: var(--soft); }
.pairs dd { overflow-wrap: anywhere; }
.call { border-left: 3px solid var(--accent); }
.call p + pre { margin-top: .5rem; }
@media (min-width: 30rem) { .chart text { font-size: 12px; } }
@media (min-width: 60rem) { .chart text { font-size: 10px; } }
@media print { nav { display: none; } .card, figure { break-inside: avoid; } }
"""


def stylesheet() -> str:
    """All of the page's CSS."""
    dark = f"@media (prefers-color-scheme: dark) {{ :root {{ {_variables(DARK)} }} }}"
    return f":root {{ color-scheme: light dark; {_variables(LIGHT)} }}\n{dark}{_RULES}"


def _variables(colors: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {color};" for name, color in colors.items())

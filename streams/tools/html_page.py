"""Parts of a self-contained HTML page: tables and bar charts (SVG); the page loads nothing."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

__all__ = ["BASE_STYLE", "Series", "bars", "document", "table"]

BASE_STYLE: Final = """
:root { color-scheme: light dark; --first: #5b7fa6; --second: #c26a2d; }
table { border-collapse: collapse; width: 100%; }
caption, th:first-child, td:first-child { text-align: left; }
caption { font-weight: 600; padding: 0.3rem 0; }
th, td { padding: 0.2rem 0.5rem; border-bottom: 1px solid #8886; text-align: right; }
tbody th { font-weight: inherit; }
td { font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: currentColor; }
.first { fill: var(--first); } .second { fill: var(--second); }
.key { display: inline-block; width: 0.8em; height: 0.8em; vertical-align: baseline; }
.key.first { background: var(--first); } .key.second { background: var(--second); }
.mark { stroke: currentColor; stroke-dasharray: 6 4; }
@media screen and (max-width: 40rem) { /* a telephone */
  table { font-size: 0.75rem; }
  th, td { padding: 0.2rem 0.15rem; overflow-wrap: anywhere; }
  thead th { overflow-wrap: normal; hyphens: auto; }
  svg text { font-size: 22px; } /* a drawing is scaled down */
}
"""
"""The style that the parts need."""

_HEAD, _FOOT = 16, 24
_SHARE: Final = 0.76
"""Of the room of a group, how much its bars take."""
_LABELS: Final = 12
_CLASSES: Final = ("first", "second")


class Series(NamedTuple):
    """One number a group, drawn as a bar each.

    Attributes:
        name: What they are.
        values: In the order of the groups.
    """

    name: str
    values: Sequence[float]


def document(title: str, style: str, body: Iterable[str]) -> str:
    """A whole page of a title and a body, whose text is escaped already."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{BASE_STYLE}{style}</style></head><body><main>",
            *body,
            "</main></body></html>",
        ]
    )


def table(caption: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table of texts, whose first column names the row; nothing without a row."""
    if not rows:
        return
    yield f"<table><caption>{escape(caption)}</caption><thead><tr>"
    # the cell above the names of the rows may be empty, which is no header
    yield "".join(f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in names)
    yield "</tr></thead><tbody>"
    for row in rows:
        first, *others = map(escape, row)
        yield f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others) + "</tr>"
    yield "</tbody></table>"


def bars(
    title: str,
    groups: Sequence[str],
    series: Sequence[Series],
    *,
    mark: tuple[str, float] | None = None,
    width: int = 900,
    height: int = 220,
) -> Iterator[str]:
    """A chart of one or two bars for each group; nothing without a group.

    Args:
        title: What it shows, for those who do not see it.
        groups: Names of the groups.
        series: One or two.
        mark: A line across, with its name.
        width: In units of the drawing.
        height: The same.
    """
    if not groups:
        return
    most = max(1.0, *(value for each in series for value in each.values), mark[1] if mark else 0.0)
    step = width / len(groups)
    bar = step * _SHARE / len(series)
    keys = ", ".join(
        f'<span class="key {css}"></span> {escape(each.name)}' for css, each in zip(_CLASSES, series, strict=False)
    )
    line = f"; the line is {escape(mark[0])}" if mark else ""
    yield f'<p class="legend">{escape(title)}: {keys}{line}</p>'
    yield f'<svg viewBox="0 0 {width} {height + _FOOT}" role="img" aria-label="{escape(title)}">'
    every = max(1, len(groups) // _LABELS)
    for place, group in enumerate(groups):
        left = place * step + step * (1 - _SHARE) / 2
        for number, (css, each) in enumerate(zip(_CLASSES, series, strict=False)):
            value = each.values[place]
            tall = (height - _HEAD) * value / most
            yield (
                f'<rect class="{css}" x="{left + number * bar:.1f}" y="{height - tall:.1f}" width="{bar:.1f}" '
                f'height="{tall:.1f}"><title>{escape(group)}, {escape(each.name)}: {value:,.0f}</title></rect>'
            )
        if place % every == 0:
            yield f'<text x="{left:.1f}" y="{height + 16}">{escape(group)}</text>'
    if mark:
        at = height - (height - _HEAD) * mark[1] / most
        yield f'<line class="mark" x1="0" x2="{width}" y1="{at:.1f}" y2="{at:.1f}"></line>'
    yield f'<text x="0" y="11">{most:,.0f}</text></svg>'

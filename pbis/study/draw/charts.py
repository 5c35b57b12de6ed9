"""The other figures of a study: flow, heat map, lines, histograms, bars, scans of cut-offs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pbis.draw import inked, palette
from pbis.draw.axes import Axes, axes, legend
from pbis.draw.scale import Scale
from pbis.study.draw.in_its_place import CannotDraw, require_finite, said_in_its_place, span_of
from pbis.study.stats.survival import Floats


@said_in_its_place
def heat_map(title: str, names: Sequence[str], rho: Floats, q: Floats) -> str:
    """Correlations by colour and number; bold where the false discovery rate is below 5 %."""
    side, left, top = 46, 150, 100
    parts = []
    for i, name in enumerate(names):
        parts.append(inked.text(left - 8, top + side * i + 28, name, 12, palette.INK, "end"))
        x = left + side * i + 26
        parts.append(inked.text(x, top - 8, name, 12, turn=-45))
        for j in range(len(names)):
            parts += _cell(left + side * j, top + side * i, side, rho[i, j], q[i, j], i == j)
    width = left + side * len(names) + 90
    return inked.figure(width, top + side * len(names) + 14, title, parts)


@said_in_its_place
def cross_map(title: str, names: tuple[Sequence[str], Sequence[str]], rho: Floats, q: Floats) -> str:
    """Correlations of the first names, a row each, with the second, a column each; by colour and number, bold where q is below 5 %."""
    rows, columns = names
    if not rows or not columns:
        raise CannotDraw("there is no pair to correlate")
    side, left, top = 52, 150, 110
    parts = [inked.text(left + side * j + 28, top - 8, name, 12, turn=-40) for j, name in enumerate(columns)]
    for i, name in enumerate(rows):
        parts.append(inked.text(left - 8, top + side * i + 30, name, 12, palette.INK, "end"))
        for j in range(len(columns)):
            parts += _cell(left + side * j, top + side * i, side, float(rho[i, j]), float(q[i, j]), False)
    return inked.figure(left + side * len(columns) + 130, top + side * len(rows) + 14, title, parts)


def _cell(x: float, y: float, side: float, rho: float, q: float, is_diagonal: bool) -> list[str]:
    if is_diagonal or not math.isfinite(rho):
        return [inked.rect(x + 1, y + 1, side - 2, side - 2, palette.EMPTY)]
    colour = palette.on_white(palette.RED if rho > 0 else palette.BLUE, min(abs(rho), 1.0) ** 0.8)
    ink = palette.PAPER if abs(rho) > 0.55 else palette.INK
    words = f"{round(rho, 2) + 0.0:.2f}".replace("0.", ".").replace("-.", "−.")
    return [
        inked.rect(x + 1, y + 1, side - 2, side - 2, colour),
        inked.text(x + side / 2, y + side / 2 + 4, words, 12, ink, "middle", bold=bool(q < 0.05)),
    ]


@dataclass(frozen=True)
class Series:
    """A line of a chart."""

    name: str
    x: Floats
    y: Floats
    dash: str = ""


@said_in_its_place
def line_chart(title: str, series: Sequence[Series], words: tuple[str, str], y: tuple[float, float]) -> str:
    """Lines over a common axis; words: titles of the x and the y axis. A line ends where it leaves y, and begins again where it comes back."""
    require_finite(y, words[1])
    across = span_of((x for s in series for x in s.x.tolist()), words[0])
    plot = axes(across, y, (76, 20, 620, 300))
    parts = [*plot.left_axis(words[1]), *plot.bottom_axis(words[0])]
    for colour, one in zip(palette.SERIES, series, strict=False):
        for piece in _pieces(one, y):
            parts.append(inked.polyline([(plot.x(a), plot.y(b)) for a, b in piece], colour, 2, one.dash))
    parts += legend(640, 40, [(c, s.name) for c, s in zip(palette.SERIES, series, strict=False)])
    return inked.figure(860, 348, title, parts)


def _pieces(line: Series, y: tuple[float, float]) -> Iterator[list[tuple[float, float]]]:
    """The parts of a line that lie within y, each cut where it crosses an end."""
    kept = np.isfinite(line.y)
    points = list(zip(line.x[kept].tolist(), line.y[kept].tolist(), strict=True))
    piece = [points[0]] if points and y[0] <= points[0][1] <= y[1] else []
    for (xa, ya), (xb, yb) in pairwise(points):
        ends = sorted(((end - ya) / (yb - ya) for end in y), key=float) if ya != yb else [0.0, 1.0]
        first, last = max(ends[0], 0.0), min(ends[1], 1.0)
        if first > last or (ya == yb and not y[0] <= ya <= y[1]):
            continue
        if first > 0:
            piece = [(xa + first * (xb - xa), ya + first * (yb - ya))]
        piece.append((xa + last * (xb - xa), ya + last * (yb - ya)))
        if last < 1:
            yield piece
            piece = []
    if piece:
        yield piece


@said_in_its_place
def histogram(
    title: str, values: Floats, axis: str, marks: Sequence[tuple[float, str, str]], is_log: bool = False
) -> str:
    """How often each value came up; marks: value, colour, words, drawn as vertical lines with a key."""
    kept = values[np.isfinite(values)]
    kept = kept[kept > 0] if is_log else kept
    if not kept.size:
        raise CannotDraw(f"no resample gave a number of {axis}")
    drawn = [(v, c) for v, c, _ in marks if np.isfinite(v) and (v > 0 or not is_log)]
    everything = np.concatenate([kept, [v for v, _ in drawn]])
    low, high = float(everything.min()), float(everything.max())
    low, high = (
        (low / 1.05, high * 1.05) if is_log else (low - 0.02 * (high - low or 1), high + 0.02 * (high - low or 1))
    )
    edges = np.geomspace(low, high, 41) if is_log else np.linspace(low, high, 41)
    counts = np.histogram(kept, edges)[0]
    plot = Axes(Scale(low, high, 76, 620, is_log), Scale(0, float(counts.max()) * 1.08 or 1, 220, 20))
    parts = [*plot.left_axis("Resamples", None), *plot.bottom_axis(axis)]
    for k, count in enumerate(counts.tolist()):
        a, b = plot.x(float(edges[k])), plot.x(float(edges[k + 1]))
        parts.append(inked.rect(a, plot.y(count), max(b - a - 0.6, 0.5), 220 - plot.y(count), palette.PALE))
    parts += [inked.line(plot.x(v), 20, plot.x(v), 220, c, 2, "5 3") for v, c in drawn]
    return inked.figure(860, 268, title, [*parts, *legend(640, 40, [(c, w) for _, c, w in marks])])


@said_in_its_place
def stacked_bars(title: str, rows: Sequence[tuple[str, Sequence[int]]], names: Sequence[str]) -> str:
    """Shares of each row as one bar, counts inside."""
    colours = palette.BEST_TO_WORST
    parts = []
    for k, (name, counts) in enumerate(rows):
        y, x, total = 24 + 34 * k, 210.0, max(sum(counts), 1)
        parts.append(inked.text(202, y + 17, f"{name} (n = {sum(counts)})", 12, palette.INK, "end"))
        for colour, count in zip(colours, counts, strict=False):
            width = 470 * count / total
            parts.append(inked.rect(x, y, width, 24, colour))
            if width > 16:
                ink = palette.PAPER if colour in (colours[0], colours[3]) else palette.INK
                parts.append(inked.text(x + width / 2, y + 16, str(count), 11, ink, "middle"))
            x += width
    for k, (colour, name) in enumerate(zip(colours, names, strict=False)):
        parts += [inked.rect(710, 24 + 20 * k, 13, 13, colour), inked.text(730, 35 + 20 * k, name, 12)]
    return inked.figure(860, max(34 + 34 * len(rows), 140), title, parts)


@said_in_its_place
def dot_plot(
    title: str, rows: Sequence[tuple[str, float, float]], axis: str, limit: float, key: tuple[str, str]
) -> str:
    """Two dots a row (before, after) against a limit: the love plot of a matched sample. A row that came out worse is grey."""
    values = [abs(v) for _, a, b in rows for v in (a, b) if math.isfinite(v)]
    scale = Scale(0, max([*values, limit * 1.5]) * 1.06, 300, 640)
    bottom = 26 + 22 * len(rows)
    plot = Axes(scale, Scale(0, 1, bottom, 18))
    parts = [
        inked.line(scale(limit), 14, scale(limit), bottom, palette.SOFT, 1, "4 3"),
        *plot.bottom_axis(axis, scale.ticks()),
    ]
    for k, (name, before, after) in enumerate(rows):
        y = 28 + 22 * k
        parts += [inked.line(300, y, 640, y, palette.GRID), inked.text(290, y + 4, name, 12, palette.INK, "end")]
        is_worse = abs(after) > abs(before)
        first, second = (palette.SOFT, palette.SOFT) if is_worse else (palette.RED, palette.BLUE)
        if math.isfinite(before):
            parts.append(inked.circle(scale(abs(before)), y, 4.5, palette.PAPER, first, 1.8))
        if math.isfinite(after):
            parts.append(inked.circle(scale(abs(after)), y, 4.5, second))
    marks = [inked.circle(668, 40, 4.5, palette.PAPER, palette.RED, 1.8), inked.text(680, 44, key[0], 12)]
    marks += [inked.circle(668, 60, 4.5, palette.BLUE), inked.text(680, 64, key[1], 12)]
    return inked.figure(860, max(bottom + 44, 90), title, [*parts, *marks])


@said_in_its_place
def flow_chart(title: str, boxes: Sequence[tuple[str, str]]) -> str:
    """boxes: (who is left, who left and why); the second may be empty."""
    parts = []
    for k, (stay, leave) in enumerate(boxes):
        y = 14 + 78 * k
        parts += [
            inked.rect(40, y, 330, 48, palette.WASH, palette.SOFT, 4),
            inked.text(205, y + 29, stay, 13, palette.INK, "middle"),
        ]
        if k + 1 < len(boxes):
            parts += [inked.line(205, y + 48, 205, y + 78, palette.SOFT, 1.4), _arrow(205, y + 78)]
        if leave:
            parts += [
                inked.line(205, y + 62, 430, y + 62, palette.SOFT, 1.4),
                inked.rect(430, y + 42, 410, 40, palette.PAPER, palette.LINE, 4),
            ]
            parts.append(inked.text(444, y + 66, leave, 12))
    return inked.figure(860, 14 + 78 * len(boxes), title, parts)


def _arrow(x: float, y: float) -> str:
    return inked.polygon([(x, y), (x - 5, y - 8), (x + 5, y - 8)], palette.SOFT, 1)


@dataclass(frozen=True)
class ScanLine:
    """A scan of cut-offs: what was tried, how strong each was, and the marks to draw."""

    cut: Floats
    p: Floats
    marks: Sequence[tuple[float, str, str]]
    limit_p: float


@said_in_its_place
def scan_plot(title: str, axis: str, found: ScanLine) -> str:
    """-log10 p of every candidate cut, with the line that the best of that many must pass and the chosen cuts."""
    if not len(found.cut):
        raise CannotDraw(f"no cut of {axis} could be tried")
    require_finite([*found.p.tolist(), found.limit_p], "the p of a cut")
    strength = -np.log10(np.maximum(found.p, 1e-300))
    is_log = bool(found.cut.min() > 0 and found.cut.max() / found.cut.min() > 20)
    low, high = span_of([*found.cut.tolist(), *(m[0] for m in found.marks)], axis, room=0.0 if is_log else 0.03)
    if is_log:
        low, high = max(low, float(found.cut.min()) / 3) / 1.1, min(high, float(found.cut.max()) * 3) * 1.1
    limit = -math.log10(max(found.limit_p, 1e-300))
    naive = -math.log10(0.05)
    top = max(float(strength.max()), limit, naive) * 1.1
    plot = Axes(Scale(low, high, 76, 620, is_log), Scale(0, top, 240, 20))
    parts = [*plot.left_axis("−log₁₀ p of the log-rank test"), *plot.bottom_axis(axis)]
    parts += [
        inked.line(76, plot.y(v), 620, plot.y(v), c, 1.4, "5 3")
        for v, c in ((naive, palette.SOFT), (limit, palette.RED))
    ]
    points = [plot.at(a, b) for a, b in zip(found.cut.tolist(), strength.tolist(), strict=True)]
    parts.append(inked.polyline(points, palette.BLUE, 1.6))
    parts += [inked.circle(x, y, 2.2, palette.BLUE) for x, y in points]
    drawn = [m for m in found.marks if low <= m[0] <= high]
    parts += [inked.line(plot.x(v), 20, plot.x(v), 240, c, 2) for v, c, _ in drawn]
    key = [(c, w) for _, c, w in found.marks]
    key += [(palette.SOFT, "naive p = .05"), (palette.RED, "p = .05 for the best of all")]
    return inked.figure(860, 288, title, [*parts, *legend(640, 36, key)])


@said_in_its_place
def risk_bars(title: str, chance: Floats, axis: str) -> str:
    """Patients sorted by a probability, one thin bar each; the middle band is where nothing is certain."""
    order = np.sort(chance[np.isfinite(chance)])
    plot = axes((0, max(len(order), 1)), (0, 1), (76, 16, 620, 210))
    parts = [*plot.left_axis("P(high)", [0, 0.25, 0.5, 0.75, 1], percent=True), *plot.bottom_axis(axis)]
    width = (620 - 76) / max(len(order), 1)
    for k, value in enumerate(order.tolist()):
        colour = palette.AMBER if 0.05 < value < 0.95 else palette.PALE
        parts.append(inked.rect(76 + k * width, plot.y(value), max(width - 0.4, 0.6), 210 - plot.y(value) + 1, colour))
    key = [(palette.PALE, "certain (≥ 95 %)"), (palette.AMBER, "not certain")]
    return inked.figure(860, 256, title, [*parts, *legend(640, 40, key)])

"""`pbis curves`: the standard curves of one plate at a glance."""

from __future__ import annotations

import json
import math
import shutil
import sys
import textwrap
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbis.cli.spark import shows_blocks, spark
from pbis.cli.terminal_table import fitted

if TYPE_CHECKING:
    import pyarrow as pa

_LEVEL_COLUMNS = (
    "standard_level", "expected_concentration", "well_count", "mean_mfi", "cv_pct", "fitted_mfi", "back_calculated",
    "recovery_pct", "back_cv_pct", "influence_pct", "is_used", "is_in_range", "note",
)  # fmt: skip
_RECOVERY_LOW, _RECOVERY_HIGH = 60.0, 140.0  # ends of the recovery marks: 100 % lies between the two in the middle
_DISPENSABLE = (
    "r2",
    "ec50",
    "model",
    "unit",
    "lod",
    "levels",
    "mfi",
    "recovery",
)  # on a narrow terminal, in this order
_LEGEND = "mfi: background and levels from low to high, log scale; recovery: levels between 60 and 140 %"


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--layout", type=click.Path(path_type=Path), help="Plate layout, CSV or XLSX.")
@click.option("--panel", metavar="NAME", help="The kit's panel, whose declared range clamps the limits.")
@click.option(
    "--method",
    type=click.Choice(["robust", "xponent", "instrument"]),
    default="robust",
    show_default=True,
    help="Curve method.",
)
@click.option(
    "--profile",
    type=click.Choice(["research", "regulated"]),
    default="research",
    show_default=True,
    help="Acceptance profile.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list for programs: curves with their levels.")
def curves(file: Path, layout: Path | None, panel: str | None, method: str, profile: str, as_json: bool) -> None:
    """Show the standard curves of the plate export FILE: model, limits, fit, and why a curve warns or fails.

    `mfi` draws the mean MFI of background and standards from low to high, `recovery` the levels' recovery between 60 and
    140 %. docs/curves.md explains the columns.

    \b
    Example:
      pbis curves plate.csv --method xponent
    """
    from pbis.cli.output import show_table
    from pbis.pipeline.single import assay_file

    outcome = assay_file(file, layout=layout, panel=panel, method=method, profile=profile)
    for warning in outcome.warnings:
        click.echo(f"warning: {warning}", err=True)
    levels = _levels_of(outcome.levels)
    if as_json:
        click.echo(json.dumps(_whole(outcome.curves, levels), indent=2, ensure_ascii=False))
        return
    table = table_of(outcome.curves, levels, blocks=shows_blocks(sys.stdout))
    if sys.stdout.isatty():
        click.echo("\n".join(on_terminal(table, outcome.curves, shutil.get_terminal_size().columns)))
    else:
        show_table(table)


def table_of(curve: pa.Table, levels: dict[tuple[int, str], list[dict[str, Any]]], *, blocks: bool) -> pa.Table:
    """What is printed: a row a curve, every cell a text. levels: as _levels_of gives them."""
    import pyarrow as pa

    rows = [_row(row, levels[row["plate_number"], row["analyte"]], blocks) for row in curve.to_pylist()]
    if len(set(curve.column("plate").to_pylist())) > 1:
        rows = [{"plate": plate} | row for plate, row in zip(curve.column("plate").to_pylist(), rows, strict=True)]
    return pa.Table.from_pylist(rows)


def on_terminal(table: pa.Table, curve: pa.Table, width: int) -> list[str]:
    """Lines for a person: what the plate says as a whole, a line a curve that fits the width, what the marks are."""
    lines, left_out = fitted(table.to_pylist(), width, remark="why", dispensable=_DISPENSABLE)
    foot = [_LEGEND] if {"mfi", "recovery"} - set(left_out) else []
    if left_out:
        foot.append(f"not shown on {width} columns: {', '.join(left_out)}; --json has everything")
    return [
        *_wrapped(_summary(curve), width),
        "",
        *lines,
        "",
        *(part for text in foot for part in _wrapped(text, width)),
    ]


def _summary(curve: pa.Table) -> str:
    """`Plate 7: 41 curves by robust 3: 38 pass, 2 warn (IL-2, TNF), 1 fail (IL-10)`."""
    named: dict[str, list[str]] = defaultdict(list)
    for analyte, status in zip(*(curve.column(name).to_pylist() for name in ("analyte", "status")), strict=True):
        named[status].append(analyte)
    parts = [_count(status, named[status]) for status in ("pass", "warn", "fail", "none") if named[status]]
    plates = ", ".join(Counter(curve.column("plate").to_pylist()))
    methods = Counter(zip(*(curve.column(name).to_pylist() for name in ("method", "method_version")), strict=True))
    by = ", ".join(" ".join(one) for one in methods)
    return f"{plates}: {curve.num_rows} {'curve' if curve.num_rows == 1 else 'curves'} by {by}: {', '.join(parts)}"


def _count(status: str, analytes: list[str]) -> str:
    said = "no curve" if status == "none" else status
    return f"{len(analytes)} {said}" + ("" if status == "pass" else f" ({', '.join(analytes)})")


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 20)) or [""]


def _levels_of(level: pa.Table) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """Level rows of each curve, background first."""
    found: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in level.to_pylist():
        found[row["plate_number"], row["analyte"]].append(row)
    return found


def _row(curve: dict[str, Any], levels: list[dict[str, Any]], blocks: bool) -> dict[str, str]:
    return {
        "analyte": curve["analyte"],
        "model": curve["model"],
        "mfi": _mfi_marks(levels, blocks),
        "recovery": _recovery_marks(levels, blocks),
        "ec50": _short(curve["ec50"]),
        "lod": _short(curve["lod"]),
        "lloq": _short(curve["lloq"]),
        "uloq": _short(curve["uloq"]),
        "unit": curve["unit"] or "",
        "r2": "" if curve["r2"] is None else f"{math.floor(curve['r2'] * 1e4) / 1e4:.4f}",
        "levels": f"{curve['passing_levels']}/{curve['level_count']}",
        "status": curve["status"],
        "why": ", ".join(_reasons(curve)),
    }


def _reasons(curve: dict[str, Any]) -> list[str]:
    """The reasons by name; a proposal names its wells."""
    wells = (curve["proposed_exclusions"] or "").replace(";", " ")
    named = (curve["reasons"] or "").split(";")
    return [
        f"wild_replicate: exclude {wells}?" if name == "wild_replicate" and wells else name for name in named if name
    ]


def _mfi_marks(levels: list[dict[str, Any]], blocks: bool) -> str:
    """Mean MFI on the log scale, scaled to the curve's own lowest and highest level."""
    logs = [math.log(row["mean_mfi"]) if (row["mean_mfi"] or 0.0) > 0.0 else None for row in levels]
    known = [value for value in logs if value is not None]
    return spark(logs, min(known), max(known), blocks=blocks) if known else ""


def _recovery_marks(levels: list[dict[str, Any]], blocks: bool) -> str:
    recovery = [row["recovery_pct"] for row in levels if row["standard_level"] > 0]
    return spark(recovery, _RECOVERY_LOW, _RECOVERY_HIGH, blocks=blocks)


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def _whole(curve: pa.Table, levels: dict[tuple[int, str], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Every curve row with its levels."""
    return [
        row | {"levels": [{n: one[n] for n in _LEVEL_COLUMNS} for one in levels[row["plate_number"], row["analyte"]]]}
        for row in curve.to_pylist()
    ]

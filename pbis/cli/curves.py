"""`pbis curves`: the standard curves of one plate at a glance."""

from __future__ import annotations

import json
import math
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbis.cli.spark import shows_blocks, spark

if TYPE_CHECKING:
    import pyarrow as pa

_LEVEL_COLUMNS = (
    "standard_level", "expected_concentration", "well_count", "mean_mfi", "cv_pct", "fitted_mfi", "back_calculated",
    "recovery_pct", "back_cv_pct", "influence_pct", "is_used", "is_in_range", "note",
)  # fmt: skip
_RECOVERY_LOW, _RECOVERY_HIGH = 60.0, 140.0  # ends of the recovery marks: 100 % lies between the two in the middle


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
    levels = _levels_of(outcome.levels)
    if as_json:
        click.echo(json.dumps(_whole(outcome.curves, levels), indent=2, ensure_ascii=False))
        return
    table = table_of(outcome.curves, levels, blocks=shows_blocks(sys.stdout))
    if sys.stdout.isatty():
        click.echo("\n".join(aligned(table)))
    else:
        show_table(table)


def table_of(curve: pa.Table, levels: dict[tuple[int, str], list[dict[str, Any]]], *, blocks: bool) -> pa.Table:
    """What is printed: a row a curve, every cell a text. levels: as _levels_of gives them."""
    import pyarrow as pa

    rows = [_row(row, levels[row["plate_number"], row["analyte"]], blocks) for row in curve.to_pylist()]
    return pa.Table.from_pylist(rows)


def aligned(table: pa.Table) -> list[str]:
    """Lines of a table with its columns aligned and never folded, so that a row of marks stays in one piece."""
    cells = [table.column_names, *(list(row.values()) for row in table.to_pylist())]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return [click.style(lines[0], bold=True), *lines[1:]]


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
        "why": (curve["reasons"] or "").replace(";", ", "),
    }


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

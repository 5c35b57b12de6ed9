"""Standards and controls of a plate as one table: an analyte a row, a level or a control a column, with all that was read there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.draw.page import harmless, markup
from pbis.report.data import PlateReport
from pbis.report.tabular import rows
from pbis.report.text import concentration, percent, phrase, significant, well_order, whole

JUDGING = ("kit_control_range", "control_acceptance")  # rules that say a control is off
_LEVEL = (
    "analyte",
    "standard_level",
    "expected_concentration",
    "mean_mfi",
    "cv_pct",
    "recovery_pct",
    "is_used",
    "note",
)


@dataclass(frozen=True)
class StandardCell:
    """What was read of a level or a control, a line each; kind: class of its look, `off` or `unused`, empty for neither."""

    lines: tuple[str, ...]
    kind: str = ""

    def under(self, head: str) -> str:
        """The cell as HTML; head: what its column is called, as HTML. A page has hundreds, which a template takes ten times as long for."""
        look = f' class="{self.kind}"' if self.kind else ""
        return f'<td{look} data-h="{head}">{harmless("; ".join(self.lines))}'


@dataclass(frozen=True)
class StandardTable:
    """heads: columns after the analyte's; lines: analyte and its cells, None where nothing was read there."""

    heads: tuple[str, ...]
    lines: tuple[tuple[str, tuple[StandardCell | None, ...]], ...]

    @property
    def drawn(self) -> list[tuple[str, Any]]:
        """Analyte and its cells as HTML."""
        heads = [str(harmless(head)) for head in self.heads]
        return [
            (
                name,
                markup(
                    "".join(
                        cell.under(head) if cell else f'<td data-h="{head}">'
                        for head, cell in zip(heads, cells, strict=True)
                    )
                ),
            )
            for name, cells in self.lines
        ]


def standards(data: PlateReport, analytes: list[str]) -> StandardTable:
    """The table, analytes in the order given; without a column where the plate has neither standards nor controls."""
    level = {(row["analyte"], row["standard_level"]): _level(row) for row in rows(data.level, _LEVEL)}
    control = _controls(data)
    numbers = sorted({number for _, number in level})
    names = sorted({name for _, name in control})
    heads = (*("Background" if number == 0 else f"S{number}" for number in numbers), *names)
    lines = tuple(
        (one, (*(level.get((one, n)) for n in numbers), *(control.get((one, name)) for name in names)))
        for one in analytes
    )
    return StandardTable(heads, lines if heads else ())


def _level(row: dict[str, Any]) -> StandardCell:
    """Recovery first: it is what a level is judged by; the background has none."""
    read = (f"MFI {whole(row['mean_mfi'])}", f"CV {percent(row['cv_pct'])}")
    note = phrase(row["note"]) or ("" if row["is_used"] else "not used")
    if row["standard_level"] == 0:
        return StandardCell(read)
    first = f"{percent(row['recovery_pct'])} of {significant(row['expected_concentration'])}"
    return StandardCell((first, *read, *([note] if note else [])), "" if row["is_used"] else "unused")


def _controls(data: PlateReport) -> dict[tuple[str, str], StandardCell]:
    """(analyte, control) -> each well's result, the range, and whether a rule finds it off."""
    labels = {row["well"]: row["reagent_label"] for row in rows(data.well, ("well", "reagent_label"))}
    ranges = {(row["reagent_label"], row["analyte_reported"]): row for row in rows(data.reagent)}
    off = _off(data.finding)
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows(data.result.filter(_is_control(data.result)), _CONTROL):
        found[row["analyte"], str(labels.get(row["well"]) or row["replicate_group"])].append(row)
    return {
        key: _control(members, ranges.get((key[1], members[0]["analyte_reported"]), {}), off)
        for key, members in found.items()
    }


_CONTROL = (
    "analyte", "analyte_reported", "well", "replicate_group", "concentration", "concentration_op", "concentration_bound",
    "expected_concentration",
)  # fmt: skip


def _is_control(result: pa.Table) -> pa.ChunkedArray:
    return pc.equal(result.column("well_role"), "qc_control")


def _off(finding: pa.Table) -> set[tuple[str, str]]:
    """(analyte, replicate group) of controls that a rule finds off."""
    told = rows(finding, ("rule", "severity", "analyte", "replicate_group"))
    return {
        (row["analyte"], row["replicate_group"]) for row in told if row["rule"] in JUDGING and row["severity"] != "info"
    }


def _control(members: list[dict[str, Any]], known: dict[str, Any], off: set[tuple[str, str]]) -> StandardCell:
    members = sorted(members, key=lambda row: well_order(row["well"]))
    read = ", ".join(
        concentration(row["concentration"], row["concentration_op"], row["concentration_bound"]) for row in members
    )
    is_off = any((row["analyte"], row["replicate_group"]) in off for row in members)
    expected, written = members[0]["expected_concentration"], known.get("expected_concentration")
    factor = expected / written if expected and written else 1.0
    low, high = known.get("range_low"), known.get("range_high")
    span = f"range {significant(low * factor)} to {significant(high * factor)}" if low and high else ""
    lines = (f"✕ {read}" if is_off else read, span or f"expected {significant(expected)}")
    return StandardCell(lines, "off" if is_off else "")

"""The flags table: what the rules found, worst first, one row a rule, analyte and limit.

A bad plate can break one rule in thousands of wells. Findings that differ only in the well share a row, which names the
wells and the spread of what was observed; the plate map shows each of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from pbis.core.words import plural
from pbis.draw.words import DASH
from pbis.report.tabular import Rows, rows
from pbis.report.text import SEVERITY_ORDER, STATE_WORDS, listed, significant, well_order

MOST_WELLS = 4
MOST_ANALYTES = 5
MOST_OBSERVED = 2


@dataclass(frozen=True)
class PlateFlag:
    """One row of the table, as text. severity is the class name, severity_word what is read."""

    severity: str
    severity_word: str
    rule: str
    analyte: str
    wells: str
    observed: str
    limit: str
    action: str
    source: str


def flags(finding: pa.Table, well: pa.Table) -> list[PlateFlag]:
    """All findings of a plate, grouped, sorted by severity, rule and analyte."""
    wells_of = _wells_of_groups(well)
    grouped: dict[tuple[str, ...], Rows] = defaultdict(list)
    for row in rows(finding, _USED):
        grouped[tuple(str(row[name] or "") for name in _KEY)].append(row)
    made = _merged([_flag(members, wells_of) for _, members in sorted(grouped.items())])
    return sorted(made, key=lambda flag: (SEVERITY_ORDER.get(flag.severity, 9), flag.rule, flag.analyte, flag.wells))


def _merged(single: list[PlateFlag]) -> list[PlateFlag]:
    """One row for analytes that share everything but their name, as all those of a well without beads do."""
    alike: dict[PlateFlag, list[PlateFlag]] = defaultdict(list)
    for flag in single:
        alike[replace(flag, analyte="", observed="")].append(flag)
    return [members[0] if len(members) == 1 else _merge(members) for members in alike.values()]


def _merge(members: list[PlateFlag]) -> PlateFlag:
    observed = list(dict.fromkeys(flag.observed for flag in members))
    return replace(
        members[0],
        analyte=listed((flag.analyte for flag in members), MOST_ANALYTES),
        observed=listed(observed, MOST_OBSERVED),
    )


_KEY = ("severity", "rule", "unit_of_judgement", "analyte", "limit_text", "action")
_USED = (*_KEY, "well", "replicate_group", "observed", "observed_text", "source")


def _wells_of_groups(well: pa.Table) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows(well, ("replicate_group", "well")):
        found[row["replicate_group"]].append(row["well"])
    return found


def _flag(members: Rows, wells_of: dict[str, list[str]]) -> PlateFlag:
    first = members[0]
    severity: str = first["severity"]
    return PlateFlag(
        severity=severity,
        severity_word=STATE_WORDS.get(severity, severity),
        rule=first["rule"],
        analyte=first["analyte"] or "all",
        wells=_place(members, wells_of),
        observed=_observed(members),
        limit=first["limit_text"],
        action=first["action"],
        source=first["source"],
    )


def _place(members: Rows, wells_of: dict[str, list[str]]) -> str:
    """The wells behind a row, in plate order; a replicate group is named by its wells."""
    names: set[str] = set()
    for row in members:
        names.update([row["well"]] if row["well"] else wells_of.get(row["replicate_group"], []))
    groups = sorted({row["replicate_group"] for row in members if row["replicate_group"]})
    if not names:
        return listed(groups, MOST_WELLS) or "plate"
    if len(names) > MOST_WELLS and len(names) == sum(map(len, wells_of.values())):
        return f"all {len(names)} wells"
    return listed(sorted(names, key=well_order), MOST_WELLS)


def _observed(members: Rows) -> str:
    """One or two findings as they read; more as their lowest and highest."""
    texts = [_reading(row) for row in members]
    if len(members) <= MOST_OBSERVED:
        return "; ".join(dict.fromkeys(texts))
    values = [row["observed"] for row in members if row["observed"] is not None]
    if not values:
        return plural(len(members), "finding")
    low, high = significant(min(values)), significant(max(values))
    return f"{low} in each of {len(members)}" if low == high else f"{low} to {high} in {len(members)}"


def _reading(row: dict[str, Any]) -> str:
    return row["observed_text"] or (significant(row["observed"]) if row["observed"] is not None else DASH)

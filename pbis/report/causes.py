"""Cause and consequence of a plate, a line each: which rules took results away, and which analytes and samples have none.

Samples are called as their tubes are, or as the export calls them: whose they are is no property of the plate.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.words import plural
from pbis.report.data import PlateReport
from pbis.report.rule_words import lowered, rule_title
from pbis.report.tabular import distinct, rows
from pbis.report.text import listed, well_order

TAKING = ("fail_plate", "fail_analyte", "exclude_well", "exclude_reading", "hold_well", "refuse")
MOST_RULES, MOST_NAMES = 5, 6
_ABOUT = ("rule", "effect", "analyte", "well", "replicate_group")


@dataclass(frozen=True)
class CauseLines:
    """cause: what failed; consequence: what has no result because of it. Both are whole sentences."""

    cause: str
    consequence: str


def outcome(data: PlateReport) -> CauseLines:
    """The two lines at the head of a plate's page."""
    return CauseLines(_cause(data), _consequence(data))


def _cause(data: PlateReport) -> str:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows(data.finding.filter(_takes(data.finding)), _ABOUT):
        found[row["rule"]][_about(row["analyte"], row["well"], row["replicate_group"])] = None
    for row in rows(data.trend_finding.filter(_takes(data.trend_finding)), ("rule", "analyte")):
        found[row["rule"]][row["analyte"] or ""] = None
    if data.hold:
        return "Another plate contradicts this one, and nobody has said yet which is right."
    if not found:
        return "Nothing failed."
    parts = [_named(rule_title(rule), about) for rule, about in found.items()]
    more = f"; and {plural(len(parts) - MOST_RULES, 'rule')} more, see Flags" if len(parts) > MOST_RULES else ""
    return "; ".join([parts[0], *map(lowered, parts[1:MOST_RULES])]) + f"{more}."


def _takes(finding: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(finding.column("effect"), pa.array(TAKING))


def _about(analyte: str | None, well: str | None, group: str | None) -> str:
    """`IL-6 in E5`; a well without an analyte by itself, as the analytes of a rule about wells would fill the line."""
    place = well or group
    return " in ".join(part for part in (analyte, place) if part)


def _named(title: str, about: dict[str, None]) -> str:
    names = [name for name in about if name]
    places = {name.rpartition(" in ")[2] for name in names}
    if len(names) > MOST_NAMES and len(places) == 1:
        return f"{title} ({plural(len(names), 'analyte')} in {places.pop()})"
    return f"{title} ({listed(names, MOST_NAMES)})" if names else title


def _consequence(data: PlateReport) -> str:
    names = _samples(data.well)
    samples = list(dict.fromkeys(names.values()))
    analytes = sorted(distinct(data.analyte_verdict, "analyte"))
    if not samples or not analytes:
        return "It holds no samples, so no result hangs on it."
    given = _given(data.reading_state, names)
    without = [name for name in analytes if not given[name]]
    if len(without) == len(analytes):
        return f"None of its {plural(len(samples), 'sample')} has any result."
    parts = (
        [f"No result of {listed(without, MOST_NAMES)} in any of {plural(len(samples), 'sample')}"] if without else []
    )
    parts += _partly(samples, [name for name in analytes if given[name]], given)
    if not parts:
        return f"Nothing is missing: {_all(len(samples), 'sample has', 'samples have')} a result of {_all(len(analytes), 'analyte', 'analytes')}."
    return "; ".join(parts) + "."


def _all(count: int, one: str, many: str) -> str:
    return f"the one {one}" if count == 1 else f"all {count} {many}"


def _partly(samples: list[str], analytes: list[str], given: dict[str, set[str]]) -> list[str]:
    """Samples that lack results of analytes that others have, those that lack most first."""
    lacking = {name: [one for one in analytes if name not in given[one]] for name in samples}
    short = sorted((name for name in samples if lacking[name]), key=lambda name: -len(lacking[name]))
    if not short:
        return []
    said = [
        f"{name} ({'all of them' if len(lacking[name]) == len(analytes) else listed(lacking[name], 3)})"
        for name in short
    ]
    return [
        f"{plural(len(short), 'sample')} without a result of {'other' if len(analytes) < len(given) else 'some'} analytes: {listed(said, MOST_NAMES)}"
    ]


def _samples(well: pa.Table) -> dict[str, str]:
    """Well -> its sample, wells of samples only, in the order of the plate."""
    kept = [
        row for row in rows(well, ("well", "well_role", "specimen_id", "sample_label")) if row["well_role"] == "unknown"
    ]
    kept.sort(key=lambda row: well_order(row["well"]))
    return {row["well"]: row["specimen_id"] or row["sample_label"] or row["well"] for row in kept}


def _given(state: pa.Table, names: dict[str, str]) -> dict[str, set[str]]:
    """Analyte -> samples of which a result may be reported."""
    found: dict[str, set[str]] = defaultdict(set)
    is_shown = pc.and_(
        pc.equal(state.column("reportable"), True), pc.is_in(state.column("well"), pa.array(names, pa.string()))
    )
    reported = (state.column(name).filter(is_shown).to_pylist() for name in ("well", "analyte"))
    for well, analyte in zip(*reported, strict=True):
        found[analyte].add(names[well])
    return found

"""docs/checks.md from the suites: `python -m expectations.docs` writes it, a test keeps it current."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from expectations.entries import PROFILES, TABLES, Entry, all_entries
from pbis.core.measures.spec import MEASURE_SPECS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "checks.md"
HEAD = """# Checks

Written by `python -m expectations.docs` from the suites in `expectations/*.json`; edit those, not this page. How to add one is
in [add-a-check.md](add-a-check.md).

A check looks at one column of a measure table (`pbis/core/measures/spec.py`) and names the rows that leave its limits. Where a
rule has a warning and a failing limit, a row that breaks both gives one finding of severity fail. *Where* is the condition
under which a row is judged at all. *By chance* is the share of judged objects expected to break the limit on a good plate,
measured on simulated plates; verdicts print the number expected from it beside the number seen. Sources are graded: [V] read
in the source, [V2] quoted in a second one, [M] measured on simulated and real curves, [O] our own choice.

What an effect does, applied in `pbis/core/verdicts/reading.py` and nowhere else:

| effect | meaning |
|---|---|
| none | said, nothing else |
| flag | the result stays, marked |
| exclude_reading | the readings of the well x analyte, or of the replicate group, are not reported; a replicate left alone is used and marked single_replicate |
| exclude_well | no analyte of the well is reported |
| fail_analyte | the analyte is not reported on the plate |
| fail_plate | the plate fails: nothing on it is reported |
| exclude_row | the laboratory row is not used |

A person's decision (`pbis decide`, ADR 11) is a finding too: rule `decision` for what is excluded, and a kept finding says who kept it
and no longer takes anything away.

A plate never fails on one analyte: the rules of the `rates` table ask for more than a quarter of the analytes and for at least two.

The tables `trend`, `lots` and `bridges` look at several plates. They are judged once a night over all plates that stand, each
against the accepted plates before it with the same lots, instrument and method, and are kept by night (`qc_trend`, `trend_baseline`):
what they say never changes a stored result, a person acts on it. A guide set is the first 20 accepted plates of a lot; until
it is full, limits are those of Student's t. A laboratory's own guide sets are in [add-a-check.md](add-a-check.md).
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, *(_section(table) for table in TABLES)]
    return "\n".join(parts)


def condition_text(condition: Mapping[str, Any] | None) -> str:
    """A row condition in words."""
    if not condition:
        return ""
    if condition["type"] == "and":
        return " and ".join(condition_text(part) for part in condition["conditions"])
    value = condition["parameter"]
    if isinstance(value, list):
        return f"{condition['column']['name']} {condition['operator'].lower()} {', '.join(map(str, value))}"
    return f"{condition['column']['name']} {condition['operator']} {value}"


def limit_text(entry: Entry) -> str:
    """The limits of an entry as numbers."""
    low, high = entry.kwargs.get("min_value"), entry.kwargs.get("max_value")
    signs = {
        "low": ">" if entry.kwargs.get("strict_min") else ">=",
        "high": "<" if entry.kwargs.get("strict_max") else "<=",
    }
    parts = [f"{signs['low']} {low:g}"] if low is not None else []
    parts += [f"{signs['high']} {high:g}"] if high is not None else []
    if "value_set" in entry.kwargs:
        parts.append(f"none of {', '.join(entry.kwargs['value_set'])}")
    return " and ".join(parts) or _BY_TYPE[entry.type]


_BY_TYPE = {
    "expect_column_values_to_not_be_null": "present",
    "expect_column_values_to_be_null": "absent",
    "expect_row_value_within_own_range": "inside the row's own range",
}


def _section(table: str) -> str:
    entries = [entry for entry in all_entries() if entry.table == table]
    lines = [f"\n## {table}: one row per {MEASURE_SPECS[table].grain}\n"]
    for rule in dict.fromkeys(entry.rule for entry in entries):
        lines += _rule(rule, [entry for entry in entries if entry.rule == rule])
    return "\n".join(lines)


def _rule(rule: str, entries: Sequence[Entry]) -> Iterator[str]:
    yield f"### {rule}\n"
    yield "| id | severity | judged | limit | where | effect | profile | by chance |"
    yield "|---|---|---|---|---|---|---|---|"
    for entry in entries:
        cells = (
            f"`{entry.id}`",
            entry.severity,
            f"{entry.unit}: `{entry.column}`",
            limit_text(entry) + _parameters(entry),
            condition_text(entry.kwargs.get("row_condition")),
            entry.effect,
            "both" if set(entry.profiles) == set(PROFILES) else ", ".join(entry.profiles),
            f"{100 * entry.false_alarm_rate:g} %" if entry.false_alarm_rate else "",
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""
    for action, source in dict.fromkeys((entry.action, entry.source) for entry in entries):
        yield f"- {action[0].upper()}{action[1:]}. Source: {source}."
    yield ""


def _parameters(entry: Entry) -> str:
    return "".join(f" ({name} {value:g})" for name, value in entry.measure.items())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")

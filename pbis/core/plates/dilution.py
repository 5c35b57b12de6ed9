"""By which factor is a well diluted: what a person decided of a held well, the layout's, else the export's; 1 where nobody speaks of dilutions at all, and said so.

Where the export or the layout gives other samples of the run a factor, a sample without one is not taken for undiluted: half a
concentration looks like a result. Where nobody speaks of them, the export's own Result may (pbis.core.plates.dilution_evidence). Nothing is computed for such a well until a layout gives its dilution. Standards and
backgrounds have no factor, and kit controls are 1 where none is written, by what they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from pbis.core.plates.dilution_evidence import contradicted
from pbis.core.plates.plate import PlateRead
from pbis.core.words import plural

UNDILUTED = ("standard", "background")
SAMPLES = ("unknown", "unknown_role")
KIND = "dilution"
# Beyond it a cell holds a barcode, not a dilution; results multiplied by more could grow beyond numbers, which stops a release.
LARGEST_FACTOR = 1e9
MOST_NAMED = 8  # wells that a sentence names before it says how many more

Row = dict[str, Any]
Key = tuple[int, str]


def settle_dilutions(
    read: PlateRead,
    rows: Sequence[Row],
    wells: Sequence[Row],
    layout: Mapping[Key, Row],
    decided: Mapping[Key, float],
) -> list[tuple[str, str]]:
    """Fill dilution_factor, dilution_source, and doubt where there is no factor; returns (code, message) warnings.

    decided: factors that a person gave held wells.
    """
    for row, well in zip(rows, wells, strict=True):
        if row["well_role"] not in UNDILUTED:
            row["dilution_factor"], row["dilution_source"] = _told(well, layout.get(_key(row)), decided.get(_key(row)))
    samples = [row for row in rows if row["well_role"] in SAMPLES]
    untold = [row for row in samples if row["dilution_factor"] is None]
    wrong = {_key(row): well["dilution_factor_reported"] for row, well in zip(rows, wells, strict=True)}
    wrong = {key: value for key, value in wrong.items() if value is not None and not _is_factor(value)}
    is_spoken_of = len(untold) < len(samples) or any(_key(row) in wrong for row in untold)
    diluted = {} if is_spoken_of else contradicted(read, rows)
    for row in rows:
        is_absent = row["dilution_factor"] is None and row["well_role"] not in UNDILUTED
        is_held = _key(row) in wrong or _key(row) in diluted or (is_spoken_of and row["well_role"] in SAMPLES)
        if is_absent and not is_held:
            row["dilution_factor"], row["dilution_source"] = 1.0, "assumed_1"
    assumed = sum(row["dilution_source"] == "assumed_1" for row in samples)
    warnings = [("dilution_assumed", _assumed(assumed, bool(layout), len(diluted)))] if assumed else []
    held = [row for row in rows if row["dilution_factor"] is None and row["well_role"] not in UNDILUTED]
    held = [row for row in held if row["doubt"] != "label"]  # what the well holds is asked first
    return warnings + _hold(read, held, len(samples) - len(untold), layout, diluted)


def _told(well: Row, planned: Row | None, decided: float | None) -> tuple[float | None, str | None]:
    for value, source in (
        (decided, "decision"),
        ((planned or {}).get("dilution_factor"), "layout"),
        (well["dilution_factor_reported"], "export"),
    ):
        if value is not None and _is_factor(value):
            return float(value), source
    return None, None


def _is_factor(value: float) -> bool:
    return 0 < value <= LARGEST_FACTOR  # NaN is neither


def _assumed(count: int, has_layout: bool, diluted: int) -> str:
    where = "neither the export nor the layout gives" if has_layout else "the export gives no"
    amount = "a dilution factor for" if has_layout else "dilution factor for"
    of = f"any of the {count + diluted} sample wells"
    whom = f" for {count} of them, whose Result agrees with it" if diluted else ""
    return (
        f"{where} {amount} {of}: 1 (undiluted) is assumed{whom}; if they were diluted, give the dilutions in a layout"
    )


def _of_result(diluted: Mapping[Key, float | None]) -> str | None:
    """What the Results of the wells say, in words."""
    factors = [factor for factor in diluted.values() if factor is not None]
    if not factors:
        return None
    return (
        f"no dilution is written, but the export's own Result of {len(factors)} samples is about "
        f"{median(factors):.2g} times what its standards have at the same signal"
    )


def _hold(
    read: PlateRead, held: Sequence[Row], told: int, layout: Mapping[Key, Row], diluted: Mapping[Key, float | None]
) -> list[tuple[str, str]]:
    """Mark the wells; one warning for those of which the same was found. diluted: those whose Result speaks against 1."""
    by_result = _of_result(diluted)
    found = {(row["plate_number"], row["well"]): row for row in read.doubt.to_pylist() if row["kind"] == KIND}
    alike: dict[str, list[tuple[Row, int | None]]] = {}
    for row in held:
        cell = found.get(_key(row), {})
        said = str(cell.get("found") or "the export has no dilution factor for it")
        said = by_result if by_result and _key(row) in diluted else said
        if _key(row) in layout:
            said += ", and the layout gives none"
        alike.setdefault(said, []).append((row, cell.get("source_line")))
    warnings = []
    for said, members in alike.items():
        message = _message(read.run.file_name, said, members, told)
        warnings.append(("dilution_unknown", message))
        for row, line in members:
            planned = layout.get(_key(row))
            where = f"{said} (line {planned['source_line']} of the layout)" if planned else said
            add_doubt(row, KIND, _message(read.run.file_name, where, [(row, line)], told))
    return warnings


def _message(file: str, said: str, members: Sequence[tuple[Row, int | None]], told: int) -> str:
    lines = sorted({line for _, line in members if line is not None})
    at = f", line{'s' if len(lines) > 1 else ''} {listed(lines)}" if lines else ""
    names = listed([f"{row['well']} ({row['sample_label']!r})" for row, _ in members])
    noun = "wells" if len(members) > 1 else "well"
    beside = f"; {plural(told, 'other sample well has', 'other sample wells have')} one" if told else ""
    return (
        f"{file}{at}: dilution unknown for {noun} {names}: {said}{beside}. No concentration is computed; "
        f"give the dilution of the {noun} in a layout, or correct the export"
    )


def listed(names: Sequence[object]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(map(str, names[:MOST_NAMED])) + more


def add_doubt(row: Row, kind: str, reason: str) -> None:
    """A well may be doubtful in two ways; both are kept."""
    row["doubt"] = f"{row['doubt']}; {kind}" if row["doubt"] else kind
    row["doubt_reason"] = f"{row['doubt_reason']}; {reason}" if row["doubt_reason"] else reason


def _key(row: Row) -> Key:
    return row["plate_number"], row["well"]

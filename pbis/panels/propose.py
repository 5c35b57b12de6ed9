"""A panel proposed from an export: what the instrument wrote of its kit, as TOML that a person completes and checks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pbis.core.plates.kits import kit_name
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.regions import region_number
from pbis.core.units import to_unit
from pbis.panels.load import TO_BE_CHECKED, TO_BE_NAMED, load_aliases

_REVIEW_AFTER_YEARS = 1  # a lot of a kit rarely lasts longer


def panel_text(read: PlateRead, name: str, today: date) -> str:
    """TOML of a panel `name`: analytes with their regions and units, and the ladder, as the export has them.

    What the export does not say stands as a comment to be completed; nothing is guessed.
    """
    kit = kit_name(read)
    ladders = _ladders(read)
    common = _common(ladders)
    head = [
        f"# Proposed from {read.run.file_name}. Hold every line against the kit's insert, put your names in, then run",
        f"# `pbis panel check {name}.toml` and name the file in [assay] panels of site.toml.",
        f"name = {_quoted(name)}",
        f"title = {_quoted(kit or name)}",
        f"author = {_quoted(TO_BE_NAMED)}",
        f"checker = {_quoted(TO_BE_CHECKED)}",
        f"source = {_quoted(f'the export {read.run.file_name} (sha256 {read.run.run_id[:12]})')}",
        f"next_review = {_quoted(today.replace(day=1, year=today.year + _REVIEW_AFTER_YEARS).isoformat())}",
        'sample_dilution = "1"  # of the kit\'s protocol, for samples',
    ]
    if common:
        head.append(f"ladder = [{', '.join(map(_quoted, common))}]")
    if all(unit_of(row) is None for row in read.analyte.to_pylist()):
        head += ["", *_OF_ALL]
    return "\n".join([*head, *(line for row in _analytes(read, ladders) for line in row)]) + "\n"


def _analytes(read: PlateRead, ladders: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    rows = read.analyte.to_pylist()
    names = _names([row["analyte_reported"] for row in rows])
    of_all = all(unit_of(row) is None for row in rows)
    for row, name in zip(rows, names, strict=True):
        lines = ["", "[[analyte]]", f"name = {_quoted(name)}"]
        if name != row["analyte_reported"]:
            lines[-1] += f"  # {_comment(row['analyte_reported'])} in the export"
        lines += [] if of_all else _unit(row)
        if row["bead_region"]:
            lines.append(f"bead_region = {_quoted(region_number(row['bead_region']))}")
        ladder = ladders.get(row["analyte_reported"], ())
        if ladder:
            lines += [f"range_low = {_quoted(ladder[0])}", f"range_high = {_quoted(ladder[-1])}"]
        yield lines


def unit_of(row: Mapping[str, Any]) -> str | None:
    """An analyte's unit as the export spells it; None where it names none, or a word such as `Bead` that is no unit."""
    unit = row["unit_reported"]
    return unit if unit and to_unit(unit) is not None else None


_OF_ALL = (  # one line to complete, where the export names no unit at all
    "# the export names no unit of concentration: take it from the insert, and take away the first sign of these lines",
    "# [defaults]",
    '# unit = "pg/mL"',
)


def _unit(row: Mapping[str, Any]) -> Iterator[str]:
    if unit := unit_of(row):
        yield f"unit = {_quoted(unit)}"
        return
    said = f"the export says {_comment(row['unit_reported'])}" if row["unit_reported"] else "the export names no unit"
    yield f'# unit = "pg/mL"  # {said}: take it from the insert and take away the first sign'


def _names(reported: Sequence[str]) -> list[str]:
    """The canonical name of each, or the export's own where nobody reviewed it or two of the export would share one."""
    aliases = load_aliases()
    found = [aliases.name_of(name) for name in reported]
    count = Counter(found)
    return [name if count[name] == 1 else own for name, own in zip(found, reported, strict=True)]


def _ladders(read: PlateRead) -> dict[str, list[str]]:
    """Analyte -> its standards' concentrations as the export prints them, lowest first; nothing without standards."""
    wanted = ("analyte_reported", "reagent_kind", "expected_concentration", "expected_text")
    found: dict[str, dict[float, str]] = {}
    for row in read.reagent.select(list(wanted)).to_pylist():
        value = row["expected_concentration"]
        if row["reagent_kind"] == "standard" and value:
            found.setdefault(row["analyte_reported"], {})[value] = row["expected_text"] or f"{value:.10g}"
    return {analyte: [levels[value] for value in sorted(levels)] for analyte, levels in found.items()}


def _common(ladders: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The ladder that all analytes share, () where they have their own."""
    distinct = {tuple(ladder) for ladder in ladders.values()}
    return next(iter(distinct)) if len(distinct) == 1 else ()


def _comment(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """A basic string of TOML: its escapes are those of JSON."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)

"""The table of a flat INTELLIFLEX export: which column holds which statistic of which bead region, and their analytes' names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pbis.core.words import plural
from pbis.files.sheet import Sheet
from pbis.readers.kit.block import Block, fitted, is_blank, trimmed
from pbis.readers.kit.mended import mended_table
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.spelling import fold, kind_of

STATISTIC = re.compile(r"R(\d+):\s*(?:(RP\d)\s+)?(.+)")


_OWN = {"netmedian": "net_mfi_reported", "analytename": "name", "region": "region"}


@dataclass(frozen=True)
class FlatTable:
    """The rows of wells at full width, and where each analyte's statistics stand: analyte key -> target -> column."""

    block: Block
    rows: Sequence[Sequence[str]]
    columns: Mapping[str, int]
    statistics: Mapping[tuple[str, str], Mapping[str, int]]
    ignored: tuple[str, ...]
    footer: tuple[int, ...]

    def cells(self, name: str) -> list[str]:
        """The cells of a per-well column; empty ones where the table has none of the name."""
        at = self.columns.get(name)
        return [""] * len(self.rows) if at is None else [row[at].strip() for row in self.rows]


def read_table(sheet: Sheet, notes: Notes) -> FlatTable:
    block, footer = _block(sheet)
    block = mended_table(block, _fitting, notes) or block
    columns = _columns(block)
    if "WELL LOCATION" not in columns or not block.rows:
        raise block.refuse(
            "holds no wells",
            line=block.last_line,
            expected="a column WELL LOCATION and a row a well",
            found=f"{len(block.rows)} rows",
        )
    statistics, ignored = _statistics(block.header)
    if not any("mfi" in found for found in statistics.values()):
        raise block.refuse(
            "holds no medians", line=block.header_line, expected="a column such as R25: RP1 MEDIAN", found="none"
        )
    return FlatTable(block, block.rows, columns, statistics, ignored, footer)


def _block(sheet: Sheet) -> tuple[Block, tuple[int, ...]]:
    """The header with the rows of wells, and the lines of what follows the first row that begins with `--`."""
    filled = [i for i, row in enumerate(sheet.rows) if not is_blank(row)]
    head, *rest = filled
    header = tuple(cell.upper() for cell in trimmed(sheet.rows[head]))
    end = next((n for n, i in enumerate(rest) if sheet.rows[i][0].startswith("--")), len(rest))
    body, footer = rest[:end], rest[end:]
    lines = tuple(sheet.lines[i] for i in body)
    rows = tuple(sheet.rows[i] for i in body)
    block = Block(
        sheet.name,
        "Table",
        sheet.lines[head],
        lines[-1] if lines else sheet.lines[head],
        sheet.lines[head],
        header,
        rows,
        lines,
    )
    return block, tuple(sheet.lines[i] for i in footer)


def _columns(block: Block) -> dict[str, int]:
    columns = {name: i for i, name in enumerate(block.header)}
    if len(columns) < len(block.header):
        twice = next(name for i, name in enumerate(block.header) if columns[name] != i)
        raise block.refuse(
            "two columns have one name",
            line=block.header_line,
            column=twice,
            expected="a name of its own",
            found=repr(twice),
        )
    return columns


def _fitting(block: Block) -> Block:
    """The block, its rows as wide as its header."""
    return replace(block, rows=fitted(block))


def _statistics(header: Sequence[str]) -> tuple[dict[tuple[str, str], dict[str, int]], tuple[str, ...]]:
    """(region, reporter) -> target -> column, and the statistics that no frame has a column for."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    ignored: dict[str, int] = {}
    for at, name in enumerate(header):
        match = STATISTIC.fullmatch(name)
        if match is None:
            continue
        region, reporter, statistic = match.group(1), match.group(2) or "RP1", match.group(3)
        kind = kind_of(statistic)
        target = _OWN.get(fold(statistic)) or (kind.target if kind and kind.shape == "well" else None)
        if target is None:
            ignored[f"{reporter} {statistic}"] = ignored.get(f"{reporter} {statistic}", 0) + 1
        found.setdefault((region, reporter), {})[target or f"ignored {statistic}"] = at
    kept = {key: targets for key, targets in found.items() if "mfi" in targets}
    return kept, tuple(f"{name} ({plural(count, 'column')})" for name, count in ignored.items())


def analyte_names(table: FlatTable, notes: Notes) -> tuple[str, ...]:
    """Analyte names: every row that names one must name the same; the second reporter's are told apart by it."""
    names: list[str] = []
    for (region, reporter), targets in table.statistics.items():
        written = _distinct(table, targets.get("name"))
        regions = _distinct(table, targets.get("region"))
        if len(written) > 1 or [name for name in regions if name != region]:
            raise table.block.refuse(
                "a bead region has two names",
                line=table.block.lines[0],
                column=f"R{region}: {reporter}",
                expected="one analyte name and one region in every row",
                found=", ".join([*written, *regions]),
            )
        if not written:
            notes.add("analyte_unnamed", f"no row names the analyte of bead region {region}", table.block.header_line)
        name = written[0] if written else f"Region {region}"
        names.append(name if reporter == "RP1" else f"{name} {reporter}")
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise table.block.refuse(
            "two bead regions have one name",
            line=table.block.header_line,
            column=twice,
            expected="a name of its own for every region",
            found=repr(twice),
        )
    return tuple(names)


def _distinct(table: FlatTable, at: int | None) -> list[str]:
    cells = [] if at is None else [row[at].strip() for row in table.rows]
    return [cell for cell in dict.fromkeys(cells) if cell and cell.casefold() not in ("nan", "n/a")]


def whole_counts(texts: Sequence[str], table: FlatTable, notes: Notes) -> list[str]:
    """Some versions write counts with decimals; beads are whole."""
    broken = [text for text in texts if re.fullmatch(r"\d+\.\d+", text.strip())]
    if broken:
        message = f"{len(broken)} bead counts have decimals and are rounded, the first {broken[0].strip()}"
        notes.add("count_not_whole", message, table.block.lines[0])
    return [str(round(float(text))) if re.fullmatch(r"\s*\d+\.\d+\s*", text) else text for text in texts]

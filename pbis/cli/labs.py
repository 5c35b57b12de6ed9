"""`pbis labs`: help with a clinical laboratory's files before they go into the inbox."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.cli.groups import NamedGroup
from pbis.core.words import plural

if TYPE_CHECKING:
    from pbis.clinical.propose import Proposal

TABLES = ("labs", "specimens", "treatments", "outcomes", "linkage", "worklists")


@click.group(cls=NamedGroup)
def labs() -> None:
    """Help with a clinical laboratory's files before they go into the inbox."""


@labs.command("map")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--map", "map_name", default="default", show_default=True, metavar="NAME", help="Labs map to start from.")
@click.option(
    "--table", type=click.Choice(TABLES), default=TABLES[0], show_default=True, help="What FILE is a table of."
)
@click.option(
    "--column", "given", multiple=True, metavar="FIELD=HEADER", help="What a column is called in FILE; may be repeated."
)
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the proposed map here.")
def map_file(file: Path, map_name: str, table: str, given: tuple[str, ...], out: Path | None) -> None:
    """Propose a column map for FILE and show what stays unmapped: columns, codes, units and status words.

    Prints no value and no record number. HL7, FHIR and OMOP files need no column map; their codes and units are shown. Columns of
    other tables than results are known by their headers alone: say with --column what a header means.

    \b
    Example:
      pbis labs map extract.csv -o our-lab.toml
      pbis labs map tubes.csv --table specimens --column "barcode=Tube no." --map our-lab.toml -o our-lab.toml
    """
    from pbis.clinical.propose import mapped, propose
    from pbis.core.errors import UsageError
    from pbis.core.kept import proven
    from pbis.labs import load_map, map_path
    from pbis.labs.write_map import map_text

    labs_map, base = load_map(map_name), map_path(map_name)
    columns = dict(_named(each, labs_map.columns[table]) for each in given)
    proposal = propose(proven(file.read_bytes(), file), file.name, mapped(labs_map, columns, table), table)
    lines = _report(proposal)
    click.echo("\n".join(lines))
    if out is None:
        return
    if not proposal.columns:
        raise UsageError(f"{file.name}: a file of {proposal.form} needs no column map; nothing was written")
    out.write_text(map_text(out.stem, proposal.columns, lines, base, table), "utf-8")
    click.echo(f"wrote {out}; check it and name it in site.toml: [clinical] labs_map")


def _named(text: str, fields: Collection[str]) -> tuple[str, str]:
    """(field, header) of FIELD=HEADER."""
    from pbis.core.errors import UsageError
    from pbis.core.words import nearest

    field, _, header = text.partition("=")
    if field not in fields or not header.strip():
        ours = f"{', '.join(fields)}{nearest(field, fields)}"
        raise UsageError(f"--column {text}: expected FIELD=HEADER, with FIELD one of {ours}")
    return field, header.strip()


def _report(proposal: Proposal) -> list[str]:
    lines = [f"format: {proposal.form}"]
    lines += [
        f"column {f}: {h}{' (guessed from its cells)' * (f in proposal.guessed)}" for f, h in proposal.columns.items()
    ]
    lines += [f"missing: no column for {field}" for field in proposal.missing]
    lines += [f"unmapped column: {header}" for header in proposal.ignored]
    if proposal.survey is None:
        return (
            lines if proposal.table != TABLES[0] else [*lines, "codes and units are shown once their columns are known"]
        )
    lines += [f"understood: {plural(rows, 'row')} of {analyte}" for analyte, rows in proposal.survey.analytes.items()]
    lines += [
        f"unmapped {each.kind}: {each.sent or '(empty)'}, {plural(each.rows, 'row')}: {each.why}"
        for each in proposal.survey.left
    ]
    return [*lines, f"rows: {proposal.survey.rows}"]

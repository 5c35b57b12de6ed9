"""`pbis labs`: help with a clinical laboratory's files before they go into the inbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.cli.groups import NamedGroup
from pbis.core.words import plural

if TYPE_CHECKING:
    from pbis.clinical.propose import Proposal


@click.group(cls=NamedGroup)
def labs() -> None:
    """Help with a clinical laboratory's files before they go into the inbox."""


@labs.command("map")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--map", "map_name", default="default", show_default=True, metavar="NAME", help="Labs map to start from.")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the proposed map here.")
def map_file(file: Path, map_name: str, out: Path | None) -> None:
    """Propose a column map for FILE and show what stays unmapped: columns, codes, units and status words.

    Prints no value and no record number. HL7, FHIR and OMOP files need no column map; their codes and units are shown.

    \b
    Example:
      pbis labs map extract.csv -o our-lab.toml
    """
    from pbis.clinical.propose import propose
    from pbis.core.errors import UsageError
    from pbis.core.kept import proven
    from pbis.labs import load_map
    from pbis.labs.write_map import map_text

    proposal = propose(proven(file.read_bytes(), file), file.name, load_map(map_name))
    lines = _report(proposal)
    click.echo("\n".join(lines))
    if out is None:
        return
    if not proposal.columns:
        raise UsageError(f"{file.name}: a file of {proposal.form} needs no column map; nothing was written")
    out.write_text(map_text(out.stem, proposal.columns, lines), "utf-8")
    click.echo(f"wrote {out}; check it and name it in site.toml: [clinical] labs_map")


def _report(proposal: Proposal) -> list[str]:
    lines = [f"format: {proposal.form}"]
    lines += [
        f"column {f}: {h}{' (guessed from its cells)' * (f in proposal.guessed)}" for f, h in proposal.columns.items()
    ]
    lines += [f"missing: no column for {field}" for field in proposal.missing]
    lines += [f"unmapped column: {header}" for header in proposal.ignored]
    if proposal.survey is None:
        return [*lines, "codes and units are shown once their columns are known"]
    lines += [f"understood: {plural(rows, 'row')} of {analyte}" for analyte, rows in proposal.survey.analytes.items()]
    lines += [
        f"unmapped {each.kind}: {each.sent or '(empty)'}, {plural(each.rows, 'row')}: {each.why}"
        for each in proposal.survey.left
    ]
    return [*lines, f"rows: {proposal.survey.rows}"]

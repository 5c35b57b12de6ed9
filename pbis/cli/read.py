"""`pbis read`: what a plate export is, at once."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--lot-sheet",
    type=click.Path(path_type=Path),
    help="The kit's lot sheet: show what the export and the sheet say together.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def read(file: Path, lot_sheet: Path | None, as_json: bool) -> None:
    """Say what the plate export FILE is: instrument, batch, analytes, wells, blocks, calibration, warnings.

    \b
    Example:
      pbis read "inbox/plates/plate 1.csv" --json
    """
    from pbis.cli.show_read import as_lines
    from pbis.pipeline.accepting import accepted
    from pbis.readers import attach_lot_sheet, read_lot_sheet
    from pbis.readers import read as read_plate
    from pbis.readers.summary import detach_pandas, summarise

    detach_pandas()
    plate = accepted(read_plate(file))
    if lot_sheet is not None:
        plate = attach_lot_sheet(plate, read_lot_sheet(lot_sheet), name=lot_sheet.name)
    summary = summarise(plate)
    click.echo(json.dumps(summary, indent=2, ensure_ascii=False) if as_json else "\n".join(as_lines(summary)))

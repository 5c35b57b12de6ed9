"""`pbis assay`: concentrations of one plate."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--layout",
    type=click.Path(path_type=Path),
    help="Plate layout, CSV or XLSX: plate, well, role, specimen, dilution.",
)
@click.option(
    "--lot-sheet",
    type=click.Path(path_type=Path),
    help="The kit's lot sheet, CSV or XLSX, for a plate that was run with analysis off: concentrations of the standards, "
    "control ranges, units.",
)
@click.option(
    "--panel",
    metavar="NAME",
    help="The kit's panel: human-cytokine-7plex, human-cytokine-41plex, or the path of your own .toml.",
)
@click.option(
    "--method",
    type=click.Choice(["robust", "xponent", "instrument"]),
    default="robust",
    show_default=True,
    help="Curve method: our fit, the instrument's arithmetic, or the concentrations (else the coefficients) in the file.",
)
@click.option(
    "--profile",
    type=click.Choice(["research", "regulated"]),
    default="research",
    show_default=True,
    help="Acceptance profile.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write results here: .csv or .parquet.  [default: CSV to the terminal]",
)
@click.option(
    "--curves", type=click.Path(path_type=Path, dir_okay=False), help="Write one row a curve here: .csv or .parquet."
)
def assay(
    file: Path,
    layout: Path | None,
    lot_sheet: Path | None,
    panel: str | None,
    method: str,
    profile: str,
    out: Path | None,
    curves: Path | None,
) -> None:
    """Fit the standard curves of the plate export FILE and give a concentration, or a bound, for every well and analyte.

    \b
    Example:
      pbis assay plate.csv --layout layout.csv -o results.csv --curves curves.csv
      pbis assay "analysis off.csv" --lot-sheet "kit lot 3471.csv" -o results.csv
    """
    from pbis.pipeline.single import assay_file, csv_text, write_table

    outcome = assay_file(file, layout=layout, lot_sheet=lot_sheet, panel=panel, method=method, profile=profile)
    for warning in outcome.warnings:
        click.echo(f"warning: {warning}", err=True)
    if curves is not None:
        write_table(outcome.curves, curves)
    if out is None:
        click.echo(csv_text(outcome.results), nl=False)
        return
    write_table(outcome.results, out)
    click.echo(f"wrote {out}: {outcome.sentence}", err=True)

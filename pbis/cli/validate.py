"""`pbis validate`: what a laboratory's own plates say about its assay."""

from __future__ import annotations

from pathlib import Path

import click

from pbis.cli.site_option import site_option
from pbis.packages import need


@click.command()
@site_option()
@click.option("--panel", required=True, help="The kit, as the plates of the release name it.")
@click.option(
    "--assigned",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV of assigned values: specimen, analyte, assigned, unit, and where known uncertainty (k = 1) and sd.",
)
@click.option("--release", default="", help="This release instead of the newest.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="validation",
    show_default=True,
    help="Folder to write: report.html, result.json, tables, figures.",
)
def validate(site: Path, panel: str, assigned: Path | None, release: str, out: Path) -> None:
    """Write an assay validation report from the plates of the site's newest release.

    Precision by components of variance, linearity and recovery, lower limit by precision profile, parallelism, lot to lot,
    instrument to instrument, bias against assigned values; each with its guideline and limit. What the plates cannot answer is
    said in its place.

    \b
    Example:
      pbis validate --site my-site --panel human-cytokine-7plex -o validation
      pbis validate --site my-site --panel human-cytokine-7plex --assigned ring-trial.csv
    """
    need("study")
    from pbis.pipeline.validation import validate_site

    report = validate_site(site, panel, assigned, release, out)
    for line in report.headlines:
        click.echo(line)
    click.echo(f"\n  report      {out / 'report.html'}\n  numbers     {out / 'result.json'}")

"""`pbis cohort`: the page on which one sees whether the assay can answer a cut-off."""

from __future__ import annotations

from pathlib import Path

import click

from pbis.cli.site_option import site_option


@click.command()
@site_option()
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="cohort.html",
    show_default=True,
    help="Write the page here.",
)
def cohort(site: Path, out: Path) -> None:
    """Write the cohort sheet of the site's newest release, one HTML file.

    For each component: distribution, share with a point, share unknown and why, the cut against LLOQ x dilution, shifts
    between cohorts and lots; groups under every cut-off set; patients whose group depends on the IL-2 reading or who lie
    near a cut.

    \b
    Example:
      pbis cohort --site demo-site -o cohort.html
    """
    from pbis.pipeline.cohort import published_sheet

    published_sheet(site, out)
    click.echo(f"wrote {out}")

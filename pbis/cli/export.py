"""`pbis export`: rows of a release as files of other programs."""

from __future__ import annotations

from pathlib import Path

import click

from pbis.cli.site_option import site_option
from pbis.core.words import plural
from pbis.packages import need

KINDS = ("results", "scores", "labs")
FORMS = ("xlsx", "csv", "sav", "xpt", "dta", "omop", "sdtm")
_BARE = ("csv", "omop")  # forms that need no package beyond a bare install


@click.command()
@site_option()
@click.option("--what", type=click.Choice(KINDS), required=True, help="Which rows.")
@click.option("--as", "form", type=click.Choice(FORMS), required=True, help="For which program.")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@click.option("--release", default="", help="This release instead of the newest.")
@click.option("--study", default="", help="Identifier of the study, for sdtm.  [default: the site's name]")
def export(site: Path, what: str, form: str, out: Path, release: str, study: str) -> None:
    """Write results, scores or laboratory rows of the newest release, with a codebook.

    \b
    xlsx   a workbook: sheets data, codebook, about
    csv    the file, and beside it FILE.codebook.csv, as for sav, dta, xpt, sdtm
    sav    SPSS, dta Stata: closed words are numbers with labels
    xpt    SAS transport, version 5
    omop   a .zip with tables of OMOP's common data model 5.4
    sdtm   domain LB as SAS transport (.xpt)
    What each keeps and loses: docs/export.md.

    \b
    Example:
      pbis export --site demo-site --what scores --as sav -o scores.sav
      pbis export --site demo-site --what results --as sdtm --study HCC-01 -o lb.xpt
    """
    if form not in _BARE:
        need("export")
    from pbis.pipeline.exporting import export_site

    written = export_site(site, what, form, out, release, study)
    click.echo(f"wrote {written.paths[0]}: {plural(written.rows, 'row')}")
    for path in written.paths[1:]:
        click.echo(f"wrote {path}")
    for note in written.notes:
        click.echo(note, err=True)

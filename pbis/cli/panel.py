"""`pbis panel`: the kits of a laboratory: which there are, whether a file of one can be used, a new one from an export."""

from __future__ import annotations

from pathlib import Path

import click

from pbis.cli.groups import NamedGroup
from pbis.core.words import plural


@click.group(cls=NamedGroup)
def panel() -> None:
    """The kits of a laboratory, as panels: what a kit measures, on which beads, in which units."""


@panel.command("list")
@click.option("--site", type=click.Path(path_type=Path, file_okay=False), help="Say which of them this site runs.")
def list_panels(site: Path | None) -> None:
    """Name the panels that come with the program, and those of a site.

    \b
    Example:
      pbis panel list --site my-site
    """
    import pyarrow as pa

    from pbis.cli.output import show_table
    from pbis.config import load_site
    from pbis.panels import load_panel, panel_names
    from pbis.pipeline.settings import site_panels

    of_site = () if site is None else site_panels(load_site(site))
    ours = [load_panel(name) for name in panel_names()]
    own = [each for each in of_site if each not in ours]
    rows = [
        {
            "panel": each.name,
            "analytes": len(each.analytes),
            "runs here": "yes" if each in of_site else "no",
            "checked by": each.checker,
            "title": each.title,
        }
        for each in (*ours, *own)
    ]
    table = pa.Table.from_pylist(rows)
    show_table(table if site is not None else table.drop_columns("runs here"))


@panel.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Say whether FILE can be used as a panel; exits 4, with the line, where it cannot.

    \b
    Example:
      pbis panel check our-30-plex.toml
    """
    from pbis.core.errors import ConfigError
    from pbis.panels.load import load_panel, remarks_on

    if file.suffix != ".toml":
        raise ConfigError(f"{file}: expected a panel's own file, whose name ends with .toml")
    found = load_panel(file)
    for remark in remarks_on(file):
        click.echo(f"note: {remark}")
    click.echo(f"{file.name}: panel {found.name}, {plural(len(found.analytes), 'analyte')}; it can be used")


@panel.command("propose")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The panel's new file, NAME.toml.",
)
def propose(file: Path, out: Path) -> None:
    """Write a panel from the plate export FILE: its analytes, beads, units and standards. Complete it and check it.

    \b
    Example:
      pbis panel propose "plate 1.csv" -o our-30-plex.toml
    """
    import shlex
    from datetime import datetime

    from pbis.core.errors import UsageError
    from pbis.files.table_out import asked_for
    from pbis.panels import panel_names
    from pbis.panels.propose import panel_text, unit_of
    from pbis.readers import read

    if out.suffix != ".toml":
        raise UsageError(f"{out}: expected a name that ends with .toml")
    if out.exists():
        raise UsageError(f"{out}: exists already, and a panel that may be in use is not written over")
    if out.stem in panel_names():
        raise UsageError(f"{out}: a panel that comes with the program is named {out.stem}; expected another name")
    plate = read(file)
    with asked_for(out):
        out.write_text(panel_text(plate, out.stem, datetime.now().astimezone().date()), encoding="utf-8")
    click.echo(f"wrote {out}: {plural(plate.analyte.num_rows, 'analyte')}")
    if missing := sum(unit_of(row) is None for row in plate.analyte.to_pylist()):
        click.echo(f"{missing} of them have no unit of concentration in the export: take it from the kit's insert")
    click.echo(
        f"next: hold it against the insert, run `pbis panel check {shlex.quote(str(out))}`, and name it in site.toml: "
        f'[assay] panels = [..., "{out.name}"], a path relative to site.toml'
    )

"""`pbis release`: the releases of a site: which there are, a word by which one is cited, its database again, and which may go."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.cli.groups import NamedGroup
from pbis.cli.release_diff import diff
from pbis.cli.site_option import site_option
from pbis.core.words import plural
from pbis.packages import need

if TYPE_CHECKING:
    from pbis.pipeline.kept_releases import KeptFolder

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
_AUTHOR = click.option("--author", required=True, help="Who decides it, by name.")


@click.group(cls=NamedGroup)
def release() -> None:
    """The releases of a site: dated copies of what may be seen, each written once.

    \b
    Example:
      pbis release list --site demo-site
    """


@release.command("list")
@site_option()
@_JSON
def list_releases(site: Path, as_json: bool) -> None:
    """Say which releases there are, when they were made, how large they are, and which stay whatever their age.

    `own` is what goes with a release: parts that others have too do not. `nights` counts the nights up to it. `in lake` is its snapshot in the
    site's lake; on a machine that has none of the site's releases the lake's are listed.

    \b
    Example:
      pbis release list --site demo-site
    """
    need("night")
    from pbis.config import load_site
    from pbis.pipeline.kept_releases import kept_releases
    from pbis.pipeline.lake_reader import asks_lake, told_of_lake

    loaded = load_site(site)
    found, (held, trouble) = kept_releases(site), told_of_lake(loaded)
    if as_json:
        told = {"releases": [each.as_json() for each in found], "lake": held if loaded.lake and not trouble else None}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    elif asks_lake(loaded):
        what = (
            "what its lake holds could not be asked"
            if trouble
            else "its lake holds"
            if held
            else "its lake holds nothing yet"
        )
        click.echo(f"this machine has none of the site's releases; {what}{':' if held else ''}")
        click.echo("".join(f"  release {name} is snapshot {number}\n" for name, number in held.items()), nl=False)
    elif not found:
        click.echo(f"nothing is published yet; run: pbis night --site {site}")
    else:
        _show_kept(found, held if loaded.lake else None)
    if trouble:
        click.echo(trouble, err=True)


def _show_kept(found: Sequence[KeptFolder], held: Mapping[str, int] | None) -> None:
    """held: release -> snapshot of the site's lake; None for a site without one."""
    import pyarrow as pa

    from pbis.cli.output import show_table

    rows = [
        {
            "release": each.name,
            "made": each.made_at,
            "nights": each.nights,
            "rests on": each.rests_on[:12],
            "own": f"{each.own_bytes / 1e6:.1f} MB",
            "whole": f"{each.byte_count / 1e6:.1f} MB",
            "named": ", ".join(each.labels),
            "signed": "yes" if each.is_signed else "",
            "current": "yes" if each.is_current else "",
            **({} if held is None else {"in lake": str(held.get(each.name, ""))}),
        }
        for each in found
    ]
    show_table(pa.Table.from_pylist(rows))


@release.command("name")
@site_option()
@click.argument("name")
@click.argument("label")
@_AUTHOR
@_JSON
def name_it(site: Path, name: str, label: str, author: str, as_json: bool) -> None:
    """Give release NAME the word LABEL by which a paper cites it; a release with a word is kept.

    \b
    Example:
      pbis release name 2026-03-09-1 "Kim 2026, table 2" --site demo-site --author "A. Name"
    """
    need("night")
    from pbis.pipeline.kept_releases import name_release
    from pbis.pipeline.night import utc_clock

    event = name_release(site, name, label, author, utc_clock)
    if as_json:
        click.echo(json.dumps({"release": name, "label": label, "decision": event.sequence}))
    else:
        click.echo(f"release {name} is cited as {label!r} (decision {event.sequence})")


@release.command()
@site_option()
@click.option("--keep", type=click.IntRange(min=1), default=10, show_default=True, help="Keep so many of the newest.")
@click.option("--dry-run", is_flag=True, help="Say which would go, and take none away.")
@_AUTHOR
@_JSON
def prune(site: Path, keep: int, dry_run: bool, author: str, as_json: bool) -> None:
    """Take older releases away for good. The one that people are led to, one with a name and one that a signature names stay.

    \b
    Example:
      pbis release prune --site demo-site --keep 30 --dry-run --author "A. Name"
    """
    need("night")
    from pbis.pipeline.kept_releases import prune as take_away
    from pbis.pipeline.night import utc_clock

    gone = take_away(site, keep, author, utc_clock, is_dry_run=dry_run)
    if as_json:
        click.echo(json.dumps({"pruned": [each.name for each in gone], "is_dry_run": dry_run}))
        return
    for each in gone:
        click.echo(f"{'would go' if dry_run else 'gone'}: {each.name} ({each.own_bytes / 1e6:.1f} MB of its own)")
    click.echo(f"{'would be taken' if dry_run else 'taken'} away: {plural(len(gone), 'release')}")


@release.command("open")
@site_option()
@click.argument("name")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file, new.")
@_JSON
def open_it(site: Path, name: str, output: Path, as_json: bool) -> None:
    """Write the database of release NAME into a file of its own: an older release keeps its parts, of which it is made again.

    \b
    Example:
      pbis release open 2026-03-09-1 --site demo-site -o then.duckdb
    """
    need("night")
    from pbis.pipeline.kept_releases import write_database

    path = write_database(site, name, output)
    if as_json:
        click.echo(json.dumps({"release": name, "file": str(path)}))
    else:
        click.echo(f"wrote {path}: release {name}; ask it with any DuckDB from 1.4 on")


@release.command()
@site_option()
@_JSON
def lake(site: Path, as_json: bool) -> None:
    """Bring the site's lake to the releases that are kept, as the next night would; say which snapshot of it is which release.

    Exit code 8 where PostgreSQL or the folder of the lake is away, 7 where another writer was at the lake.

    \b
    Example:
      pbis release lake --site /srv/pbis/site
    """
    need("night")
    from pbis.config import load_site
    from pbis.pipeline.lake import bring_now

    held = bring_now(load_site(site))
    if as_json:
        click.echo(json.dumps({"snapshots": dict(held.release), "brought": list(held.brought)}))
        return
    for name, snapshot in held.release.items():
        click.echo(f"release {name} is snapshot {snapshot}{' (brought now)' if name in held.brought else ''}")


release.add_command(diff)

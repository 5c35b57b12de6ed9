"""`pbis score`: the score alone, for anyone with a table of values; or a site's scores under other cut-offs."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("table", type=click.Path(path_type=Path), required=False)
@click.option("--cutoffs", "cutoff_set", metavar="SET", help="Cut-off set, for example pbis-2025-il2-pgml.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write CSV here.  [default: the terminal]"
)
@click.option("--site", type=click.Path(path_type=Path, file_okay=False), help="The site's folder, for --what-if.")
@click.option(
    "--what-if", "changes", multiple=True, metavar="CUT", help="Another cut-off: IL2=5pg/mL, NLR=4; may be given again."
)
@click.option("--json", "as_json", is_flag=True, help="With --what-if: print one JSON object for programs.")
def score(
    table: Path | None,
    cutoff_set: str | None,
    out: Path | None,
    site: Path | None,
    changes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Score the subjects of TABLE, a CSV with values as a laboratory prints them ('<6.4' included; empty is missing).

    Columns: subject, neutrophils, neutrophils_unit, lymphocytes, lymphocytes_unit, crp, crp_unit, il12, il12_unit,
    il2, il2_unit; where they are known: age, child_pugh, ecog, material.

    Beside each score stand its marks, which never change it: at_cut, near_cut, outside_population, implausible.

    With --site and --what-if, score the site's newest release again under changed cut-offs and say who moves; nothing is
    stored. --cutoffs then names the set that is changed; default: the site's own.

    \b
    Example:
      pbis score cohort.csv --cutoffs pbis-2025-il2-pgml -o scores.csv
      pbis score --site demo-site --what-if IL2=5pg/mL --what-if NLR=4
    """
    if site is not None or changes:
        _what_if(table, cutoff_set, out, site, changes, as_json)
    elif table is None:
        raise click.UsageError("expected a TABLE, or --site with --what-if")
    elif cutoff_set is None:
        raise click.UsageError("expected --cutoffs SET: there is no set that would be right for everyone")
    elif as_json:
        raise click.UsageError("--json belongs to --what-if; scores of a table are CSV")
    else:
        _table(table, cutoff_set, out)


def _table(table: Path, cutoff_set: str, out: Path | None) -> None:
    from pbis.pipeline.score_table import score_table

    text = score_table(table, cutoff_set, out, say=lambda note: click.echo(note, err=True))
    if out is None:
        click.echo(text, nl=False)
    else:
        click.echo(f"wrote {out}")


def _what_if(
    table: Path | None,
    cutoff_set: str | None,
    out: Path | None,
    site: Path | None,
    changes: tuple[str, ...],
    as_json: bool,
) -> None:
    import json

    if table is not None or out is not None:
        raise click.UsageError("a TABLE is scored by --cutoffs; --what-if reads a site and prints")
    if site is None or not changes:
        raise click.UsageError("expected --site DIR together with --what-if CUT, for example --what-if IL2=5pg/mL")
    from pbis.pipeline import what_if

    found = what_if.what_if_published(site, changes, cutoff_set)
    said = json.dumps(what_if.as_json(found), indent=2, ensure_ascii=False) if as_json else None
    click.echo(said or "\n".join(what_if.as_lines(found)))

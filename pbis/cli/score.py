"""`pbis score`: the score alone, for anyone with a table of values."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "--cutoffs", "cutoff_set", required=True, metavar="SET", help="Cut-off set, for example pbis-2025-il2-pgml."
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write CSV here.  [default: the terminal]"
)
def score(table: Path, cutoff_set: str, out: Path | None) -> None:
    """Score the subjects of TABLE, a CSV with values as a laboratory prints them ('<6.4' included; empty is missing).

    Columns: subject, neutrophils, neutrophils_unit, lymphocytes, lymphocytes_unit, crp, crp_unit, il12, il12_unit,
    il2, il2_unit.

    \b
    Example:
      pbis score cohort.csv --cutoffs pbis-2025-il2-pgml -o scores.csv
    """
    from pbis.pipeline.score_table import score_table

    text = score_table(table, cutoff_set, out)
    if out is None:
        click.echo(text, nl=False)
    else:
        click.echo(f"wrote {out}")

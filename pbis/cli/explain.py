"""`pbis explain`: why a score is what it is."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pbis.cli.site_option import site_option


@click.command()
@click.argument("subject")
@site_option()
@click.option(
    "--cutoffs", "cutoff_set", metavar="SET", help="Explain the score under this cut-off set.  [default: the site's]"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def explain(subject: str, site: Path, cutoff_set: str | None, as_json: bool) -> None:
    """Walk the score of SUBJECT back: components and cut-offs, the values chosen and why, wells, file and line, curve, findings.

    \b
    Example:
      pbis explain P1059 --site demo-site
    """
    from pbis.pipeline.explain import as_lines, explain_subject

    story = explain_subject(site, subject, cutoff_set)
    click.echo(json.dumps(story, indent=2, ensure_ascii=False, default=str) if as_json else "\n".join(as_lines(story)))

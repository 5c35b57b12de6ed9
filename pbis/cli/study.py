"""`pbis study`: the paper's analysis on the published data, the published claims recomputed, the search on noise."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.cli.groups import NamedGroup
from pbis.packages import need

if TYPE_CHECKING:
    import pandas as pd

    from pbis.study.settings import StudySettings

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)

_UNIT = click.option(
    "--time-unit",
    "time_units",
    multiple=True,
    metavar="[os=|pfs=]UNIT",
    help="Unit of the survival times where they are not months: days, weeks, years; os=days for one endpoint; may be given again.",
)


@click.group(cls=NamedGroup, invoke_without_command=True)
@click.option("--site", type=_FOLDER, help="The site's folder; its newest release is read.")
@click.option(
    "--release", default="", help="With --site: this release instead of the newest; the same bytes years later."
)
@click.option("--data", type=_FILE, help="A table instead of a site: CSV or Parquet, columns as in docs/study.md.")
@click.option("--cohort", "cohorts", multiple=True, help="Only this cohort; may be given again.")
@click.option("--covariates", type=_FILE, help="CSV of further baseline variables: subject_id, age, sex, ecog, ...")
@click.option("--config", type=_FILE, help="study.toml: every choice that changes a number.")
@_UNIT
@click.option("-o", "--out", type=_FOLDER, help="Folder to write: report.html, result.json, tables, figures.")
@click.pass_context
def study(
    context: click.Context,
    site: Path | None,
    release: str,
    data: Path | None,
    cohorts: tuple[str, ...],
    covariates: Path | None,
    config: Path | None,
    time_units: tuple[str, ...],
    out: Path | None,
) -> None:
    """Redo the paper's analysis on published data, and say how far its numbers can be trusted.

    Writes a folder: report.html, result.json (every number with its test, tie method, direction, n, events, missing handling
    and the inputs' hash), numbers.csv and .parquet, tables/, figures/.

    \b
    Example:
      pbis study --site demo-site -o study
      pbis study --site demo-site --release 2026-11-28-1 -o study
      pbis study --data cohort.csv --config study.toml -o study
      pbis study claims
      pbis study null --repeats 500
    """
    if context.invoked_subcommand is not None:
        return
    if out is None:
        raise click.UsageError("expected -o FOLDER, where the study is written")
    need("study")
    _run(partial(_inputs, site, data, cohorts, covariates, config, release), ",".join(time_units), out)


@study.command()
@click.option("--claims", "path", type=_FILE, help="A list of claims; default: those of the score's paper.")
@click.option("--site", type=_FOLDER, help="Compare with this site's data too.")
@click.option("--data", type=_FILE, help="Compare with this table too.")
@_UNIT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def claims(path: Path | None, site: Path | None, data: Path | None, time_units: tuple[str, ...], as_json: bool) -> None:
    """Recompute published claims from their own counts and intervals, and from data where there is any.

    \b
    Example:
      pbis study claims
      pbis study claims --site demo-site --json
    """
    need("study")
    from dataclasses import asdict

    from pbis.study.claims import check_claims, load_claims
    from pbis.study.claims.on_data import on_data
    from pbis.study.study import make_study

    chosen = load_claims(path)
    if site or data:
        from pbis.study.data import check_table

        settings, frame = _inputs(site, data, (), None, None)
        made = make_study(check_table(frame, ",".join(time_units)), settings)
        verdicts = check_claims(chosen, lambda claim: on_data(made, claim))
    else:
        verdicts = check_claims(chosen)
    if as_json:
        verdict_rows = [asdict(v) for v in verdicts]
        click.echo(
            json.dumps({"title": chosen.title, "citation": chosen.citation, "claims": verdict_rows}, ensure_ascii=False)
        )
        return
    for verdict in verdicts:
        ours = " (ours)" if verdict.derived else ""
        click.echo(f"{verdict.verdict:15} {verdict.says}{ours}")
        click.echo(f"{'':15} {verdict.place}: {', '.join(verdict.printed)}")
        by = f" (by {', '.join(verdict.by)})" if verdict.by else ""
        click.echo(f"{'':15} {verdict.found}{by}")
        if verdict.data:
            click.echo(f"{'':15} {verdict.data}")


@study.command()
@click.option("--repeats", default=500, show_default=True, type=click.IntRange(10, 100_000), help="How many times.")
@click.option("--patients", default=116, show_default=True, type=click.IntRange(20, 10_000), help="Simulated patients.")
@click.option("--min-share", default=0.1, show_default=True, type=click.FloatRange(0.01, 0.49), help="Smallest group.")
@click.option("--site", type=_FOLDER, help="Shuffle this site's patients instead of simulating.")
@click.option("--seed", default=20251123, show_default=True, help="Start of the random numbers.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def null(repeats: int, patients: int, min_share: float, site: Path | None, seed: int, as_json: bool) -> None:
    """Run the search for a score on pure noise: how often does it find one?

    \b
    Example:
      pbis study null --repeats 500
      pbis study null --site demo-site --json
    """
    need("study")
    import numpy as np

    from pbis.study.null import null_lines, null_numbers, run_null, shuffled_cohort, simulated_cohort

    rng = np.random.default_rng(seed)
    if site is None:
        cohort = simulated_cohort(rng, patients)
    else:
        from pbis.study.data import check_table
        from pbis.study.study import make_study

        settings, frame = _inputs(site, None, (), None, None)
        cohort = shuffled_cohort(make_study(check_table(frame), settings))
    result = run_null(cohort, repeats, rng, min_share, tell=lambda words: click.echo(words, err=True))
    if as_json:
        click.echo(
            json.dumps({"repeats": repeats, "seed": seed, "numbers": [n.as_row() for n in null_numbers(result)]})
        )
    else:
        click.echo("\n".join(null_lines(result)))


def _run(read: Callable[[], tuple[StudySettings, pd.DataFrame]], time_unit: str, out: Path) -> None:
    """Read, compute, write, and say what was found."""
    from pbis.cli.output import Progress
    from pbis.study.findings import summary
    from pbis.study.report import write_study
    from pbis.study.run import CHAPTERS, run_study

    with Progress() as progress:
        progress.step("reading the release", 1)
        settings, frame = read()

        def step(name: str) -> None:
            progress.step(name, 1)

        result = run_study(frame, settings, lambda _: progress.advance(), step, time_unit)
        progress.step("writing", len(CHAPTERS))
        write_study(result, out)
    for line in result.headlines:
        click.echo(line)
    for line in summary(result.findings):
        click.echo(f"{line}: see the table of findings in the report", err=True)
    click.echo(f"\n  report      {out / 'report.html'}\n  numbers     {out / 'result.json'}")


def _inputs(
    site: Path | None,
    data: Path | None,
    cohorts: tuple[str, ...],
    covariates: Path | None,
    config: Path | None,
    release: str = "",
) -> tuple[StudySettings, pd.DataFrame]:
    """The table and the settings; cut-offs are the site's unless study.toml names some."""
    if (site is None) == (data is None):
        raise click.UsageError("expected either --site FOLDER or --data FILE")
    if release and site is None:
        raise click.UsageError("--release names a release of a site: expected --site FOLDER with it")
    from pbis.pipeline.study import read_table, site_study

    if site is not None:
        return site_study(site, cohorts, covariates, config, release)
    assert data is not None
    from pbis.study.settings import load_settings

    return load_settings(config), read_table(data, cohorts, covariates)

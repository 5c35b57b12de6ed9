"""`pbis demo`: the whole job on simulated data, and the proof that it came out right."""

from __future__ import annotations

from pathlib import Path

import click

from pbis.packages import need


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default="demo-site")
@click.option("--engine", type=click.Choice(["prefect", "plain"]), help="Run the steps with or without Prefect.")
def demo(folder: Path, engine: str | None) -> None:
    """Simulate a site in FOLDER, run its night, and compare what came out with the truth.

    Run it again: what is known is not done twice.

    \b
    Example:
      pbis demo demo-site
    """
    need("night")
    from flows.runner import run_night
    from pbis.cli.night import show_outcome
    from pbis.cli.output import Progress
    from pbis.config import load_site
    from pbis.pipeline.context import NightOptions
    from pbis.pipeline.demo import drift_lines, prepare
    from pbis.pipeline.proof import prove

    with Progress() as progress:
        progress.step("simulating a cohort", 1)
        was_new = prepare(folder)
        site = load_site(folder)
        outcome = run_night(site, NightOptions(), progress, engine=engine)
    if not was_new:
        click.echo(f"{folder} was there already; its inbox was looked at again.")
    show_outcome(outcome)
    click.echo()
    click.echo("\n".join([*prove(site, folder / "truth").lines(), *drift_lines(folder)]))
    click.echo("\n".join(_closing(folder, site.file.score.cutoff_set)))


def _closing(folder: Path, cutoff_set: str) -> list[str]:
    from pbis.pipeline.published import run_query
    from pbis.scores import load_set

    table = run_query(
        folder, "select subject_id from score where is_site_set and \"group\" = 'indeterminate' order by 1 limit 1"
    )
    subject = table.column(0)[0].as_py() if table.num_rows else "SUBJECT"
    return [
        "",
        f"Cut-off set {cutoff_set}: {load_set(cutoff_set).note}",
        "",
        "Try next:",
        f"  .venv/bin/pbis desk --site {folder}",
        f"  .venv/bin/pbis explain {subject} --site {folder}",
        f'  .venv/bin/pbis sql --site {folder} "select * from score_side_by_side limit 10"',
        f'  .venv/bin/pbis assay "$(ls {folder}/archive/plates/*/* | head -n 1)" -o results.csv',
    ]

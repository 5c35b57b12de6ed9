"""`pbis simulate`: realistic exports and extracts from a seed."""

from __future__ import annotations

from pathlib import Path

import click

from pbis.core.words import plural


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option(
    "--plates", type=click.IntRange(1, 10_000), help="Write so many plates only, for load tests, instead of a cohort."
)
@click.option(
    "--analytes", default=41, show_default=True, type=click.IntRange(1, 41), help="Analytes of a load-test plate."
)
@click.option(
    "--validation", is_flag=True, help="Write the plates of a validation design and its truth, instead of a cohort."
)
def simulate(folder: Path, seed: int, plates: int | None, analytes: int, validation: bool) -> None:
    """Write a simulated cohort into FOLDER/inbox and the truth into FOLDER/truth; or, with --plates, exports into FOLDER.

    --validation: two lots, two instruments, dilution series and a ring trial, for `pbis validate`.

    \b
    Example:
      pbis simulate cohort --seed 7
      pbis simulate load --plates 20 --analytes 41
      pbis simulate design --validation
    """
    from pbis.core.errors import UsageError
    from pbis.simulate import write_plates, write_site_data

    if (folder / "inbox").exists() or (plates and folder.exists() and any(folder.iterdir())):
        raise UsageError(f"{folder}: there is something here already; name a new folder")
    if plates and validation:
        raise UsageError("--plates and --validation are two kinds of simulation: expected one of them")
    if validation:
        from pbis.simulate.validation import write_validation_site

        count = write_validation_site(folder / "inbox", folder / "truth", seed)
        click.echo(f"wrote {plural(count, 'plate')} of a validation design into {folder}/inbox")
        return
    if plates:
        write_plates(folder, seed, plates, analytes)
        click.echo(f"wrote {plural(plates, 'plate')} of {plural(analytes, 'analyte')} into {folder}")
        return
    manifest = write_site_data(folder / "inbox", folder / "truth", seed)
    click.echo(
        f"wrote {plural(manifest.plates, 'plate')} and {plural(manifest.subjects, 'subject')} into {folder}/inbox"
    )
    click.echo(f"{len(manifest.problems)} planted problems are listed in {folder}/truth/problems.json")

"""`pbis decide guide`: which plates the limits of a control chart are taken from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from pbis.cli.decide_options import JSON, WHY, with_options
from pbis.core.decision import CAUSES
from pbis.packages import need


@click.command("guide")
@with_options(
    *WHY,
    JSON,
    click.option("--analyte", required=True, help="Analyte of the chart; * for all of them."),
    click.option("--control", required=True, type=click.Choice(["qc1", "qc2"]), help="qc1 is the low control."),
    click.option("--lot", required=True, help="Lot of the chart, or one of its numbers."),
    click.option(
        "--plate", "plates", multiple=True, help="A plate of the guide set, by name or run_id; given once for each."
    ),
    click.option("--first", "is_first", is_flag=True, help="Go back to the first accepted plates of the lot."),
    click.option(
        "--cause", default="verified", show_default=True, type=click.Choice(list(CAUSES)), help="From the closed list."
    ),
)
def guide(site: Path, dry_run: bool, as_json: bool, **given: Any) -> None:
    """Choose the plates that mean, SD and limits of a control chart are taken from; plates after the last of them are judged by these.

    With --dry-run it says the limits before and after, and which verdicts would change.

    \b
    Example:
      pbis decide guide --site demo-site --analyte IL-6 --control qc1 --lot K0017 --plate P03 --plate P04 --plate P05 --plate P06 --plate P07 --reason "after the service" --author "A. Name" --dry-run
    """
    need("night")
    from pbis.pipeline.choosing_guide import GuideAsked, choose_guide
    from pbis.pipeline.night import utc_clock

    if as_json and not dry_run:
        raise click.UsageError("--json goes with --dry-run: it tells what would change")
    if given["is_first"] == bool(given["plates"]):
        raise click.UsageError(
            "name the plates of the guide set with --plate, or give --first; expected one of the two"
        )
    done = choose_guide(site, GuideAsked(**given), utc_clock, is_dry_run=dry_run)
    event, facts = done.decision, done.decision.facts
    of = "its first plates" if given["is_first"] else ", ".join(facts["names"])
    what = f"the guide set of {facts['control']} of {event.target.analyte or 'all analytes'}, lot {facts['lot']}: {of}"
    head = [f"would choose {what}" if dry_run else f"decision {event.sequence}: {what}, {event.words}"]
    head += [f"note: {warning}" for warning in done.warnings]
    if not dry_run:
        click.echo("\n".join([*head, "the next night follows all plates with it"]))
        return
    click.echo("\n".join(_supposed(site, done.decision, head, as_json)))


def _supposed(site: Path, event: Any, head: list[str], as_json: bool) -> list[str]:
    """What the next night would make of it."""
    from pbis.pipeline.effect import as_json as as_object
    from pbis.pipeline.effect_words import to_words
    from pbis.pipeline.guide_preview import limits_words, preview_guide
    from pbis.pipeline.night import utc_clock

    found = preview_guide(site, event, utc_clock)
    if not as_json:
        return [*head, *limits_words(found.limits), *to_words(found.effect)]
    limits = [
        {"analyte": one.analyte, "instrument": one.instrument, "method": one.method}
        | {end: dict(side) for end, side in (("before", one.before), ("after", one.after))}
        for one in found.limits
    ]
    told = as_object(found.effect) | {"limits": json.loads(json.dumps(limits, default=str))}
    return [json.dumps(told, indent=2, ensure_ascii=False)]

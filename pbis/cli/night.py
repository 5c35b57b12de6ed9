"""`pbis night`: the whole job on a site."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbis.cli.deliver import outdated_lines
from pbis.cli.site_option import site_option
from pbis.cli.status import todo_lines, unsent_lines
from pbis.core.errors import IntegrityError
from pbis.core.plates.same_warnings import Warned, together
from pbis.packages import need

if TYPE_CHECKING:
    from pbis.config import Site
    from pbis.pipeline.context import NightOptions, Teller
    from pbis.pipeline.outcome import Outcome


@click.command()
@site_option()
@click.option(
    "--engine",
    type=click.Choice(["prefect", "plain"]),
    help="Run the steps with or without Prefect.  [default: the site's]",
)
@click.option(
    "--since",
    type=click.DateTime(),
    help="Leave inbox files alone that were last changed before this time, in the site's zone.",
)
@click.option("--only", multiple=True, metavar="FILE", help="Take only this file of the inbox; can be given again.")
@click.option("--dry-run", is_flag=True, help="Look, read and check, but write and move nothing.")
@click.option(
    "--accept-fall",
    type=click.IntRange(min=1),
    metavar="N",
    help="Publish though at most N plates, subjects or scored patients are gone without a cause; a decision in the log.",
)
@click.option("--reason", help="With --accept-fall: why, in one sentence; no names of patients.")
@click.option("--author", help="With --accept-fall: who decides.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="What standard error shows meanwhile: text for people, or JSON, a line an event.  [default: the site's]",
)
def night(site: Path, engine: str | None, as_json: bool, log_format: str | None, **asked: Any) -> None:
    """Take in what lies in the inbox, fit, check, load, join, score, publish and report.

    Safe to repeat: what is loaded is not loaded again. Exit code 0 when all went well, 6 when it is done but something waits for a
    person: an open item that keeps a result back (`pbis status` lists them), input that was refused tonight, a trend alarm that
    is new, or a recipient of `pbis deliver` who holds an outdated score. Exit code 7, and nothing is published, where the release would lack what the newest one shows
    and no cause on record explains it (docs/reliability.md). Exit code 8 where a disk has no room or a folder gives no right, which is
    asked before anything begins, and where all is done but a lake could not be reached.

    \b
    Example:
      pbis night --site /srv/pbis/site
      pbis night --site demo-site --only "plate 3.csv" --dry-run
    """
    need("night")
    from pbis.config import load_site

    options = _options(**asked)
    loaded = load_site(site)
    from flows.runner import run_night
    from pbis.pandas_later import pandas_later
    from pbis.pipeline.stopping import listen

    listen()
    is_plain = (engine or loaded.file.runner.engine) == "plain"
    with (
        _shown(as_json, log_format or loaded.file.log.format) as teller,
        pandas_later() if is_plain else nullcontext(),
    ):
        outcome = run_night(loaded, options, teller, engine=engine)
    _tell(loaded, outcome, options, as_json)


def _tell(site: Site, outcome: Outcome, options: NightOptions, as_json: bool) -> None:
    """Print what came out, and exit with 6 where it waits for a person. A message that did not go is said and changes no code."""
    if as_json:
        click.echo(json.dumps(outcome.as_json(), indent=2, ensure_ascii=False))
    else:
        show_outcome(outcome)
    end_of_night(site, outcome, is_dry_run=options.is_dry_run, as_json=as_json)


def end_of_night(site: Site, outcome: Outcome, *, is_dry_run: bool, as_json: bool) -> None:
    """Say which messages did not go and who was told a score that is another now, and exit: 8 or 7 where the lake does not hold all, 6 where
    something waits for a person."""
    for line in unsent_lines(site):
        click.echo(line, err=True)
    told = [] if is_dry_run else told_otherwise(site)
    click.echo("\n".join(told), nl=bool(told), err=as_json)
    if outcome.lake is not None and outcome.lake.exit_code:
        sys.exit(outcome.lake.exit_code)
    if told or (outcome.waits_for_a_person and not is_dry_run):
        sys.exit(6)


@contextmanager
def _shown(as_json: bool, log_format: str) -> Iterator[Teller]:
    """What standard error shows of a night while it runs: lines of JSON, progress, or nothing beside an object for programs."""
    from pbis.cli.output import Progress
    from pbis.pipeline.context import Silent
    from pbis.pipeline.events import json_lines

    if log_format == "json":
        with json_lines(sys.stderr):
            yield Silent()
    else:
        with nullcontext(Silent()) if as_json else Progress() as teller:
            yield teller


def told_otherwise(site: Site) -> list[str]:
    """Who was told a score that is another now; a record of deliveries that is damaged ends no night that is done."""
    from pbis.pipeline.delivering import outdated_now

    try:
        return outdated_lines(outdated_now(site), site.root)
    except IntegrityError as error:
        return [f"  {error}"]


def _options(
    since: datetime | None,
    only: tuple[str, ...],
    dry_run: bool,
    accept_fall: int | None,
    reason: str | None,
    author: str | None,
) -> NightOptions:
    from pbis.pipeline.context import AcceptedFall, NightOptions
    from pbis.pipeline.lock import NIGHT, Turn

    fall = None
    if (accept_fall, reason, author) != (None, None, None):
        if accept_fall is None or reason is None or author is None:
            raise click.UsageError(
                "--accept-fall, --reason and --author go together: how much may fall, why, and who says so"
            )
        fall = AcceptedFall(accept_fall, author, reason)
    named = frozenset(Path(name).name for name in only)
    turn = Turn(NIGHT, say=lambda words: click.echo(f"{words}; waiting for it", err=True))
    return NightOptions(since=since, only=named, is_dry_run=dry_run, accept_fall=fall, turn=turn)


def show_outcome(outcome: Outcome) -> None:
    """Print what a person needs in the morning."""
    click.echo("\n".join(outcome_lines(outcome)))


def outcome_lines(outcome: Outcome) -> list[str]:
    """The night as lines of text, most important first."""
    from pbis.pipeline.message import HEADLINE

    lines = ["", f"Night {outcome.night_id}: {HEADLINE[outcome.state]}{_waiting(outcome)}", ""]
    lines += [f"  {name:<12}{value}" for name, value in _figures(outcome)]
    lines += ["", *_held(outcome), *_held_wells(outcome), *_refused(outcome), *_parts(outcome), *_alarms(outcome)]
    lines += [f"  note: {note}" for note in outcome.notes]
    lines += ["", *todo_lines(outcome.open_items)]
    places = (("reports", outcome.report_index), ("database", outcome.database), ("lake", in_lake(outcome)))
    lines += [f"  {name:<12}{value}" for name, value in places if value]
    return lines


def in_lake(outcome: Outcome) -> str:
    """The newest release of the lake, with its snapshot; empty where there is no lake, or it could not be asked."""
    held = outcome.lake.release if outcome.lake is not None else {}
    return " is snapshot ".join(map(str, [*held.items()][-1])) if held else ""


def _figures(outcome: Outcome) -> list[tuple[str, str]]:
    groups = outcome.groups
    plates = f"{outcome.plates_loaded} processed, {_refused_plates(outcome)} refused"
    extra = (
        (outcome.plates_known, "already known"),
        (outcome.plates_superseded, "superseded by a newer export"),
        (outcome.plates_recomputed, "computed anew"),
        (len(outcome.held), "held for a person"),
    )
    plates += "".join(f", {count} {words}" for count, words in extra if count)
    analytes = (
        f"{outcome.analytes_passed} passed, {outcome.analytes_warned} with warnings, {outcome.analytes_failed} failed"
    )
    analytes += f", {outcome.analytes_held} held" if outcome.analytes_held else ""
    patients = ", ".join(f"{groups[name]} {words}" for name, words in _GROUPS)
    files = ", ".join(f"{count} {kind}" for kind, count in sorted(outcome.imported.items())) or "none"
    if outcome.clinical_known:
        files += f"; {outcome.clinical_known} already known"
    return [
        ("plates", plates),
        ("analytes", analytes + " (analyte x plate, tonight's plates)"),
        ("patients", patients),
        ("cut-off set", outcome.cutoff_set),
        ("clinical", f"files taken in: {files}"),
    ]


_GROUPS = (("high", "high"), ("low", "low"), ("indeterminate", "indeterminate"), ("not_scored", "not scored"))


def _waiting(outcome: Outcome) -> str:
    kinds = [word for word, found in (("plates", outcome.held), ("wells", outcome.held_wells)) if found]
    return f"; {' and '.join(kinds)} wait for a person" if kinds else ""


def _held(outcome: Outcome) -> list[str]:
    if not outcome.held:
        return []
    lines = ["Held, nothing of them is reportable until a person says which plate is right:"]
    for plate in outcome.held:
        right, wrong = plate.commands
        lines += [f"  {plate.sentence}", f"    right: {right}", f"    wrong: {wrong}"]
    return [*lines, ""]


def _held_wells(outcome: Outcome) -> list[str]:
    if not outcome.held_wells:
        return []
    return [
        "Wells that are held, nothing of them is reportable:",
        *(f"  {same.sentence}" for same in together((Warned(w.plate, w.reason) for w in outcome.held_wells), ())),
        "",
    ]


def _refused_plates(outcome: Outcome) -> int:
    return sum(refused.kind == "plates" for refused in outcome.refused)


def _refused(outcome: Outcome) -> list[str]:
    titles = {
        True: "Refused, moved to quarantine beside a text that says what to do:",
        False: "Refused, still in the inbox:",
    }
    lines = []
    for is_moved, title in titles.items():
        mine = [f"  {refused.kind}: {refused.message}" for refused in outcome.refused if refused.is_moved == is_moved]
        lines += [title, *mine, ""] if mine else []
    return lines


def _parts(outcome: Outcome) -> list[str]:
    if not outcome.refused_parts:
        return []
    lines = ["Refused in part, the rest of the file is used; what was refused can be mended and dropped again:"]
    for part in outcome.refused_parts:
        lines += [f"  {part.kind}: {part.message}", *([f"    lies in {part.own}"] if part.own else [])]
    return [*lines, ""]


def _alarms(outcome: Outcome) -> list[str]:
    """New trend alarms in words; of those that earlier nights told, how many still stand."""
    new = [alarm for alarm in outcome.alarms if alarm.is_new]
    lines = ["Trend alarms, new tonight; each waits for a decision of a person:"] if new else []
    for alarm in new:
        taken = "results kept back" if alarm.takes else "results stand, marked"
        lines.append(f"  {alarm.plate}, lot {alarm.lot or 'not named'}, {alarm.rule}: {alarm.message}")
        lines.append(f"    {taken}; {alarm.action}")
    old = len(outcome.alarms) - len(new)
    lines += [f"Trend alarms of earlier nights that still stand: {old}; the index lists them."] if old else []
    return [*lines, ""] if lines else []

"""`pbis verify`: everything that a site stores against what it was derived from; one fault a line, nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import warehouse
from pbis.config import Site
from pbis.core.errors import IntegrityError, SiteBusy
from pbis.core.withdrawn import Withdrawn
from pbis.core.words import plural
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.faults import SiteFault
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.lake import lake_faults
from pbis.pipeline.ledger import NIGHT, LedgerLine, read_ledger
from pbis.pipeline.lock import site_lock
from pbis.pipeline.modes import private
from pbis.pipeline.reading_again import clinical_faults, plate_faults
from pbis.pipeline.sampling import sampled
from pbis.pipeline.verify_deliveries import delivery_faults
from pbis.pipeline.verify_files import archive_faults, page_faults, release_faults
from pbis.pipeline.verify_log import log_faults
from pbis.pipeline.verify_review import signature_faults, stale_signatures
from pbis.pipeline.verify_store import copied, score_faults, seal_faults, sealed
from pbis.pipeline.withdrawals import key_path, release_notes, withdrawn_from


@dataclass
class Verified:
    """What was found, in the order in which it was looked at; counts: how many things were looked at; notes: what could not be."""

    faults: list[SiteFault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """For programs."""
        rows = [
            {name: getattr(each, name) for name in ("kind", "object", "expected", "found", "night")}
            for each in self.faults
        ]
        return {"is_whole": not self.faults, "faults": rows, "counts": self.counts, "notes": self.notes}


def verify(site: Site, sample: int | None, clock: Callable[[], datetime]) -> Verified:
    """Look at all of a site, under its lock. sample: prove the bytes of so many archived files, and compute so many plates and read so
    many clinical files again, others every day; None for all of them."""
    with private(), site_lock(site.path("state")):
        found = Verified()
        try:
            entries = read_ledger(site.path("state"))
        except IntegrityError as error:
            found.faults.append(SiteFault("ledger", "ledger.jsonl", "an unbroken chain", str(error)))
            entries = ()
        withdrawn = _withdrawn(site, found)
        found.faults += release_faults(site, entries, withdrawn)
        found.faults += page_faults(site, entries)
        found.faults += delivery_faults(site, entries, withdrawn)
        faults, notes = lake_faults(site, entries)
        found.faults, found.notes = found.faults + faults, found.notes + notes
        try:
            found.faults += _stored(site, entries, found, sample, clock, withdrawn)
        except IntegrityError as error:
            found.faults.append(
                SiteFault("warehouse", site.path("warehouse").name, "a warehouse that is whole", str(error))
            )
            found.faults += log_faults(site, entries, None)
        found.counts |= {"nights": sum(entry.kind == NIGHT for entry in entries)}
        found.faults = list(dict.fromkeys(found.faults))
        return found


def _withdrawn(site: Site, found: Verified) -> Withdrawn:
    """Who has withdrawn; nobody where the log cannot be read, which is told as a fault of the log. What is still to be done is a note."""
    try:
        withdrawn = withdrawn_from(site)
    except (IntegrityError, SiteBusy) as error:
        if not key_path(site.path("state")).exists():
            found.faults.append(SiteFault("decisions", key_path(site.path("state")).name, "the key", str(error)))
        return Withdrawn()
    if withdrawn.pending:
        count = len(withdrawn.pending)
        found.notes.append(f"{plural(count, 'withdrawal')} of consent to be carried out by the next night")
    found.notes += release_notes(site, withdrawn)
    return withdrawn


def _stored(
    site: Site,
    entries: tuple[LedgerLine, ...],
    found: Verified,
    sample: int | None,
    clock: Callable[[], datetime],
    withdrawn: Withdrawn,
) -> Iterator[SiteFault]:
    path = site.path("warehouse")
    if not path.is_file():
        raise IntegrityError(f"{path}: there is no such file")
    con = warehouse.connect(path, read_only=True)
    try:
        holdings, seen = warehouse.holdings(con), warehouse.decision_head(con)
        ended = warehouse.ended_nights(con)
        of_log = list(log_faults(site, entries, seen))
        yield from of_log
        names = [file_id for _, file_id in holdings.loaded]
        chosen = sampled(str(clock().date()), len(names) if sample is None else sample, names)
        found.counts["archived files"] = len(names)
        yield from archive_faults(
            site, holdings, lambda name: sample is None or name in chosen or name not in names, withdrawn
        )
        yield from _unsealed(site, entries, ended, found)
        told = sealed(entries)
        if told.version not in ("", warehouse.version_of_seals(con)) or warehouse.is_of_an_earlier_build(con):
            found.notes.append(f"the seals were taken by {told.version}; the next night takes them anew")
        yield from seal_faults(con, told)
        if not (of_log or warehouse.is_of_an_earlier_build(con)):
            yield from signature_faults(site, con, log_of(site))
            found.notes += stale_signatures(con)
        for view in warehouse.changed_views(con):
            yield SiteFault("warehouse", f"view {view}", "the program's own", "another or none")
    finally:
        con.close()
    yield from _computed(site, found, sample, clock)


def _unsealed(site: Site, entries: tuple[LedgerLine, ...], ended: list[str], found: Verified) -> Iterator[SiteFault]:
    """Nights that ended without a line in the ledger. Releases of nights that wrote a ledger have a manifest."""
    known = {name for entry in entries for name in entry.facts.get("seals", ())}
    of_before = not known and not any(site.path("releases").glob(f"*/{warehouse.MANIFEST}"))
    if of_before:
        found.notes.append("there is no ledger yet: the next night begins it, and seals what it finds")
        return
    for night in ended:
        if night not in known:
            yield SiteFault("ledger", f"night {night}", "a line", "none", night)


def _computed(site: Site, found: Verified, sample: int | None, clock: Callable[[], datetime]) -> Iterator[SiteFault]:
    with copied(site, clock) as night:
        runs = warehouse.current_runs(night.con)
        chosen = sampled(str(clock().date()), len(runs) if sample is None else sample, [run.run_id for run in runs])
        found.counts["plates computed again"] = len(chosen)
        yield from plate_faults(night, [run for run in runs if run.run_id in chosen])
        kinds = [kind for kind in KINDS if kind not in ("plates", "linkage")]
        files = [file_id for kind in kinds for file_id, _, _ in warehouse.current_files(night.con, kind)]
        taken = sampled(str(clock().date()), len(files) if sample is None else sample, files)
        found.counts["clinical files read again"] = len(taken)
        yield from clinical_faults(night, taken)
        yield from score_faults(night)

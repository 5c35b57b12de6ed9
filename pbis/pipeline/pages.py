"""Which pages of plates there are to be, and what each is named by: everything that it shows beside its assay.

A page is never written over. What a person decided, what trends found or how a suite says it later gives the plate another page under another name, so
that a page that was mailed or signed stays what it was, and the index leads to the one that is true now.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any

import pyarrow as pa

import warehouse
from pbis.core.decision import ACCEPT, ANNOTATE, KEEP, REJECT, REPEAT, REVERSE, SIGN
from pbis.core.frames import TREND_FINDING
from pbis.core.site_time import from_store, shown, wall
from pbis.core.words import called_plate
from pbis.pipeline.context import Night
from pbis.pipeline.holding import holds
from pbis.pipeline.plate_page import PLATES, page_stem
from pbis.pipeline.review_pages import reviews
from pbis.report import Hold, PlateDecision, PlateReview

Row = dict[str, Any]
_KINDS = {
    KEEP: "kept",
    ANNOTATE: "noted on the control chart",
    ACCEPT: "accepted",
    REJECT: "rejected",
    REPEAT: "repeat ordered",
    SIGN: "signed",
}


@dataclass(frozen=True)
class PlatePage:
    """A page to be: the plate of an assay, what it shows beside what the assay holds, and where the page lies.

    trend: rows of TREND_FINDING on the plate; events: of the decision log about it, reversals included; hold: why it waits; review: None while nobody has decided about it as a
    whole; basis: sha256 of all this.
    """

    run_id: str
    assay_id: str
    plate: str
    plate_number: int
    trend: tuple[Row, ...]
    events: tuple[Row, ...]
    path: Path
    hold: Hold | None = None
    basis: str = ""
    review: PlateReview | None = None

    @property
    def trend_finding(self) -> pa.Table:
        return TREND_FINDING.table({name: [row[name] for row in self.trend] for name in TREND_FINDING.names})


def standing_pages(night: Night) -> list[PlatePage]:
    """A page for every plate that counts today, in the order of loading."""
    folder = night.site.path("reports") / PLATES
    trend, events = _by_plate(warehouse.trend_findings(night.con).to_pylist(), "assay_id"), events_of(night)
    held, said, reviewed = holds(night), dict(warehouse.wordings(night.con)), reviews(night)
    numbers = warehouse.plate_numbers(night.con)
    return [
        _page(
            folder,
            run,
            number,
            trend[run.assay_id, number],
            _of(events, run, number),
            held.get((run.run_id, number)),
            said.get(run.assay_id, ""),
            reviewed.get((run.run_id, number)),
        )
        for run in warehouse.current_runs(night.con)
        for number in numbers.get(run.run_id, ())
    ]


def missing(pages: Sequence[PlatePage]) -> list[PlatePage]:
    """Those that are not written yet: of new plates, of plates about which something new is known, and those that a killed night
    still owes."""
    return [page for page in pages if not page.path.exists()]


def decisions(page: PlatePage, finding: pa.Table, zone: tzinfo) -> tuple[PlateDecision, ...]:
    """What was decided about the plate. finding: frames.FINDING of the plate, which says what was applied; zone: the site's."""
    applied = {*finding.column("decision_id").to_pylist(), *(row["decision_id"] for row in page.trend)}
    by_number = {row["sequence"]: row for row in page.events}
    return tuple(_decision(row, by_number, applied, zone) for row in page.events if row["kind"] != REVERSE)


def _decision(row: Row, by_number: Mapping[int, Row], applied: set[str], zone: tzinfo) -> PlateDecision:
    same = ("sequence", "author", "rule", "cause", "reason")
    last = by_number.get(row["reversed_by"])
    return PlateDecision(
        **{name: row[name] for name in same},
        decided_at=shown(row["decided_at"], zone),
        kind=_KINDS.get(row["kind"], "excluded"),
        about=_about(row),
        reversal="" if last is None else _reversal(last, zone),
        is_applied=last is None and row["decision_id"] in applied,
    )


def _reversal(row: Row, zone: tzinfo) -> str:
    why = f"{row['cause'].replace('_', ' ')}: {row['reason']}"
    return f"by decision {row['sequence']} of {row['author']}, {shown(row['decided_at'], zone)} ({why})"


def _about(row: Row) -> str:
    named = (("well", row["well"]), ("wells of", row["replicate_group"]), ("analyte", row["analyte"]))
    return ", ".join(f"{word} {name}" for word, name in named if name) or "the plate"


def events_of(night: Night) -> defaultdict[tuple[str, int], tuple[Row, ...]]:
    """Their times as people of the site read them, by which the pages are named."""
    zone = night.site.time_zone
    told = warehouse.decision_events(night.con)
    return _by_plate([row | {"decided_at": wall(from_store(row["decided_at"]), zone)} for row in told], "plate_content")


def _of(events: Mapping[tuple[str, int], tuple[Row, ...]], run: warehouse.StoredRun, number: int) -> tuple[Row, ...]:
    """Events that name the plate by its readings, and those that name one of several plates with its readings by the run."""
    names = dict.fromkeys((run.content, run.run_id))
    return tuple(
        sorted((row for name in names for row in events.get((name, number), ())), key=lambda row: row["sequence"])
    )


def _by_plate(rows: Sequence[Row], key: str) -> defaultdict[tuple[str, int], tuple[Row, ...]]:
    found: defaultdict[tuple[str, int], tuple[Row, ...]] = defaultdict(tuple)
    for row in rows:
        found[row[key], row["plate_number"]] += (row,)
    return found


def _page(
    folder: Path,
    run: warehouse.StoredRun,
    number: int,
    trend: tuple[Row, ...],
    events: tuple[Row, ...],
    hold: Hold | None,
    wording: str,
    review: PlateReview | None,
) -> PlatePage:
    plate = called_plate(run.plate, number)
    shown = _shown(trend, events, hold, wording, review)
    parts = [page_stem(plate, run.run_id, run.assay_id), *(_sha256(text)[:8] for text in shown)]
    path = folder / f"{'-'.join(parts)}.html"
    basis = _sha256(json.dumps([run.run_id, run.assay_id, number, *shown]))
    return PlatePage(run.run_id, run.assay_id, plate, number, trend, events, path, hold, basis, review)


def _shown(
    trend: tuple[Row, ...], events: tuple[Row, ...], hold: Hold | None, wording: str, review: PlateReview | None
) -> list[str]:
    """What is shown beside the assay, and words that it was not loaded with, as one text; none where that is nothing."""
    if not (trend or events or hold or wording):
        return []
    told = [{name: value for name, value in row.items() if name != "suite_hash"} for row in trend]
    waits = [hold.sentence] if hold else []
    reviewed = [] if review is None else [asdict(review)]
    parts = [told, events, *waits, *([wording] if wording else []), *reviewed]
    return [json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

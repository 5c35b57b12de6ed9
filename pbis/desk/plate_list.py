"""The list of plates: searched by plate, file, specimen or subject, filtered, sorted, a page at a time, and written out as it is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from pbis.core.quoted import SPECIMEN, called
from pbis.core.review import STATES
from pbis.core.words import plural
from pbis.desk.pages import page
from pbis.desk.plate_page import plate_name
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.pipeline.released_plates import as_csv, as_workbook, plates_of, specimens_of
from pbis.pipeline.reviews_now import reviews_of

Row = dict[str, Any]
AT_ONCE = 50  # plates of a page: two screens
SHOWN = 4  # specimens that a line names as what was found
Verdict = Literal["", "pass", "warn", "fail", "held"]
ReviewState = Literal["", "pending", "accepted", "accepted_with_exclusions", "rejected", "repeat_ordered", "stale"]
Column = Literal[
    "started_at", "plate", "state", "review", "kit_lots", "analytes_failed", "low_bead_wells", "reportable_pct"
]
HEADS: dict[str, str] = {
    "plate": "Plate",
    "started_at": "Read",
    "state": "Verdict",
    "review": "Review",
    "kit_lots": "Kit lot",
    "analytes_failed": "Analytes failing",
    "low_bead_wells": "Wells low in beads",
    "reportable_pct": "Reportable, %",
}
COUNTS = ("analytes_failed", "low_bead_wells", "reportable_pct")  # columns of numbers, whose heads stand above them
WRITTEN = (
    "plate", "plate_number", "run_id", "file_name", "started_at", "state", "review", "signed", "kit_lots", "panel", "instrument_type", "analytes_failed",
    "analytes_warned", "analytes_passed", "low_bead_wells", "reportable_pct", "sentence",
)  # fmt: skip
_WORST = {"held": 0, "fail": 1, "warn": 2, "pass": 3}
MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_Day = r"^(\d{4}-\d\d-\d\d)?$"


@dataclass(frozen=True)
class Wanted:
    """What a person asks of the list. since, until: days of reading, both included; empty for any."""

    q: str = ""
    state: Verdict = ""
    review: ReviewState = ""
    kit: str = ""
    since: str = ""
    until: str = ""
    sort: Column = "started_at"
    order: Literal["up", "down"] = "down"
    page: int = 1

    def address(self, path: str, **other: Any) -> str:
        """The same list at `path`, but for what is named."""
        asked = {name: value for name, value in (vars(self) | other).items() if value != getattr(_ANY, name)}
        return f"{path}?{urlencode(asked)}" if asked else path


_ANY = Wanted()


def wanted(
    q: Annotated[str, Query(max_length=200)] = "",
    state: Verdict = "",
    review: ReviewState = "",
    kit: Annotated[str, Query(max_length=200)] = "",
    since: Annotated[str, Query(pattern=_Day)] = "",
    until: Annotated[str, Query(pattern=_Day)] = "",
    sort: Column = "started_at",
    order: Literal["up", "down"] = "down",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Wanted:
    """The question as an address has it."""
    return Wanted(q.strip(), state, review, kit, since, until, sort, order, page)


WantedHere = Annotated[Wanted, Depends(wanted)]


def show(request: Request, desk: DeskHere, person: PersonHere, ask: WantedHere) -> HTMLResponse:
    """A page of the list."""
    rows = rows_of(desk)
    found = chosen(rows, specimens_of(desk.root), ask)
    last = max(1, -(-len(found) // AT_ONCE))
    at = min(ask.page, last)
    context = {
        "title": "Plates",
        "ask": ask,
        "rows": found[(at - 1) * AT_ONCE : at * AT_ONCE],
        "at": at,
        "last": last,
        "counted": f"{plural(len(found), 'plate')} of {len(rows)}",
        "heads": HEADS,
        "counts": COUNTS,
        "states": get_args(Verdict)[1:],
        "reviews": {name: name.replace("_", " ") for name in STATES},
        "kits": sorted({row["kit_lots"] for row in rows if row["kit_lots"]}),
    }
    return page(request, "desk_plates.html.j2", context)


def write(desk: DeskHere, person: PersonHere, ask: WantedHere, form: Literal["csv", "xlsx"]) -> Response:
    """All of the list that is asked for, as a file."""
    found = chosen(rows_of(desk), specimens_of(desk.root), ask)
    body = as_csv(found, WRITTEN) if form == "csv" else as_workbook(found, WRITTEN, "plates")
    named = {"Content-Disposition": f'attachment; filename="plates.{form}"'}
    return Response(body, media_type=MEDIA[form], headers=named)


def rows_of(desk: DeskSite) -> list[Row]:
    """Every plate that stands, with the state of its review."""
    plates = plates_of(desk.root)
    reviews = reviews_of(desk.root, plates)
    own = ((row, reviews[row["run_id"], row["plate_number"]]) for row in plates)
    return [
        row | {"review": review.state, "signed": review.signed, "review_title": review.title} for row, review in own
    ]


def chosen(rows: Sequence[Row], specimens: Sequence[Row], ask: Wanted) -> list[Row]:
    """The rows that are asked for, in the order asked for, each with what was found on it (`found`)."""
    hits = _found(specimens, ask.q)
    kept = [row | {"found": _shown(hits.get(_key(row), []))} for row in rows if _matches(row, hits, ask)]
    kept.sort(key=lambda row: (row["plate"], row["run_id"], row["plate_number"]))
    known = [row for row in kept if row[ask.sort] is not None]
    known.sort(key=lambda row: _rank(row, ask.sort), reverse=ask.order == "down")
    return [*known, *(row for row in kept if row[ask.sort] is None)]


def _found(specimens: Sequence[Row], q: str) -> dict[tuple[str, int], list[str]]:
    """Plate -> specimens of it that are called so, or are of a subject that is. A barcode that reads like a name stands in a release by its hash:
    it is found where it is typed whole."""
    hits: dict[tuple[str, int], list[str]] = {}
    folded, hashed = _folded(q), called(SPECIMEN, q)
    for row in specimens if folded else ():
        subject = row["subject_id"] or ""
        if folded in _folded(row["specimen_id"]) or folded in _folded(subject) or row["specimen_id"] == hashed:
            words = f"{row['specimen_id']} of {subject}" if subject else row["specimen_id"]
            hits.setdefault(_key(row), []).append(words)
    return hits


def _shown(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _matches(row: Row, hits: dict[tuple[str, int], list[str]], ask: Wanted) -> bool:
    folded = _folded(ask.q)
    own = (plate_name(row), row["file_name"], row["run_id"])
    day = f"{row['started_at']:%Y-%m-%d}" if row["started_at"] else ""
    return (
        (not folded or _key(row) in hits or any(folded in _folded(name or "") for name in own))
        and (not ask.state or row["state"] == ask.state)
        and (not ask.review or row["review"] == ask.review)
        and (not ask.kit or row["kit_lots"] == ask.kit)
        and (not ask.since or day >= ask.since)
        and (not ask.until or (day != "" and day <= ask.until))
    )


def _folded(text: str) -> str:
    """Without case; a letter with its accent is one sign, also in the name of a file that another system wrote as two."""
    return text.casefold() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def _rank(row: Row, column: str) -> Any:
    return -_WORST[row["state"]] if column == "state" else row[column]


def _key(row: Row) -> tuple[str, int]:
    return row["run_id"], row["plate_number"]

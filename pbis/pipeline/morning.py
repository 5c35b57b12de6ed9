"""What the morning page says beside tonight, from the warehouse and the site's folders."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

import warehouse
from pbis import __version__
from pbis.config import Site
from pbis.core.site_time import from_store, shown
from pbis.pipeline.context import Night
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.pages import PlatePage
from pbis.pipeline.quarantine import quarantined
from pbis.pipeline.stages import Published
from pbis.pipeline.taken_back import amount_of, points_of
from pbis.report.morning import STRIP, EarlierNight, KeptRelease, LeftLying, Morning, MovedScore, StripPlate
from pbis.report.text import moment

NIGHTS = 14  # earlier nights that are listed: two weeks
NAMES = {"nlr": "NLR", "crp": "CRP", "il12": "IL-12", "il2": "IL-2", "afp": "AFP"}
COUNTED = {
    "plates_loaded": "plates loaded",
    "plates_recomputed": "computed anew",
    "refused": "files refused",
    "patients_high": "high",
    "patients_low": "low",
    "patients_indeterminate": "indeterminate",
    "patients_not_scored": "not scored",
}


def morning(night: Night, published: Published, pages: Sequence[PlatePage]) -> Morning:
    """All of it. pages: of every plate that stands."""
    came = warehouse.scores_came(night.con, night.night_id)
    return Morning(
        site=night.site.file.site.name,
        zone=night.site.file.site.time_zone,
        version=__version__,
        release=_current(night.site.path("releases")),
        plates=_plates(night, pages),
        moved=_moved(night),
        came=came["came"],
        went=came["went"],
        nights=tuple(_night(row, night.site) for row in _earlier(night)),
        lying=lying(night.site.path("quarantine"), _refused_tonight(night, published)),
        releases=_releases(night.site.path("releases")),
    )


def morning_basis(data: Morning) -> str:
    """sha256 over what is shown, but for what only passes: earlier nights, and what moved in this one."""
    kept = replace(data, nights=(), moved=(), came=0, went=0)
    return hashlib.sha256(msgspec.json.encode(kept)).hexdigest()


def _plates(night: Night, pages: Sequence[PlatePage]) -> tuple[StripPlate, ...]:
    rows = warehouse.plate_states(night.con)
    verdicts: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    for row in warehouse.states_of_analytes(night.con, [row["assay_id"] for row in rows[-STRIP:]]):
        verdicts[row["assay_id"], row["plate_number"]][row["analyte"]] = row["state"]
    paths = {(page.assay_id, page.plate_number): page for page in pages}
    return tuple(_plate(row, paths, verdicts) for row in rows if (row["assay_id"], row["plate_number"]) in paths)


def _plate(row: dict[str, Any], paths: dict[tuple[str, int], PlatePage], verdicts: Any) -> StripPlate:
    key = (row["assay_id"], row["plate_number"])
    review = paths[key].review
    found = verdicts.get(key, {})
    return StripPlate(
        plate=paths[key].plate,
        read=moment(row["started_at"]) if row["started_at"] else "",
        state=row["state"],
        report_path=f"plates/{paths[key].path.name}",
        analytes=dict.fromkeys(found, "held") if row["state"] == "held" else found,
        review=review.state if review else "",
    )


def _moved(night: Night) -> tuple[MovedScore, ...]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in warehouse.scores_moved(night.con, night.night_id):
        found[row["subject_id"]].append(row)
    return tuple(_subject(subject, rows) for subject, rows in found.items())


def _subject(subject_id: str, rows: Sequence[dict[str, Any]]) -> MovedScore:
    first = rows[0]
    causes = [_cause(row) for row in rows if row["measure"]]
    if first["was_set"] != first["cutoff_set"]:
        causes.append(f"the site's cut-off set was {first['was_set']}, is {first['cutoff_set']}")
    return MovedScore(
        subject_id,
        points_of(first["was_group"], first["was_min"], first["was_max"]),
        points_of(first["group"], first["score_min"], first["score_max"]),
        tuple(causes) or ("the same values, judged by other cut-offs or settings",),
    )


def _cause(row: dict[str, Any]) -> str:
    was = _amount(row["was_op"], row["was_text"], row["was_unit"], row["was_reason"])
    now = _amount(row["value_op"], row["value_text"], row["unit"], row["reason"])
    return f"{NAMES.get(row['measure'], row['measure'].replace('_', ' '))} was {was}, is {now}" + (
        f" ({row['detail']})" if row["detail"] else ""
    )


def _amount(op: str | None, text: str | None, unit: str | None, reason: str | None) -> str:
    return f"unknown ({reason.replace('_', ' ')})" if reason else amount_of(op, text, unit)


def _earlier(night: Night) -> list[dict[str, Any]]:
    return warehouse.nights_before(night.con, night.night_id, NIGHTS)


def _night(row: dict[str, Any], site: Site) -> EarlierNight:
    counts = json.loads(row["counts"]) if row["counts"] else {}
    said = ", ".join(f"{counts[name]} {words}" for name, words in COUNTED.items() if counts.get(name))
    page = f"night-{row['night_id']}.html"
    there = page if (site.path("reports") / page).exists() else ""
    began = shown(from_store(row["started_at"]), site.time_zone)
    return EarlierNight(row["night_id"], began, row["state"], said, there)


def _refused_tonight(night: Night, published: Published) -> set[LeftLying]:
    """Files that are moved into quarantine when the night ends, which is after its pages are written."""
    return {LeftLying(one.name, one.kind, night.night_id) for one in published.told.refusals}


def lying(quarantine: Path, tonight: set[LeftLying]) -> tuple[LeftLying, ...]:
    """Latest night first."""
    found = {
        LeftLying(file.name, kind, file.parent.parent.name) for kind in KINDS for file in quarantined(quarantine, kind)
    }
    return tuple(sorted(found | tonight, key=lambda row: (row.night_id, row.kind, row.name), reverse=True))


def _current(releases: Path) -> str:
    link = releases / "current"
    return link.resolve().name if link.exists() else ""


def _releases(releases: Path) -> tuple[KeptRelease, ...]:
    """Latest first."""
    now = _current(releases)
    names = [path.name for path in warehouse.release_folders(releases)]
    return tuple(KeptRelease(name, name == now) for name in reversed(names))

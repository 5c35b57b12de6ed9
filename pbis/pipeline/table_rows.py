"""One row of a table about patients, written for a person who has no file: a tube, or whose a record number is.

The row is read back as a night reads it before it goes into the inbox, so that what is wrong is said at once. It is a file like any other:
it lies in the archive, and a rebuild takes it from there.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import datetime
from io import StringIO
from pathlib import Path

from pbis.clinical import read_linkage, read_specimens
from pbis.clinical.shapes import shape_of
from pbis.config import Site, load_site
from pbis.core.errors import UsageError
from pbis.core.kept import NamedBytes
from pbis.core.site_time import wall
from pbis.core.words import slips
from pbis.labs import LabsMap
from pbis.pipeline.bringing import bring_text, settled_name
from pbis.pipeline.plate_layout import is_registered, name_of
from pbis.pipeline.published import run_query
from pbis.pipeline.settings import site_labs_map

_TUBE = "select specimen_id, subject_id from specimen_current"
_SUBJECTS = "select subject_id from score union select subject_id from specimen_current"


def register_tube(
    root: Path, barcode: str, subject: str, collected_at: str, material: str, clock: Callable[[], datetime]
) -> Path:
    """Put a specimen table of one tube into the inbox; its place. collected_at: date and time as the site's tables write them. UsageError
    where something is missing, no date or one to come, or the tube is registered already."""
    site = load_site(root)
    cells = {"barcode": barcode, "subject": subject, "collected_at": collected_at, "material": material}
    for row in run_query(root, _TUBE).to_pylist():
        if is_registered(barcode.strip(), {row["specimen_id"]}):
            raise UsageError(
                f"tube {barcode!r} is registered already, for subject {row['subject_id']}; where its time is wrong, bring the corrected specimen table"
            )

    def check(file: NamedBytes, labs_map: LabsMap) -> None:
        (row,) = read_specimens(file, labs_map, site.time_zone).select(["reason", "collected_at"]).to_pylist()
        if row["reason"] == "outside_window":
            raise UsageError(f"{collected_at!r} is no date and time; expected, for example, 2026-03-05 07:00")
        if row["collected_at"] is not None and row["collected_at"] > wall(clock(), site.time_zone):
            raise UsageError(f"{collected_at!r} is still to come; say when the tube was drawn")

    return _bring(site, "specimens", cells, ("barcode", "subject", "collected_at"), check)


def unknown_subject(root: Path, subject: str) -> tuple[str, ...]:
    """A sentence where nothing is known of the subject yet, with whose id was meant perhaps; none where something is."""
    known, subject = run_query(root, _SUBJECTS).column(0).to_pylist(), subject.strip()
    if subject in known:
        return ()
    near = slips(subject, known)
    meant = f" Nearly right: {near!r} for {subject!r}." if near else ""
    return (f"Nothing was known of subject {subject!r} before: no tube, no treatment, no score.{meant}",)


def link_record(root: Path, record_number: str, subject: str, hospital: str, valid_from: str, valid_to: str) -> Path:
    """Put a linkage table of one row into the inbox; its place. UsageError or MalformedFile where something is missing or no date."""
    cells = {"mrn": record_number, "subject": subject, "site": hospital, "valid_from": valid_from, "valid_to": valid_to}

    def check(file: NamedBytes, labs_map: LabsMap) -> None:
        read_linkage(file, labs_map)

    return _bring(load_site(root), "linkage", cells, ("mrn", "subject"), check)


_WORDS = {
    "barcode": "the barcode",
    "subject": "the study id of the subject",
    "collected_at": "when it was drawn",
    "mrn": "the record number",
}


def _bring(
    site: Site,
    kind: str,
    cells: Mapping[str, str],
    needed: tuple[str, ...],
    check: Callable[[NamedBytes, LabsMap], None],
) -> Path:
    cells = {name: text.strip() for name, text in cells.items()}
    for name, text in cells.items():
        if not text.isprintable():
            raise UsageError(f"{text!r} holds characters that cannot be seen; type it anew")
        if name in needed and not text:
            raise UsageError(f"say {_WORDS[name]}")
    labs_map = site_labs_map(site)
    headers = shape_of(kind, labs_map).headers
    out = StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow([headers[name][0] for name in cells])
    table.writerow(cells.values())
    name = settled_name(f"desk-{kind}", name_of(out.getvalue()))
    check(NamedBytes(name, out.getvalue().encode()), labs_map)
    return bring_text(site, kind, name, out.getvalue())

"""A whole demo site from a seed: inbox folders with everything a night reads, and the truth in a separate folder."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np

from pbis.simulate import truth as truth_tables
from pbis.simulate.accidents import blind_below_lloq, plant
from pbis.simulate.draft import Draft, Problem, new_draft
from pbis.simulate.exports import InboxFile, plate_files
from pbis.simulate.labrows import COLUMNS, LABORATORIES, sort_rows, subject_rows
from pbis.simulate.load import BASE_ON
from pbis.simulate.plates import LATE_PLATE, SWAPPED_PLATE, SitePlate, allocate, layout_rows, repeat_plate, run_plates
from pbis.simulate.stories_lab import AFTER_LABS
from pbis.simulate.stories_patient import BEFORE_LABS


@dataclass(frozen=True)
class Manifest:
    """What was written. files: relative to the inbox; late: relative to truth/late, to be dropped in another night."""

    seed: int
    base_on: date
    inbox: Path
    truth: Path
    files: tuple[str, ...]
    late: tuple[str, ...]
    subjects: int
    specimens: int
    plates: int
    site_set: str
    problems: tuple[Problem, ...]


def write_site_data(inbox: Path, truth: Path, seed: int, *, base_on: date = BASE_ON) -> Manifest:
    """Write inbox/{plates,layouts,specimens,labs,treatments,linkage,outcomes} and truth/{*.csv,*.json,late/}.

    The same seed and base date give the same bytes. base_on: the day of the first plate.
    """
    draft = new_draft(seed, base_on)
    _clinic(draft, seed)
    tubes = allocate(draft)
    plates = plant(draft, run_plates(draft, tubes, seed, base_on))
    repeat = repeat_plate(draft, tubes[SWAPPED_PLATE], seed, base_on)
    good = [at for number, at in plates.items() if number != SWAPPED_PLATE] + [repeat]
    blind_below_lloq(draft, good)
    files = [*plate_files(draft, plates, repeat), *_clinical_files(draft, [*plates.values(), repeat])]
    _write(files, inbox, truth / "late")
    manifest = _manifest(draft, files, inbox, truth, seed, base_on, len(plates) + 1)
    _write(_truth_files(draft, good, plates[LATE_PLATE], manifest, files), truth, truth)
    return manifest


def _clinic(draft: Draft, seed: int) -> None:
    """Stories that change patients and tubes, then lab rows, then stories that damage those."""
    for story in BEFORE_LABS:
        story(draft)
    rng = np.random.default_rng([seed, 14])
    for name, subject in sorted(draft.subjects.items()):
        style, draw = draft.styles[name], draft.baseline[name]
        second = draft.days_before(subject) <= 3 and rng.random() < 0.35
        at = draft.labs_at(subject)
        draft.labs[name] = subject_rows(subject, style, at, rng, has_second=second, has_time=draw.has_time)
    units = sorted({row.unit for rows in draft.labs.values() for row in rows})
    text = f"laboratories report in {', '.join(units)}"
    draft.problems.append(Problem("mixed_units", text, "exact conversion; reported value and unit stay beside"))
    for story in AFTER_LABS:
        story(draft)


def _clinical_files(draft: Draft, plates: Sequence[SitePlate]) -> list[InboxFile]:
    layout = ("plate", "well", "role", "specimen", "label", "dilution")
    files = [_table(f"layouts/{at.name}_layout.csv", layout, layout_rows(at)) for at in plates]
    files += [_labs(draft, laboratory.site) for laboratory in LABORATORIES]
    return [*files, _specimens(draft), _treatments(draft), _linkage(draft), _outcomes(draft)]


def _labs(draft: Draft, site: str) -> InboxFile:
    names = [name for name in sorted(draft.labs) if draft.styles[name].laboratory.site == site]
    rows = sort_rows(row for name in names for row in draft.labs[name])
    return _table(f"labs/labs_{site}.csv", COLUMNS, [row.cells for row in rows])


def _specimens(draft: Draft) -> InboxFile:
    draws = sorted((*draft.baseline.values(), *draft.further), key=lambda draw: (draw.collected_at, draw.barcode))
    rows = [
        (d.barcode, d.subject, d.collected_at.strftime("%Y-%m-%d %H:%M" if d.has_time else "%Y-%m-%d"), "serum")
        for d in draws
    ]
    return _table("specimens/specimens.csv", ("barcode", "subject", "collected_at", "material"), rows)


def _treatments(draft: Draft) -> InboxFile:
    subjects = sorted(draft.subjects.values(), key=lambda s: (s.started_at, s.subject))
    rows = [(draft.treatment_mrn[s.subject], s.cohort, s.regimen, f"{s.started_at:%Y-%m-%d %H:%M}") for s in subjects]
    return _table("treatments/treatments.csv", ("mrn", "cohort", "regimen", "started_at"), rows)


def _linkage(draft: Draft) -> InboxFile:
    rows = sorted((link.site, link.mrn, link.subject, link.valid_from, link.valid_to) for link in draft.links)
    return _table("linkage/linkage.csv", ("site", "mrn", "subject", "valid_from", "valid_to"), rows)


def _outcomes(draft: Draft) -> InboxFile:
    columns = ("subject", "os_months", "dead", "pfs_months", "progressed", "best_response")
    rows = []
    for name, subject in sorted(draft.subjects.items()):
        o = subject.outcome
        died, progressed = str(int(o.is_dead)), str(int(o.is_progressed))
        rows.append((name, str(o.os_months), died, str(o.pfs_months), progressed, o.best_response))
    return _table("outcomes/outcomes.csv", columns, rows)


def _truth_files(
    draft: Draft, plates: Sequence[SitePlate], late: SitePlate, manifest: Manifest, files: Sequence[InboxFile]
) -> list[InboxFile]:
    concentration = ("specimen", "subject", "plate", "dilution", "analyte", "concentration_pg_ml")
    about = {
        "seed": manifest.seed,
        "base_on": f"{manifest.base_on}",
        "site_set": manifest.site_set,
        "subjects": manifest.subjects,
        "specimens": manifest.specimens,
        "plates": manifest.plates,
        "true_high_pct": {name: str(share) for name, share in truth_tables.shares(draft).items()},
        "sha256": {f.path: hashlib.sha256(f.data).hexdigest() for f in sorted(files, key=lambda f: f.path)},
    }
    return [
        _table("subjects.csv", truth_tables.SUBJECT_COLUMNS, truth_tables.subject_rows(draft, plates, late)),
        _table("concentrations.csv", concentration, truth_tables.concentration_rows(draft, plates)),
        _json("problems.json", [asdict(problem) for problem in manifest.problems]),
        _json("manifest.json", about),
    ]


def _manifest(
    draft: Draft, files: Sequence[InboxFile], inbox: Path, truth: Path, seed: int, base_on: date, plates: int
) -> Manifest:
    return Manifest(
        seed,
        base_on,
        inbox,
        truth,
        tuple(sorted(f.path for f in files if not f.is_late)),
        tuple(sorted(f.path for f in files if f.is_late)),
        len(draft.subjects),
        len(draft.baseline) + len(draft.further),
        plates,
        truth_tables.SITE_SET,
        tuple(draft.problems),
    )


def _table(path: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> InboxFile:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([columns, *rows])
    return InboxFile(path, buffer.getvalue().encode("utf-8"))


def _json(path: str, content: object) -> InboxFile:
    return InboxFile(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))


def _write(files: Iterable[InboxFile], folder: Path, late: Path) -> None:
    for file in files:
        path = (late if file.is_late else folder) / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
